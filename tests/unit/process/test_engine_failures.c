/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "tests/unit/support/flow_run.h"

/* How one of three tasks fails, and what becomes of the flow. */
static const struct {
    const char *source, *step, *sink;
    enum vf_exit_status status;
} failures[] = {
    {"at: open", "", "", VF_EXIT_NO_SOURCE},
    {"at: work, frame: 3", "", "", VF_EXIT_FAILED},
    {"at: flush, frame: 3", "at: work, frame: 3", "", VF_EXIT_FAILED},
    {"", "at: open", "", VF_EXIT_FAILED},
    {"", "at: work, frame: 5", "", VF_EXIT_FAILED},
    {"", "", "at: open", VF_EXIT_CANNOT_CREATE},
    {"", "", "at: work", VF_EXIT_OUTPUT_FAILED},
    {"", "", "at: work, frame: 7", VF_EXIT_OUTPUT_FAILED},
    {"at: work, by: abort, frame: 9", "", "", VF_EXIT_FAILED},
    {"", "at: open, by: segv", "", VF_EXIT_FAILED},
    {"", "", "at: open, by: exit", VF_EXIT_FAILED},
    {"", "", "at: work, by: kill", VF_EXIT_FAILED},
};

static char *three_tasks(const char *source, const char *step, const char *sink)
{
    return vf_text_format("  source: {type: failing_source, %s}\n"
                          "  step: {type: failing_step, restart: no, inputs: source, %s}\n"
                          "  sink: {type: failing_sink, inputs: step, %s}\n",
                          source, step, sink);
}

START_TEST(the_exit_status_tells_what_kind_of_task_failed_and_when)
{
    char *nodes = three_tasks(failures[_i].source, failures[_i].step, failures[_i].sink);
    ck_assert_int_eq(flow_run(nodes), failures[_i].status);
    free(nodes);
}
END_TEST

/* A step among three tasks; the flow would go on forever. */
static const struct {
    const char *step, *message;
} crashes[] = {
    {"at: open, by: abort", "vflow: step (process "},
    {"at: open, by: abort", "was killed by SIGABRT at frame 0\n"},
    {"at: work, by: abort, frame: 1", "was killed by SIGABRT at frame 1\n"},
    {"at: work, by: segv, frame: 12", "was killed by SIGSEGV at frame 12\n"},
    {"at: work, by: kill, frame: 4", "was killed by SIGKILL at frame 4, by hand"},
    {"at: work, by: exit, frame: 3", "ended with status 3 at frame 3\n"},
    {"at: open, by: leave", "ended with status 0 at frame 0\n"},
    {"at: work, by: leave, frame: 3", "ended with status 0 at frame 3\n"},
};

START_TEST(a_crash_ends_the_flow_and_is_told_with_task_signal_and_frame)
{
    char *nodes = three_tasks("", crashes[_i].step, "");
    ck_assert_int_eq(flow_run(nodes), VF_EXIT_FAILED);
    flow_run_assert_said(crashes[_i].message);
    flow_run_assert_said("vflow: step ");
    ck_assert_ptr_null(strstr(flow_run_errors(), "ledger"));
    free(nodes);
}
END_TEST

/* Whose worker ends with status 0 although its task has not ended. */
static const struct {
    const char *source, *step, *sink;
} quitters[] = {
    {"at: work, frame: 3, by: leave", "", ""},
    {"", "at: work, frame: 3, by: leave", ""},
    {"", "", "at: work, frame: 3, by: leave"},
};
static const char *const transports[] = {"shm", "ipc"};

START_TEST(a_worker_that_leaves_without_an_end_fails_the_flow_over_any_transport)
{
    const struct vf_engine_settings settings = {.grace_ns = FLOW_RUN_GRACE_NS};
    size_t i = (size_t)_i / VF_COUNT(transports), way = (size_t)_i % VF_COUNT(transports);
    char *mode = vf_text_format("batch\ntransport: %s", transports[way]);
    char *nodes = three_tasks(quitters[i].source, quitters[i].step, quitters[i].sink);
    struct vf_engine *engine = flow_run_start(mode, nodes, &settings);
    ck_assert_int_eq(flow_run_join(&engine), VF_EXIT_FAILED);
    flow_run_assert_said("ended with status 0 at frame ");
    ck_assert_ptr_null(strstr(flow_run_errors(), "ledger"));
    free(nodes);
    free(mode);
}
END_TEST

static const struct {
    const char *manner, *message;
} last_crashes[] = {
    {"segv", "was killed by SIGSEGV at frame 6\n"},
    {"leave", "ended with status 0 at frame 6\n"},
};

START_TEST(a_crash_at_the_very_end_is_told_as_well)
{
    char *nodes =
        vf_text_format("  numbers: {type: counting_source, count: 6}\n"
                       "  sink: {type: failing_sink, at: close, by: %s, inputs: numbers}\n",
                       last_crashes[_i].manner);
    ck_assert_int_eq(flow_run(nodes), VF_EXIT_FAILED);
    flow_run_assert_said(last_crashes[_i].message);
    free(nodes);
}
END_TEST

START_TEST(a_failure_is_logged_once_with_the_name_of_its_task)
{
    char *nodes = three_tasks("", "at: work, frame: 2", "");
    ck_assert_int_eq(flow_run(nodes), VF_EXIT_FAILED);
    ck_assert_str_eq(flow_run_errors(), "vflow: step: failed as it was told\n");
    free(nodes);
}
END_TEST

