/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/process/stop_request.h"
#include "tests/unit/support/flow_run.h"
#include "tests/unit/support/scratch.h"

static const struct vf_engine_settings patient = {.grace_ns = FLOW_RUN_GRACE_NS};

START_TEST(a_flow_runs_to_its_end)
{
    ck_assert_int_eq(flow_run("  numbers: {type: counting_source, count: 100}\n"
                              "  late: {type: delaying, inputs: numbers}\n"
                              "  out: {type: stalling_sink, inputs: late}\n"),
                     VF_EXIT_OK);
    flow_run_assert_all(&test_board->sinks[0], 100);
    ck_assert_str_eq(flow_run_errors(), "");
}
END_TEST

START_TEST(a_producer_of_nothing_is_a_flow_as_well)
{
    ck_assert_int_eq(flow_run("  numbers: {type: counting_source, count: 1}\n"
                              "  none: {type: splitting, times: 0, inputs: numbers}\n"
                              "  out: {type: stalling_sink, inputs: none}\n"),
                     VF_EXIT_OK);
    flow_run_assert_all(&test_board->sinks[0], 0);
}
END_TEST

START_TEST(several_producers_run_side_by_side)
{
    ck_assert_int_eq(flow_run("  a: {type: counting_source, count: 30}\n"
                              "  b: {type: counting_source, count: 20}\n"
                              "  first: {type: stalling_sink, sink: 0, inputs: a}\n"
                              "  second: {type: stalling_sink, sink: 1, inputs: b}\n"),
                     VF_EXIT_OK);
    flow_run_assert_all(&test_board->sinks[0], 30);
    flow_run_assert_all(&test_board->sinks[1], 20);
}
END_TEST

START_TEST(what_lies_in_shared_memory_arrives_as_what_is_sent_along)
{
    ck_assert_int_eq(flow_run("  numbers: {type: counting_source, count: 300, heavy: true}\n"
                              "  late: {type: delaying, inputs: numbers}\n"
                              "  late2: {type: delaying, inputs: late}\n"
                              "  out: {type: stalling_sink, inputs: late2}\n"
                              "  other: {type: stalling_sink, sink: 1, inputs: numbers}\n"),
                     VF_EXIT_OK);
    flow_run_assert_all(&test_board->sinks[0], 300);
    flow_run_assert_all(&test_board->sinks[1], 300);
}
END_TEST

static const int depths[] = {1, 2, 4};

START_TEST(in_batch_a_slow_sink_lets_exactly_its_queue_run_ahead)
{
    char *nodes = vf_text_format("  numbers: {type: counting_source, count: 60}\n"
                                 "  out: {type: stalling_sink, gated: true,\n"
                                 "        inputs: {from: numbers, queue: %d}}\n",
                                 depths[_i]);
    struct vf_engine *engine = flow_run_start("batch", nodes, &patient);
    flow_run_wait_for(&test_board->published, depths[_i] + 1);
    atomic_store(&test_board->is_open, true);
    ck_assert_int_eq(flow_run_join(&engine), VF_EXIT_OK);
    flow_run_assert_all(&test_board->sinks[0], 60);
    ck_assert_int_eq(atomic_load(&test_board->sinks[0].most_ahead), depths[_i]);
    free(nodes);
}
END_TEST

static const char filtered_join[] = "  numbers: {type: counting_source, count: 90}\n"
                                    "  third: {type: splitting, every: 3, inputs: numbers}\n"
                                    "  both: {type: joining, inputs: [numbers, third]}\n"
                                    "  out: {type: stalling_sink, inputs: both}\n";

START_TEST(a_join_meets_what_a_branch_let_through)
{
    ck_assert_int_eq(flow_run(filtered_join), VF_EXIT_OK);
    ck_assert_int_eq(atomic_load(&test_board->sinks[0].count), 30);
    for (int64_t i = 0; i < 30; i++)
        ck_assert_int_eq(test_board->sinks[0].values[i], 3 * (i + 1));
}
END_TEST

START_TEST(several_answers_of_a_replica_stay_together)
{
    ck_assert_int_eq(flow_run("  numbers: {type: counting_source, count: 40}\n"
                              "  three: {type: repeating, replicas: 2, inputs: numbers}\n"
                              "  out: {type: stalling_sink, inputs: three}\n"),
                     VF_EXIT_OK);
    ck_assert_int_eq(atomic_load(&test_board->sinks[0].count), 120);
    for (int i = 0; i < 120; i++)
        ck_assert_int_eq(test_board->sinks[0].values[i], i / 3 + 1);
}
END_TEST

