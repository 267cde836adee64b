/* SPDX-License-Identifier: MIT */
/* Groups of pictures that are encoded side by side: what comes of them, and what goes wrong. */
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/media/write/choice/choice.h"
#include "engine/media/write/choice/split.h"
#include "engine/media/write/encode/stream_encoder.h"
#include "tests/unit/support/media_fixture.h"
#include "tests/unit/support/scratch.h"

/* Writes what has been made, in groups of seven frames. */
static void write_split(const char *name, const char *codec, const char *workers)
{
    vf_bench_setup(&media_bench, media_node("video_writer"), 2, {"path", media_path(name)},
                   {"codec", codec}, {"split", "gop"}, {"gop", "7"}, {"workers", workers});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    ck_assert_int_eq(media_feed_all(), VF_OK);
    ck_assert_int_eq(vf_bench_flush(&media_bench), VF_OK);
    vf_bench_finish(&media_bench);
}

/* Reads a file of the scratch folder, the caller's. */
static char *load(const char *name, size_t *size)
{
    int64_t length = media_size(name);
    ck_assert_int_gt(length, 0);
    *size = (size_t)length;
    char *bytes = malloc(*size);
    FILE *file = fopen(media_path(name), "rb");
    ck_assert_ptr_nonnull(bytes);
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

static void check_same_file(const char *name, const char *other)
{
    size_t size, other_size;
    char *bytes = load(name, &size), *other_bytes = load(other, &other_size);
    ck_assert_uint_eq(size, other_size);
    ck_assert_mem_eq(bytes, other_bytes, size);
    free(bytes);
    free(other_bytes);
}

/* Matroska writes a number by chance into each file. */
static const struct {
    const char *codec, *ending;
} kinds[] = {{"libx264", "mp4"}, {"ffv1", "nut"}};

START_TEST(a_file_is_the_same_whoever_encodes_which_group)
{
    static const char *const workers[] = {"1", "2", "3", "8"};
    char first[32], name[32];
    media_make("31", "128x64", "yuv420p");
    for (size_t i = 0; i < VF_COUNT(workers); i++) {
        snprintf(name, sizeof(name), "%s.%s", workers[i], kinds[_i].ending);
        write_split(name, kinds[_i].codec, workers[i]);
        if (i == 0)
            memcpy(first, name, sizeof(first));
        else
            check_same_file(first, name);
    }
}
END_TEST

START_TEST(frames_come_out_in_their_order_with_their_times)
{
    media_make("31", "64x64", "yuv420p");
    write_split("a.mkv", "ffv1", "3");
    ck_assert_int_eq(media_read("a.mkv", "0", "0", "0"), VF_END);
    media_check_read(0, 31);
}
END_TEST

START_TEST(what_is_interrupted_is_a_part_with_all_that_came)
{
    media_make("31", "64x64", "yuv420p");
    vf_bench_setup(&media_bench, media_node("video_writer"), 2, {"path", media_path("a.mkv")},
                   {"codec", "libx264"}, {"split", "gop"}, {"gop", "7"}, {"workers", "3"});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    ck_assert_int_eq(media_feed_all(), VF_OK);
    media_bench.end_reason = VF_END_INTERRUPTED;
    ck_assert_int_eq(vf_bench_flush(&media_bench), VF_OK);
    vf_bench_finish(&media_bench);
    ck_assert(!media_exists("a.mkv"));
    ck_assert_int_eq(media_read("a.partial.mkv", "0", "0", "0"), VF_END);
    ck_assert_uint_eq(vf_bench_count(&media_bench, VF_VIDEO), 31);
}
END_TEST

/* What encoders are opened for. */
static struct vf_output_settings settings;
static struct vf_output_choice choice;
static struct vf_stream_encoder *encoder;

static void open_stream(void)
{
    static char path[] = "a.mkv", codec[] = "libx264", none[] = "", audio[] = "none";
    char problem[256];
    settings = (struct vf_output_settings){.path = path,
                                           .format = none,
                                           .codec = codec,
                                           .preset = none,
                                           .crf = VF_CRF_UNSET,
                                           .pixel_format = none,
                                           .audio = audio,
                                           .split = VF_OUTPUT_SPLIT_GOP,
                                           .workers = 2,
                                           .gop = 5};
    ck_assert_msg(vf_output_choose(&choice, &settings, problem, sizeof(problem)) == VF_OK, "%s",
                  problem);
    media_make("24", "64x64", "yuv420p");
    vf_bench_setup(&media_bench, media_node("video_writer"), 1, {"path", media_path("a.mkv")});
    const struct vf_stream_encoder_order order = {&media_bench.run, &choice, &settings, {0, 1}};
    ck_assert_int_eq(vf_stream_encoder_create(&encoder, &order, media_made(0)), VF_OK);
}

static void close_stream(void)
{
    vf_stream_encoder_destroy(&encoder);
    vf_output_choice_finish(&choice);
}

/* Sends frames `first` to `end`. Returns the first failure. */
static int send_frames(unsigned first, unsigned end)
{
    int64_t timestamp;
    int err = VF_OK;
    for (unsigned i = first; i < end && !err; i++)
        err = vf_stream_encoder_send(encoder, media_made(i), false, &timestamp);
    return err;
}

START_TEST(a_key_frame_that_is_asked_for_begins_a_group)
{
    static const bool keys[24] = {
        [0] = true, [5] = true, [8] = true, [13] = true, [18] = true, [23] = true};
    const AVPacket *packet;
    int64_t timestamp, times[24], last = INT64_MIN;
    unsigned count = 0;
    open_stream();
    for (unsigned i = 0; i < 24; i++) {
        ck_assert_int_eq(vf_stream_encoder_send(encoder, media_made(i), i == 8, &times[i]), VF_OK);
        ck_assert(i == 0 || times[i] > times[i - 1]);
    }
    ck_assert_int_eq(vf_stream_encoder_send(encoder, NULL, false, &timestamp), VF_OK);
    for (; vf_stream_encoder_receive(encoder, &packet) == VF_OK; count++) {
        ck_assert_int_gt(packet->dts, last);
        ck_assert_int_le(packet->dts, packet->pts);
        last = packet->dts;
        for (unsigned i = 0; i < 24; i++) {
            if (packet->pts == times[i])
                ck_assert_int_eq((packet->flags & AV_PKT_FLAG_KEY) != 0, keys[i]);
        }
    }
    ck_assert_uint_eq(count, 24);
    ck_assert_uint_eq(vf_stream_encoder_sent_count(encoder), 24);
    ck_assert_uint_eq(vf_stream_encoder_made_count(encoder), 24);
    close_stream();
}
END_TEST

START_TEST(an_encoder_that_fails_ends_the_stream)
{
    static char nonsense[] = "nonsense";
    const AVPacket *packet;
    int64_t timestamp;
    open_stream();
    settings.preset = nonsense; /* for the second group, and all after it */
    capture_errors();
    int err = send_frames(0, 24);
    if (!err)
        err = vf_stream_encoder_send(encoder, NULL, false, &timestamp);
    while (!err)
        err = vf_stream_encoder_receive(encoder, &packet);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "nonsense"));
    ck_assert_int_lt(err, 0);
    close_stream();
}
END_TEST

