/* SPDX-License-Identifier: MIT */
#include <check.h>

#include "engine/base/clock.h"
#include "nodes/all_nodes.h"
#include "nodes/read/pacer.h"
#include "tests/unit/support/node_bench.h"

#define FRAME_MS 40

static struct vf_bench bench;
static struct vf_pacer pacer;

static void setup(void)
{
    vf_bench_init(&bench, vf_node_find(&vf_all_nodes, "int_source"), 0, NULL, 0);
    pacer = (struct vf_pacer){.is_on = true};
}

static void teardown(void)
{
    vf_bench_finish(&bench);
}

/* Waits for a frame of that timestamp. Returns until when, in milliseconds. */
static int64_t wait_for(int64_t timestamp_ms)
{
    struct vf_payload *nothing = NULL;
    struct vf_message *frame;
    ck_assert_int_eq(vf_message_create(&frame, VF_VALUE_VIDEO, &nothing), VF_OK);
    frame->description.timestamp = timestamp_ms;
    frame->description.duration = FRAME_MS;
    frame->description.time_base = (struct vf_rational){1, 1000};
    ck_assert_int_eq(vf_pacer_wait(&pacer, &bench.run, frame), VF_OK);
    vf_message_destroy(&frame);
    return bench.slept_until_ns / VF_NS_PER_MS;
}

static int64_t wait_for_lost(void)
{
    ck_assert_int_eq(vf_pacer_wait_lost(&pacer, &bench.run), VF_OK);
    return bench.slept_until_ns / VF_NS_PER_MS;
}

START_TEST(the_first_frame_is_due_at_once_and_each_other_as_much_later_as_its_time_stamp)
{
    int64_t now = vf_clock_now_ns() / VF_NS_PER_MS;
    int64_t first = wait_for(5000);
    ck_assert_int_ge(first, now);
    ck_assert_int_le(first, vf_clock_now_ns() / VF_NS_PER_MS);
    ck_assert_int_eq(wait_for(5040) - first, 40);
    ck_assert_int_eq(wait_for(5500) - first, 500);
    ck_assert_int_eq(wait_for(3605000) - first, 3600000);
    ck_assert_uint_eq(bench.slept_count, 4);
}
END_TEST

START_TEST(a_frame_that_is_lost_takes_as_long_as_the_one_before)
{
    int64_t first = wait_for(0);
    ck_assert_int_eq(wait_for_lost() - first, 40);
    ck_assert_int_eq(wait_for_lost() - first, 80);
    ck_assert_int_eq(wait_for(120) - first, 120);
}
END_TEST

START_TEST(frames_that_were_lost_and_shorter_than_thought_shift_nothing)
{
    int64_t first = wait_for(0);
    for (int i = 0; i < 5; i++)
        (void)wait_for_lost();
    ck_assert_int_eq(wait_for(30) - first, 30);
}
END_TEST

START_TEST(the_count_begins_again_where_time_stamps_go_back)
{
    int64_t first = wait_for(10000);
    int64_t again = wait_for(0);
    ck_assert_int_lt(again - first, 10000);
    ck_assert_int_eq(wait_for(40) - again, 40);
}
END_TEST

START_TEST(nothing_waits_before_the_first_frame_or_without_a_time_stamp)
{
    (void)wait_for_lost();
    (void)wait_for(VF_NO_TIMESTAMP);
    ck_assert_uint_eq(bench.slept_count, 0);
}
END_TEST

START_TEST(at_a_rate_of_its_own_timestamps_do_not_count)
{
    pacer.fps = 100;
    int64_t first = wait_for(5000);
    ck_assert_int_eq(wait_for(5040) - first, 10);
    ck_assert_int_eq(wait_for_lost() - first, 20);
    ck_assert_int_eq(wait_for(0) - first, 30);
    ck_assert_int_eq(wait_for(VF_NO_TIMESTAMP) - first, 40);
}
END_TEST

START_TEST(nothing_waits_when_it_is_off)
{
    pacer.is_on = false;
    (void)wait_for(0);
    (void)wait_for(1000);
    (void)wait_for_lost();
    ck_assert_uint_eq(bench.slept_count, 0);
}
END_TEST

Suite *pacer_suite(void);
Suite *pacer_suite(void)
{
    Suite *suite = suite_create("pacer");
    TCase *tcase = tcase_create("pacer");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase,
                   the_first_frame_is_due_at_once_and_each_other_as_much_later_as_its_time_stamp);
    tcase_add_test(tcase, a_frame_that_is_lost_takes_as_long_as_the_one_before);
    tcase_add_test(tcase, frames_that_were_lost_and_shorter_than_thought_shift_nothing);
    tcase_add_test(tcase, the_count_begins_again_where_time_stamps_go_back);
    tcase_add_test(tcase, nothing_waits_before_the_first_frame_or_without_a_time_stamp);
    tcase_add_test(tcase, at_a_rate_of_its_own_timestamps_do_not_count);
    tcase_add_test(tcase, nothing_waits_when_it_is_off);
    suite_add_tcase(suite, tcase);
    return suite;
}
