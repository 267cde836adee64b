/* SPDX-License-Identifier: MIT */
/* The node that reads picture files. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/text.h"
#include "tests/unit/support/media_fixture.h"
#include "tests/unit/support/scratch.h"

static void prepare_reader(const char *name, const char *loop, const char *threads,
                           const char *keep_going)
{
    vf_bench_setup(&media_bench, media_node("image_reader"), 0, {"path", media_path(name)},
                   {"loop", loop}, {"threads", threads}, {"keep_going", keep_going});
}

/* Reads a file, a folder or a glob to its end. */
static int read_pictures(const char *name, const char *loop, const char *threads,
                         const char *keep_going)
{
    prepare_reader(name, loop, threads, keep_going);
    int err = vf_bench_open(&media_bench);
    return err ? err : vf_bench_produce(&media_bench);
}

static const struct vf_description *description(unsigned index)
{
    const struct vf_message *picture = vf_bench_output(&media_bench, 0, index);
    ck_assert_ptr_nonnull(picture);
    return &picture->description;
}

START_TEST(pictures_have_their_names_and_their_times)
{
    media_write_pictures("12", "16x16", "rgb24", "in/img{seq}.png");
    vf_bench_setup(&media_bench, media_node("image_reader"), 0, {"path", media_path("in")},
                   {"fps", "30000/1001"});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    ck_assert_int_eq(vf_bench_produce(&media_bench), VF_END);
    media_check_read(0, 12);
    for (unsigned i = 0; i < 12; i++) {
        char name[32];
        snprintf(name, sizeof(name), "img%u.png", i + 1);
        ck_assert_str_eq(description(i)->source, name);
        ck_assert_int_eq(description(i)->timestamp, i);
        ck_assert_int_eq(description(i)->duration, 1);
        ck_assert_int_eq(description(i)->time_base.num, 1001);
        ck_assert_int_eq(description(i)->time_base.den, 30000);
        ck_assert_int_eq(description(i)->video.frame_rate.num, 30000);
    }
    ck_assert_uint_eq(media_bench.slept_count, 0);
}
END_TEST

START_TEST(time_stamps_rise_when_the_pictures_begin_again)
{
    media_write_pictures("3", "16x16", "rgb24", "in/{seq}.png");
    ck_assert_int_eq(read_pictures("in/*.png", "2", "2", "true"), VF_END);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 9);
    ck_assert_uint_eq(media_bench.expected[0], 9);
    for (unsigned i = 0; i < 9; i++) {
        ck_assert_int_eq(description(i)->timestamp, i);
        media_check_same(vf_bench_output(&media_source, VF_VIDEO, i % 3),
                         vf_bench_output(&media_bench, 0, i));
    }
}
END_TEST

START_TEST(a_number_of_pictures_is_an_end)
{
    media_write_pictures("3", "16x16", "rgb24", "in/{seq}.png");
    vf_bench_setup(&media_bench, media_node("image_reader"), 0, {"path", media_path("in")},
                   {"loop", "-1"}, {"frames", "7"});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    ck_assert_int_eq(vf_bench_produce(&media_bench), VF_END);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 7);
}
END_TEST

START_TEST(pictures_keep_to_the_clock_in_a_realtime_flow)
{
    media_write_pictures("3", "16x16", "rgb24", "in/{seq}.png");
    prepare_reader("in", "0", "1", "true");
    media_bench.run.is_realtime = true;
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    ck_assert_int_eq(vf_bench_produce(&media_bench), VF_END);
    ck_assert_uint_eq(media_bench.slept_count, 3);
}
END_TEST

/* Pictures 1 to 9, of which some are not what they seem, in two codecs. */
static void make_mixed(void)
{
    media_write_pictures("9", "64x48", "rgb24", "in/{seq}.png");
    ck_assert_int_eq(truncate(media_path("in/2.png"), 300), 0);
    ck_assert_int_eq(truncate(media_path("in/3.png"), 0), 0);
    media_write_text("in/5.png", "no picture at all");
    media_write_pictures("1", "64x48", "yuv420p", "in/6.jpg"); /* beside 6.png, before it */
    media_write_pictures("1", "64x48", "yuv420p", "7.jpg");
    char *jpeg = strdup(media_path("7.jpg"));
    ck_assert_int_eq(rename(jpeg, media_path("in/7.png")), 0); /* has a wrong name */
    free(jpeg);
    media_write_pictures("1", "64x48", "yuv420p", "in/8.jpg");
    ck_assert_int_eq(truncate(media_path("in/8.jpg"), media_size("in/8.jpg") / 2), 0);
    ck_assert_int_eq(truncate(media_path("in/9.png"), 400), 0);
    media_write_text("in/list.txt", "1.png");
}

