/* SPDX-License-Identifier: MIT */
/* The node that writes frames to picture files. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/text.h"
#include "tests/unit/support/media_fixture.h"
#include "tests/unit/support/scratch.h"

static char problem[512];

/* Reads what was written. */
static void read_back(const char *name)
{
    vf_bench_setup(&media_bench, media_node("image_reader"), 0, {"path", media_path(name)});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    ck_assert_int_eq(vf_bench_produce(&media_bench), VF_END);
}

static const struct vf_video *video(unsigned index)
{
    const struct vf_message *picture = vf_bench_output(&media_bench, 0, index);
    ck_assert_ptr_nonnull(picture);
    return &picture->description.video;
}

static const struct {
    const char *ending, *format;
} lossless[] = {
    {"png", "rgb24"}, {"png", "gray"},     {"png", "rgba"},  {"png", "rgb48be"},
    {"tif", "rgb24"}, {"tiff", "rgb48le"}, {"bmp", "bgr24"}, {"ppm", "rgb24"},
    {"PNG", "rgb24"}, {"tga", "bgr24"},    {"pgm", "gray"},  {"png", "gray16be"},
};

START_TEST(a_picture_is_read_as_it_was_written)
{
    char name[32];
    snprintf(name, sizeof(name), "in/{seq}.%s", lossless[_i].ending);
    media_write_pictures("3", "37x21", lossless[_i].format, name);
    read_back("in");
    media_check_read(0, 3);
    ck_assert_uint_eq(media_bench.expected[0], 3);
    ck_assert_uint_eq(media_bench.error_count, 0);
}
END_TEST

static const struct {
    const char *ending, *format, *read;
} conversions[] = {
    {"jpg", "yuv420p", "yuvj420p"}, {"jpg", "yuv444p", "yuvj444p"},
    {"jpg", "rgb24", "yuvj444p"},   {"jpg", "yuv420p10", "yuvj420p"},
    {"png", "yuv420p", "rgb24"},    {"png", "yuv420p10", "rgb48be"},
    {"png", "yuva420p", "rgba"},    {"png", "gray10", "gray16be"},
    {"tiff", "yuv420p", "rgb24"},   {"tiff", "yuv422p10", "rgb48le"},
    {"bmp", "yuv420p", "bgr24"},
};

START_TEST(a_frame_becomes_the_nearest_that_a_file_can_have)
{
    char name[32];
    snprintf(name, sizeof(name), "a.%s", conversions[_i].ending);
    media_write_pictures("1", "33x17", conversions[_i].format, name);
    read_back(name);
    ck_assert_str_eq(video(0)->format, conversions[_i].read);
    ck_assert_int_eq(video(0)->width, 33);
    ck_assert_int_eq(video(0)->height, 17);
}
END_TEST

START_TEST(a_better_quality_takes_more_bytes)
{
    static const char *const qualities[] = {"10", "50", "75", "90", "100"};
    int64_t before = 0;
    media_make("1", "160x120", "yuv420p");
    for (size_t i = 0; i < VF_COUNT(qualities); i++) {
        ck_assert_int_eq(media_open_pictures("a.jpg", qualities[i]), VF_OK);
        ck_assert_int_eq(media_feed_pictures(), VF_OK);
        vf_bench_finish(&media_bench);
        ck_assert_int_gt(media_size("a.jpg"), before);
        before = media_size("a.jpg");
    }
}
END_TEST

START_TEST(frames_may_change_their_size_and_format)
{
    static const char *const made[][2] = {
        {"16x16", "rgb24"}, {"33x15", "rgb24"}, {"33x15", "gray"}, {"16x16", "rgb24"}};
    ck_assert_int_eq(media_open_pictures("in/{seq}.png", "90"), VF_OK);
    for (size_t i = 0; i < VF_COUNT(made); i++) {
        media_make("1", made[i][0], made[i][1]);
        ck_assert_int_eq(media_feed_pictures(), VF_OK);
        vf_bench_finish(&media_source);
    }
    vf_bench_finish(&media_bench);
    read_back("in");
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), VF_COUNT(made));
    for (unsigned i = 0; i < VF_COUNT(made); i++) {
        char size[32];
        snprintf(size, sizeof(size), "%dx%d", video(i)->width, video(i)->height);
        ck_assert_str_eq(size, made[i][0]);
        ck_assert_str_eq(video(i)->format, made[i][1]);
    }
}
END_TEST

