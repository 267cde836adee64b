/* SPDX-License-Identifier: MIT */
/* Writing files: what appears when, and what is refused. */
#include <errno.h>

#include "tests/unit/support/media_fixture.h"
#include "tests/unit/support/scratch.h"

START_TEST(a_file_appears_under_its_name_only_when_it_is_whole)
{
    media_make("5", "64x64", "yuv420p");
    media_open_writer("a.mkv", "ffv1");
    ck_assert_int_eq(media_feed_all(), VF_OK);
    ck_assert(!media_exists("a.mkv"));
    ck_assert_int_eq(vf_bench_flush(&media_bench), VF_OK);
    ck_assert(media_exists("a.mkv"));
    ck_assert_uint_eq(scratch_count(), 1);
    ck_assert_ptr_nonnull(strstr(media_bench.output, "a.mkv: 5 frames, 64x64 ffv1 with sound"));
}
END_TEST

START_TEST(an_interrupted_file_is_finalised_and_called_a_part)
{
    media_make("5", "64x64", "yuv420p");
    media_open_writer("a.mkv", "ffv1");
    ck_assert_int_eq(media_feed_all(), VF_OK);
    media_bench.end_reason = VF_END_INTERRUPTED;
    media_bench.expected[0] = 7;
    ck_assert_int_eq(vf_bench_flush(&media_bench), VF_OK);
    ck_assert_ptr_nonnull(strstr(media_bench.output, "a.partial.mkv: 5 of 7 frames, interrupted"));
    ck_assert_ptr_null(strstr(media_bench.output, "as it was"));
    ck_assert(!media_exists("a.mkv"));
    ck_assert_uint_eq(scratch_count(), 1);
    vf_bench_finish(&media_bench);
    ck_assert_int_eq(media_read("a.partial.mkv", "0", "0", "0"), VF_END);
    media_check_read(0, 5);
}
END_TEST

START_TEST(a_part_does_not_replace_the_whole)
{
    FILE *file = fopen(media_path("a.mkv"), "w");
    fclose(file);
    media_make("5", "64x64", "yuv420p");
    media_open_writer("a.mkv", "ffv1");
    ck_assert_int_eq(media_feed_all(), VF_OK);
    media_bench.end_reason = VF_END_INTERRUPTED;
    ck_assert_int_eq(vf_bench_flush(&media_bench), VF_OK);
    ck_assert_ptr_nonnull(strstr(media_bench.output, "a.partial.mkv: 5 frames, interrupted; "));
    ck_assert_ptr_nonnull(strstr(media_bench.output, "a.mkv is as it was"));
    ck_assert(media_exists("a.mkv"));
    ck_assert_uint_eq(scratch_count(), 2);
}
END_TEST

START_TEST(what_has_no_end_of_its_own_is_whole_when_it_is_interrupted)
{
    media_make("5", "64x64", "yuv420p");
    media_open_writer("a.mkv", "ffv1");
    ck_assert_int_eq(media_feed_all(), VF_OK);
    media_bench.end_reason = VF_END_INTERRUPTED;
    media_bench.ends_by_stop = true;
    vf_bench_finish(&media_bench);
    ck_assert_uint_eq(scratch_count(), 1);
    ck_assert_int_eq(media_read("a.mkv", "0", "0", "0"), VF_END);
    media_check_read(0, 5);
}
END_TEST

START_TEST(what_a_failure_left_is_called_a_part)
{
    media_make("5", "64x64", "yuv420p");
    media_open_writer("a.mkv", "ffv1");
    ck_assert_int_eq(media_feed_all(), VF_OK);
    media_bench.end_reason = VF_END_FAILED;
    media_bench.ends_by_stop = true;
    ck_assert_int_eq(vf_bench_flush(&media_bench), VF_OK);
    ck_assert_ptr_nonnull(
        strstr(media_bench.output, "a.partial.mkv: 5 frames, cut short by a failure"));
    ck_assert(!media_exists("a.mkv"));
    ck_assert(media_exists("a.partial.mkv"));
    ck_assert_uint_eq(scratch_count(), 1);
}
END_TEST

