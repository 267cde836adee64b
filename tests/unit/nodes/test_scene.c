/* SPDX-License-Identifier: MIT */
/* Cuts and fades, and the scenes between them. */
#include <check.h>
#include <math.h>

#include "nodes/vision/look.h"
#include "tests/unit/support/gray_video.h"

enum { EVENTS, SCENES, PICTURES, SCORES };

static void open_scene(const char *name, const char *value)
{
    vf_bench_setup(&media_bench, media_node("scene"), 1, {name, value});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
}

/* Feeds a whole video. */
static void show(const struct gray_shot *shots, size_t count)
{
    gray_feed(shots, count);
    ck_assert_int_eq(vf_bench_flush(&media_bench), VF_OK);
}

static void expect_event(unsigned index, const char *what, int begin, int end)
{
    gray_expect_text(EVENTS, index, "what", what);
    ck_assert_double_eq(gray_number(EVENTS, index, "begin.number"), begin);
    ck_assert_double_eq(gray_number(EVENTS, index, "end.number"), end);
}

/* Expects so many scenes, each with its first and last frame. */
static void expect_scenes(const int (*frames)[2], unsigned count)
{
    ck_assert_uint_eq(vf_bench_count(&media_bench, SCENES), count);
    ck_assert_uint_eq(vf_bench_count(&media_bench, PICTURES), count);
    for (unsigned i = 0; i < count; i++) {
        gray_expect_text(SCENES, i, "what", "scene");
        ck_assert_double_eq(gray_number(SCENES, i, "begin.number"), frames[i][0]);
        ck_assert_double_eq(gray_number(SCENES, i, "end.number"), frames[i][1]);
        ck_assert_double_eq(gray_number(SCENES, i, "details.scene"), i + 1);
        ck_assert_double_eq(gray_number(SCENES, i, "details.frames"),
                            frames[i][1] - frames[i][0] + 1);
    }
}

START_TEST(cuts_are_found_to_the_frame)
{
    static const struct gray_shot shots[] = {
        {40, 1, 1, 1, 0}, {25, 2, 1, 1, 3}, {12, 3, 1, 1, 0}, {30, 1, 1, 1, 0}};
    open_scene("threshold", "0.2");
    show(shots, VF_COUNT(shots));
    ck_assert_uint_eq(vf_bench_count(&media_bench, EVENTS), 3);
    expect_event(0, "cut", 41, 41);
    expect_event(1, "cut", 66, 66);
    expect_event(2, "cut", 78, 78);
    expect_scenes((const int[][2]){{1, 40}, {41, 65}, {66, 77}, {78, 107}}, 4);
    gray_expect_text(SCENES, 0, "details.begins", "start");
    gray_expect_text(SCENES, 1, "details.begins", "cut");
    ck_assert_double_gt(gray_number(EVENTS, 0, "details.score"), 0.2);
}
END_TEST

START_TEST(each_frame_has_a_score_in_its_order)
{
    static const struct gray_shot shots[] = {{20, 1, 1, 1, 0}, {20, 2, 1, 1, 0}};
    open_scene("flash", "3");
    gray_feed(shots, VF_COUNT(shots));
    ck_assert_uint_eq(vf_bench_count(&media_bench, SCORES), 37);
    ck_assert_int_eq(vf_bench_flush(&media_bench), VF_OK);
    ck_assert_uint_eq(vf_bench_count(&media_bench, SCORES), 40);
    for (unsigned i = 0; i < 40; i++) {
        double score = gray_number(SCORES, i, "score");
        ck_assert_uint_eq(vf_bench_output(&media_bench, SCORES, i)->description.origin.number,
                          i + 1);
        ck_assert(i == 20 ? score > 0.2 && score <= 1 : score == 0);
        ck_assert_double_eq(gray_number(SCORES, i, "scene"), i < 20 ? 1 : 2);
    }
}
END_TEST

START_TEST(a_fast_movement_is_no_cut)
{
    static const struct gray_shot shots[] = {{20, 1, 1, 1, 0}, {40, 1, 1, 1, 23}};
    open_scene("threshold", "0.1");
    show(shots, VF_COUNT(shots));
    ck_assert_uint_eq(vf_bench_count(&media_bench, EVENTS), 0);
    ck_assert_double_gt(gray_number(SCORES, 40, "score"), 0.15); /* it is fast indeed */
}
END_TEST