START_TEST(a_name_without_a_field_is_that_of_the_last_frame)
{
    media_write_pictures("3", "16x16", "rgb24", "latest.png");
    ck_assert_uint_eq(scratch_count(), 1);
    read_back("latest.png");
    media_check_read(2, 1);
}
END_TEST

START_TEST(each_file_is_named_once_it_is_there)
{
    media_make("2", "16x16", "rgb24");
    ck_assert_int_eq(media_open_pictures("out/{seq}.png", "90"), VF_OK);
    ck_assert_int_eq(media_feed_pictures(), VF_OK);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 2);
    size_t length;
    const char *name = vf_message_json(vf_bench_output(&media_bench, 0, 1), &length);
    char *expected = vf_text_format("\"%s/out/2.png\"", scratch_path());
    ck_assert_uint_eq(length, strlen(expected));
    ck_assert_mem_eq(name, expected, length);
    free(expected);
}
END_TEST

START_TEST(what_was_written_is_reported)
{
    media_make("3", "16x16", "rgb24");
    ck_assert_int_eq(media_open_pictures("out/{seq:03d}.png", "90"), VF_OK);
    ck_assert_int_eq(media_feed_pictures(), VF_OK);
    ck_assert_int_eq(vf_bench_flush(&media_bench), VF_OK);
    const char *folder = scratch_path();
    char *expected =
        vf_text_format("3 pictures, %s/out/001.png to %s/out/003.png, ", folder, folder);
    ck_assert_msg(strncmp(media_bench.output, expected, strlen(expected)) == 0, "%s",
                  media_bench.output);
    free(expected);
}
END_TEST

START_TEST(what_was_written_before_a_failure_is_reported)
{
    media_make("3", "16x16", "rgb24");
    ck_assert_int_eq(mkdir(media_path("2.png"), 0777), 0);
    ck_assert_int_eq(media_open_pictures("{seq}.png", "90"), VF_OK);
    capture_errors();
    ck_assert_int_lt(media_feed_pictures(), 0);
    media_bench.node->close(&media_bench.run);
    media_bench.is_open = false;
    ck_assert_ptr_nonnull(strstr(captured_errors(), "2.png"));
    ck_assert_ptr_nonnull(strstr(media_bench.output, "1.png: 1 picture, "));
    ck_assert(media_exists("1.png"));
    ck_assert_uint_eq(scratch_count(), 2);
}
END_TEST

START_TEST(a_file_that_is_not_to_be_replaced_stays)
{
    media_write_text("1.png", "mine");
    vf_bench_setup(&media_bench, media_node("image_writer"), 1, {"path", media_path("{seq}.png")});
    media_bench.run.must_not_replace = true;
    capture_errors();
    ck_assert_int_eq(vf_bench_open(&media_bench), -EEXIST);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "exists already"));
    vf_bench_finish(&media_bench);
    media_write_text("0.png", "mine");
    media_make("1", "16x16", "rgb24");
    vf_bench_setup(&media_bench, media_node("image_writer"), 1, {"path", media_path("{pts}.png")});
    media_bench.run.must_not_replace = true;
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    capture_errors();
    ck_assert_int_eq(media_feed_pictures(), -EEXIST);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "exists already"));
    ck_assert_int_eq(media_size("0.png"), 4);
}
END_TEST

START_TEST(a_file_of_this_run_is_replaced_in_any_case)
{
    media_make("3", "16x16", "rgb24");
    vf_bench_setup(&media_bench, media_node("image_writer"), 1, {"path", media_path("latest.png")});
    media_bench.run.must_not_replace = true;
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    ck_assert_int_eq(media_feed_pictures(), VF_OK);
}
END_TEST