START_TEST(what_nobody_waits_for_is_given_up)
{
    open_stream();
    ck_assert_int_eq(send_frames(0, 24), VF_OK);
    close_stream();
    ck_assert_ptr_null(encoder);
}
END_TEST

START_TEST(decoding_times_go_on_where_the_last_encoder_was)
{
    static const struct {
        int64_t dts, pts, wanted;
    } packets[] = {{-2, 0, -2}, {-1, 2, -1}, {0, 1, 0}, {-1, 3, 1}, {0, 5, 2}, {7, 8, 7}};
    int64_t last = AV_NOPTS_VALUE;
    AVPacket *packet = av_packet_alloc();
    for (size_t i = 0; i < VF_COUNT(packets); i++) {
        packet->dts = packets[i].dts;
        packet->pts = packets[i].pts;
        vf_stream_encoder_follow(&last, packet);
        ck_assert_int_eq(packet->dts, packets[i].wanted);
    }
    packet->dts = AV_NOPTS_VALUE;
    vf_stream_encoder_follow(&last, packet);
    ck_assert_int_eq(packet->dts, AV_NOPTS_VALUE);
    ck_assert_int_eq(last, 7);
    av_packet_free(&packet);
}
END_TEST

START_TEST(the_plan_is_told_how_many_frames_wait)
{
    const struct vf_node *writer = media_node("video_writer");
    vf_bench_setup(&media_bench, writer, 1, {"path", media_path("a.mkv")});
    struct vf_node single = vf_bench_adapt(&media_bench);
    vf_bench_finish(&media_bench);
    ck_assert_uint_eq(single.holds, writer->holds);
    vf_bench_setup(&media_bench, writer, 1, {"path", media_path("a.mkv")}, {"split", "gop"},
                   {"gop", "11"}, {"workers", "3"});
    struct vf_node split = vf_bench_adapt(&media_bench);
    /* 17 wait, each of three encoders may have two, one is the first, and two are kept for a rate. */
    ck_assert_uint_eq(split.holds, 17 + 6 + 1 + 2);
}
END_TEST

static const struct {
    const char *key, *text, *problem;
} mistakes[] = {
    {"bitrate", "2M", "bitrate: it is of a stream that one encoder makes"},
    {"threads", "4", "threads: each encoder has one thread"},
    {"hw", "prefer", "split: hardware encodes one stream"},
    {"codec", "libtheora", "split: it is not known of libtheora"},
    {"codec", "mpeg4", "split: mpeg4 keeps an average bit rate"},
    {"codec", "copy", "split: no pictures are encoded here"},
    {"segment_size", "5MB", "segment_size: what is encoded when a frame comes"},
};

