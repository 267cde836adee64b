/* SPDX-License-Identifier: MIT */
/* Who is in which zone: entering, leaving, staying, and those that are not seen any more. */
#include <check.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/support/media_fixture.h"
#include "tests/unit/support/node_bench.h"
#include "tests/unit/support/told_events.h"

enum { EVENTS, OCCUPANCY };

static struct vf_bench bench;

static void teardown(void)
{
    vf_bench_finish(&bench);
}

static void open_node(void)
{
    vf_bench_setup(&bench, media_node("zones"), 1,
                   {"zones", "{\"yard\": [[0, 100], [100, 100], [100, 200], [0, 200]]}"},
                   {"loiter", "1s"}, {"gone", "0.5s"});
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
}

/* An object of class 0, 50 high, whose feet are at x 50. */
static void feed_feet(uint64_t number, int id, double y)
{
    char text[256];
    snprintf(text, sizeof(text), "[{\"id\": %d, \"box\": [%g, 40, %g, 60], \"class\": 0}]", id,
             y - 50, y);
    ck_assert_int_eq(told_feed(&bench, number, text), VF_OK);
}

/* Expects event `index`, and what it says: frames are by their numbers, 0: none. */
static void expect_event(unsigned index, const char *what, int track, int begin, int end,
                         const char *details)
{
    json_t *event = told_value(&bench, EVENTS, index);
    json_t *wanted = json_loads(details, 0, NULL);
    const json_t *frames[] = {json_object_get(event, "begin"), json_object_get(event, "end")};
    ck_assert_str_eq(json_string_value(json_object_get(event, "what")), what);
    ck_assert_str_eq(json_string_value(json_object_get(event, "where")), "yard");
    ck_assert_int_eq(json_integer_value(json_object_get(event, "track")), track);
    ck_assert_int_eq(json_integer_value(json_object_get(frames[0], "number")), begin);
    ck_assert_int_eq(json_integer_value(json_object_get(frames[1], "number")), end);
    ck_assert(json_equal(json_object_get(event, "details"), wanted));
    json_decref(event);
    json_decref(wanted);
}

START_TEST(an_object_enters_once_and_leaves_when_it_is_outside_for_sure)
{
    open_node();
    feed_feet(1, 7, 90);
    feed_feet(2, 7, 101);
    feed_feet(3, 7, 98);
    feed_feet(4, 7, 120);
    feed_feet(5, 7, 97);
    ck_assert_uint_eq(vf_bench_count(&bench, EVENTS), 1);
    expect_event(0, "entered", 7, 2, 0, "{\"inside\": 1}");
    feed_feet(6, 7, 95);
    ck_assert_uint_eq(vf_bench_count(&bench, EVENTS), 2);
    expect_event(1, "left", 7, 2, 6, "{\"inside\": 0, \"seconds\": 0.16, \"is_gone\": false}");
}
END_TEST

START_TEST(who_stays_for_long_is_told_of_once)
{
    open_node();
    for (uint64_t number = 1; number <= 60; number++)
        feed_feet(number, 7, 150);
    ck_assert_uint_eq(vf_bench_count(&bench, EVENTS), 2);
    expect_event(0, "entered", 7, 1, 0, "{\"inside\": 1}");
    expect_event(1, "loitering", 7, 1, 0, "{\"seconds\": 1.0}");
    ck_assert_uint_eq(vf_bench_output(&bench, EVENTS, 1)->description.origin.number, 26);
}
END_TEST

START_TEST(who_is_not_seen_any_more_has_left_when_it_was_seen_last)
{
    open_node();
    feed_feet(1, 7, 150);
    feed_feet(4, 7, 150);
    feed_feet(10, 8, 150);
    ck_assert_uint_eq(vf_bench_count(&bench, EVENTS), 2);
    ck_assert_int_eq(told_feed(&bench, 30, "null"), VF_OK);
    ck_assert_uint_eq(vf_bench_count(&bench, EVENTS), 2);
    feed_feet(31, 8, 150);
    ck_assert_uint_eq(vf_bench_count(&bench, EVENTS), 3);
    expect_event(2, "left", 7, 1, 4, "{\"inside\": 1, \"seconds\": 0.12, \"is_gone\": true}");
    feed_feet(32, 7, 150);
    expect_event(3, "entered", 7, 32, 0, "{\"inside\": 2}");
}
END_TEST

START_TEST(the_occupancy_is_told_after_each_frame)
{
    open_node();
    ck_assert_int_eq(told_feed(&bench, 1, "[]"), VF_OK);
    told_expect(&bench, OCCUPANCY, 0,
                "{\"yard\": {\"now\": 0, \"entered\": 0, \"left\": 0, \"seconds\": null, "
                "\"classes\": {}}}");
    feed_feet(2, 7, 150);
    feed_feet(7, 7, 50);
    told_expect(&bench, OCCUPANCY, 1,
                "{\"yard\": {\"now\": 1, \"entered\": 1, \"left\": 0, \"seconds\": null, "
                "\"classes\": {\"0\": {\"now\": 1, \"entered\": 1}}}}");
    told_expect(&bench, OCCUPANCY, 2,
                "{\"yard\": {\"now\": 0, \"entered\": 1, \"left\": 1, \"seconds\": 0.2, "
                "\"classes\": {\"0\": {\"now\": 0, \"entered\": 1}}}}");
}
END_TEST

START_TEST(what_is_no_zone_is_refused)
{
    char problem[256];
    vf_bench_setup(&bench, media_node("zones"), 1, {"zones", "{\"yard\": [[0, 1], [2, 3]]}"});
    ck_assert_int_eq(bench.node->check(bench.run.options, problem, sizeof(problem)), -EINVAL);
    ck_assert_str_eq(problem,
                     "zones.yard: it has 2 points, and needs 3; a zone is [[x, y], [x, y], "
                     "[x, y], ...], its corners in order");
}
END_TEST

Suite *zones_suite(void);
Suite *zones_suite(void)
{
    Suite *suite = suite_create("zones");
    TCase *tcase = tcase_create("zones");
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, an_object_enters_once_and_leaves_when_it_is_outside_for_sure);
    tcase_add_test(tcase, who_stays_for_long_is_told_of_once);
    tcase_add_test(tcase, who_is_not_seen_any_more_has_left_when_it_was_seen_last);
    tcase_add_test(tcase, the_occupancy_is_told_after_each_frame);
    tcase_add_test(tcase, what_is_no_zone_is_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}
