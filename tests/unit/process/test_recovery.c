/* SPDX-License-Identifier: MIT */
#include <check.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/process/recovery.h"

#define BACKOFF_NS (100 * VF_NS_PER_MS)
#define LONG_NS (VF_RESTARTS_FORGIVEN_AFTER_NS + 1)

static const struct vf_recovery twice = {.restart = VF_RESTART_ON_FAILURE,
                                         .max_restarts = 2,
                                         .backoff_ns = BACKOFF_NS,
                                         .on_error = VF_ON_ERROR_FAIL};
static const struct vf_recovery never = {.restart = VF_RESTART_NO,
                                         .max_restarts = 2,
                                         .backoff_ns = BACKOFF_NS,
                                         .on_error = VF_ON_ERROR_FAIL};
static const struct vf_recovery skips = {.restart = VF_RESTART_ON_FAILURE,
                                         .max_restarts = 2,
                                         .backoff_ns = BACKOFF_NS,
                                         .on_error = VF_ON_ERROR_SKIP};

struct death_case {
    const char *name;
    const struct vf_recovery *rules;
    struct vf_recovery_history before;
    struct vf_recovery_death death;
    struct vf_recovery_decision decision;
    struct vf_recovery_history after;
};

/* Those that die at work do so in round 5, after 4 that were complete. */
static const struct death_case deaths[] = {
    {"the first death",
     &twice,
     {0},
     {.state = VF_TASK_BUSY, .rounds = 4},
     {VF_RECOVERY_RESTART, BACKOFF_NS},
     {.restarts = 1, .failed_round = 5}},
    {"in another round, after twice the wait",
     &twice,
     {.restarts = 1, .failed_round = 3},
     {.state = VF_TASK_BUSY, .rounds = 4},
     {VF_RECOVERY_RESTART, 2 * BACKOFF_NS},
     {.restarts = 2, .failed_round = 5}},
    {"once more often than it may",
     &twice,
     {.restarts = 2, .failed_round = 3},
     {.state = VF_TASK_BUSY, .rounds = 4},
     {VF_RECOVERY_GIVE_UP, 0},
     {.restarts = 2, .failed_round = 5}},
    {"after a long life",
     &twice,
     {.restarts = 2, .failed_round = 3},
     {.state = VF_TASK_BUSY, .rounds = 4, .lived_ns = LONG_NS},
     {VF_RECOVERY_RESTART, BACKOFF_NS},
     {.restarts = 1, .failed_round = 5}},
    {"twice in one round",
     &twice,
     {.restarts = 1, .failed_round = 5},
     {.state = VF_TASK_BUSY, .rounds = 4},
     {VF_RECOVERY_GIVE_UP, 0},
     {.restarts = 1, .failed_round = 5}},
    {"twice in the end",
     &twice,
     {.restarts = 1, .failed_round = 5},
     {.state = VF_TASK_FINISHING, .rounds = 4},
     {VF_RECOVERY_GIVE_UP, 0},
     {.restarts = 1, .failed_round = 5}},
    {"asleep, of something else than its round",
     &twice,
     {.restarts = 1, .failed_round = 5},
     {.state = VF_TASK_WAITING, .rounds = 4},
     {VF_RECOVERY_RESTART, 2 * BACKOFF_NS},
     {.restarts = 2, .failed_round = 5}},
    {"before it was ready",
     &twice,
     {.restarts = 1},
     {.state = VF_TASK_STARTING},
     {VF_RECOVERY_RESTART, 2 * BACKOFF_NS},
     {.restarts = 2}},
    {"where nothing is restarted",
     &never,
     {0},
     {.state = VF_TASK_BUSY, .rounds = 4},
     {VF_RECOVERY_GIVE_UP, 0},
     {.failed_round = 5}},
    {"in a run that is halting",
     &twice,
     {0},
     {.state = VF_TASK_BUSY, .rounds = 4, .is_halting = true},
     {VF_RECOVERY_GIVE_UP, 0},
     {.failed_round = 5}},
    {"the first death of one that skips",
     &skips,
     {0},
     {.state = VF_TASK_BUSY, .rounds = 4},
     {VF_RECOVERY_RESTART, BACKOFF_NS},
     {.restarts = 1, .failed_round = 5}},
    {"the second, which takes the restart back",
     &skips,
     {.restarts = 2, .failed_round = 5},
     {.state = VF_TASK_BUSY, .rounds = 4},
     {VF_RECOVERY_SKIP, 0},
     {.restarts = 1, .failed_round = 5, .skipped_round = 5}},
    {"the second, after a long life",
     &skips,
     {.restarts = 2, .failed_round = 5},
     {.state = VF_TASK_BUSY, .rounds = 4, .lived_ns = LONG_NS},
     {VF_RECOVERY_SKIP, 0},
     {.failed_round = 5, .skipped_round = 5}},
    {"the third, of putting the input aside",
     &skips,
     {.restarts = 1, .failed_round = 5, .skipped_round = 5},
     {.state = VF_TASK_BUSY, .rounds = 4},
     {VF_RECOVERY_GIVE_UP, 0},
     {.restarts = 1, .failed_round = 5, .skipped_round = 5}},
    {"of an input in a run that is halting",
     &skips,
     {.restarts = 1, .failed_round = 5},
     {.state = VF_TASK_BUSY, .rounds = 4, .is_halting = true},
     {VF_RECOVERY_GIVE_UP, 0},
     {.restarts = 1, .failed_round = 5}},
};

