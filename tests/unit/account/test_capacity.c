/* SPDX-License-Identifier: MIT */
/* How many streams a machine takes: what is foreseen, and the search. */
#include <check.h>

#include "engine/account/capacity.h"

/* A reader, a scaler and an encoder; a stream at 25 fps uses half a processor and 100 MB. */
static const struct vf_capacity_task tasks[] = {
    {.processor_seconds = 0.004, .busy_seconds = 0.005, .memory_bytes = 20000000},
    {.processor_seconds = 0.004, .busy_seconds = 0.004, .memory_bytes = 60000000},
    {.processor_seconds = 0.012, .busy_seconds = 0.008, .memory_bytes = 20000000},
};
static struct vf_capacity_load load;
static struct vf_capacity_machine machine;

static void setup(void)
{
    load = (struct vf_capacity_load){.tasks = tasks, .count = 3, .memory_bytes = 100000000};
    machine = (struct vf_capacity_machine){.processors = 4, .memory_bytes = 100000000000};
}

START_TEST(processors_limit_to_what_they_have_over_what_a_stream_uses)
{
    struct vf_capacity_forecast forecast = vf_capacity_foresee(&load, &machine, 25);
    ck_assert_double_eq_tol(forecast.processors_per_stream, 0.5, 1e-9);
    ck_assert_uint_eq(forecast.streams, 8);
    ck_assert_int_eq(forecast.limit, VF_CAPACITY_PROCESSORS);
    ck_assert_uint_eq(vf_capacity_largest(&forecast, &load, forecast.limit), 2);
}
END_TEST

START_TEST(a_part_of_a_processor_counts)
{
    machine.processors = 1.4;
    ck_assert_uint_eq(vf_capacity_foresee(&load, &machine, 25).streams, 2);
    machine.processors = 0.3;
    ck_assert_uint_eq(vf_capacity_foresee(&load, &machine, 25).streams, 0);
}
END_TEST

START_TEST(memory_limits_where_there_is_less_of_it)
{
    machine.memory_bytes = 350000000;
    struct vf_capacity_forecast forecast = vf_capacity_foresee(&load, &machine, 25);
    ck_assert_uint_eq(forecast.streams, 3);
    ck_assert_int_eq(forecast.limit, VF_CAPACITY_MEMORY);
    ck_assert_uint_eq(vf_capacity_largest(&forecast, &load, forecast.limit), 1);
}
END_TEST

START_TEST(gpus_limit_to_what_they_have_for_the_tasks_on_them)
{
    static const struct vf_capacity_task on_gpus[] = {
        {.processor_seconds = 0.004, .busy_seconds = 0.005},
        {.processor_seconds = 0.001, .busy_seconds = 0.010, .uses_gpu = true},
        {.processor_seconds = 0.001, .busy_seconds = 0.006, .uses_gpu = true},
    };
    load = (struct vf_capacity_load){.tasks = on_gpus, .count = 3};
    machine.gpus = 2;
    struct vf_capacity_forecast forecast = vf_capacity_foresee(&load, &machine, 25);
    ck_assert_double_eq_tol(forecast.gpus_per_stream, 0.4, 1e-9);
    ck_assert_uint_eq(forecast.streams, 5);
    ck_assert_int_eq(forecast.limit, VF_CAPACITY_GPUS);
    ck_assert_uint_eq(vf_capacity_largest(&forecast, &load, forecast.limit), 1);
    ck_assert_int_eq(vf_capacity_limit_at(&forecast, &load, &machine, 6), VF_CAPACITY_GPUS);
    machine.gpus = 0;
    ck_assert_uint_gt(vf_capacity_foresee(&load, &machine, 25).streams, 5);
}
END_TEST

START_TEST(memory_that_is_unknown_limits_nothing)
{
    machine.memory_bytes = 0;
    ck_assert_uint_eq(vf_capacity_foresee(&load, &machine, 25).streams, 8);
    machine.memory_bytes = 1;
    load.memory_bytes = 0;
    ck_assert_uint_eq(vf_capacity_foresee(&load, &machine, 25).streams, 8);
}
END_TEST

