/* SPDX-License-Identifier: MIT */
/* Nodes that several tasks work for: who can be one, which tasks and edges there are. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "tests/unit/support/flow_fixture.h"

#define EYE "  eye: {type: camera}\n"
#define FLOW(nodes) "vflow: 1\nnodes:\n" EYE nodes
#define REALTIME(nodes) "vflow: 1\nmode: realtime\nnodes:\n" EYE nodes
#define THREE                                              \
    "  p: {type: pass, inputs: eye, replicas: 3}\n"        \
    "  s: {type: sink, inputs: {from: p, drop: oldest}}\n" \
    "  t: {type: sink, inputs: eye}\n"

static const struct {
    const char *yaml, *messages;
} mistakes[] = {
    {"vflow: 1\nnodes:\n  a: {type: camera, replicas: 2}\n  s: {type: sink, inputs: a}\n",
     "f:3:31: a is a producer, which has no input to share; leave replicas out\n"},
    {FLOW("  a: {type: total, inputs: eye, replicas: 2}\n  s: {type: sink, inputs: a}\n"),
     "f:4:43: a has to see all messages, since total remembers earlier ones; leave replicas out\n"},
    {FLOW("  a: {type: window, inputs: eye, replicas: 2}\n  s: {type: sink, inputs: a}\n"),
     "f:4:44: a has to see all messages, since window keeps some of them; leave replicas out\n"},
    {FLOW("  a: {type: file, inputs: [eye, eye.audio], path: \"-\", replicas: 2}\n"),
     "f:4:66: a takes the messages of several inputs as they come, which replicas cannot share; "
     "give it one input, or leave replicas out\n"},
    {FLOW("  a: {type: file, inputs: eye, path: \"-\", replicas: 2}\n"), ""},
    {FLOW("  a: {type: pass, inputs: eye, replicas: 1}\n"
          "  s: {type: sink, inputs: a, replicas: 64}\n"),
     ""},
};

START_TEST(a_node_that_cannot_share_its_work_refuses_replicas)
{
    assert_flow_messages(mistakes[_i].yaml, NULL, mistakes[_i].messages);
}
END_TEST

START_TEST(more_tasks_than_there_are_sockets_are_refused)
{
    struct vf_text yaml = {0};
    vf_text_print(&yaml, "%s", FLOW(""));
    for (int i = 0; i < 64; i++)
        vf_text_print(&yaml, "  s%d: {type: sink, inputs: eye, replicas: 64}\n", i);
    assert_flow_messages(yaml.bytes, NULL,
                         "f:3:3: the flow becomes 4097 tasks; at most 4096 can run, so ask for "
                         "fewer replicas\n");
    vf_text_finish(&yaml);
}
END_TEST

START_TEST(a_node_with_replicas_becomes_numbered_tasks_in_a_row)
{
    struct vf_plan *plan = plan_good_flow(FLOW(THREE));
    static const char *const names[] = {"eye", "p.1", "p.2", "p.3", "s", "t"};
    ck_assert_uint_eq(plan->task_count, VF_COUNT(names));
    for (unsigned i = 0; i < VF_COUNT(names); i++) {
        ck_assert_str_eq(plan->tasks[i].name, names[i]);
        bool is_replica = i >= 1 && i <= 3;
        ck_assert_uint_eq(plan->tasks[i].replica, is_replica ? i : 0);
        ck_assert_uint_eq(plan->tasks[i].replica_count, is_replica ? 3 : 1);
        ck_assert_ptr_nonnull(plan->tasks[i].options);
    }
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(one_source_spreads_over_the_replicas_itself)
{
    struct vf_plan *plan =
        plan_good_flow(FLOW("  p: {type: pass, inputs: {from: eye, queue: 7}, replicas: 2}\n"
                            "  q: {type: pass, inputs: eye, replicas: 2}\n"
                            "  s: {type: sink, inputs: p}\n  t: {type: sink, inputs: q}\n"));
    const struct vf_plan_task *eye = find_task(plan, "eye");
    static const char *const readers[] = {"p.1", "p.2", "q.1", "q.2"};
    ck_assert_uint_eq(eye->out_count, 4);
    for (unsigned i = 0; i < 4; i++) {
        const struct vf_plan_edge *edge = eye->out_edges[i];
        ck_assert_ptr_eq(edge, find_edge(plan, "eye", readers[i]));
        ck_assert_uint_eq(edge->spread, i / 2 + 1);
        ck_assert_uint_eq(edge->lane, i % 2);
        ck_assert_uint_eq(edge->depth, i < 2 ? 7 : 4);
        ck_assert_uint_eq(edge->input, 0);
        ck_assert_int_eq(find_task(plan, readers[i])->join, VF_JOIN_NONE);
    }
    ck_assert_uint_eq(eye->out_edges[0]->group, eye->out_edges[1]->group);
    ck_assert_uint_ne(eye->out_edges[0]->group, eye->out_edges[2]->group);
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(a_reader_of_replicas_gets_them_all_by_one_input)
{
    struct vf_plan *plan = plan_good_flow(FLOW(THREE));
    const struct vf_plan_task *sink = find_task(plan, "s");
    ck_assert_uint_eq(sink->in_count, 3);
    ck_assert_uint_eq(sink->input_count, 1);
    ck_assert_int_eq(sink->join, VF_JOIN_NONE);
    for (unsigned i = 0; i < 3; i++) {
        const struct vf_plan_edge *edge = sink->in_edges[i];
        ck_assert_uint_eq(edge->sender, find_task(plan, "p.1")->id + i);
        ck_assert_uint_eq(edge->input, 0);
        ck_assert_uint_eq(edge->spread, 0);
        ck_assert(!edge->is_unordered);
        ck_assert(edge->carries_gaps);
        ck_assert_uint_eq(edge->origin_stream, find_task(plan, "eye")->id << 8);
    }
    ck_assert(!find_edge(plan, "eye", "p.1")->carries_gaps);
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(what_replicas_make_is_dropped_before_they_make_it)
{
    struct vf_plan *plan = plan_good_flow(REALTIME(THREE));
    ck_assert_int_eq(find_edge(plan, "eye", "p.2")->drop, VF_DROP_NEWEST);
    ck_assert_int_eq(find_edge(plan, "p.2", "s")->drop, VF_DROP_NEVER);
    ck_assert_int_eq(find_edge(plan, "eye", "t")->drop, VF_DROP_NEWEST);
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(several_inputs_are_gathered_before_they_are_spread)
{
    struct vf_plan *plan = plan_good_flow(
        REALTIME("  p: {type: pass, inputs: eye}\n"
                 "  j: {type: join, inputs: [p, {from: eye, drop: oldest}], replicas: 2}\n"
                 "  s: {type: sink, inputs: j}\n"));
    const struct vf_plan_task *gather = find_task(plan, "j.gather"), *lane = find_task(plan, "j.2");
    ck_assert_uint_eq(gather->id + 1, find_task(plan, "j.1")->id);
    ck_assert(gather->is_gather && !lane->is_gather);
    ck_assert_int_eq(gather->join, VF_JOIN_ORIGIN);
    ck_assert_int_eq(lane->join, VF_JOIN_ORDER);
    ck_assert_uint_eq(gather->input_count, 2);
    ck_assert_uint_eq(gather->node->outputs.count, 2);
    ck_assert_int_eq(find_edge(plan, "eye", "j.gather")->drop, VF_DROP_OLDEST);
    ck_assert_uint_eq(gather->out_count, 4);
    for (unsigned i = 0; i < 4; i++) {
        const struct vf_plan_edge *edge = gather->out_edges[i];
        ck_assert_uint_eq(edge->sender_port, i % 2);
        ck_assert_uint_eq(edge->input, i % 2);
        ck_assert_uint_eq(edge->spread, 1);
        ck_assert_uint_eq(edge->lane, i / 2);
        ck_assert_int_eq(edge->drop, VF_DROP_NEVER);
        ck_assert_uint_eq(edge->origin_stream, find_task(plan, "eye")->id << 8);
    }
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(what_replicas_made_is_gathered_before_it_is_spread_again)
{
    struct vf_plan *plan = plan_good_flow(FLOW("  p: {type: pass, inputs: eye, replicas: 2}\n"
                                               "  q: {type: pass, inputs: p, replicas: 3}\n"
                                               "  s: {type: sink, inputs: q}\n"));
    const struct vf_plan_task *gather = find_task(plan, "q.gather");
    ck_assert_uint_eq(gather->in_count, 2);
    ck_assert_uint_eq(gather->input_count, 1);
    ck_assert_uint_eq(gather->out_count, 3);
    ck_assert_int_eq(gather->join, VF_JOIN_NONE);
    ck_assert_int_eq(find_task(plan, "q.3")->join, VF_JOIN_NONE);
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(an_input_that_is_not_connected_has_no_lane)
{
    struct vf_plan *plan = plan_good_flow(FLOW("  j: {type: join, inputs: [eye, eye.audio, eye], "
                                               "replicas: 2, join: order}\n"
                                               "  s: {type: sink, inputs: j}\n"));
    const struct vf_plan_task *gather = find_task(plan, "j.gather");
    ck_assert_uint_eq(gather->out_count, 6);
    ck_assert_uint_eq(gather->input_count, 3);
    ck_assert_uint_eq(find_task(plan, "j.1")->input_count, 3);
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(order_is_left_alone_when_asked_to)
{
    struct vf_plan *plan =
        plan_good_flow(FLOW("  p: {type: pass, inputs: eye, replicas: 2, ordered: false}\n"
                            "  s: {type: sink, inputs: p}\n"));
    ck_assert(find_edge(plan, "p.1", "s")->is_unordered);
    ck_assert(find_edge(plan, "p.2", "s")->is_unordered);
    ck_assert(!find_edge(plan, "eye", "p.2")->is_unordered);
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(replicas_hold_together_what_the_other_branch_has_to_hold)
{
    struct vf_plan *plan = plan_good_flow(FLOW("  p: {type: pass, inputs: eye, replicas: 3}\n"
                                               "  j: {type: join, inputs: [p, eye]}\n"
                                               "  s: {type: sink, inputs: j}\n"));
    const struct vf_plan_edge *direct = find_edge(plan, "eye", "j");
    const struct vf_plan_edge *lane = find_edge(plan, "eye", "p.1");
    /* Three times: a queue of 4, one in work, a queue of 4. */
    ck_assert_uint_eq(direct->depth, 27);
    ck_assert(direct->is_deepened);
    ck_assert_uint_eq(direct->longer, lane->id);
    ck_assert_uint_eq(direct->longer_holds, 27);
    ck_assert_uint_eq(lane->depth, 4);
    ck_assert_uint_eq(direct->group, lane->group);
    ck_assert_uint_eq(direct->group, find_edge(plan, "eye", "p.3")->group);
    ck_assert(find_edge(plan, "eye", "p.2")->carries_gaps);
    ck_assert_int_eq(find_task(plan, "j")->join, VF_JOIN_ORIGIN);
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(lanes_share_what_they_are_deepened_by)
{
    struct vf_plan *plan = plan_good_flow(FLOW("  p: {type: pass, inputs: eye, replicas: 2}\n"
                                               "  w: {type: window, inputs: eye}\n"
                                               "  v: {type: window, inputs: w}\n"
                                               "  j: {type: join, inputs: [p, v]}\n"
                                               "  s: {type: sink, inputs: j}\n"));
    /* 4, 11, 4, 11, 4 in front of p's twice one in work and 4 behind: 24 for two lanes. */
    ck_assert_uint_eq(find_edge(plan, "eye", "p.1")->depth, 12);
    ck_assert_uint_eq(find_edge(plan, "eye", "p.2")->depth, 12);
    ck_assert_uint_eq(find_edge(plan, "eye", "p.2")->asked_depth, 4);
    vf_plan_destroy(&plan);
}
END_TEST

