/* SPDX-License-Identifier: MIT */
#include <check.h>

#include "engine/base/clock.h"
#include "engine/process/watch_clock.h"

#define START (1000 * VF_NS_PER_S)
#define LOOK (500 * VF_NS_PER_MS)

START_TEST(it_goes_with_the_time_while_looks_come_when_they_should)
{
    struct vf_watch_clock clock = {0};
    vf_watch_clock_look(&clock, START);
    ck_assert_int_eq(clock.now_ns, START);
    for (int i = 1; i <= 20; i++) {
        vf_watch_clock_expect(&clock, LOOK);
        vf_watch_clock_look(&clock, START + i * LOOK + 10 * VF_NS_PER_MS);
    }
    ck_assert_int_eq(clock.now_ns, START + 20 * LOOK + 10 * VF_NS_PER_MS);
    ck_assert_int_eq(clock.paused_ns, 0);
}
END_TEST

START_TEST(it_goes_on_when_something_happens_before_a_look_is_due)
{
    struct vf_watch_clock clock = {0};
    vf_watch_clock_look(&clock, START);
    vf_watch_clock_expect(&clock, LOOK);
    vf_watch_clock_look(&clock, START + VF_NS_PER_MS);
    ck_assert_int_eq(clock.now_ns, START + VF_NS_PER_MS);
}
END_TEST

START_TEST(it_has_stood_still_when_a_look_comes_late)
{
    struct vf_watch_clock clock = {0};
    vf_watch_clock_look(&clock, START);
    vf_watch_clock_expect(&clock, LOOK);
    vf_watch_clock_look(&clock, START + 3600 * VF_NS_PER_S);
    ck_assert_int_eq(clock.now_ns, START);
    vf_watch_clock_expect(&clock, LOOK);
    vf_watch_clock_look(&clock, START + 3600 * VF_NS_PER_S + LOOK);
    ck_assert_int_eq(clock.now_ns, START + LOOK);
}
END_TEST

START_TEST(it_has_stood_still_also_when_that_was_between_two_sleeps)
{
    struct vf_watch_clock clock = {0};
    vf_watch_clock_look(&clock, START);
    /* Here the process is stopped, after its look and before it sleeps. */
    vf_watch_clock_expect(&clock, LOOK);
    vf_watch_clock_look(&clock, START + 10 * VF_NS_PER_S + LOOK);
    ck_assert_int_eq(clock.now_ns, START);
}
END_TEST

Suite *watch_clock_suite(void);
Suite *watch_clock_suite(void)
{
    Suite *suite = suite_create("watch_clock");
    TCase *tcase = tcase_create("watch_clock");
    tcase_add_test(tcase, it_goes_with_the_time_while_looks_come_when_they_should);
    tcase_add_test(tcase, it_goes_on_when_something_happens_before_a_look_is_due);
    tcase_add_test(tcase, it_has_stood_still_when_a_look_comes_late);
    tcase_add_test(tcase, it_has_stood_still_also_when_that_was_between_two_sleeps);
    suite_add_tcase(suite, tcase);
    return suite;
}
