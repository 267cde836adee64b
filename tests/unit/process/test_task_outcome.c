/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <signal.h>
#include <string.h>

#include "engine/base/clock.h"
#include "tests/unit/support/flow_run.h"

static const struct vf_engine_settings patient = {.grace_ns = FLOW_RUN_GRACE_NS};

static struct vf_engine *engine;

/* Returns the outcome of the task called `name`. */
static const struct vf_task_outcome *outcome_of(const char *name)
{
    size_t count;
    const struct vf_task_outcome *outcomes = vf_engine_outcomes(engine, &count);
    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_eq(outcomes[i].task, i + 1);
        if (strcmp(outcomes[i].name, name) == 0)
            return &outcomes[i];
    }
    ck_abort_msg("no outcome of %s", name);
    return NULL;
}

static void assert_left(const char *name, int exit_status, uint64_t frame,
                        enum vf_end_reason reason)
{
    const struct vf_task_outcome *outcome = outcome_of(name);
    ck_assert_int_gt(outcome->pid, 0);
    ck_assert_int_eq(kill(outcome->pid, 0), -1); /* it is gone, and was waited for */
    ck_assert_int_eq(outcome->exit_status, exit_status);
    ck_assert_int_eq(outcome->signal, 0);
    ck_assert(outcome->has_finished);
    ck_assert_uint_eq(outcome->frame, frame);
    ck_assert_int_eq(outcome->reason, reason);
}

/* Joins without destroying the engine. */
static enum vf_exit_status join(void)
{
    enum vf_exit_status status;
    ck_assert_int_eq(vf_engine_join(engine, &status), VF_OK);
    return status;
}

START_TEST(a_join_tells_how_every_task_has_ended)
{
    engine = flow_run_start("batch",
                            "  numbers: {type: counting_source, count: 7}\n"
                            "  late: {type: delaying, inputs: numbers}\n"
                            "  out: {type: stalling_sink, inputs: late}\n",
                            &patient);
    ck_assert_int_eq(join(), VF_EXIT_OK);
    assert_left("numbers", VF_EXIT_OK, 7, VF_END_COMPLETE);
    assert_left("late", VF_EXIT_OK, 7, VF_END_COMPLETE);
    assert_left("out", VF_EXIT_OK, 7, VF_END_COMPLETE);
    ck_assert_int_eq(flow_run_join(&engine), VF_EXIT_OK);
}
END_TEST

START_TEST(what_is_over_can_be_joined_and_stopped_again)
{
    engine = flow_run_start("batch",
                            "  numbers: {type: counting_source, count: 7}\n"
                            "  sink: {type: failing_sink, at: work, frame: 2, inputs: numbers}\n",
                            &patient);
    ck_assert_int_eq(join(), VF_EXIT_OUTPUT_FAILED);
    ck_assert_int_eq(vf_engine_signal_termination(engine), VF_OK);
    ck_assert_int_eq(join(), VF_EXIT_OUTPUT_FAILED);
    ck_assert_int_eq(flow_run_join(&engine), VF_EXIT_OUTPUT_FAILED);
}
END_TEST

static const char gated[] = "  numbers: {type: counting_source, count: 9}\n"
                            "  out: {type: stalling_sink, gated: true, inputs: numbers}\n";

START_TEST(a_task_that_still_runs_has_neither_status_nor_signal)
{
    engine = flow_run_start("batch", gated, &patient);
    const struct vf_task_outcome *outcome = outcome_of("out");
    ck_assert_int_eq(kill(outcome->pid, 0), 0);
    ck_assert_int_eq(outcome->exit_status, -1);
    ck_assert_int_eq(outcome->signal, 0);
    ck_assert(!outcome->has_finished);
    atomic_store(&test_board->is_open, true);
    ck_assert_int_eq(join(), VF_EXIT_OK);
    assert_left("out", VF_EXIT_OK, 9, VF_END_COMPLETE);
    ck_assert_int_eq(flow_run_join(&engine), VF_EXIT_OK);
}
END_TEST

