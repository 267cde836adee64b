/* SPDX-License-Identifier: MIT */
/* Flows in which workers die and are replaced. A status of VF_EXIT_OK says that the ledger
 * balances, too. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "tests/unit/support/flow_run.h"

/* What a step says that may die often; not much more than ten times, since it waits twice as long
 * each time. */
#define STEP "type: failing_step, max_restarts: 1000, backoff: 1ms"

static unsigned restarts_of_last;

/* Runs a flow, and notes how often the task called `name` was started again. */
static enum vf_exit_status run_counting(const char *name, const char *nodes)
{
    const struct vf_engine_settings settings = {.grace_ns = FLOW_RUN_GRACE_NS};
    struct vf_engine *engine = flow_run_start("batch", nodes, &settings);
    enum vf_exit_status status;
    size_t count;
    ck_assert_int_eq(vf_engine_join(engine, &status), VF_OK);
    const struct vf_task_outcome *outcomes = vf_engine_outcomes(engine, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(outcomes[i].name, name) == 0)
            restarts_of_last = outcomes[i].restarts;
    }
    ck_assert_int_eq(flow_run_join(&engine), status);
    return status;
}

static unsigned count_said(const char *text)
{
    unsigned count = 0;
    for (const char *at = flow_run_errors(); (at = strstr(at, text)) != NULL; at += strlen(text))
        count++;
    return count;
}

static const char *const manners[] = {"error", "abort", "segv", "kill", "exit", "leave"};

/* Each process answers three and dies of the fourth. */
START_TEST(a_step_that_dies_again_and_again_loses_and_repeats_nothing)
{
    char *nodes = vf_text_format("  numbers: {type: counting_source, count: 25, heavy: true}\n"
                                 "  step: {" STEP ", at: work, by: %s, frame: 4, inputs: numbers}\n"
                                 "  out: {type: stalling_sink, inputs: step}\n",
                                 manners[_i]);
    ck_assert_int_eq(run_counting("step", nodes), VF_EXIT_OK);
    flow_run_assert_all(&test_board->sinks[0], 25);
    ck_assert_uint_eq(restarts_of_last, 8);
    free(nodes);
}
END_TEST

/* Flows of numbers from 1 to 40, with several workers that die. */
static const char *const shapes[] = {
    /* one behind the other */
    "  a: {" STEP ", at: work, by: kill, frame: 6, inputs: numbers}\n"
    "  b: {" STEP ", at: work, by: kill, frame: 7, inputs: a}\n"
    "  c: {" STEP ", at: work, by: error, frame: 8, inputs: b}\n"
    "  out: {type: stalling_sink, inputs: c}\n",
    /* branches that meet again */
    "  a: {" STEP ", at: work, by: kill, frame: 6, inputs: numbers}\n"
    "  b: {" STEP ", at: work, by: kill, frame: 9, inputs: numbers}\n"
    "  c: {type: joining, inputs: [a, b]}\n"
    "  out: {type: stalling_sink, inputs: c}\n",
    /* one branch within the other's memory */
    "  a: {" STEP ", at: work, by: kill, frame: 6, inputs: {from: numbers, queue: 1}}\n"
    "  b: {" STEP ", at: work, by: kill, frame: 7, inputs: {from: a, queue: 1}}\n"
    "  c: {type: joining, inputs: [a, b]}\n"
    "  out: {type: stalling_sink, inputs: c}\n",
    /* replicas, in their order */
    "  a: {" STEP ", at: work, by: kill, frame: 7, replicas: 3, inputs: numbers}\n"
    "  b: {" STEP ", at: work, by: kill, frame: 6, inputs: a}\n"
    "  out: {type: stalling_sink, inputs: b}\n",
    /* several in one process */
    "  a: {" STEP ", at: work, by: kill, frame: 9, group: g, inputs: numbers}\n"
    "  b: {" STEP ", at: work, by: kill, frame: 7, group: g, inputs: a}\n"
    "  out: {type: stalling_sink, inputs: b}\n",
    /* a consumer that is asked for it, beside another */
    "  a: {type: failing_sink, at: work, by: kill, frame: 7, restart: on-failure, inputs: "
    "numbers,\n"
    "      max_restarts: 1000, backoff: 1ms}\n"
    "  out: {type: stalling_sink, inputs: numbers}\n",
};

START_TEST(in_any_shape_of_flow_everything_arrives_once_and_in_order)
{
    char *nodes = vf_text_format("  numbers: {type: counting_source, count: 40, heavy: true}\n%s",
                                 shapes[_i]);
    ck_assert_int_eq(flow_run(nodes), VF_EXIT_OK);
    flow_run_assert_all(&test_board->sinks[0], 40);
    ck_assert_uint_ge(count_said("is started again"), 4);
    free(nodes);
}
END_TEST