/* As many frames are white, or of another picture. */
START_TEST(a_flash_is_no_cut)
{
    const struct gray_shot shots[] = {{30, 1, 1, 1, 0}, {_i, 1, 1.95, 1.95, 0}, {30, 1, 1, 1, 0}};
    open_scene("flash", "4");
    show(shots, VF_COUNT(shots));
    ck_assert_uint_eq(vf_bench_count(&media_bench, EVENTS), _i <= 4 ? 0 : 1);
    if (_i <= 4)
        expect_scenes((const int[][2]){{1, 60 + _i}}, 1);
}
END_TEST

START_TEST(fades_are_one_event_from_the_first_frame_to_the_last)
{
    const double away = _i ? 2 : 0;
    const struct gray_shot shots[] = {{40, 1, 1, 1, 0},
                                      {20, 1, 1, away, 0},
                                      {10, 1, away, away, 0},
                                      {20, 2, away, 1, 0},
                                      {40, 2, 1, 1, 0}};
    open_scene("threshold", "0.2");
    show(shots, VF_COUNT(shots));
    ck_assert_uint_eq(vf_bench_count(&media_bench, EVENTS), 1);
    expect_event(0, "fade", 42, 90);
    gray_expect_text(EVENTS, 0, "details.to", _i ? "white" : "black");
    ck_assert_double_eq(gray_number(EVENTS, 0, "details.is_out"), 1);
    ck_assert_double_eq(gray_number(EVENTS, 0, "details.is_in"), 1);
    ck_assert_uint_eq(vf_bench_count(&media_bench, SCENES), 2);
    gray_expect_text(SCENES, 1, "details.begins", "fade");
    ck_assert_double_eq_tol(gray_number(SCENES, 1, "begin.number"), 73, 2);
    /* The picture is taken once all can be seen. */
    ck_assert_uint_gt(vf_bench_output(&media_bench, PICTURES, 1)->description.origin.number, 90);
}
END_TEST

START_TEST(black_between_two_cuts_is_a_cut)
{
    static const struct gray_shot shots[] = {{40, 1, 1, 1, 0}, {20, 1, 0, 0, 0}, {40, 2, 1, 1, 0}};
    open_scene("threshold", "0.2");
    show(shots, VF_COUNT(shots));
    ck_assert_uint_eq(vf_bench_count(&media_bench, EVENTS), 1);
    expect_event(0, "cut", 61, 61);
    expect_scenes((const int[][2]){{1, 60}, {61, 100}}, 2);
}
END_TEST

START_TEST(a_video_may_begin_and_end_with_a_fade)
{
    static const struct gray_shot shots[] = {
        {10, 1, 0, 0, 0}, {20, 1, 0, 1, 0}, {40, 1, 1, 1, 0}, {20, 1, 1, 0, 0}, {10, 1, 0, 0, 0}};
    open_scene("threshold", "0.2");
    show(shots, VF_COUNT(shots));
    ck_assert_uint_eq(vf_bench_count(&media_bench, EVENTS), 2);
    expect_event(0, "fade", 1, 30);
    ck_assert_double_eq(gray_number(EVENTS, 0, "details.is_out"), 0);
    expect_event(1, "fade", 72, 100);
    ck_assert_double_eq(gray_number(EVENTS, 1, "details.is_in"), 0);
    expect_scenes((const int[][2]){{1, 100}}, 1);
}
END_TEST

START_TEST(light_that_changes_slowly_is_none)
{
    static const struct gray_shot shots[] = {
        {30, 1, 1, 1, 0}, {40, 1, 1, 0.3, 0}, {20, 1, 0.3, 0.3, 0}, {40, 1, 0.3, 1.4, 0}};
    open_scene("threshold", "0.1");
    show(shots, VF_COUNT(shots));
    ck_assert_uint_eq(vf_bench_count(&media_bench, EVENTS), 0);
}
END_TEST