/* More of the other branch than its queue holds is let go before the first that has a partner. */
START_TEST(a_branch_that_lets_little_through_holds_nobody_up)
{
    ck_assert_int_eq(flow_run("  numbers: {type: counting_source, count: 90}\n"
                              "  few: {type: splitting, every: 30, inputs: numbers}\n"
                              "  both: {type: joining, inputs: [numbers, few]}\n"
                              "  out: {type: stalling_sink, inputs: both}\n"),
                     VF_EXIT_OK);
    ck_assert_int_eq(atomic_load(&test_board->sinks[0].count), 3);
}
END_TEST

START_TEST(in_realtime_nobody_waits_and_what_arrives_is_in_order)
{
    struct vf_engine *engine =
        flow_run_start("realtime",
                       "  numbers: {type: counting_source, count: 100000, heavy: true}\n"
                       "  out: {type: stalling_sink, wait: 1ms, inputs: numbers}\n",
                       &patient);
    ck_assert_int_eq(flow_run_join(&engine), VF_EXIT_OK);
    const struct test_sink *sink = &test_board->sinks[0];
    int count = atomic_load(&sink->count);
    ck_assert_int_eq(atomic_load(&test_board->published), 100000);
    ck_assert_int_ge(count, 1);
    ck_assert_int_lt(count, 100000);
    for (int i = 1; i < count && i < BOARD_VALUES; i++)
        ck_assert_int_gt(sink->values[i], sink->values[i - 1]);
}
END_TEST

START_TEST(workers_are_allocated_once)
{
    struct vf_engine *engine = flow_run_start("batch",
                                              "  numbers: {type: counting_source, count: 5}\n"
                                              "  out: {type: stalling_sink, inputs: numbers}\n",
                                              &patient);
    ck_assert_int_eq(vf_engine_allocate(engine), -EALREADY);
    ck_assert_int_eq(flow_run_join(&engine), VF_EXIT_OK);
    flow_run_assert_all(&test_board->sinks[0], 5);
}
END_TEST

static const char endless[] = "  numbers: {type: counting_source}\n"
                              "  late: {type: delaying, inputs: numbers}\n"
                              "  out: {type: stalling_sink, inputs: late}\n";

START_TEST(asked_to_stop_a_flow_finishes_what_is_in_flight)
{
    struct vf_engine *engine = flow_run_start("batch", endless, &patient);
    flow_run_wait_for(&test_board->sinks[0].count, 10);
    ck_assert_int_eq(vf_engine_signal_termination(engine), VF_OK);
    ck_assert_int_eq(flow_run_join(&engine), VF_EXIT_OK);
    flow_run_assert_all(&test_board->sinks[0], atomic_load(&test_board->published));
    ck_assert_str_eq(flow_run_errors(), "");
}
END_TEST

static const char *const modes[] = {"batch", "realtime"};

/* That none is left out shows here alone: nobody waits for the end of the grace. */
START_TEST(a_stop_reaches_every_producer_in_either_mode)
{
    struct vf_engine *engine =
        flow_run_start(modes[_i],
                       "  a: {type: counting_source}\n"
                       "  b: {type: counting_source}\n"
                       "  first: {type: stalling_sink, inputs: a}\n"
                       "  second: {type: stalling_sink, sink: 1, inputs: b}\n",
                       &patient);
    flow_run_wait_for(&test_board->sinks[0].count, 5);
    flow_run_wait_for(&test_board->sinks[1].count, 5);
    ck_assert_int_eq(vf_engine_signal_termination(engine), VF_OK);
    ck_assert_int_eq(flow_run_join(&engine), VF_EXIT_OK);
    ck_assert_str_eq(flow_run_errors(), "");
}
END_TEST

static const char gated[] = "  numbers: {type: counting_source}\n"
                            "  late: {type: delaying, inputs: numbers}\n"
                            "  out: {type: stalling_sink, gated: true, inputs: late}\n";

START_TEST(asked_twice_every_task_stops_at_its_next_message)
{
    struct vf_engine *engine = flow_run_start("batch", gated, &patient);
    flow_run_wait_for(&test_board->sinks[0].count, 1);
    ck_assert_int_eq(vf_engine_signal_termination(engine), VF_OK);
    ck_assert_int_eq(vf_engine_signal_termination(engine), VF_OK);
    ck_assert_int_eq(flow_run_join(&engine), VF_EXIT_OK);
    flow_run_assert_all(&test_board->sinks[0], 1);
}
END_TEST

/* Asks all three tasks of the run whose sockets are in the scratch folder, as another program
 * does. */
static void request_stop(enum vf_stop_level level)
{
    static const unsigned tasks[] = {1, 2, 3};
    char *pattern = vf_text_format("%s/vflow/*", scratch_path());
    glob_t found;
    ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
    ck_assert_uint_eq(found.gl_pathc, 1);
    const struct vf_address address = {.directory = found.gl_pathv[0]};
    ck_assert_int_eq(vf_stop_request_send(&address, tasks, VF_COUNT(tasks), level), VF_OK);
    globfree(&found);
    free(pattern);
}