/* The source would go on forever. */
START_TEST(what_fails_twice_on_one_message_is_tried_no_third_time)
{
    ck_assert_int_eq(run_counting("step",
                                  "  numbers: {type: counting_source}\n"
                                  "  step: {" STEP ", at: work, frame: 1, inputs: numbers}\n"
                                  "  out: {type: stalling_sink, inputs: step}\n"),
                     VF_EXIT_FAILED);
    ck_assert_uint_eq(restarts_of_last, 1);
    ck_assert_uint_eq(count_said("step: failed as it was told"), 2);
    flow_run_assert_all(&test_board->sinks[0], 0);
}
END_TEST

START_TEST(a_task_is_started_as_often_as_it_may_and_what_it_made_arrives)
{
    ck_assert_int_eq(run_counting("step",
                                  "  numbers: {type: counting_source, heavy: true}\n"
                                  "  step: {type: failing_step, max_restarts: 2, backoff: 1ms,\n"
                                  "         at: work, by: kill, frame: 4, inputs: numbers}\n"
                                  "  out: {type: stalling_sink, inputs: step}\n"),
                     VF_EXIT_FAILED);
    ck_assert_uint_eq(restarts_of_last, 2);
    flow_run_assert_all(&test_board->sinks[0], 9);
}
END_TEST

START_TEST(a_node_that_cannot_be_opened_again_is_given_up)
{
    ck_assert_int_eq(run_counting("step",
                                  "  numbers: {type: counting_source}\n"
                                  "  step: {type: failing_step, max_restarts: 3, backoff: 1ms,\n"
                                  "         at: open, by: kill, inputs: numbers}\n"
                                  "  out: {type: stalling_sink, inputs: step}\n"),
                     VF_EXIT_FAILED);
    ck_assert_uint_eq(restarts_of_last, 3);
    ck_assert_uint_eq(count_said("was killed by SIGKILL"), 4);
}
END_TEST

START_TEST(a_node_that_dies_of_its_end_is_given_up_and_what_it_made_arrives)
{
    ck_assert_int_eq(run_counting("step",
                                  "  numbers: {type: counting_source, count: 7}\n"
                                  "  step: {" STEP ", at: flush, by: kill, inputs: numbers}\n"
                                  "  out: {type: stalling_sink, inputs: step}\n"),
                     VF_EXIT_FAILED);
    ck_assert_uint_eq(restarts_of_last, 1);
    flow_run_assert_all(&test_board->sinks[0], 7);
}
END_TEST

START_TEST(the_wait_before_a_start_doubles)
{
    ck_assert_int_eq(flow_run("  numbers: {type: counting_source, count: 3}\n"
                              "  step: {type: failing_step, at: work, by: kill, frame: 2,\n"
                              "         inputs: numbers}\n"
                              "  out: {type: stalling_sink, inputs: step}\n"),
                     VF_EXIT_OK);
    flow_run_assert_said("step is started again in 0.1 s (1 of 3)\n");
    flow_run_assert_said("step is started again in 0.2 s (2 of 3)\n");
    flow_run_assert_all(&test_board->sinks[0], 3);
}
END_TEST

/* Asserts that the sink was given 1 to `last` without `missing`. */
static void assert_all_but(int last, int missing)
{
    const struct test_sink *sink = &test_board->sinks[0];
    ck_assert_int_eq(atomic_load(&sink->count), last - 1);
    for (int i = 0; i < last - 1; i++)
        ck_assert_int_eq(sink->values[i], i + 1 + (i + 1 >= missing));
}

START_TEST(a_message_that_is_put_aside_is_missed_by_nobody_but_its_partners)
{
    ck_assert_int_eq(run_counting("step",
                                  "  numbers: {type: counting_source, count: 12, heavy: true}\n"
                                  "  step: {" STEP
                                  ", at: work, frame: 4, on_error: skip, inputs: numbers}\n"
                                  "  both: {type: joining, inputs: [numbers, step]}\n"
                                  "  out: {type: stalling_sink, inputs: both}\n"),
                     VF_EXIT_OK);
    ck_assert_uint_eq(restarts_of_last, 0);
    flow_run_assert_said("frame 4 is put aside: step returned an error\n");
    assert_all_but(12, 4);
}
END_TEST

START_TEST(a_message_that_kills_twice_is_put_aside)
{
    ck_assert_int_eq(run_counting("step",
                                  "  numbers: {type: counting_source, count: 3}\n"
                                  "  step: {type: failing_step, max_restarts: 1, backoff: 1ms,\n"
                                  "         at: work, by: kill, on_error: skip, inputs: numbers}\n"
                                  "  out: {type: stalling_sink, inputs: step}\n"),
                     VF_EXIT_OK);
    ck_assert_uint_eq(restarts_of_last, 6);
    flow_run_assert_said("frame 2 is put aside: step was killed by SIGKILL\n");
    flow_run_assert_all(&test_board->sinks[0], 0);
}
END_TEST

START_TEST(what_a_node_complains_of_is_said_of_what_is_put_aside)
{
    ck_assert_int_eq(
        run_counting("step", "  numbers: {type: counting_source, count: 12, heavy: true}\n"
                             "  step: {" STEP ", at: work, by: complaint, frame: 4, on_error: skip,"
                             " inputs: numbers}\n"
                             "  both: {type: joining, inputs: [numbers, step]}\n"
                             "  out: {type: stalling_sink, inputs: both}\n"),
        VF_EXIT_OK);
    ck_assert_uint_eq(restarts_of_last, 0);
    flow_run_assert_said("frame 4 is put aside: step returned an error: it was told?to\n");
    assert_all_but(12, 4);
}
END_TEST

