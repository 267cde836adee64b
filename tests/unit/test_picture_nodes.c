/* SPDX-License-Identifier: MIT */
/* The nodes that make and scale pictures. */
#include <errno.h>

#include "tests/unit/media_fixture.h"

static const struct {
    const char *width, *height, *format;
    int expected_width, expected_height;
} sizes[] = {
    {"320", "180", "yuv420p", 320, 180}, {"320", "-1", "yuv420p", 320, 178},
    {"-1", "100", "yuv420p", 178, 100},  {"100", "-1", "yuv444p", 100, 56},
    {"101", "51", "yuv420p", 101, 51},   {"1", "-1", "yuv420p", 1, 2},
};

START_TEST(resize_makes_the_size_that_is_asked_for)
{
    media_make("1", "853x477", sizes[_i].format);
    vf_bench_setup(&media_bench, media_node("resize"), 1, {"width", sizes[_i].width},
                   {"height", sizes[_i].height});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    ck_assert_int_eq(vf_bench_feed(&media_bench, media_source.outputs[0].message, NULL), VF_OK);
    const struct vf_description *resized = &vf_bench_output(&media_bench, 0, 0)->description;
    ck_assert_int_eq(resized->video.width, sizes[_i].expected_width);
    ck_assert_int_eq(resized->video.height, sizes[_i].expected_height);
    ck_assert_str_eq(resized->video.format, sizes[_i].format);
    ck_assert_int_eq(resized->time_base.den, 25);
}
END_TEST

START_TEST(resize_keeps_the_shape_of_the_picture)
{
    media_make("1", "640x480", "yuv420p");
    vf_bench_setup(&media_bench, media_node("resize"), 1, {"width", "320"}, {"height", "480"});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    ck_assert_int_eq(vf_bench_feed(&media_bench, media_source.outputs[0].message, NULL), VF_OK);
    const struct vf_video *video = &vf_bench_output(&media_bench, 0, 0)->description.video;
    ck_assert_int_eq(video->sample_aspect_ratio.num, 2);
    ck_assert_int_eq(video->sample_aspect_ratio.den, 1);
}
END_TEST

START_TEST(resize_lets_a_frame_of_the_right_size_pass_untouched)
{
    media_make("1", "64x48", "yuv420p");
    vf_bench_setup(&media_bench, media_node("resize"), 1, {"width", "64"}, {"height", "-1"});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    ck_assert_int_eq(vf_bench_feed(&media_bench, media_source.outputs[0].message, NULL), VF_OK);
    ck_assert_ptr_eq(vf_bench_output(&media_bench, 0, 0)->payload,
                     media_source.outputs[0].message->payload);
}
END_TEST

START_TEST(resize_wants_a_size)
{
    char problem[512];
    vf_bench_init(&media_bench, media_node("resize"), 1, NULL, 0);
    ck_assert_int_eq(media_bench.node->check(media_bench.run.options, problem, sizeof(problem)),
                     -EINVAL);
    ck_assert_ptr_nonnull(strstr(problem, "give width, height or both"));
}
END_TEST

START_TEST(a_test_source_makes_the_same_pictures_every_time_and_no_two_alike)
{
    media_make("3", "160x90", "yuv420p");
    vf_bench_setup(&media_bench, media_node("test_source"), 0, {"frames", "3"}, {"size", "160x90"});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    ck_assert_int_eq(vf_bench_produce(&media_bench), VF_END);
    for (unsigned i = 0; i < 3; i++)
        media_check_same(vf_bench_output(&media_source, VF_VIDEO, i),
                         vf_bench_output(&media_bench, VF_VIDEO, i));
    const struct vf_message *first = vf_bench_output(&media_bench, VF_VIDEO, 0);
    ck_assert(!media_is_same_row(first, vf_bench_output(&media_bench, VF_VIDEO, 1), 0, 60));
    ck_assert_uint_eq(media_bench.expected, 3);
}
END_TEST

Suite *picture_nodes_suite(void);
Suite *picture_nodes_suite(void)
{
    Suite *suite = suite_create("picture_nodes");
    TCase *tcase = tcase_create("picture_nodes");
    tcase_add_checked_fixture(tcase, media_setup, media_teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, resize_makes_the_size_that_is_asked_for, 0, (int)VF_COUNT(sizes));
    tcase_add_test(tcase, resize_keeps_the_shape_of_the_picture);
    tcase_add_test(tcase, resize_lets_a_frame_of_the_right_size_pass_untouched);
    tcase_add_test(tcase, resize_wants_a_size);
    tcase_add_test(tcase, a_test_source_makes_the_same_pictures_every_time_and_no_two_alike);
    suite_add_tcase(suite, tcase);
    return suite;
}
