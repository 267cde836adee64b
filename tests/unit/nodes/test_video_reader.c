/* SPDX-License-Identifier: MIT */
/* Reading files that the nodes have written themselves. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/media/codec/packet.h"
#include "engine/media/read/open/settings.h"
#include "engine/media/read/source.h"
#include "tests/unit/support/media_fixture.h"
#include "tests/unit/support/scratch.h"

static const struct {
    const char *name, *codec, *format;
} lossless[] = {
    {"a.mkv", "ffv1", "yuv420p"},     {"a.nut", "rawvideo", "yuv444p"},
    {"a.avi", "ffv1", "yuv422p"},     {"a.nut", "ffv1", "yuv420p10le"},
    {"a.avi", "rawvideo", "yuv420p"}, {"a.nut", "rawvideo", "rgb24"},
};

START_TEST(what_is_written_losslessly_is_read_bit_by_bit)
{
    media_make("12", "853x477", lossless[_i].format);
    media_write(lossless[_i].name, lossless[_i].codec);
    ck_assert_int_eq(media_read(lossless[_i].name, "0", "0", "0"), VF_END);
    media_check_read(0, 12);
    ck_assert_uint_eq(media_bench.error_count, 0);
}
END_TEST

START_TEST(sound_is_copied_packet_by_packet)
{
    media_make("50", "64x64", "yuv420p");
    media_write("a.mp4", "libx264");
    ck_assert_int_eq(media_read("a.mp4", "0", "0", "0"), VF_END);
    unsigned count = vf_bench_count(&media_source, VF_AUDIO);
    ck_assert_uint_gt(count, 80);
    ck_assert_uint_eq(vf_bench_count(&media_bench, VF_AUDIO), count);
    for (unsigned i = 0; i < count; i++) {
        const struct vf_message *sent = vf_bench_output(&media_source, VF_AUDIO, i);
        const struct vf_message *got = vf_bench_output(&media_bench, VF_AUDIO, i);
        const struct vf_packet *a = &sent->description.packet, *b = &got->description.packet;
        ck_assert_uint_eq(a->data_size, b->data_size);
        ck_assert(memcmp(sent->payload->data + a->data_offset, got->payload->data + b->data_offset,
                         a->data_size) == 0);
    }
}
END_TEST

START_TEST(a_reader_tells_how_many_frames_to_expect)
{
    media_make("25", "64x64", "yuv420p");
    media_write("a.mp4", "libx264");
    ck_assert_int_eq(media_read("a.mp4", "0", "0", "0"), VF_END);
    ck_assert_uint_eq(media_bench.expected[VF_STREAM_VIDEO], 25);
    ck_assert_uint_eq(media_bench.expected[VF_STREAM_PACKETS], 25);
}
END_TEST

START_TEST(a_decoder_without_room_in_the_arena_gives_the_same_frames)
{
    media_make("12", "320x180", "yuv420p");
    media_write("a.mkv", "ffv1");
    vf_bench_setup(&media_bench, media_node("video_reader"), 0, {"path", media_path("a.mkv")});
    media_bench.is_full = true;
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    ck_assert_int_eq(vf_bench_produce(&media_bench), VF_END);
    media_check_read(0, 12);
}
END_TEST

static const struct {
    const char *start, *duration, *frames;
    unsigned first, count;
} ranges[] = {
    {"1.0", "0", "0", 25, 25}, {"0.99", "0", "0", 25, 25}, {"0", "0.51", "0", 0, 13},
    {"0", "0", "7", 0, 7},     {"1.2", "0.2", "0", 30, 5}, {"1.2", "0", "3", 30, 3},
    {"1.96", "0", "0", 49, 1},
};

START_TEST(a_range_is_exact_to_the_frame_and_its_sound_stays_within)
{
    media_make("50", "64x64", "yuv420p");
    media_write("a.mkv", "ffv1");
    ck_assert_int_eq(media_read("a.mkv", ranges[_i].start, ranges[_i].duration, ranges[_i].frames),
                     VF_END);
    media_check_read(ranges[_i].first, ranges[_i].count);
    double end_s = ranges[_i].count / 25.0;
    unsigned packets = vf_bench_count(&media_bench, VF_AUDIO);
    ck_assert_uint_gt(packets, 0);
    for (unsigned i = 0; i < packets; i++) {
        const struct vf_description *packet =
            &vf_bench_output(&media_bench, VF_AUDIO, i)->description;
        double time_s = (double)packet->timestamp * packet->time_base.num / packet->time_base.den;
        ck_assert(time_s < end_s + 0.045 && (ranges[_i].first == 0 || time_s >= 0));
    }
}
END_TEST

START_TEST(a_start_behind_the_end_is_refused)
{
    media_make("5", "64x64", "yuv420p");
    media_write("a.mkv", "ffv1");
    capture_errors();
    int err = media_read("a.mkv", "60", "0", "0");
    ck_assert_ptr_nonnull(strstr(captured_errors(), "is only 0.2"));
    ck_assert_int_eq(err, -ERANGE);
}
END_TEST

START_TEST(a_reader_whose_sound_nobody_wants_emits_none)
{
    media_make("5", "64x64", "yuv420p");
    media_write("a.mkv", "ffv1");
    vf_bench_setup(&media_bench, media_node("video_reader"), 0, {"path", media_path("a.mkv")});
    media_bench.unread_ports = 1 << VF_AUDIO;
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    ck_assert_int_eq(vf_bench_produce(&media_bench), VF_END);
    ck_assert_uint_eq(vf_bench_count(&media_bench, VF_AUDIO), 0);
    ck_assert_uint_eq(vf_bench_count(&media_bench, VF_VIDEO), 5);
}
END_TEST

START_TEST(a_file_without_sound_announces_that_it_has_none)
{
    media_make("5", "64x64", "yuv420p");
    vf_bench_setup(&media_bench, media_node("video_writer"), 1, {"path", media_path("a.mkv")},
                   {"codec", "ffv1"});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    ck_assert_int_eq(vf_bench_feed(&media_bench, media_source.outputs[0].message, NULL), VF_OK);
    ck_assert_int_eq(vf_bench_flush(&media_bench), VF_OK);
    vf_bench_finish(&media_bench);
    ck_assert_int_eq(media_read("a.mkv", "0", "0", "0"), VF_END);
    ck_assert_uint_eq(vf_bench_count(&media_bench, VF_AUDIO), 1);
    ck_assert(vf_media_packet_is_none(vf_bench_output(&media_bench, VF_AUDIO, 0)));
}
END_TEST

START_TEST(a_truncated_file_is_read_as_far_as_it_goes_and_told_of_once)
{
    media_make("50", "64x64", "yuv420p");
    media_write("a.mkv", "ffv1");
    struct stat status;
    ck_assert_int_eq(stat(media_path("a.mkv"), &status), 0);
    ck_assert_int_eq(truncate(media_path("a.mkv"), status.st_size / 2), 0);
    capture_errors();
    int err = media_read("a.mkv", "0", "0", "0");
    captured_errors();
    ck_assert_int_eq(err, VF_END);
    ck_assert_uint_gt(vf_bench_count(&media_bench, VF_VIDEO), 15);
    ck_assert_uint_ge(media_bench.error_count, 1);
    ck_assert_ptr_nonnull(strstr(media_bench.error, "it is truncated"));
}
END_TEST

static const struct {
    const char *name, *text, *reason;
    int err;
} bad_files[] = {
    {"missing.mp4", NULL, "No such file or directory", -ENOENT},
    {"empty.mp4", "", "the file is empty", -ENODATA},
    {"text.mp4", "this is a letter, not a film", "it is no media file", -EBADMSG},
    {".", NULL, "it is a folder", -EISDIR},
};

START_TEST(a_bad_file_is_refused_with_its_cause)
{
    if (bad_files[_i].text) {
        FILE *file = fopen(media_path(bad_files[_i].name), "w");
        fputs(bad_files[_i].text, file);
        fclose(file);
    }
    capture_errors();
    int err = media_read(bad_files[_i].name, "0", "0", "0");
    const char *errors = captured_errors();
    ck_assert_msg(strstr(errors, bad_files[_i].reason) != NULL, "%s", errors);
    ck_assert_int_eq(err, bad_files[_i].err);
}
END_TEST

START_TEST(attempts_wait_twice_as_long_each_time_more_or_less_a_fifth)
{
    const struct vf_reconnect_wish wish = {.initial_ns = VF_NS_PER_S,
                                           .longest_ns = 30 * VF_NS_PER_S};
    static const int64_t seconds[] = {1, 2, 4, 8, 16, 30, 30};
    for (int i = 0; i < (int)VF_COUNT(seconds); i++) {
        int64_t usual = seconds[i] * VF_NS_PER_S;
        ck_assert_int_eq(vf_outage_wait_ns(&wish, i, 0), usual / 5 * 4);
        ck_assert_int_eq(vf_outage_wait_ns(&wish, i, UINT32_MAX), usual / 5 * 6);
    }
    ck_assert_int_eq(vf_outage_wait_ns(&wish, INT32_MAX, 0), 24 * VF_NS_PER_S);
}
END_TEST

Suite *video_reader_suite(void);
Suite *video_reader_suite(void)
{
    Suite *suite = suite_create("video_reader");
    TCase *tcase = tcase_create("video_reader");
    tcase_add_checked_fixture(tcase, media_setup, media_teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, what_is_written_losslessly_is_read_bit_by_bit, 0,
                        (int)VF_COUNT(lossless));
    tcase_add_test(tcase, sound_is_copied_packet_by_packet);
    tcase_add_test(tcase, a_reader_tells_how_many_frames_to_expect);
    tcase_add_test(tcase, a_decoder_without_room_in_the_arena_gives_the_same_frames);
    tcase_add_loop_test(tcase, a_range_is_exact_to_the_frame_and_its_sound_stays_within, 0,
                        (int)VF_COUNT(ranges));
    tcase_add_test(tcase, a_start_behind_the_end_is_refused);
    tcase_add_test(tcase, a_reader_whose_sound_nobody_wants_emits_none);
    tcase_add_test(tcase, attempts_wait_twice_as_long_each_time_more_or_less_a_fifth);
    tcase_add_test(tcase, a_file_without_sound_announces_that_it_has_none);
    tcase_add_test(tcase, a_truncated_file_is_read_as_far_as_it_goes_and_told_of_once);
    tcase_add_loop_test(tcase, a_bad_file_is_refused_with_its_cause, 0, (int)VF_COUNT(bad_files));
    suite_add_tcase(suite, tcase);
    return suite;
}