START_TEST(one_that_is_lost_is_replaced_although_errors_are_skipped)
{
    ck_assert_int_eq(run_counting("step",
                                  "  numbers: {type: counting_source, count: 3}\n"
                                  "  step: {type: failing_step, max_restarts: 1, backoff: 1ms,\n"
                                  "         at: work, by: loss, on_error: skip, inputs: numbers}\n"
                                  "  out: {type: stalling_sink, inputs: step}\n"),
                     VF_EXIT_OK);
    ck_assert_uint_eq(restarts_of_last, 6);
    flow_run_assert_said("ended with status 1: it was told?to at frame 2\n");
    flow_run_assert_said("frame 2 is put aside: step ended with status 1: it was told?to\n");
    flow_run_assert_all(&test_board->sinks[0], 0);
}
END_TEST

START_TEST(a_branch_that_is_given_up_leaves_the_others_alone)
{
    ck_assert_int_eq(flow_run("  numbers: {type: counting_source, count: 200, heavy: true}\n"
                              "  step: {" STEP
                              ", at: work, by: kill, on_error: stop_branch, inputs: numbers}\n"
                              "  lost: {type: stalling_sink, sink: 1, inputs: step}\n"
                              "  good: {type: stalling_sink, inputs: numbers}\n"),
                     VF_EXIT_FAILED);
    flow_run_assert_all(&test_board->sinks[0], 200);
    flow_run_assert_all(&test_board->sinks[1], 0);
}
END_TEST

START_TEST(a_step_that_hangs_is_killed_and_goes_on)
{
    ck_assert_int_eq(run_counting("step",
                                  "  numbers: {type: counting_source, count: 9, heavy: true}\n"
                                  "  step: {" STEP ", at: work, by: stall, frame: 4,\n"
                                  "         stall_after: 1s, inputs: numbers}\n"
                                  "  out: {type: stalling_sink, inputs: step}\n"),
                     VF_EXIT_OK);
    flow_run_assert_said("showed no sign of life for 1.0 s and was killed at frame 4\n");
    flow_run_assert_all(&test_board->sinks[0], 9);
    ck_assert_uint_ge(restarts_of_last, 2); /* a machine under load may hang by itself */
}
END_TEST

START_TEST(a_producer_that_ends_begins_again_when_it_always_shall)
{
    const struct vf_engine_settings settings = {.grace_ns = FLOW_RUN_GRACE_NS};
    struct vf_engine *engine = flow_run_start(
        "batch",
        "  numbers: {type: counting_source, count: 3, restart: always, backoff: 1ms}\n"
        "  out: {type: stalling_sink, inputs: numbers}\n",
        &settings);
    flow_run_wait_for(&test_board->sinks[0].count, 10);
    ck_assert_int_eq(vf_engine_signal_termination(engine), VF_OK);
    ck_assert_int_eq(flow_run_join(&engine), VF_EXIT_OK);
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(test_board->sinks[0].values[i], i % 3 + 1);
}
END_TEST

Suite *restart_suite(void);
Suite *restart_suite(void)
{
    Suite *suite = suite_create("restart");
    TCase *tcase = tcase_create("restart");
    tcase_add_checked_fixture(tcase, flow_run_setup, flow_run_teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, a_step_that_dies_again_and_again_loses_and_repeats_nothing, 0,
                        (int)VF_COUNT(manners));
    tcase_add_loop_test(tcase, in_any_shape_of_flow_everything_arrives_once_and_in_order, 0,
                        (int)VF_COUNT(shapes));
    tcase_add_test(tcase, what_fails_twice_on_one_message_is_tried_no_third_time);
    tcase_add_test(tcase, a_task_is_started_as_often_as_it_may_and_what_it_made_arrives);
    tcase_add_test(tcase, a_node_that_cannot_be_opened_again_is_given_up);
    tcase_add_test(tcase, a_node_that_dies_of_its_end_is_given_up_and_what_it_made_arrives);
    tcase_add_test(tcase, the_wait_before_a_start_doubles);
    tcase_add_test(tcase, a_message_that_is_put_aside_is_missed_by_nobody_but_its_partners);
    tcase_add_test(tcase, a_message_that_kills_twice_is_put_aside);
    tcase_add_test(tcase, what_a_node_complains_of_is_said_of_what_is_put_aside);
    tcase_add_test(tcase, one_that_is_lost_is_replaced_although_errors_are_skipped);
    tcase_add_test(tcase, a_branch_that_is_given_up_leaves_the_others_alone);
    tcase_add_test(tcase, a_step_that_hangs_is_killed_and_goes_on);
    tcase_add_test(tcase, a_producer_that_ends_begins_again_when_it_always_shall);
    suite_add_tcase(suite, tcase);
    return suite;
}