START_TEST(a_death_is_answered_by_the_rules_and_what_was_before)
{
    const struct death_case *asked = &deaths[_i];
    struct vf_recovery_history history = asked->before;
    struct vf_recovery_decision decision =
        vf_recovery_decide(asked->rules, &history, &asked->death);
    ck_assert_msg(decision.step == asked->decision.step, "%s: step %d", asked->name, decision.step);
    ck_assert_msg(decision.wait_ns == asked->decision.wait_ns, "%s: in %lld ns", asked->name,
                  (long long)decision.wait_ns);
    ck_assert_msg(history.restarts == asked->after.restarts, "%s: %u restarts", asked->name,
                  history.restarts);
    ck_assert_msg(history.failed_round == asked->after.failed_round, "%s: failed", asked->name);
    ck_assert_msg(history.skipped_round == asked->after.skipped_round, "%s: skipped", asked->name);
}
END_TEST

struct silence_case {
    const char *name;
    int64_t stall_after_ns;
    struct vf_recovery_sight sight;
    bool is_hung;
};

#define STALL_NS (10 * VF_NS_PER_S)

static const struct silence_case silences[] = {
    {"in its node, too short", STALL_NS, {.state = VF_TASK_BUSY, .silent_ns = STALL_NS - 1}, false},
    {"in its node", STALL_NS, {.state = VF_TASK_BUSY, .silent_ns = STALL_NS}, true},
    {"in a node that may take forever", 0, {.state = VF_TASK_BUSY, .silent_ns = INT64_MAX}, false},
    {"a producer, whose world may be silent",
     STALL_NS,
     {.state = VF_TASK_BUSY, .is_producer = true, .silent_ns = STALL_NS},
     false},
    {"a producer that was stopped",
     STALL_NS,
     {.state = VF_TASK_BUSY, .is_producer = true, .is_stopped = true, .silent_ns = STALL_NS},
     true},
    {"waiting, which may sleep",
     STALL_NS,
     {.state = VF_TASK_WAITING, .silent_ns = INT64_MAX},
     false},
    {"waiting, and stopped",
     STALL_NS,
     {.state = VF_TASK_WAITING, .is_stopped = true, .silent_ns = STALL_NS},
     true},
    {"blocked, which may sleep",
     STALL_NS,
     {.state = VF_TASK_BLOCKED, .silent_ns = INT64_MAX},
     false},
    {"blocked, and stopped",
     STALL_NS,
     {.state = VF_TASK_BLOCKED, .is_stopped = true, .silent_ns = STALL_NS},
     true},
    {"opening, which takes its time",
     STALL_NS,
     {.state = VF_TASK_OPENING, .silent_ns = STALL_NS},
     false},
    {"opening what one before has opened",
     STALL_NS,
     {.state = VF_TASK_OPENING, .is_successor = true, .silent_ns = STALL_NS},
     true},
    {"finishing what one before has finished",
     STALL_NS,
     {.state = VF_TASK_FINISHING, .is_successor = true, .silent_ns = STALL_NS},
     true},
    {"a successor that starts, in time",
     VF_NS_PER_MS,
     {.state = VF_TASK_STARTING, .is_successor = true, .silent_ns = VF_START_LEAST_NS - 1},
     false},
    {"a successor that starts",
     VF_NS_PER_MS,
     {.state = VF_TASK_STARTING, .is_successor = true, .silent_ns = VF_START_LEAST_NS},
     true},
    {"a successor that starts, of a node that may take forever",
     0,
     {.state = VF_TASK_STARTING, .is_successor = true, .silent_ns = VF_START_PATIENCE_NS},
     true},
    {"a clean-up",
     STALL_NS,
     {.state = VF_TASK_OPENING, .is_cleanup = true, .silent_ns = STALL_NS},
     true},
    {"not ready, in a run that starts",
     STALL_NS,
     {.state = VF_TASK_STARTING, .is_run_starting = true, .silent_ns = STALL_NS},
     true},
    {"ready, in a run that starts",
     STALL_NS,
     {.state = VF_TASK_STARTING, .is_run_starting = true, .is_ready = true, .silent_ns = STALL_NS},
     false},
};

