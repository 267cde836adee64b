/* SPDX-License-Identifier: MIT */
/* One writer, several files: by time, by size, by source; with sound that is encoded. */
#include <errno.h>

#include "engine/base/clock.h"
#include "engine/media/codec/packet.h"
#include "engine/media/write/choice/settings.h"
#include "engine/media/write/schedule.h"
#include "engine/message/message.h"
#include "tests/unit/support/media_fixture.h"
#include "tests/unit/support/scratch.h"

/* Says from which file what has been made comes. */
static void name_source(const char *source)
{
    for (unsigned i = 0; i < media_source.output_count; i++)
        vf_message_set_source(&media_source.outputs[i].message->description, source,
                              VF_SOURCE_NAME);
}

static void make_source(const char *source, const char *frames, const char *size)
{
    if (media_source.node)
        vf_bench_finish(&media_source);
    media_make(frames, size, "yuv420p");
    name_source(source);
}

/* Feeds what has been made for one port. */
static void feed_port(unsigned port)
{
    for (unsigned i = 0; i < media_source.output_count; i++) {
        struct vf_message *message = media_source.outputs[i].message;
        bool is_sound = port == VF_AUDIO;
        if (media_source.outputs[i].port != port)
            continue;
        ck_assert_int_eq(
            vf_bench_feed(&media_bench, is_sound ? NULL : message, is_sound ? message : NULL),
            VF_OK);
    }
}

static void open_series(const char *name, const char *key, const char *text)
{
    vf_bench_setup(&media_bench, media_node("video_writer"), 2, {"path", media_path(name)},
                   {"codec", "mpeg4"}, {key, text});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
}

static void finish_series(void)
{
    ck_assert_int_eq(vf_bench_flush(&media_bench), VF_OK);
    vf_bench_finish(&media_bench);
}

/* The file must have so many frames of such a width, and so many packets of sound at least. */
static void check_file(const char *name, unsigned frames, int width, unsigned sound)
{
    ck_assert_int_eq(media_read(name, "0", "0", "0"), VF_END);
    ck_assert_uint_eq(vf_bench_count(&media_bench, VF_VIDEO), frames);
    const struct vf_description *first = &vf_bench_output(&media_bench, VF_VIDEO, 0)->description;
    ck_assert_int_eq(first->video.width, width);
    ck_assert_int_eq(first->timestamp, 0);
    unsigned packets = 0;
    for (unsigned i = 0; i < media_bench.output_count; i++)
        packets += media_bench.outputs[i].port == VF_AUDIO &&
                   !vf_media_packet_is_none(media_bench.outputs[i].message);
    ck_assert_uint_ge(packets, sound);
    vf_bench_finish(&media_bench);
}

START_TEST(a_new_file_begins_when_the_last_is_long_enough)
{
    media_make("25", "64x64", "yuv420p");
    open_series("{seq}.avi", "segment_time", "400ms");
    ck_assert_int_eq(media_feed_all(), VF_OK);
    finish_series();
    ck_assert_uint_eq(scratch_count(), 3);
    check_file("1.avi", 10, 64, 15);
    check_file("2.avi", 10, 64, 15);
    check_file("3.avi", 5, 64, 8);
}
END_TEST

START_TEST(a_new_file_begins_when_the_last_is_large_enough)
{
    media_make("25", "64x64", "yuv420p");
    open_series("{seq:02d}.mkv", "segment_size", "5kB");
    ck_assert_int_eq(media_feed_all(), VF_OK);
    finish_series();
    ck_assert_uint_gt(scratch_count(), 2);
    ck_assert(media_exists("02.mkv"));
}
END_TEST

START_TEST(each_source_becomes_a_file_in_its_own_size)
{
    make_source("in/a.avi", "5", "64x64");
    open_series("{source}.avi", "audio", "auto");
    ck_assert_int_eq(media_feed_all(), VF_OK);
    make_source("in/b.avi", "3", "32x48");
    ck_assert_int_eq(media_feed_all(), VF_OK);
    finish_series();
    ck_assert_uint_eq(scratch_count(), 2);
    check_file("a.avi", 5, 64, 5);
    check_file("b.avi", 3, 32, 3);
}
END_TEST