START_TEST(a_scene_has_one_picture_some_frames_after_it_begins)
{
    static const struct gray_shot shots[] = {{40, 1, 1, 1, 0}, {12, 2, 1, 1, 0}, {40, 3, 1, 1, 0}};
    static const unsigned expected[] = {21, 52, 73};
    open_scene("after", "20");
    show(shots, VF_COUNT(shots));
    ck_assert_uint_eq(vf_bench_count(&media_bench, PICTURES), 3);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_uint_eq(vf_bench_output(&media_bench, PICTURES, i)->description.origin.number,
                          expected[i]);
}
END_TEST

START_TEST(scenes_are_not_shorter_than_asked)
{
    static const struct gray_shot shots[] = {{40, 1, 1, 1, 0}, {12, 2, 1, 1, 0}, {40, 3, 1, 1, 0}};
    open_scene("shortest", "13");
    show(shots, VF_COUNT(shots));
    expect_scenes((const int[][2]){{1, 40}, {41, 92}}, 2);
}
END_TEST

START_TEST(each_file_begins_a_scene)
{
    static const struct gray_shot shot = {30, 1, 1, 1, 0};
    open_scene("threshold", "0.2");
    gray_feed(&shot, 1);
    gray_source = 2;
    gray_feed(&shot, 1);
    ck_assert_uint_eq(vf_bench_count(&media_bench, SCENES), 1);
    ck_assert_int_eq(vf_bench_flush(&media_bench), VF_OK);
    expect_scenes((const int[][2]){{1, 30}, {31, 60}}, 2);
    gray_expect_text(SCENES, 1, "details.begins", "start");
    ck_assert_uint_eq(vf_bench_count(&media_bench, EVENTS), 0);
    ck_assert_uint_eq(vf_bench_count(&media_bench, SCORES), 60);
}
END_TEST

START_TEST(looks_are_compared_whatever_their_sizes)
{
    static float black[64 * 48], white[64 * 48], halves[2][128 * 96];
    struct vf_look a, b;
    for (int i = 0; i < 64 * 48; i++)
        white[i] = 255;
    vf_look_take(&a, black, 64, 48);
    vf_look_take(&b, white, 64, 48);
    ck_assert_double_eq(vf_look_distance(&a, &a), 0);
    ck_assert_double_eq_tol(vf_look_distance(&a, &b), 1, 1e-6);
    for (int i = 0; i < 128 * 96; i++)
        halves[0][i] = i % 128 < 64 ? 50 : 200;
    for (int i = 0; i < 64 * 48; i++)
        halves[1][i] = i % 64 < 32 ? 50 : 200;
    vf_look_take(&a, halves[0], 128, 96);
    vf_look_take(&b, halves[1], 64, 48);
    ck_assert_double_eq_tol(vf_look_distance(&a, &b), 0, 1e-6);
    ck_assert_double_eq_tol(a.mean, 125, 0.01);
    ck_assert_double_eq_tol(a.deviation, 75, 0.01);
    vf_look_take(&a, white, 3, 2); /* smaller than the squares */
    ck_assert_double_eq_tol(a.mean, 255, 0.01);
    ck_assert(isfinite(vf_look_distance(&a, &b)));
}
END_TEST

Suite *scene_suite(void);
Suite *scene_suite(void)
{
    Suite *suite = suite_create("scene");
    TCase *tcase = tcase_create("scene");
    tcase_add_checked_fixture(tcase, gray_setup, media_teardown);
    tcase_add_test(tcase, cuts_are_found_to_the_frame);
    tcase_add_test(tcase, each_frame_has_a_score_in_its_order);
    tcase_add_test(tcase, a_fast_movement_is_no_cut);
    tcase_add_loop_test(tcase, a_flash_is_no_cut, 1, 7);
    tcase_add_loop_test(tcase, fades_are_one_event_from_the_first_frame_to_the_last, 0, 2);
    tcase_add_test(tcase, black_between_two_cuts_is_a_cut);
    tcase_add_test(tcase, a_video_may_begin_and_end_with_a_fade);
    tcase_add_test(tcase, light_that_changes_slowly_is_none);
    tcase_add_test(tcase, a_scene_has_one_picture_some_frames_after_it_begins);
    tcase_add_test(tcase, scenes_are_not_shorter_than_asked);
    tcase_add_test(tcase, each_file_begins_a_scene);
    tcase_add_test(tcase, looks_are_compared_whatever_their_sizes);
    suite_add_tcase(suite, tcase);
    return suite;
}
