/* SPDX-License-Identifier: MIT */
/* Places on the ground, and how fast objects move there. */
#include <check.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>

#include "engine/base/array.h"
#include "nodes/vision/ground.h"
#include "tests/unit/support/media_fixture.h"
#include "tests/unit/support/node_bench.h"
#include "tests/unit/support/told_events.h"

enum { EVENTS, SPEEDS };

#define PICTURE "[[400, 100], [600, 100], [900, 500], [100, 500]]"
#define GROUND "[[0, 0], [7, 0], [7, 30], [0, 30]]"

static struct vf_bench bench;

static void teardown(void)
{
    vf_bench_finish(&bench);
}

/* A camera above the ground, that looks down at an angle: where it sees a place. */
static void see(const double place[2], double point[2])
{
    double height = 6, sine = 0.3, cosine = sqrt(1 - sine * sine), focal = 900;
    double ahead = place[1] + 10, depth = ahead * cosine + height * sine;
    point[0] = 640 + focal * place[0] / depth;
    point[1] = 360 + focal * (height * cosine - ahead * sine) / depth;
}

START_TEST(a_point_is_where_the_camera_saw_it)
{
    static const double corners[4][2] = {{-4, 0}, {4, 0}, {4, 40}, {-4, 40}};
    static const double places[][2] = {{0, 0}, {1, 5}, {-3, 39}, {2, 80}, {-8, 20}};
    struct vf_ground ground;
    double points[4][2], point[2], place[2];
    for (size_t i = 0; i < 4; i++)
        see(corners[i], points[i]);
    ck_assert_int_eq(vf_ground_find(&ground, (const double(*)[2])points, corners), VF_OK);
    for (size_t i = 0; i < VF_COUNT(places); i++) {
        see(places[i], point);
        ck_assert(vf_ground_place(&ground, point, place));
        ck_assert_double_eq_tol(place[0], places[i][0], 1e-6);
        ck_assert_double_eq_tol(place[1], places[i][1], 1e-6);
    }
    ck_assert(!vf_ground_place(&ground, (const double[]){640, -400}, place));
}
END_TEST

static const struct {
    const char *picture, *ground, *problem;
} mistakes[] = {
    {"[[1, 2], [3, 4]]", GROUND,
     "picture: it has 2 points, not 4; write [[x, y], [x, y], [x, y], [x, y]]"},
    {"[[1, 2], [3, 4], [5], [6, 7]]", GROUND, "picture: \"[5]\" is no point; a point is [x, y]"},
    {PICTURE, "[[0, 0], [7, 0], [7, thirty], [0, 30]]",
     "ground: \"[7, thirty]\" is no point; a point is [x, y]"},
    {PICTURE, "[[0, 0], [7, 0], [14, 0], [0, 30]]",
     "ground: these are not the four corners of an area in order; begin at one, and go round"},
    {"[[400, 100], [600, 100], [100, 500], [900, 500]]", GROUND,
     "picture: these are not the four corners of an area in order; begin at one, and go round"},
};

START_TEST(what_says_nothing_of_the_ground_is_refused)
{
    char problem[256];
    vf_bench_setup(&bench, media_node("speed"), 1, {"picture", mistakes[_i].picture},
                   {"ground", mistakes[_i].ground});
    ck_assert_int_eq(bench.node->check(bench.run.options, problem, sizeof(problem)), -EINVAL);
    ck_assert_str_eq(problem, mistakes[_i].problem);
}
END_TEST

static void open_node(void)
{
    /* Ten pixels are a metre. */
    vf_bench_setup(&bench, media_node("speed"), 1,
                   {"picture", "[[0, 0], [100, 0], [100, 200], [0, 200]]"},
                   {"ground", "[[0, 0], [10, 0], [10, 20], [0, 20]]"}, {"limit", "50"});
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
}

/* An object whose wheels are at x 50. */
static void feed_wheels(uint64_t number, double y)
{
    char text[128];
    snprintf(text, sizeof(text), "[{\"id\": 7, \"box\": [%.17g, 40, %.17g, 60]}]", y - 20, y);
    ck_assert_int_eq(told_feed(&bench, number, text), VF_OK);
}

/* Returns the speed of the only object in frame `index`; NAN: it is not known. */
static double speed_in(unsigned index)
{
    json_t *speeds = told_value(&bench, SPEEDS, index);
    ck_assert_uint_eq(json_array_size(speeds), 1);
    const json_t *speed = json_object_get(json_array_get(speeds, 0), "speed");
    double kmh = json_is_null(speed) ? NAN : json_number_value(speed);
    json_decref(speeds);
    return kmh;
}