START_TEST(sound_of_a_source_may_come_behind_the_frames_of_the_next)
{
    struct vf_bench before;
    make_source("a.avi", "5", "64x64");
    open_series("{source}.avi", "audio", "auto");
    feed_port(VF_VIDEO);
    before = media_source;
    memset(&media_source, 0, sizeof(media_source));
    make_source("b.avi", "5", "64x64");
    feed_port(VF_VIDEO);
    struct vf_bench after = media_source;
    media_source = before;
    feed_port(VF_AUDIO);
    ck_assert(!media_exists("a.avi"));
    vf_bench_finish(&media_source);
    media_source = after;
    feed_port(VF_AUDIO);
    ck_assert(media_exists("a.avi"));
    finish_series();
    check_file("a.avi", 5, 64, 5);
    check_file("b.avi", 5, 64, 5);
}
END_TEST

START_TEST(a_series_that_fails_keeps_its_whole_files)
{
    media_make("25", "64x64", "yuv420p");
    open_series("{seq}.mkv", "segment_time", "400ms");
    ck_assert_int_eq(media_feed_all(), VF_OK);
    media_bench.end_reason = VF_END_FAILED;
    ck_assert_int_eq(vf_bench_flush(&media_bench), VF_OK);
    ck_assert_ptr_nonnull(strstr(media_bench.output, "3.partial.mkv: "));
    ck_assert(media_exists("3.partial.mkv"));
    ck_assert(media_exists("1.mkv"));
    ck_assert(media_exists("2.mkv"));
    ck_assert(!media_exists("3.mkv"));
}
END_TEST

static const char *const encoders[] = {"aac", "pcm_s16le", "flac", "libopus"};

START_TEST(sound_is_encoded_as_it_is_asked_for)
{
    media_make("25", "64x64", "yuv420p");
    open_series("a.mkv", "audio", encoders[_i]);
    ck_assert_int_eq(media_feed_all(), VF_OK);
    ck_assert_int_eq(vf_bench_flush(&media_bench), VF_OK);
    const char *name = strcmp(encoders[_i], "libopus") == 0 ? "opus" : encoders[_i];
    ck_assert_ptr_nonnull(strstr(media_bench.output, name));
    vf_bench_finish(&media_bench);
    ck_assert_int_eq(media_read("a.mkv", "0", "0", "0"), VF_END);
    const struct vf_message *packet = vf_bench_output(&media_bench, VF_AUDIO, 0);
    ck_assert_ptr_nonnull(packet);
    ck_assert_str_eq(packet->description.packet.codec, name);
}
END_TEST

START_TEST(a_constant_rate_repeats_frames)
{
    media_make("5", "64x64", "yuv420p");
    open_series("a.mkv", "fps", "50");
    feed_port(VF_VIDEO);
    finish_series();
    check_file("a.mkv", 10, 64, 0);
}
END_TEST

START_TEST(silence_is_no_sound)
{
    media_make("5", "64x64", "yuv420p");
    open_series("a.avi", "audio", "none");
    ck_assert_int_eq(media_feed_all(), VF_OK);
    ck_assert_int_eq(vf_bench_flush(&media_bench), VF_OK);
    ck_assert_ptr_null(strstr(media_bench.output, "sound"));
    ck_assert_ptr_nonnull(strstr(media_bench.output, "a.avi: 5 frames"));
}
END_TEST

static const struct {
    const char *path, *key, *text, *problem;
} mistakes[] = {
    {"a.mp4", "audio", "acc", "no encoder \"acc\"; did you mean \"aac\"?"},
    {"a.mp4", "audio", "mpeg4", "mpeg4 does not encode sound"},
    {"a.flv", "audio", "libopus", "cannot hold opus sound; say audio: auto"},
    {"a.mp4", "audio", "pcm_s16le", "cannot hold pcm_s16le sound"},
    {"a.ts", "audio", "pcm_s16le", "cannot hold pcm_s16le sound"},
    {"a.ts", "codec", "ffv1", "cannot hold ffv1"},
    {"a.ogv", "codec", "libx264", "cannot hold h264"},
    {"a.gif", "codec", "libx264", "cannot hold h264"},
    {"a.y4m", "codec", "rawvideo", "cannot hold rawvideo; leave codec out"},
    {"a.h264", "codec", "mpeg4", "cannot hold mpeg4"},
    {"a.mov", "codec", "libvpx-vp9", "cannot hold vp9"},
    {"a.mov", "audio", "libopus", "cannot hold opus sound"},
    {"a.mp4", "format", "mp5", "no container \"mp5\"; did you mean"},
    {"-", "format", "", "\"-\" does not tell a container"},
    {"-", "format", "hls", "cannot be written to \"-\""},
    {"a.mp4", "segment_time", "3s", "\"a.mp4\" is one file"},
    {"a.mp4", "segment_size", "1MB", "\"a.mp4\" is one file"},
    {"a.mp4", "keep", "3", "\"a.mp4\" is one file"},
    {"a.mp4", "per_source", "true", "\"a.mp4\" is one file"},
    {"a.m3u8", "segment_time", "3s", "\"a.m3u8\" is one stream"},
    {"{seq}.m3u8", "keep", "0", "is one stream"},
    {"udp://127.0.0.1:9", "segment_time", "3s", "is one stream"},
    {"{sequ}.mp4", "keep", "0", "did you mean {seq}?"},
};