START_TEST(no_frame_is_no_picture)
{
    ck_assert_int_eq(media_open_pictures("a.png", "90"), VF_OK);
    capture_errors();
    ck_assert_int_eq(vf_bench_flush(&media_bench), -ENODATA);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "is not written: no frame has come"));
    ck_assert_uint_eq(scratch_count(), 0);
}
END_TEST

static const struct {
    const char *path, *pixel_format, *key, *value, *problem;
} mistakes[] = {
    {"a.gjp", "", "", "", "the name \"a.gjp\" does not tell what kind of picture; end it in .jpg"},
    {"out.png/a", "", "", "", "the name \"out.png/a\" does not tell what kind of picture"},
    {"a.{seq}", "", "", "", "does not tell what kind of picture"},
    {"{seq:4}.png", "", "", "", "\"4\" is no format of {seq}; write {seq:04d}"},
    {"a.png", "rgb32", "", "", "png does not take the pixel format rgb32; it takes rgb24"},
    {"a.jpg", "nv12", "", "", "mjpeg does not take the pixel format nv12; it takes"},
    {"a.png", "", "prod", "mixed", "png has no option \"prod\"; did you mean \"pred\"?"},
    {"a.png", "", "quantum_foam", "1", "png has no option \"quantum_foam\"; `ffmpeg -h"},
    {"a.png", "", "pred", "mxied", "png does not take \"mxied\" for pred"},
};

START_TEST(a_mistake_of_a_writer_is_told_with_what_would_be_right)
{
    vf_bench_setup(&media_bench, media_node("image_writer"), 1, {"path", mistakes[_i].path});
    void *values = (void *)(uintptr_t)media_bench.run.options;
    const struct vf_option_list *table = &media_bench.node->options;
    /* Neither kind of value would take what this libav does not know. */
    if (mistakes[_i].pixel_format[0] &&
        vf_option_set(vf_option_find(table, "pixel_format"), mistakes[_i].pixel_format, values))
        return;
    if (mistakes[_i].key[0])
        ck_assert_int_eq(vf_option_add(vf_option_find(table, "options"), mistakes[_i].key,
                                       mistakes[_i].value, values),
                         VF_OK);
    ck_assert_int_eq(media_bench.node->check(values, problem, sizeof(problem)), -EINVAL);
    ck_assert_msg(strstr(problem, mistakes[_i].problem) != NULL, "%s", problem);
}
END_TEST

Suite *image_writer_suite(void);
Suite *image_writer_suite(void)
{
    Suite *suite = suite_create("image_writer");
    TCase *tcase = tcase_create("image_writer");
    tcase_add_checked_fixture(tcase, media_setup, media_teardown);
    tcase_add_loop_test(tcase, a_picture_is_read_as_it_was_written, 0, (int)VF_COUNT(lossless));
    tcase_add_loop_test(tcase, a_frame_becomes_the_nearest_that_a_file_can_have, 0,
                        (int)VF_COUNT(conversions));
    tcase_add_test(tcase, a_better_quality_takes_more_bytes);
    tcase_add_test(tcase, frames_may_change_their_size_and_format);
    tcase_add_test(tcase, a_name_without_a_field_is_that_of_the_last_frame);
    tcase_add_test(tcase, each_file_is_named_once_it_is_there);
    tcase_add_test(tcase, what_was_written_is_reported);
    tcase_add_test(tcase, what_was_written_before_a_failure_is_reported);
    tcase_add_test(tcase, a_file_that_is_not_to_be_replaced_stays);
    tcase_add_test(tcase, a_file_of_this_run_is_replaced_in_any_case);
    tcase_add_test(tcase, no_frame_is_no_picture);
    tcase_add_loop_test(tcase, a_mistake_of_a_writer_is_told_with_what_would_be_right, 0,
                        (int)VF_COUNT(mistakes));
    suite_add_tcase(suite, tcase);
    return suite;
}
