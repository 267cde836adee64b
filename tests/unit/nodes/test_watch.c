/* SPDX-License-Identifier: MIT */
/* Pictures that are not as they should be. What sound should be like is in tests/cli/test_watch.sh. */
#include <check.h>
#include <errno.h>
#include <math.h>

#include "tests/unit/support/gray_video.h"

enum { EVENTS, STATE };

static void open_watch(const char *name, const char *value)
{
    vf_bench_setup(&media_bench, media_node("watch"), 1, {name, value});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
}

static void show(const struct gray_shot *shots, size_t count)
{
    gray_feed(shots, count);
    ck_assert_int_eq(vf_bench_flush(&media_bench), VF_OK);
}

static void expect_event(unsigned index, const char *what, int begin, double end)
{
    gray_expect_text(EVENTS, index, "what", what);
    ck_assert_double_eq(gray_number(EVENTS, index, "begin.number"), begin);
    if (isnan(end))
        ck_assert_double_nan(gray_number(EVENTS, index, "end"));
    else
        ck_assert_double_eq(gray_number(EVENTS, index, "end.number"), end);
}

/* Frames of one 25th of a second each. */
START_TEST(black_is_told_after_a_while_and_when_it_is_over)
{
    static const struct gray_shot shots[] = {
        {30, 1, 1, 1, 2}, {24, 1, 0.1, 0.1, 2}, {10, 1, 1, 1, 2}, {26, 1, 0.1, 0.1, 2},
        {5, 1, 1, 1, 2},  {10, 1, 0.1, 0.1, 2}, {30, 1, 1, 1, 2}};
    open_watch("black", "1s");
    for (size_t i = 0; i < VF_COUNT(shots); i++) {
        static const unsigned told[] = {0, 0, 0, 1, 1, 1, 2};
        gray_feed(&shots[i], 1);
        ck_assert_uint_eq(vf_bench_count(&media_bench, EVENTS), told[i]);
    }
    expect_event(0, "black", 65, NAN);
    expect_event(1, "black", 65, 105); /* the light in between was too short */
    ck_assert_double_ge(gray_number(EVENTS, 1, "details.share"), 98);
    ck_assert_double_eq(gray_number(STATE, 87, "black"), 0);
    ck_assert_double_eq(gray_number(STATE, 88, "black"), 1);
    ck_assert_uint_eq(vf_bench_output(&media_bench, EVENTS, 0)->description.origin.number, 89);
}
END_TEST

START_TEST(a_picture_that_stands_still_is_frozen)
{
    static const struct gray_shot shots[] = {
        {30, 1, 1, 1, 2}, {60, 1, 1, 1, 0}, {30, 1, 1, 1, 2}, {20, 1, 1, 1, 0}};
    open_watch("frozen", "2s");
    show(shots, VF_COUNT(shots));
    ck_assert_uint_eq(vf_bench_count(&media_bench, EVENTS), 2);
    expect_event(0, "frozen", 32, NAN);
    ck_assert_double_eq_tol(gray_number(EVENTS, 1, "end.number"), 91, 1);
    ck_assert_double_eq(gray_number(EVENTS, 1, "details.difference"), 0);
    ck_assert_double_eq(gray_number(STATE, 81, "frozen"), 1);
    ck_assert_double_eq(gray_number(STATE, 119, "frozen"), 0);
}
END_TEST

/* It is compared with the picture with which it has stopped. */
START_TEST(a_picture_that_changes_slowly_is_not_frozen)
{
    static const struct gray_shot shots[] = {{100, 1, 0.5, 1, 0}};
    open_watch("frozen", "2s");
    show(shots, 1);
    ck_assert_uint_eq(vf_bench_count(&media_bench, EVENTS), 0);
}
END_TEST

START_TEST(a_state_that_lasts_ends_with_the_video)
{
    static const struct gray_shot shots[] = {{30, 1, 1, 1, 2}, {30, 1, 0, 0, 0}};
    open_watch("black", "1s");
    show(shots, VF_COUNT(shots));
    ck_assert_uint_eq(vf_bench_count(&media_bench, EVENTS), 2);
    expect_event(1, "black", 31, 60);
}
END_TEST