START_TEST(no_frame_makes_no_file)
{
    media_open_writer("a.mkv", "ffv1");
    capture_errors();
    int err = vf_bench_flush(&media_bench);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "no frame has come"));
    ck_assert_int_eq(err, -ENODATA);
    ck_assert_uint_eq(scratch_count(), 0);
}
END_TEST

START_TEST(an_existing_file_is_kept_where_it_must_not_be_replaced)
{
    FILE *file = fopen(media_path("a.mkv"), "w");
    fclose(file);
    vf_bench_setup(&media_bench, media_node("video_writer"), 1, {"path", media_path("a.mkv")});
    media_bench.run.must_not_replace = true;
    capture_errors();
    int err = vf_bench_open(&media_bench);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "exists already"));
    ck_assert_int_eq(err, -EEXIST);
    ck_assert_uint_eq(scratch_count(), 1);
}
END_TEST

START_TEST(a_file_that_comes_up_meanwhile_is_not_replaced_either)
{
    media_make("5", "64x64", "yuv420p");
    vf_bench_setup(&media_bench, media_node("video_writer"), 2, {"path", media_path("a.mkv")},
                   {"codec", "ffv1"});
    media_bench.run.must_not_replace = true;
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    ck_assert_int_eq(media_feed_all(), VF_OK);
    FILE *file = fopen(media_path("a.mkv"), "w");
    fclose(file);
    capture_errors();
    int err = vf_bench_flush(&media_bench);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "File exists"));
    ck_assert_int_eq(err, -EEXIST);
    ck_assert_uint_eq(scratch_count(), 2);
}
END_TEST

START_TEST(frames_that_change_their_size_are_scaled_to_the_first)
{
    media_make("3", "64x64", "yuv420p");
    media_open_writer("a.mkv", "ffv1");
    ck_assert_int_eq(media_feed_all(), VF_OK);
    vf_bench_finish(&media_source);
    media_make("6", "32x48", "rgb24");
    capture_errors();
    ck_assert_int_eq(vf_bench_feed(&media_bench, media_source.outputs[0].message, NULL), VF_OK);
    const char *errors = captured_errors();
    ck_assert_ptr_nonnull(strstr(errors, "frames change from 64x64 yuv420p to 32x48 rgb24"));
    ck_assert_int_eq(vf_bench_flush(&media_bench), VF_OK);
    vf_bench_finish(&media_bench);
    ck_assert_int_eq(media_read("a.mkv", "0", "0", "0"), VF_END);
    ck_assert_uint_eq(vf_bench_count(&media_bench, VF_VIDEO), 4);
    ck_assert_int_eq(vf_bench_output(&media_bench, VF_VIDEO, 3)->description.video.width, 64);
}
END_TEST

START_TEST(time_stamps_are_made_to_rise)
{
    media_make("3", "64x64", "yuv420p");
    media_open_writer("a.mkv", "ffv1");
    for (unsigned i = 0; i < media_source.output_count; i++)
        media_source.outputs[i].message->description.timestamp = 0;
    capture_errors();
    ck_assert_int_eq(media_feed_all(), VF_OK);
    ck_assert_int_eq(vf_bench_flush(&media_bench), VF_OK);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "moved to make them rise: 2"));
}
END_TEST

static const struct {
    const char *path, *codec, *preset, *crf, *pixel_format, *problem;
} mistakes[] = {
    {"a.xyz", "auto", "", "-1", "", "does not tell a container"},
    {"a.wav", "mpeg4", "", "-1", "", "holds no video"},
    {"a.wav", "auto", "", "20", "", "leave crf out"},
    {"a.png", "auto", "", "-1", "", "is not one file"},
    {"a.mp4", "libx265x", "", "-1", "", "did you mean \"libx265\"?"},
    {"a.mp4", "nonsense", "", "-1", "", "no encoder \"nonsense\""},
    {"a.mp4", "aac", "", "-1", "", "does not encode video"},
    {"a.mp4", "ffv1", "", "-1", "", "cannot hold ffv1"},
    {"a.mkv", "ffv1", "fast", "-1", "", "has no presets"},
    {"a.mkv", "ffv1", "", "20", "", "has no crf"},
    {"a.mp4", "libx264", "quick", "-1", "",
     "preset: libx264 has no preset \"quick\"; it takes ultrafast, superfast,"},
    {"a.mp4", "libx264", "medum", "-1", "", "did you mean \"medium\"?"},
    {"a.mp4", "libx264", "fast", "200", "", "crf: libx264 takes 0 to 51 as crf, not 200"},
    {"a.mkv", "mpeg4", "", "-1", "rgb24", "does not take the pixel format rgb24"},
};