START_TEST(a_picture_that_cannot_be_read_is_reported_and_left_out)
{
    static const struct {
        const char *source;
        int64_t timestamp;
    } expected[] = {
        {"1.png", 0}, {"4.png", 3}, {"6.jpg", 5}, {"6.png", 6}, {"7.png", 7}, {"8.png", 9},
    };
    make_mixed();
    ck_assert_int_eq(read_pictures("in", "0", _i == 0 ? "1" : _i == 1 ? "2" : "8", "true"), VF_END);
    ck_assert_uint_eq(media_bench.error_count, 5);
    ck_assert_ptr_nonnull(strstr(media_bench.error, "in/9.png: cannot be decoded: Invalid data"));
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), VF_COUNT(expected));
    for (unsigned i = 0; i < VF_COUNT(expected); i++) {
        ck_assert_str_eq(description(i)->source, expected[i].source);
        ck_assert_int_eq(description(i)->timestamp, expected[i].timestamp);
    }
}
END_TEST

START_TEST(a_picture_that_cannot_be_read_is_a_failure_on_demand)
{
    make_mixed();
    capture_errors();
    ck_assert_int_eq(read_pictures("in", "0", "4", "false"), -EBADMSG);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "in/2.png: cannot be decoded: Invalid data"));
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 1);
}
END_TEST

START_TEST(a_list_without_any_picture_is_not_tried_for_ever)
{
    media_write_text("a.png", "no");
    media_write_text("b.png", "no");
    capture_errors();
    ck_assert_int_eq(read_pictures("*.png", "-1", "2", "true"), -ENODATA);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "can be read"));
    ck_assert_uint_eq(media_bench.error_count, 2);
}
END_TEST

START_TEST(a_picture_that_is_gone_is_one_that_cannot_be_read)
{
    media_write_pictures("3", "16x16", "rgb24", "in/{seq}.png");
    prepare_reader("in", "0", "1", "true");
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    ck_assert_int_eq(unlink(media_path("in/2.png")), 0);
    ck_assert_int_eq(vf_bench_produce(&media_bench), VF_END);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 2);
    ck_assert_ptr_nonnull(strstr(media_bench.error, "2.png: cannot be read: No such file"));
}
END_TEST

START_TEST(names_that_look_like_patterns_are_names)
{
    media_write_pictures("1", "16x16", "rgb24", "in/a%03d[1]*.png");
    ck_assert_int_eq(read_pictures("in/a%03d[1]*.png", "0", "1", "true"), VF_END);
    media_check_read(0, 1);
    ck_assert_str_eq(description(0)->source, "a%03d[1]*.png");
}
END_TEST

START_TEST(a_folder_without_pictures_is_told)
{
    ck_assert_int_eq(mkdir(media_path("in"), 0777), 0);
    media_write_text("in/a.txt", "no");
    capture_errors();
    ck_assert_int_eq(read_pictures("in", "0", "1", "true"), -ENOENT);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "has no file of the asked kind"));
}
END_TEST

Suite *image_reader_suite(void);
Suite *image_reader_suite(void)
{
    Suite *suite = suite_create("image_reader");
    TCase *tcase = tcase_create("image_reader");
    tcase_add_checked_fixture(tcase, media_setup, media_teardown);
    tcase_add_test(tcase, pictures_have_their_names_and_their_times);
    tcase_add_test(tcase, time_stamps_rise_when_the_pictures_begin_again);
    tcase_add_test(tcase, a_number_of_pictures_is_an_end);
    tcase_add_test(tcase, pictures_keep_to_the_clock_in_a_realtime_flow);
    tcase_add_loop_test(tcase, a_picture_that_cannot_be_read_is_reported_and_left_out, 0, 3);
    tcase_add_test(tcase, a_picture_that_cannot_be_read_is_a_failure_on_demand);
    tcase_add_test(tcase, a_list_without_any_picture_is_not_tried_for_ever);
    tcase_add_test(tcase, a_picture_that_is_gone_is_one_that_cannot_be_read);
    tcase_add_test(tcase, names_that_look_like_patterns_are_names);
    tcase_add_test(tcase, a_folder_without_pictures_is_told);
    suite_add_tcase(suite, tcase);
    return suite;
}