START_TEST(a_silent_worker_hangs_if_it_should_have_shown_itself)
{
    const struct silence_case *asked = &silences[_i];
    const struct vf_recovery rules = {.stall_after_ns = asked->stall_after_ns};
    ck_assert_msg(vf_recovery_is_hung(&rules, &asked->sight) == asked->is_hung, "%s", asked->name);
}
END_TEST

/* 1 and 2 feed 3; 4 feeds 5. */
static struct vf_plan_edge edges[] = {
    {.sender = 1, .receiver = 3}, {.sender = 2, .receiver = 3}, {.sender = 4, .receiver = 5}};

static void assert_part(enum vf_on_error on_error, size_t task, const bool *expected)
{
    struct vf_plan_task tasks[5] = {0};
    const struct vf_plan plan = {.tasks = tasks,
                                 .task_count = VF_COUNT(tasks),
                                 .edges = edges,
                                 .edge_count = VF_COUNT(edges)};
    bool is_part[5] = {false};
    tasks[task].recovery.on_error = on_error;
    vf_recovery_mark_part(&plan, task, is_part);
    for (size_t i = 0; i < VF_COUNT(is_part); i++)
        ck_assert_msg(is_part[i] == expected[i], "task %zu", i + 1);
}

START_TEST(what_hangs_together_with_a_task_ends_with_it)
{
    assert_part(VF_ON_ERROR_FAIL, 0, (const bool[]){true, true, true, false, false});
    assert_part(VF_ON_ERROR_FAIL, 4, (const bool[]){false, false, false, true, true});
}
END_TEST

START_TEST(a_branch_ends_alone_where_the_flow_says_so)
{
    assert_part(VF_ON_ERROR_STOP_BRANCH, 2, (const bool[5]){false});
}
END_TEST

Suite *recovery_suite(void);
Suite *recovery_suite(void)
{
    Suite *suite = suite_create("recovery");
    TCase *tcase = tcase_create("recovery");
    tcase_add_loop_test(tcase, a_death_is_answered_by_the_rules_and_what_was_before, 0,
                        (int)VF_COUNT(deaths));
    tcase_add_loop_test(tcase, a_silent_worker_hangs_if_it_should_have_shown_itself, 0,
                        (int)VF_COUNT(silences));
    tcase_add_test(tcase, what_hangs_together_with_a_task_ends_with_it);
    tcase_add_test(tcase, a_branch_ends_alone_where_the_flow_says_so);
    suite_add_tcase(suite, tcase);
    return suite;
}
