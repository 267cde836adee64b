/* SPDX-License-Identifier: MIT */
/* What a flow file says of failures, and what becomes of it. */
#include <check.h>
#include <stdlib.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/flow/plan/recovery.h"
#include "tests/unit/support/flow_fixture.h"

#define EYE "  eye: {type: camera}\n"
#define FLOW(nodes) "vflow: 1\nnodes:\n" EYE nodes
#define SINK "  s: {type: sink, inputs: b}\n"
#define ONE(keys) FLOW("  b: {type: pass, inputs: eye, " keys "}\n" SINK)
#define TOTAL(keys) FLOW("  b: {type: total, inputs: eye, " keys "}\n" SINK)
#define FILE_AT(place) "  s: {type: file, inputs: eye, path: \"" place "\", restart: on-failure}\n"
#define GROUP(first, second)                                   \
    FLOW("  a: {type: pass, inputs: eye, group: g" first "}\n" \
         "  b: {type: pass, inputs: a, group: g" second "}\n" SINK)
#define TOP(line) "vflow: 1\n" line "\nnodes:\n" EYE "  s: {type: sink, inputs: eye}\n"

static const struct {
    const char *yaml, *messages;
} mistakes[] = {
    {ONE("restart: maybe"),
     "f:4:41: unknown restart \"maybe\" of b; it is one of no, on-failure, always\n"},
    {ONE("restart: on_failure"),
     "f:4:41: unknown restart \"on_failure\" of b; did you mean \"on-failure\"?\n"},
    {ONE("max_restarts: -1"), "f:4:46: max_restarts of b is -1, out of its range; it is an "
                              "integer, 0 to 1000000\n"},
    {ONE("backoff: soon"),
     "f:4:41: backoff of b cannot be \"soon\"; it is a duration, such as 2.5, 40ms, 1m30s or "
     "00:01:30 (0 to 1 hour)\n"},
    {ONE("stall_after: -1s"), "f:4:45: stall_after of b is -1s, out of its range; it is a "
                              "duration, 0 to 24 hours\n"},
    {ONE("on_error: stop"), "f:4:42: unknown on_error \"stop\" of b; did you mean \"skip\"?\n"},
    {ONE("restart: always"), "f:4:41: warning: b ends when its inputs do, and only a producer goes "
                             "on after its end; say restart: on-failure\n"},
    {ONE("restart: no, on_error: skip"),
     "f:4:55: b cannot skip a message, since it is not restarted; add restart: on-failure, or say "
     "on_error: fail or stop_branch\n"},
    {ONE("restart: no, max_restarts: 2, backoff: 1s"),
     "f:4:59: warning: max_restarts is about restarts, and b has none; leave it out\n"
     "f:4:71: warning: backoff is about restarts, and b has none; leave it out\n"},
    {TOTAL("restart: on-failure"),
     "f:4:42: warning: if b is restarted it starts from nothing, since "
     "total remembers earlier messages; "
     "with restart: no the flow fails instead\n"},
    {TOTAL("on_error: skip"),
     "f:4:43: b cannot skip a message, since it is not restarted; add restart: on-failure, or say "
     "on_error: fail or stop_branch\n"},
    {"vflow: 1\nnodes:\n  eye: {type: camera, restart: always}\n  s: {type: sink, inputs: eye}\n",
     "f:3:32: warning: if eye is restarted it begins again, since camera cannot go on where it "
     "was; "
     "with restart: no the flow fails instead\n"},
    {FLOW(FILE_AT("out.mkv")),
     "f:4:58: warning: if s is restarted it overwrites its file from the start, since file cannot "
     "continue one; with restart: no the flow fails instead\n"},
    {FLOW(FILE_AT("rtmp://server/live")), ""},
    {FLOW(FILE_AT("out-{seq}.mkv")), ""},
    {"vflow: 1\nmode: realtime\nnodes:\n" EYE FILE_AT("out.m3u8"), ""},
    {FLOW(FILE_AT("out.m3u8")),
     "f:4:59: warning: if s is restarted it overwrites its file from the start, since file cannot "
     "continue one; with restart: no the flow fails instead\n"},
    {FLOW(FILE_AT("-")), ""},
    {FLOW("  s: {type: sink, inputs: eye, restart: on-failure}\n"), ""},
    {"vflow: 1\nnodes:\n  n: {type: counter, on_error: skip}\n  s: {type: sink, inputs: n}\n",
     "f:3:32: n is a producer, which has no message to skip; say on_error: fail or stop_branch\n"},
    {GROUP("", ", restart: no"),
     "f:5:37: a and b disagree on restart; say the same in all members of g\n"},
    {GROUP(", on_error: skip", ""),
     "f:5:37: a and b disagree on on_error; say the same in all members of g\n"},
    {GROUP(", max_restarts: 1", ", max_restarts: 2"),
     "f:5:37: a and b disagree on max_restarts; say the same in all members of g\n"},
    {GROUP(", backoff: 1s", ", backoff: 2s"),
     "f:5:37: a and b disagree on backoff; say the same in all members of g\n"},
    {GROUP(", stall_after: 0", ", stall_after: 1"),
     "f:5:37: a and b disagree on stall_after; say the same in all members of g\n"},
    {"vflow: 1\ntransport: tcp\ndefaults: {restart: on-failure}\nnodes:\n" EYE
     "  b: {type: pass, inputs: eye, restart: on-failure, on_error: skip}\n" SINK,
     ""},
    {TOP("defaults: {restrat: no, bakoff: 1s, qeue: 2}"),
     "f:2:12: unknown key \"restrat\" of the defaults; did you mean \"restart\"?\n"
     "f:2:25: unknown key \"bakoff\" of the defaults; did you mean \"backoff\"?\n"
     "f:2:37: unknown key \"qeue\" of the defaults; did you mean \"queue\"?\n"},
    {TOP("defaults: {restart: on}"),
     "f:2:21: unknown restart \"on\" of the defaults; it is one of no, on-failure, always\n"},
    {TOP("defaults: no"), "f:2:11: \"defaults\" is a single value; it is a mapping of queue, drop, "
                          "restart and so on\n"},
};