START_TEST(a_speed_is_told_once_it_is_known_and_boxes_may_tremble)
{
    open_node();
    for (uint64_t number = 1; number <= 50; number++) /* 36 km/h: 10 m/s, 4 pixels a frame */
        feed_wheels(number, 100 + 4 * (double)number + (number % 2 ? 1 : -1));
    ck_assert(isnan(speed_in(0)) && isnan(speed_in(11)));
    ck_assert_double_eq_tol(speed_in(13), 36, 1.5);
    for (unsigned i = 26; i < 50; i++)
        ck_assert_double_eq_tol(speed_in(i), 36, 0.5);
    ck_assert_uint_eq(vf_bench_count(&bench, EVENTS), 0);
    json_t *speeds = told_value(&bench, SPEEDS, 49);
    const json_t *place = json_object_get(json_array_get(speeds, 0), "place");
    ck_assert_double_eq_tol(json_number_value(json_array_get(place, 0)), 5, 1e-9);
    ck_assert_double_eq_tol(json_number_value(json_array_get(place, 1)), 29.9, 1e-9);
    json_decref(speeds);
}
END_TEST

START_TEST(who_stands_still_has_no_speed)
{
    open_node();
    for (uint64_t number = 1; number <= 30; number++)
        feed_wheels(number, 100);
    ck_assert_double_eq_tol(speed_in(29), 0, 1e-9);
}
END_TEST

/* Expects event `index`: frames are by their numbers, 0: none. */
static void expect_event(unsigned index, const char *what, int begin, int end, double kmh)
{
    json_t *event = told_value(&bench, EVENTS, index);
    const json_t *details = json_object_get(event, "details");
    const json_t *frames[] = {json_object_get(event, "begin"), json_object_get(event, "end")};
    ck_assert_str_eq(json_string_value(json_object_get(event, "what")), what);
    ck_assert_int_eq(json_integer_value(json_object_get(frames[0], "number")), begin);
    ck_assert_int_eq(json_integer_value(json_object_get(frames[1], "number")), end);
    ck_assert_int_eq(json_integer_value(json_object_get(details, "limit")), 50);
    ck_assert_double_eq_tol(json_number_value(json_object_get(details, "speed")), kmh, 0.5);
    json_decref(event);
}

START_TEST(who_is_too_fast_is_told_of_and_when_that_is_over)
{
    open_node();
    double y = 0;
    for (uint64_t number = 1; number <= 50; number++)
        feed_wheels(number, y += 8); /* 72 km/h */
    ck_assert_uint_eq(vf_bench_count(&bench, EVENTS), 1);
    expect_event(0, "speeding", 14, 0, 72);
    for (uint64_t number = 51; number <= 100; number++)
        feed_wheels(number, y += 2);
    ck_assert_uint_eq(vf_bench_count(&bench, EVENTS), 2);
    json_t *event = told_value(&bench, EVENTS, 1);
    int end = (int)json_integer_value(json_object_get(json_object_get(event, "end"), "number"));
    json_decref(event);
    ck_assert(end > 55 && end < 75);
    expect_event(1, "sped", 14, end, 72);
}
END_TEST

START_TEST(who_is_not_seen_any_more_is_not_too_fast_any_more)
{
    open_node();
    for (uint64_t number = 1; number <= 30; number++)
        feed_wheels(number, 8 * (double)number);
    ck_assert_int_eq(told_feed(&bench, 79, "[]"), VF_OK);
    ck_assert_uint_eq(vf_bench_count(&bench, EVENTS), 1);
    ck_assert_int_eq(told_feed(&bench, 81, "[]"), VF_OK);
    ck_assert_uint_eq(vf_bench_count(&bench, EVENTS), 2);
    expect_event(1, "sped", 14, 30, 72);
}
END_TEST

START_TEST(a_time_that_jumps_back_begins_again)
{
    open_node();
    for (uint64_t number = 1; number <= 30; number++)
        feed_wheels(number, 8 * (double)number);
    feed_wheels(5, 100);
    ck_assert(isnan(speed_in(30)));
}
END_TEST

Suite *speed_suite(void);
Suite *speed_suite(void)
{
    Suite *suite = suite_create("speed");
    TCase *tcase = tcase_create("ground");
    TCase *node = tcase_create("node");
    tcase_add_checked_fixture(node, NULL, teardown);
    tcase_add_test(tcase, a_point_is_where_the_camera_saw_it);
    tcase_add_loop_test(node, what_says_nothing_of_the_ground_is_refused, 0,
                        (int)VF_COUNT(mistakes));
    tcase_add_test(node, a_speed_is_told_once_it_is_known_and_boxes_may_tremble);
    tcase_add_test(node, who_stands_still_has_no_speed);
    tcase_add_test(node, who_is_too_fast_is_told_of_and_when_that_is_over);
    tcase_add_test(node, who_is_not_seen_any_more_is_not_too_fast_any_more);
    tcase_add_test(node, a_time_that_jumps_back_begins_again);
    suite_add_tcase(suite, tcase);
    suite_add_tcase(suite, node);
    return suite;
}