START_TEST(what_groups_cannot_keep_is_refused)
{
    bool is_series = strcmp(mistakes[_i].key, "segment_size") == 0;
    char problem[512];
    vf_bench_setup(&media_bench, media_node("video_writer"), 1,
                   {"path", media_path(is_series ? "{seq}.mkv" : "a.mkv")}, {"split", "gop"},
                   {mistakes[_i].key, mistakes[_i].text});
    int err = media_bench.node->check(media_bench.run.options, problem, sizeof(problem));
    ck_assert_int_eq(err, -EINVAL);
    ck_assert_msg(strstr(problem, mistakes[_i].problem) != NULL, "%s", problem);
}
END_TEST

static const struct {
    const char *codec, *key, *text, *problem;
} options[] = {
    {"libx264", "maxrate", "2M", "options.maxrate: it is of a stream"},
    {"libx264", "b", "2M", "options.b: it is of a stream"},
    {"libx264", "flags", "+pass1", "options.flags: a pass is of a stream"},
    {"libx264", "x264-params", "ref=3:vbv-maxrate=900", "options.x264-params: vbv-maxrate: is"},
    {"libx264", "x264-params", "threads=2", "options.x264-params: threads: each encoder"},
    {"libx264", "b", "0", NULL},
    {"libx264", "x264-params", "ref=3:bframes=2", NULL},
    {"mpeg4", "flags", "+qscale", NULL},
};

START_TEST(options_of_the_encoder_are_looked_at)
{
    struct vf_map_entry entry = {(char *)options[_i].key, (char *)options[_i].text};
    static char path[] = "a.mkv", none[] = "", audio[] = "none";
    const struct vf_output_settings asked = {.path = path,
                                             .format = none,
                                             .codec = (char *)options[_i].codec,
                                             .preset = none,
                                             .crf = VF_CRF_UNSET,
                                             .pixel_format = none,
                                             .audio = audio,
                                             .split = VF_OUTPUT_SPLIT_GOP,
                                             .options = {&entry, 1}};
    char problem[512] = "";
    int err = vf_output_choose(&choice, &asked, problem, sizeof(problem));
    ck_assert_msg(err == (options[_i].problem ? -EINVAL : VF_OK), "%s", problem);
    if (options[_i].problem)
        ck_assert_msg(strstr(problem, options[_i].problem) != NULL, "%s", problem);
    vf_output_choice_finish(&choice);
}
END_TEST

START_TEST(what_is_of_groups_needs_them)
{
    static const char *const keys[][2] = {{"workers", "3"}, {"gop", "50"}};
    char problem[512];
    for (size_t i = 0; i < VF_COUNT(keys); i++) {
        vf_bench_setup(&media_bench, media_node("video_writer"), 1, {"path", media_path("a.mkv")},
                       {keys[i][0], keys[i][1]});
        int err = media_bench.node->check(media_bench.run.options, problem, sizeof(problem));
        ck_assert_int_eq(err, -EINVAL);
        ck_assert_ptr_nonnull(strstr(problem, "split: gop"));
        vf_bench_finish(&media_bench);
    }
}
END_TEST

START_TEST(workers_by_themselves_are_as_many_as_processors)
{
    struct vf_output_settings automatic = {.split = VF_OUTPUT_SPLIT_GOP};
    unsigned workers = vf_split_workers(&automatic);
    ck_assert_uint_ge(workers, 1);
    ck_assert_uint_le(workers, 16);
    ck_assert_uint_eq(vf_split_workers(&automatic), workers);
    ck_assert_uint_eq(vf_split_waiting(&automatic), workers * 30);
    automatic.workers = 5;
    ck_assert_uint_eq(vf_split_workers(&automatic), 5);
}
END_TEST

Suite *split_suite(void);
Suite *split_suite(void)
{
    Suite *suite = suite_create("split");
    TCase *tests = tcase_create("split");
    tcase_add_checked_fixture(tests, media_setup, media_teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, a_file_is_the_same_whoever_encodes_which_group, 0,
                        (int)VF_COUNT(kinds));
    tcase_add_test(tests, frames_come_out_in_their_order_with_their_times);
    tcase_add_test(tests, what_is_interrupted_is_a_part_with_all_that_came);
    tcase_add_test(tests, a_key_frame_that_is_asked_for_begins_a_group);
    tcase_add_test(tests, an_encoder_that_fails_ends_the_stream);
    tcase_add_test(tests, what_nobody_waits_for_is_given_up);
    tcase_add_test(tests, decoding_times_go_on_where_the_last_encoder_was);
    tcase_add_test(tests, the_plan_is_told_how_many_frames_wait);
    tcase_add_loop_test(tests, what_groups_cannot_keep_is_refused, 0, (int)VF_COUNT(mistakes));
    tcase_add_loop_test(tests, options_of_the_encoder_are_looked_at, 0, (int)VF_COUNT(options));
    tcase_add_test(tests, what_is_of_groups_needs_them);
    tcase_add_test(tests, workers_by_themselves_are_as_many_as_processors);
    suite_add_tcase(suite, tests);
    return suite;
}