START_TEST(a_mistake_about_failures_is_told_with_its_place)
{
    assert_flow_messages(mistakes[_i].yaml, NULL, mistakes[_i].messages);
}
END_TEST

/* Fails the test unless the task of that name has just this policy. */
static void assert_recovery(const struct vf_plan *plan, const char *name,
                            struct vf_recovery expected)
{
    const struct vf_recovery *recovery = &find_task(plan, name)->recovery;
    ck_assert_int_eq(recovery->restart, expected.restart);
    ck_assert_uint_eq(recovery->max_restarts, expected.max_restarts);
    ck_assert_int_eq(recovery->backoff_ns, expected.backoff_ns);
    ck_assert_int_eq(recovery->on_error, expected.on_error);
    ck_assert_int_eq(recovery->stall_after_ns, expected.stall_after_ns);
}

static const struct vf_recovery never = {VF_RESTART_NO, 3, 100 * VF_NS_PER_MS, VF_ON_ERROR_FAIL,
                                         30 * VF_NS_PER_S};
static const struct vf_recovery restarted = {VF_RESTART_ON_FAILURE, 3, 100 * VF_NS_PER_MS,
                                             VF_ON_ERROR_FAIL, 30 * VF_NS_PER_S};

/* The same, of a producer: its world may be silent for as long as it likes. */
static struct vf_recovery of_producer(struct vf_recovery recovery)
{
    recovery.stall_after_ns = 0;
    return recovery;
}