Suite *flow_replicas_suite(void);
Suite *flow_replicas_suite(void)
{
    Suite *suite = suite_create("flow_replicas");
    TCase *tcase = tcase_create("flow_replicas");
    tcase_add_loop_test(tcase, a_node_that_cannot_share_its_work_refuses_replicas, 0,
                        (int)VF_COUNT(mistakes));
    tcase_add_test(tcase, more_tasks_than_there_are_sockets_are_refused);
    tcase_add_test(tcase, a_node_with_replicas_becomes_numbered_tasks_in_a_row);
    tcase_add_test(tcase, one_source_spreads_over_the_replicas_itself);
    tcase_add_test(tcase, a_reader_of_replicas_gets_them_all_by_one_input);
    tcase_add_test(tcase, what_replicas_make_is_dropped_before_they_make_it);
    tcase_add_test(tcase, several_inputs_are_gathered_before_they_are_spread);
    tcase_add_test(tcase, what_replicas_made_is_gathered_before_it_is_spread_again);
    tcase_add_test(tcase, an_input_that_is_not_connected_has_no_lane);
    tcase_add_test(tcase, order_is_left_alone_when_asked_to);
    tcase_add_test(tcase, replicas_hold_together_what_the_other_branch_has_to_hold);
    tcase_add_test(tcase, lanes_share_what_they_are_deepened_by);
    suite_add_tcase(suite, tcase);
    return suite;
}