START_TEST(a_task_that_is_slower_than_a_stream_limits_to_none)
{
    machine.processors = 100;
    struct vf_capacity_forecast forecast = vf_capacity_foresee(&load, &machine, 126);
    ck_assert_uint_eq(forecast.streams, 0);
    ck_assert_int_eq(forecast.limit, VF_CAPACITY_TASK);
    ck_assert_uint_eq(vf_capacity_largest(&forecast, &load, forecast.limit), 2);
    ck_assert_double_eq_tol(forecast.highest_fps, 125, 1e-6);
    ck_assert_uint_gt(vf_capacity_foresee(&load, &machine, 124).streams, 0);
}
END_TEST

START_TEST(a_task_that_waited_for_a_processor_is_faster_than_it_seemed)
{
    load.was_crowded = true;
    ck_assert_double_eq(vf_capacity_frame_seconds(&load, 0), 0.004);
    ck_assert_double_eq(vf_capacity_frame_seconds(&load, 2), 0.008);
    load.was_crowded = false;
    ck_assert_double_eq(vf_capacity_frame_seconds(&load, 0), 0.005);
}
END_TEST

START_TEST(a_load_too_small_to_measure_limits_nothing)
{
    static const struct vf_capacity_task nothing[] = {{.memory_bytes = 1}};
    load = (struct vf_capacity_load){.tasks = nothing, .count = 1};
    struct vf_capacity_forecast forecast = vf_capacity_foresee(&load, &machine, 25);
    ck_assert_uint_eq(forecast.streams, VF_CAPACITY_MOST);
    ck_assert_int_eq(forecast.limit, VF_CAPACITY_NOTHING);
    ck_assert_double_eq(forecast.highest_fps, 0);
}
END_TEST

START_TEST(what_is_used_up_limits_and_else_a_task_of_one_stream_or_the_processors_of_several)
{
    struct vf_capacity_forecast forecast = vf_capacity_foresee(&load, &machine, 25);
    ck_assert_int_eq(vf_capacity_limit_at(&forecast, &load, &machine, 9), VF_CAPACITY_PROCESSORS);
    ck_assert_int_eq(vf_capacity_limit_at(&forecast, &load, &machine, 6), VF_CAPACITY_PROCESSORS);
    ck_assert(vf_capacity_uses_processors(&forecast, &machine, 6));
    ck_assert(!vf_capacity_uses_processors(&forecast, &machine, 2));
    ck_assert_int_eq(vf_capacity_limit_at(&forecast, &load, &machine, 2), VF_CAPACITY_PROCESSORS);
    machine.memory_bytes = 150000000;
    ck_assert_int_eq(vf_capacity_limit_at(&forecast, &load, &machine, 2), VF_CAPACITY_MEMORY);
    ck_assert_int_eq(vf_capacity_limit_at(&forecast, &load, &machine, 1), VF_CAPACITY_TASK);
    forecast = vf_capacity_foresee(&load, &machine, 200);
    ck_assert_int_eq(vf_capacity_limit_at(&forecast, &load, &machine, 1), VF_CAPACITY_TASK);
}
END_TEST

/* Searches on a machine that takes `room` streams. Returns how many tries that took. */
static unsigned search(unsigned foreseen, unsigned room, unsigned most, unsigned *found)
{
    struct vf_capacity_search search = {.most = most};
    unsigned tries = 0, next;
    for (; (next = vf_capacity_next(&search, foreseen)) != 0; tries++) {
        ck_assert_uint_le(next, most);
        ck_assert_uint_lt(tries, 100);
        vf_capacity_note(&search, next, next <= room);
    }
    *found = search.passed;
    return tries;
}

START_TEST(the_search_finds_what_there_is_room_for)
{
    unsigned found;
    for (unsigned room = 0; room <= 20; room++) {
        for (unsigned foreseen = 0; foreseen <= 20; foreseen++) {
            (void)search(foreseen, room, 64, &found);
            ck_assert_uint_eq(found, room);
        }
    }
}
END_TEST