START_TEST(what_goes_on_without_a_loss_is_restarted)
{
    struct vf_plan *plan =
        plan_good_flow(FLOW("  n: {type: counter}\n  p: {type: pass, inputs: eye}\n"
                            "  t: {type: total, inputs: p}\n  w: {type: window, inputs: t}\n"
                            "  s: {type: sink, inputs: w}\n  u: {type: sink, inputs: n}\n"));
    assert_recovery(plan, "eye", of_producer(never));
    assert_recovery(plan, "n", of_producer(restarted));
    assert_recovery(plan, "p", restarted);
    assert_recovery(plan, "t", never);
    assert_recovery(plan, "w", never);
    assert_recovery(plan, "s", never);
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(what_a_node_says_is_planned)
{
    struct vf_plan *plan = plan_good_flow(
        "vflow: 1\nnodes:\n  n: {type: counter, restart: always, stall_after: 5}\n"
        "  b: {type: pass, inputs: n, max_restarts: 0, backoff: 2s, on_error: skip,\n"
        "      stall_after: 1m}\n"
        "  c: {type: pass, inputs: b, restart: no, on_error: stop_branch}\n"
        "  s: {type: sink, inputs: c, restart: on-failure}\n");
    assert_recovery(plan, "n",
                    (struct vf_recovery){VF_RESTART_ALWAYS, 3, 100 * VF_NS_PER_MS, VF_ON_ERROR_FAIL,
                                         5 * VF_NS_PER_S});
    assert_recovery(plan, "b",
                    (struct vf_recovery){VF_RESTART_ON_FAILURE, 0, 2 * VF_NS_PER_S,
                                         VF_ON_ERROR_SKIP, 60 * VF_NS_PER_S});
    assert_recovery(plan, "c",
                    (struct vf_recovery){VF_RESTART_NO, 3, 100 * VF_NS_PER_MS,
                                         VF_ON_ERROR_STOP_BRANCH, 30 * VF_NS_PER_S});
    assert_recovery(plan, "s", restarted);
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(the_defaults_hold_where_a_node_says_nothing_and_lose_nothing)
{
    struct vf_plan *plan = plan_good_flow(
        "vflow: 1\ndefaults: {restart: always, max_restarts: 7, backoff: 0, on_error: skip,\n"
        "  stall_after: 2}\nnodes:\n  n: {type: counter}\n"
        "  p: {type: pass, inputs: n}\n  t: {type: total, inputs: p}\n"
        "  q: {type: pass, inputs: t, max_restarts: 1, restart: no}\n"
        "  s: {type: sink, inputs: q}\n");
    int64_t stall = 2 * VF_NS_PER_S;
    assert_recovery(plan, "n",
                    (struct vf_recovery){VF_RESTART_ALWAYS, 7, 0, VF_ON_ERROR_FAIL, stall});
    assert_recovery(plan, "p",
                    (struct vf_recovery){VF_RESTART_ON_FAILURE, 7, 0, VF_ON_ERROR_SKIP, stall});
    assert_recovery(plan, "t", (struct vf_recovery){VF_RESTART_NO, 7, 0, VF_ON_ERROR_FAIL, stall});
    assert_recovery(plan, "q", (struct vf_recovery){VF_RESTART_NO, 1, 0, VF_ON_ERROR_FAIL, stall});
    vf_plan_destroy(&plan);
    plan = plan_good_flow("vflow: 1\ndefaults: {restart: no}\nnodes:\n  n: {type: counter}\n"
                          "  p: {type: pass, inputs: n}\n"
                          "  q: {type: pass, inputs: p, restart: on-failure}\n"
                          "  s: {type: sink, inputs: q}\n");
    assert_recovery(plan, "n", of_producer(never));
    assert_recovery(plan, "p", never);
    assert_recovery(plan, "q", restarted);
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(replicas_and_what_gathers_for_them_recover_as_their_node)
{
    struct vf_plan *plan =
        plan_good_flow(FLOW("  j: {type: join, inputs: [eye, eye], replicas: 2, on_error: skip}\n"
                            "  s: {type: sink, inputs: j}\n"));
    struct vf_recovery skipping = restarted;
    skipping.on_error = VF_ON_ERROR_SKIP;
    assert_recovery(plan, "j.gather", skipping);
    assert_recovery(plan, "j.1", skipping);
    assert_recovery(plan, "j.2", skipping);
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(a_group_is_restarted_if_all_its_members_can_be)
{
    struct vf_plan *plan = plan_good_flow(GROUP(", max_restarts: 2", ", max_restarts: 2"));
    struct vf_recovery twice = restarted;
    twice.max_restarts = 2;
    assert_recovery(plan, "g", twice);
    vf_plan_destroy(&plan);
    plan = plan_good_flow(FLOW("  a: {type: pass, inputs: eye, group: g}\n"
                               "  b: {type: total, inputs: a, group: g}\n" SINK));
    assert_recovery(plan, "g", never);
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(over_tcp_tasks_are_restarted_as_otherwise)
{
    struct vf_plan *plan = plan_good_flow("vflow: 1\ntransport: tcp\n"
                                          "nodes:\n" EYE "  b: {type: pass, inputs: eye}\n" SINK);
    assert_recovery(plan, "b", restarted);
    vf_plan_destroy(&plan);
}
END_TEST

static const struct {
    int64_t first_ns;
    unsigned number;
    int64_t wait_ns;
} waits[] = {
    {100, 1, 100},
    {100, 2, 200},
    {100, 4, 800},
    {100 * VF_NS_PER_MS, 7, 6400 * VF_NS_PER_MS},
    {100 * VF_NS_PER_MS, 8, 10 * VF_NS_PER_S},
    {1, 1000000, 10 * VF_NS_PER_S},
    {0, 5, 0},
    {30 * VF_NS_PER_S, 3, 30 * VF_NS_PER_S},
};

START_TEST(the_wait_doubles_up_to_ten_seconds)
{
    struct vf_recovery recovery = {.backoff_ns = waits[_i].first_ns};
    ck_assert_int_eq(vf_recovery_backoff_ns(&recovery, waits[_i].number), waits[_i].wait_ns);
}
END_TEST

START_TEST(only_what_is_unusual_is_described)
{
    struct vf_text text = {0};
    const struct vf_recovery unusual = {VF_RESTART_ALWAYS, 5, 1500 * VF_NS_PER_MS,
                                        VF_ON_ERROR_STOP_BRANCH, 0};
    ck_assert(!vf_recovery_describe(&text, &never, &never));
    ck_assert_uint_eq(text.length, 0);
    ck_assert(vf_recovery_describe(&text, &never, &restarted));
    ck_assert_str_eq(text.bytes, "restart no");
    vf_text_finish(&text);
    ck_assert(vf_recovery_describe(&text, &restarted, &unusual));
    ck_assert_str_eq(text.bytes, "restart on-failure, max_restarts 3, backoff 100ms, on_error "
                                 "fail, stall_after 30s");
    vf_text_finish(&text);
    ck_assert(vf_recovery_describe(&text, &unusual, &restarted));
    ck_assert_str_eq(text.bytes, "restart always, max_restarts 5, backoff 1.5s, on_error "
                                 "stop_branch, stall_after 0s");
    vf_text_finish(&text);
}
END_TEST

Suite *flow_recovery_suite(void);
Suite *flow_recovery_suite(void)
{
    Suite *suite = suite_create("flow_recovery");
    TCase *tcase = tcase_create("flow_recovery");
    tcase_add_loop_test(tcase, a_mistake_about_failures_is_told_with_its_place, 0,
                        (int)VF_COUNT(mistakes));
    tcase_add_test(tcase, what_goes_on_without_a_loss_is_restarted);
    tcase_add_test(tcase, what_a_node_says_is_planned);
    tcase_add_test(tcase, the_defaults_hold_where_a_node_says_nothing_and_lose_nothing);
    tcase_add_test(tcase, replicas_and_what_gathers_for_them_recover_as_their_node);
    tcase_add_test(tcase, a_group_is_restarted_if_all_its_members_can_be);
    tcase_add_test(tcase, over_tcp_tasks_are_restarted_as_otherwise);
    tcase_add_loop_test(tcase, the_wait_doubles_up_to_ten_seconds, 0, (int)VF_COUNT(waits));
    tcase_add_test(tcase, only_what_is_unusual_is_described);
    suite_add_tcase(suite, tcase);
    return suite;
}