START_TEST(another_file_ends_the_states_of_the_one_before)
{
    static const struct gray_shot black = {60, 1, 0, 0, 0}, picture = {40, 1, 1, 1, 2};
    open_watch("black", "1s");
    gray_feed(&black, 1);
    gray_source = 2;
    gray_time = 5000;
    gray_feed(&picture, 1);
    ck_assert_uint_eq(vf_bench_count(&media_bench, EVENTS), 2);
    expect_event(1, "black", 1, 60);
}
END_TEST

START_TEST(a_time_without_a_key_frame_is_told)
{
    static const struct gray_shot shot = {125, 1, 1, 1, 2};
    gray_key_distance = 100;
    open_watch("no_key_frame", "2s");
    show(&shot, 1);
    ck_assert_uint_eq(vf_bench_count(&media_bench, EVENTS), 2);
    expect_event(0, "no_key_frame", 51, NAN);
    expect_event(1, "no_key_frame", 51, 100);
    ck_assert_double_eq(gray_number(EVENTS, 1, "details.seconds"), 3.96);
}
END_TEST

START_TEST(timestamps_that_jump_are_told)
{
    static const struct gray_shot shot = {10, 1, 1, 1, 2};
    open_watch("jump", "1s");
    gray_feed(&shot, 1);
    gray_time += 24; /* a bit less than a second is none */
    gray_feed(&shot, 1);
    gray_time += 50;
    gray_feed(&shot, 1);
    gray_time -= 3;
    gray_feed(&shot, 1);
    ck_assert_uint_eq(vf_bench_count(&media_bench, EVENTS), 2);
    expect_event(0, "jump", 20, 21);
    ck_assert_double_eq(gray_number(EVENTS, 0, "details.seconds"), 2);
    gray_expect_text(EVENTS, 0, "details.input", "video");
    expect_event(1, "jump", 30, 31);
    ck_assert_double_eq_tol(gray_number(EVENTS, 1, "details.seconds"), -0.12, 1e-6);
}
END_TEST

static const char *const times[] = {"black", "frozen", "no_key_frame", "jump"};

START_TEST(what_has_no_time_is_not_watched)
{
    static const struct gray_shot shots[] = {{30, 1, 0, 0, 0}};
    gray_key_distance = 1000;
    vf_bench_setup(&media_bench, media_node("watch"), 1, {"black", _i == 0 ? "0" : "1s"},
                   {"frozen", _i == 1 ? "0" : "1s"}, {"no_key_frame", _i == 2 ? "0" : "1s"},
                   {"jump", _i == 3 ? "0" : "1s"});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    gray_feed(shots, 1);
    gray_time += 100;
    gray_feed(shots, 1);
    bool is_told = false;
    for (unsigned i = 0; i < vf_bench_count(&media_bench, EVENTS); i++) {
        json_t *event = gray_told(EVENTS, i);
        is_told |= strcmp(json_string_value(json_object_get(event, "what")), times[_i]) == 0;
        json_decref(event);
    }
    ck_assert(!is_told);
    ck_assert_uint_ge(vf_bench_count(&media_bench, EVENTS), 2);
    ck_assert_double_nan(gray_number(STATE, 0, "silent"));
}
END_TEST

START_TEST(something_has_to_be_connected)
{
    vf_bench_setup(&media_bench, media_node("watch"), 0, {"black", "1s"});
    ck_assert_int_eq(vf_bench_open(&media_bench), -EINVAL);
}
END_TEST

Suite *watch_suite(void);
Suite *watch_suite(void)
{
    Suite *suite = suite_create("watch");
    TCase *tcase = tcase_create("watch");
    tcase_add_checked_fixture(tcase, gray_setup, media_teardown);
    tcase_add_test(tcase, black_is_told_after_a_while_and_when_it_is_over);
    tcase_add_test(tcase, a_picture_that_stands_still_is_frozen);
    tcase_add_test(tcase, a_picture_that_changes_slowly_is_not_frozen);
    tcase_add_test(tcase, a_state_that_lasts_ends_with_the_video);
    tcase_add_test(tcase, another_file_ends_the_states_of_the_one_before);
    tcase_add_test(tcase, a_time_without_a_key_frame_is_told);
    tcase_add_test(tcase, timestamps_that_jump_are_told);
    tcase_add_loop_test(tcase, what_has_no_time_is_not_watched, 0, (int)VF_COUNT(times));
    tcase_add_test(tcase, something_has_to_be_connected);
    suite_add_tcase(suite, tcase);
    return suite;
}