START_TEST(a_forecast_that_holds_takes_two_tries)
{
    unsigned found;
    ck_assert_uint_eq(search(8, 8, 64, &found), 2);
}
END_TEST

START_TEST(what_fails_is_halved_down)
{
    struct vf_capacity_search halves = {.most = 64};
    ck_assert_uint_eq(vf_capacity_next(&halves, 8), 8);
    vf_capacity_note(&halves, 8, false);
    ck_assert_uint_eq(vf_capacity_next(&halves, 8), 4);
    vf_capacity_note(&halves, 4, true);
    ck_assert_uint_eq(vf_capacity_next(&halves, 8), 6);
    vf_capacity_note(&halves, 6, false);
    ck_assert_uint_eq(vf_capacity_next(&halves, 8), 5);
    vf_capacity_note(&halves, 5, true);
    ck_assert_uint_eq(vf_capacity_next(&halves, 8), 0);
}
END_TEST

START_TEST(one_is_tried_even_if_none_was_foreseen)
{
    unsigned found;
    ck_assert_uint_eq(search(0, 0, 64, &found), 1);
    ck_assert_uint_eq(found, 0);
}
END_TEST

START_TEST(nobody_tries_more_than_is_asked_for)
{
    unsigned found;
    ck_assert_uint_eq(search(VF_CAPACITY_MOST, 1000, 3, &found), 1);
    ck_assert_uint_eq(found, 3);
}
END_TEST

START_TEST(a_task_may_be_late_by_what_its_queue_holds_or_a_part_of_the_time)
{
    ck_assert_double_eq(vf_capacity_tolerance(1, 10), 4);
    ck_assert_double_eq(vf_capacity_tolerance(100, 10), 0.5);
}
END_TEST

START_TEST(a_task_is_late_by_what_it_worked_longer_than_its_frames_last)
{
    ck_assert_double_eq_tol(vf_capacity_lateness(10.5, 251, 25), 0.5, 1e-9);
    ck_assert_double_eq_tol(vf_capacity_lateness(9, 251, 25), -1, 1e-9);
    ck_assert_double_eq(vf_capacity_lateness(9, 0, 25), 0);
}
END_TEST

Suite *capacity_suite(void);
Suite *capacity_suite(void)
{
    Suite *suite = suite_create("capacity");
    TCase *tcase = tcase_create("capacity");
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, processors_limit_to_what_they_have_over_what_a_stream_uses);
    tcase_add_test(tcase, a_part_of_a_processor_counts);
    tcase_add_test(tcase, memory_limits_where_there_is_less_of_it);
    tcase_add_test(tcase, gpus_limit_to_what_they_have_for_the_tasks_on_them);
    tcase_add_test(tcase, memory_that_is_unknown_limits_nothing);
    tcase_add_test(tcase, a_task_that_is_slower_than_a_stream_limits_to_none);
    tcase_add_test(tcase, a_task_that_waited_for_a_processor_is_faster_than_it_seemed);
    tcase_add_test(tcase, a_load_too_small_to_measure_limits_nothing);
    tcase_add_test(
        tcase, what_is_used_up_limits_and_else_a_task_of_one_stream_or_the_processors_of_several);
    tcase_add_test(tcase, the_search_finds_what_there_is_room_for);
    tcase_add_test(tcase, a_forecast_that_holds_takes_two_tries);
    tcase_add_test(tcase, what_fails_is_halved_down);
    tcase_add_test(tcase, one_is_tried_even_if_none_was_foreseen);
    tcase_add_test(tcase, nobody_tries_more_than_is_asked_for);
    tcase_add_test(tcase, a_task_may_be_late_by_what_its_queue_holds_or_a_part_of_the_time);
    tcase_add_test(tcase, a_task_is_late_by_what_it_worked_longer_than_its_frames_last);
    suite_add_tcase(suite, tcase);
    return suite;
}