START_TEST(a_killed_task_shows_its_signal_and_the_frame_in_work)
{
    engine = flow_run_start(
        "batch",
        "  numbers: {type: counting_source}\n"
        "  step: {type: failing_step, at: work, by: kill, frame: 4, inputs: numbers, restart: no}\n"
        "  out: {type: stalling_sink, inputs: step}\n",
        &patient);
    ck_assert_int_eq(join(), VF_EXIT_FAILED);
    const struct vf_task_outcome *outcome = outcome_of("step");
    ck_assert_int_eq(outcome->exit_status, -1);
    ck_assert_int_eq(outcome->signal, SIGKILL);
    ck_assert(!outcome->has_finished);
    ck_assert_uint_eq(outcome->frame, 4);
    ck_assert_int_eq(outcome->reason, VF_END_FAILED);
    /* Wherever it was, nobody takes its output for whole. */
    assert_left("out", VF_EXIT_OK, outcome_of("out")->frame, VF_END_FAILED);
    ck_assert_int_eq(flow_run_join(&engine), VF_EXIT_FAILED);
}
END_TEST

START_TEST(a_failed_task_shows_its_status)
{
    engine = flow_run_start(
        "batch",
        "  numbers: {type: counting_source, count: 20}\n"
        "  step: {type: failing_step, at: work, frame: 4, inputs: numbers, restart: no}\n"
        "  out: {type: stalling_sink, inputs: step}\n",
        &patient);
    ck_assert_int_eq(join(), VF_EXIT_FAILED);
    assert_left("step", VF_EXIT_FAILED, 4, VF_END_FAILED);
    assert_left("out", VF_EXIT_OK, 3, VF_END_FAILED);
    ck_assert_int_eq(flow_run_join(&engine), VF_EXIT_FAILED);
}
END_TEST

START_TEST(a_stop_reaches_every_producer)
{
    engine = flow_run_start("batch",
                            "  a: {type: counting_source}\n"
                            "  b: {type: counting_source}\n"
                            "  first: {type: stalling_sink, sink: 0, inputs: a}\n"
                            "  second: {type: stalling_sink, sink: 1, inputs: b}\n",
                            &patient);
    flow_run_wait_for(&test_board->sinks[0].count, 1);
    flow_run_wait_for(&test_board->sinks[1].count, 1);
    ck_assert_int_eq(vf_engine_signal_termination(engine), VF_OK);
    ck_assert_int_eq(join(), VF_EXIT_OK);
    for (int i = 0; i < 2; i++) {
        uint64_t made = outcome_of(i ? "b" : "a")->frame;
        assert_left(i ? "b" : "a", VF_EXIT_OK, made, VF_END_INTERRUPTED);
        assert_left(i ? "second" : "first", VF_EXIT_OK, made, VF_END_INTERRUPTED);
        ck_assert_int_eq(atomic_load(&test_board->sinks[i].count), (int)made);
    }
    ck_assert_int_eq(flow_run_join(&engine), VF_EXIT_OK);
}
END_TEST

Suite *task_outcome_suite(void);
Suite *task_outcome_suite(void)
{
    Suite *suite = suite_create("task_outcome");
    TCase *tcase = tcase_create("task_outcome");
    tcase_add_checked_fixture(tcase, flow_run_setup, flow_run_teardown);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, a_join_tells_how_every_task_has_ended);
    tcase_add_test(tcase, what_is_over_can_be_joined_and_stopped_again);
    tcase_add_test(tcase, a_task_that_still_runs_has_neither_status_nor_signal);
    tcase_add_test(tcase, a_killed_task_shows_its_signal_and_the_frame_in_work);
    tcase_add_test(tcase, a_failed_task_shows_its_status);
    tcase_add_test(tcase, a_stop_reaches_every_producer);
    suite_add_tcase(suite, tcase);
    return suite;
}