static struct vf_engine *start_over_ipc(const char *nodes)
{
    return flow_run_start("batch\ntransport: ipc", nodes, &patient);
}

START_TEST(asked_to_stop_through_its_sockets_a_flow_finishes_what_is_in_flight)
{
    struct vf_engine *engine = start_over_ipc(endless);
    flow_run_wait_for(&test_board->sinks[0].count, 10);
    request_stop(VF_STOP_DRAIN);
    ck_assert_int_eq(flow_run_join(&engine), VF_EXIT_OK);
    flow_run_assert_all(&test_board->sinks[0], atomic_load(&test_board->published));
    ck_assert_str_eq(flow_run_errors(), "");
}
END_TEST

START_TEST(asked_to_halt_through_its_sockets_every_task_stops_at_its_next_message)
{
    struct vf_engine *engine = start_over_ipc(gated);
    flow_run_wait_for(&test_board->sinks[0].count, 1);
    request_stop((enum vf_stop_level)_i);
    ck_assert_int_eq(flow_run_join(&engine), _i == VF_STOP_ABORT ? VF_EXIT_FAILED : VF_EXIT_OK);
    flow_run_assert_all(&test_board->sinks[0], 1);
    ck_assert_str_eq(flow_run_errors(), "");
}
END_TEST

static const char deaf[] =
    "  numbers: {type: counting_source}\n"
    "  out: {type: stalling_sink, gated: true, deaf: true, inputs: numbers}\n";

START_TEST(asked_three_times_every_task_is_killed)
{
    struct vf_engine *engine = flow_run_start("batch", deaf, &patient);
    flow_run_wait_for(&test_board->sinks[0].count, 1);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(vf_engine_signal_termination(engine), VF_OK);
    ck_assert_int_eq(flow_run_join(&engine), VF_EXIT_KILLED);
}
END_TEST

START_TEST(who_does_not_stop_in_time_is_named_and_killed)
{
    static const struct vf_engine_settings hasty = {.grace_ns = 300 * VF_NS_PER_MS};
    struct vf_engine *engine = flow_run_start("batch", deaf, &hasty);
    flow_run_wait_for(&test_board->sinks[0].count, 1);
    ck_assert_int_eq(vf_engine_signal_termination(engine), VF_OK);
    ck_assert_int_eq(flow_run_join(&engine), VF_EXIT_KILLED);
    flow_run_assert_said("out has not stopped within 0.3 s");
}
END_TEST

START_TEST(destroying_an_engine_kills_what_still_runs)
{
    struct vf_engine *engine = flow_run_start("batch", endless, &patient);
    flow_run_wait_for(&test_board->sinks[0].count, 1);
    vf_engine_destroy(&engine);
    ck_assert_ptr_null(engine);
}
END_TEST

Suite *engine_suite(void);
Suite *engine_suite(void)
{
    Suite *suite = suite_create("engine");
    TCase *tcase = tcase_create("engine");
    tcase_add_checked_fixture(tcase, flow_run_setup, flow_run_teardown);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, a_flow_runs_to_its_end);
    tcase_add_loop_test(tcase, a_stop_reaches_every_producer_in_either_mode, 0,
                        (int)VF_COUNT(modes));
    tcase_add_test(tcase, a_producer_of_nothing_is_a_flow_as_well);
    tcase_add_test(tcase, several_producers_run_side_by_side);
    tcase_add_test(tcase, what_lies_in_shared_memory_arrives_as_what_is_sent_along);
    tcase_add_loop_test(tcase, in_batch_a_slow_sink_lets_exactly_its_queue_run_ahead, 0,
                        (int)VF_COUNT(depths));
    tcase_add_test(tcase, several_answers_of_a_replica_stay_together);
    tcase_add_test(tcase, a_branch_that_lets_little_through_holds_nobody_up);
    tcase_add_test(tcase, a_join_meets_what_a_branch_let_through);
    tcase_add_test(tcase, in_realtime_nobody_waits_and_what_arrives_is_in_order);
    tcase_add_test(tcase, workers_are_allocated_once);
    tcase_add_test(tcase, asked_to_stop_a_flow_finishes_what_is_in_flight);
    tcase_add_test(tcase, asked_twice_every_task_stops_at_its_next_message);
    tcase_add_test(tcase, asked_to_stop_through_its_sockets_a_flow_finishes_what_is_in_flight);
    tcase_add_loop_test(tcase,
                        asked_to_halt_through_its_sockets_every_task_stops_at_its_next_message,
                        VF_STOP_HALT, VF_STOP_ABORT + 1);
    tcase_add_test(tcase, asked_three_times_every_task_is_killed);
    tcase_add_test(tcase, who_does_not_stop_in_time_is_named_and_killed);
    tcase_add_test(tcase, destroying_an_engine_kills_what_still_runs);
    suite_add_tcase(suite, tcase);
    return suite;
}