START_TEST(when_one_branch_is_stopped_the_others_go_on_to_their_end)
{
    ck_assert_int_eq(flow_run("  numbers: {type: counting_source, count: 200, heavy: true}\n"
                              "  bad: {type: failing_sink, at: work, frame: 3, inputs: numbers,\n"
                              "        on_error: stop_branch}\n"
                              "  good: {type: stalling_sink, inputs: numbers}\n"),
                     VF_EXIT_OUTPUT_FAILED);
    flow_run_assert_all(&test_board->sinks[0], 200);
}
END_TEST

/* The source would go on forever. */
START_TEST(when_one_branch_fails_the_others_finish_what_they_have)
{
    ck_assert_int_eq(flow_run("  numbers: {type: counting_source, heavy: true}\n"
                              "  bad: {type: failing_sink, at: work, frame: 3, inputs: numbers}\n"
                              "  good: {type: stalling_sink, inputs: numbers}\n"),
                     VF_EXIT_OUTPUT_FAILED);
    int made = atomic_load(&test_board->published);
    ck_assert_int_ge(made, 3);
    flow_run_assert_all(&test_board->sinks[0], made);
}
END_TEST

START_TEST(a_part_that_does_not_hang_together_with_a_failed_task_goes_on)
{
    ck_assert_int_eq(flow_run("  bad: {type: failing_source, at: work, frame: 3}\n"
                              "  lost: {type: failing_sink, inputs: bad}\n"
                              "  numbers: {type: counting_source, count: 300}\n"
                              "  good: {type: stalling_sink, wait: 1ms, inputs: numbers}\n"),
                     VF_EXIT_FAILED);
    flow_run_assert_all(&test_board->sinks[0], 300);
}
END_TEST

START_TEST(what_a_failed_task_sent_before_is_finished)
{
    ck_assert_int_eq(flow_run("  numbers: {type: counting_source, heavy: true}\n"
                              "  bad: {type: failing_step, at: work, frame: 31, inputs: numbers,\n"
                              "        restart: no}\n"
                              "  good: {type: stalling_sink, wait: 1ms,\n"
                              "         inputs: {from: bad, queue: 16}}\n"),
                     VF_EXIT_FAILED);
    flow_run_assert_all(&test_board->sinks[0], 30);
}
END_TEST

START_TEST(a_failed_node_is_closed_but_not_flushed)
{
    char *nodes = three_tasks("at: open", "", "");
    ck_assert_int_eq(flow_run(nodes), VF_EXIT_NO_SOURCE);
    ck_assert_int_eq(atomic_load(&test_board->closes), 3);
    ck_assert_int_eq(atomic_load(&test_board->flushes), 2);
    free(nodes);
}
END_TEST

static enum vf_exit_status run_with_errors(uint64_t forgiven)
{
    struct vf_engine_settings settings = {.grace_ns = FLOW_RUN_GRACE_NS, .max_errors = forgiven};
    struct vf_engine *engine =
        flow_run_start("batch",
                       "  numbers: {type: counting_source, count: 5}\n"
                       "  bad: {type: failing_step, at: work, by: report, inputs: numbers}\n"
                       "  worse: {type: failing_step, at: flush, by: report, inputs: bad}\n"
                       "  out: {type: stalling_sink, inputs: worse}\n",
                       &settings);
    return flow_run_join(&engine);
}

START_TEST(missing_input_is_counted_and_too_much_of_it_is_a_status)
{
    ck_assert_int_eq(run_with_errors(1), VF_EXIT_BAD_INPUT);
    flow_run_assert_said("vflow: bad: warning: something is missing\n");
    flow_run_assert_said("2 pieces of input were corrupt or missing; --max-errors allows 1\n");
    flow_run_assert_all(&test_board->sinks[0], 5);
}
END_TEST

START_TEST(missing_input_that_is_allowed_for_is_no_failure)
{
    ck_assert_int_eq(run_with_errors(2), VF_EXIT_OK);
    flow_run_assert_all(&test_board->sinks[0], 5);
}
END_TEST

Suite *engine_failures_suite(void);
Suite *engine_failures_suite(void)
{
    Suite *suite = suite_create("engine_failures");
    TCase *tcase = tcase_create("engine_failures");
    tcase_add_checked_fixture(tcase, flow_run_setup, flow_run_teardown);
    tcase_set_timeout(tcase, 30);
    tcase_add_loop_test(tcase, the_exit_status_tells_what_kind_of_task_failed_and_when, 0,
                        (int)VF_COUNT(failures));
    tcase_add_loop_test(tcase, a_crash_ends_the_flow_and_is_told_with_task_signal_and_frame, 0,
                        (int)VF_COUNT(crashes));
    tcase_add_loop_test(tcase,
                        a_worker_that_leaves_without_an_end_fails_the_flow_over_any_transport, 0,
                        (int)(VF_COUNT(quitters) * VF_COUNT(transports)));
    tcase_add_loop_test(tcase, a_crash_at_the_very_end_is_told_as_well, 0,
                        (int)VF_COUNT(last_crashes));
    tcase_add_test(tcase, a_failure_is_logged_once_with_the_name_of_its_task);
    tcase_add_test(tcase, when_one_branch_is_stopped_the_others_go_on_to_their_end);
    tcase_add_test(tcase, when_one_branch_fails_the_others_finish_what_they_have);
    tcase_add_test(tcase, a_part_that_does_not_hang_together_with_a_failed_task_goes_on);
    tcase_add_test(tcase, what_a_failed_task_sent_before_is_finished);
    tcase_add_test(tcase, a_failed_node_is_closed_but_not_flushed);
    tcase_add_test(tcase, missing_input_is_counted_and_too_much_of_it_is_a_status);
    tcase_add_test(tcase, missing_input_that_is_allowed_for_is_no_failure);
    suite_add_tcase(suite, tcase);
    return suite;
}