START_TEST(a_writer_checks_what_it_is_asked_for)
{
    vf_bench_setup(&media_bench, media_node("video_writer"), 1, {"path", mistakes[_i].path},
                   {"codec", mistakes[_i].codec}, {"preset", mistakes[_i].preset},
                   {"crf", mistakes[_i].crf}, {"pixel_format", mistakes[_i].pixel_format});
    char problem[512];
    int err = media_bench.node->check(media_bench.run.options, problem, sizeof(problem));
    ck_assert_int_lt(err, 0);
    ck_assert_msg(strstr(problem, mistakes[_i].problem) != NULL, "%s", problem);
}
END_TEST

static const struct {
    const char *key, *text, *problem;
} bad_options[] = {
    {"tunee", "film", "did you mean \"tune\"?"},
    {"tune", "fim", "options.tune: libx264 does not take \"fim\" for tune; did you mean \"film\"?"},
    {"profile", "low", "does not take \"low\" for profile; it takes baseline, main"},
    {"g", "many", "libx264 does not take \"many\" for g"},
    {"movflags", "none-such", "mp4 does not take"},
};

START_TEST(an_option_that_neither_encoder_nor_container_takes_is_named)
{
    vf_bench_setup(&media_bench, media_node("video_writer"), 1, {"path", "a.mp4"});
    const struct vf_option *option = vf_option_find(&media_bench.node->options, "options");
    void *values = (void *)(uintptr_t)media_bench.run.options;
    ck_assert_int_eq(vf_option_add(option, bad_options[_i].key, bad_options[_i].text, values),
                     VF_OK);
    char problem[512];
    capture_errors();
    int err = media_bench.node->check(media_bench.run.options, problem, sizeof(problem));
    captured_errors();
    ck_assert_int_lt(err, 0);
    ck_assert_msg(strstr(problem, bad_options[_i].problem) != NULL, "%s", problem);
}
END_TEST

Suite *video_writer_suite(void);
Suite *video_writer_suite(void)
{
    Suite *suite = suite_create("video_writer");
    TCase *tcase = tcase_create("video_writer");
    tcase_add_checked_fixture(tcase, media_setup, media_teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_file_appears_under_its_name_only_when_it_is_whole);
    tcase_add_test(tcase, an_interrupted_file_is_finalised_and_called_a_part);
    tcase_add_test(tcase, a_part_does_not_replace_the_whole);
    tcase_add_test(tcase, what_has_no_end_of_its_own_is_whole_when_it_is_interrupted);
    tcase_add_test(tcase, what_a_failure_left_is_called_a_part);
    tcase_add_test(tcase, no_frame_makes_no_file);
    tcase_add_test(tcase, an_existing_file_is_kept_where_it_must_not_be_replaced);
    tcase_add_test(tcase, a_file_that_comes_up_meanwhile_is_not_replaced_either);
    tcase_add_test(tcase, frames_that_change_their_size_are_scaled_to_the_first);
    tcase_add_test(tcase, time_stamps_are_made_to_rise);
    tcase_add_loop_test(tcase, a_writer_checks_what_it_is_asked_for, 0, (int)VF_COUNT(mistakes));
    tcase_add_loop_test(tcase, an_option_that_neither_encoder_nor_container_takes_is_named, 0,
                        (int)VF_COUNT(bad_options));
    suite_add_tcase(suite, tcase);
    return suite;
}