START_TEST(a_mistake_is_found_before_the_flow_runs)
{
    vf_bench_setup(&media_bench, media_node("video_writer"), 1, {"path", mistakes[_i].path},
                   {mistakes[_i].key, mistakes[_i].text});
    char problem[512] = "";
    int err = media_bench.node->check(media_bench.run.options, problem, sizeof(problem));
    ck_assert_msg(strstr(problem, mistakes[_i].problem) != NULL, "%s", problem);
    ck_assert_int_lt(err, 0);
}
END_TEST

static const struct {
    const char *path, *name, *problem;
} unknown[] = {
    {"a.m3u8", "hls_tim", "did you mean \"hls_time\"?"},
    {"udp://127.0.0.1:9", "pkt_sise", "did you mean \"pkt_size\"?"},
    {"a.mp4", "pkt_size", "neither libx264 nor mp4 has an option \"pkt_size\""},
};

START_TEST(an_option_of_the_protocol_is_one_of_its_own)
{
    vf_bench_setup(&media_bench, media_node("video_writer"), 1, {"path", unknown[_i].path});
    const struct vf_option *option = vf_option_find(&media_bench.node->options, "options");
    void *values = (void *)(uintptr_t)media_bench.run.options;
    char problem[512] = "";
    ck_assert_int_eq(vf_option_add(option, unknown[_i].name, "1", values), VF_OK);
    int err = media_bench.node->check(values, problem, sizeof(problem));
    ck_assert_msg(strstr(problem, unknown[_i].problem) != NULL, "%s", problem);
    ck_assert_int_eq(err, -EINVAL);
}
END_TEST

START_TEST(a_cut_by_size_of_what_has_no_time_changes_no_cut_by_time)
{
    const struct vf_output_settings settings = {.segment_ns = 2 * VF_NS_PER_S,
                                                .segment_bytes = 1000};
    const struct vf_message first = {.description = {.timestamp = 0, .time_base = {1, 1000000}}};
    struct vf_schedule schedule = {.has_begun = false};
    vf_schedule_begin(&schedule, &settings, &first);
    ck_assert(vf_schedule_is_due(&schedule, &settings, INT64_MIN, 1000));
    ck_assert(!vf_schedule_is_due(&schedule, &settings, 1000000, 0));
    ck_assert(vf_schedule_is_due(&schedule, &settings, 2000000, 0));
    vf_schedule_finish(&schedule);
}
END_TEST

Suite *output_series_suite(void);
Suite *output_series_suite(void)
{
    Suite *suite = suite_create("output_series");
    TCase *tcase = tcase_create("output_series");
    tcase_add_checked_fixture(tcase, media_setup, media_teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_new_file_begins_when_the_last_is_long_enough);
    tcase_add_test(tcase, a_new_file_begins_when_the_last_is_large_enough);
    tcase_add_test(tcase, a_cut_by_size_of_what_has_no_time_changes_no_cut_by_time);
    tcase_add_test(tcase, each_source_becomes_a_file_in_its_own_size);
    tcase_add_test(tcase, sound_of_a_source_may_come_behind_the_frames_of_the_next);
    tcase_add_test(tcase, a_series_that_fails_keeps_its_whole_files);
    tcase_add_loop_test(tcase, sound_is_encoded_as_it_is_asked_for, 0, (int)VF_COUNT(encoders));
    tcase_add_test(tcase, a_constant_rate_repeats_frames);
    tcase_add_test(tcase, silence_is_no_sound);
    tcase_add_loop_test(tcase, a_mistake_is_found_before_the_flow_runs, 0, (int)VF_COUNT(mistakes));
    tcase_add_loop_test(tcase, an_option_of_the_protocol_is_one_of_its_own, 0,
                        (int)VF_COUNT(unknown));
    suite_add_tcase(suite, tcase);
    return suite;
}
