/* SPDX-License-Identifier: MIT */
/* What is decided before the start: order, edges, joins, groups, depths and memory. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/nodes/plain_nodes.h"
#include "tests/unit/support/flow_fixture.h"

#define FLOW(nodes) "vflow: 1\nnodes:\n" nodes
#define REALTIME(nodes) "vflow: 1\nmode: realtime\nnodes:\n" nodes
#define EYE "  eye: {type: camera}\n"

/* Two branches, of which the second keeps ten messages, meet in a join. */
#define DIAMOND                               \
    EYE "  a: {type: pass, inputs: eye}\n"    \
        "  b: {type: window, inputs: eye}\n"  \
        "  j: {type: join, inputs: [a, b]}\n" \
        "  s: {type: sink, inputs: j}\n"

START_TEST(tasks_are_numbered_parents_first_and_otherwise_as_in_the_file)
{
    struct vf_plan *plan = plan_good_flow(FLOW("  s: {type: both, inputs: [b, a]}\n"
                                               "  b: {type: pass, inputs: two}\n"
                                               "  a: {type: pass, inputs: one}\n"
                                               "  one: {type: counter}\n"
                                               "  two: {type: counter}\n"));
    static const char *const names[] = {"one", "a", "two", "b", "s"};
    ck_assert_uint_eq(plan->task_count, 5);
    for (unsigned i = 0; i < 5; i++) {
        ck_assert_uint_eq(plan->tasks[i].id, i + 1);
        ck_assert_str_eq(plan->tasks[i].name, names[i]);
        ck_assert_uint_ge(plan->tasks[i].threads, 1);
    }
    ck_assert_str_eq(plan->file, "f");
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(an_edge_joins_a_port_to_an_element)
{
    struct vf_plan *plan =
        plan_good_flow(FLOW(EYE "  s: {type: both, inputs: {second: eye, first: eye.audio}}\n"));
    ck_assert_uint_eq(plan->edge_count, 2);
    const struct vf_plan_task *sink = find_task(plan, "s"), *eye = find_task(plan, "eye");
    ck_assert_uint_eq(sink->in_count, 2);
    ck_assert_uint_eq(eye->out_count, 2);
    for (unsigned i = 0; i < 2; i++) {
        ck_assert_ptr_eq(sink->in_edges[i], &plan->edges[i]);
        ck_assert_uint_eq(plan->edges[i].id, i);
        ck_assert_uint_eq(plan->edges[i].input, i);
        ck_assert_uint_eq(plan->edges[i].sender_port, 1 - i);
        ck_assert_uint_eq(plan->edges[i].origin_stream, eye->id << 8 | (1 - i));
    }
    ck_assert_int_eq(sink->join, VF_JOIN_ORDER);
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(an_optional_input_is_an_element_connected_or_not)
{
    struct vf_plan *plan = plan_good_flow(
        FLOW(EYE "  o: {type: file, inputs: {video: eye}, path: o.out}\n"
                 "  p: {type: file, inputs: {audio: eye.audio, video: eye}, path: p.out}\n"));
    const struct vf_plan_task *one = find_task(plan, "o"), *two = find_task(plan, "p");
    ck_assert_uint_eq(one->input_count, 2);
    ck_assert(one->is_connected[0] && !one->is_connected[1]);
    ck_assert_str_eq(one->input_names[0], "eye");
    ck_assert_ptr_null(one->input_names[1]);
    ck_assert_str_eq(two->input_names[1], "eye.audio");
    ck_assert(two->is_connected[0] && two->is_connected[1]);
    ck_assert_int_eq(two->join, VF_JOIN_NONE);
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(a_repeated_port_has_one_element_for_each_source_in_their_order)
{
    struct vf_plan *plan = plan_good_flow(FLOW("  n: {type: counter}\n"
                                               "  p: {type: pass, inputs: n}\n"
                                               "  q: {type: pass, inputs: p}\n"
                                               "  j: {type: join, inputs: [q, n, p]}\n"
                                               "  s: {type: sink, inputs: j}\n"));
    const struct vf_plan_task *join = find_task(plan, "j");
    ck_assert_uint_eq(join->input_count, 3);
    ck_assert_uint_eq(join->in_edges[0]->sender, find_task(plan, "q")->id);
    ck_assert_uint_eq(join->in_edges[1]->sender, find_task(plan, "n")->id);
    ck_assert_uint_eq(join->in_edges[2]->sender, find_task(plan, "p")->id);
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(further_sources_of_repeated_ports_come_after_all_ports)
{
    struct vf_plan *plan =
        plan_good_flow(FLOW("  n: {type: counter}\n"
                            "  p: {type: pass, inputs: n}\n"
                            "  q: {type: pass, inputs: p}\n"
                            "  s: {type: several, inputs: {first: [q, n], second: [p, n]}}\n"
                            "  t: {type: several, inputs: {second: [p, q]}}\n"));
    const struct vf_plan_task *full = find_task(plan, "s"), *half = find_task(plan, "t");
    static const char *const names[] = {"q", "p", "n", "n"};
    static const unsigned ports[] = {0, 1, 0, 1};
    ck_assert_uint_eq(full->input_count, VF_COUNT(ports));
    for (unsigned i = 0; i < VF_COUNT(ports); i++) {
        ck_assert_str_eq(full->input_names[i], names[i]);
        ck_assert_uint_eq(full->input_ports[i], ports[i]);
    }
    ck_assert_uint_eq(half->input_count, 3);
    ck_assert(!half->is_connected[0] && half->is_connected[1] && half->is_connected[2]);
    ck_assert_str_eq(half->input_names[2], "q");
    ck_assert_uint_eq(half->input_ports[2], 1);
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(what_gathers_for_replicas_has_the_ports_of_their_node)
{
    struct vf_plan *plan = plan_good_flow(FLOW("  n: {type: counter}\n"
                                               "  p: {type: pass, inputs: n}\n"
                                               "  j: {type: join, inputs: [n, p, n], replicas: 2}\n"
                                               "  s: {type: sink, inputs: j}\n"));
    static const char *const names[] = {"j.gather", "j.1", "j.2"};
    for (size_t i = 0; i < VF_COUNT(names); i++) {
        const struct vf_plan_task *task = find_task(plan, names[i]);
        ck_assert_uint_eq(task->input_count, 3);
        for (unsigned input = 0; input < task->input_count; input++)
            ck_assert_uint_eq(task->input_ports[input], 0);
    }
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(options_are_filled_in_and_typed)
{
    struct vf_plan *plan = plan_good_flow(FLOW(EYE "  z: {type: scale, inputs: eye, width: 640}\n"
                                                   "  s: {type: sink, inputs: z}\n"));
    const int *width = find_task(plan, "z")->options; /* the first field */
    ck_assert_int_eq(*width, 640);
    ck_assert_ptr_nonnull(find_task(plan, "s")->options);
    vf_plan_destroy(&plan);
}
END_TEST

#define LISTENERS                                                      \
    EYE "  s: {type: sink, inputs: eye.audio}\n"                       \
        "  t: {type: sink, inputs: {from: eye.audio, queue: 9}}\n"     \
        "  u: {type: sink, inputs: {from: eye.audio, queue: 500ms}}\n" \
        "  v: {type: sink, inputs: {from: eye, queue: 1m30s}}\n"       \
        "  w: {type: sink, inputs: eye}\n"

START_TEST(packets_have_room_for_two_seconds_in_realtime)
{
    static const char *const names[] = {"s", "t", "u", "v", "w"};
    static const unsigned depths[] = {200, 9, 50, 2250, 4}, in_batch[] = {4, 9, 50, 2250, 4};
    struct vf_plan *plan = plan_good_flow(REALTIME(LISTENERS)), *batch;
    batch = plan_good_flow(FLOW(LISTENERS));
    for (size_t i = 0; i < VF_COUNT(names); i++) {
        ck_assert_uint_eq(find_edge(plan, "eye", names[i])->depth, depths[i]);
        ck_assert_uint_eq(find_edge(batch, "eye", names[i])->depth, in_batch[i]);
    }
    vf_plan_destroy(&plan);
    vf_plan_destroy(&batch);
    plan = plan_good_flow("vflow: 1\nmode: realtime\ndefaults: {queue: 3}\nnodes:\n" LISTENERS);
    ck_assert_uint_eq(find_edge(plan, "eye", "s")->depth, 3);
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(batch_never_drops_and_realtime_drops_the_newest_unless_told)
{
    struct vf_plan *plan = plan_good_flow(
        FLOW(EYE "  s: {type: sink, inputs: eye}\n"
                 "  t: {type: sink, inputs: {from: eye, drop: oldest, queue: 9}}\n"));
    ck_assert_int_eq(plan->mode, VF_MODE_BATCH);
    ck_assert_int_eq(find_edge(plan, "eye", "s")->drop, VF_DROP_NEVER);
    ck_assert_int_eq(find_edge(plan, "eye", "t")->drop, VF_DROP_NEVER);
    ck_assert_uint_eq(find_edge(plan, "eye", "s")->depth, 4);
    ck_assert_uint_eq(find_edge(plan, "eye", "t")->depth, 9);
    vf_plan_destroy(&plan);
    plan = plan_good_flow(REALTIME(EYE "  s: {type: sink, inputs: eye}\n"
                                       "  t: {type: sink, inputs: {from: eye, drop: oldest}}\n"
                                       "  u: {type: sink, inputs: {from: eye, drop: never}}\n"));
    ck_assert_int_eq(find_edge(plan, "eye", "s")->drop, VF_DROP_NEWEST);
    ck_assert_int_eq(find_edge(plan, "eye", "t")->drop, VF_DROP_OLDEST);
    ck_assert_int_eq(find_edge(plan, "eye", "u")->drop, VF_DROP_NEVER);
    vf_plan_destroy(&plan);
    plan =
        plan_good_flow("vflow: 1\nmode: realtime\ndefaults: {drop: oldest, queue: 1}\nnodes:\n" EYE
                       "  s: {type: sink, inputs: eye}\n");
    ck_assert_int_eq(find_edge(plan, "eye", "s")->drop, VF_DROP_OLDEST);
    ck_assert_uint_eq(find_edge(plan, "eye", "s")->depth, 1);
    vf_plan_destroy(&plan);
}
END_TEST

#define OVER(transport) "vflow: 1\ntransport: " transport "\ndefaults: {wire: lz4}\nnodes:\n"

START_TEST(what_travels_is_compressed_where_it_is_asked_for_and_no_memory_is_shared)
{
    struct vf_plan *plan =
        plan_good_flow(OVER("ipc") EYE "  s: {type: sink, inputs: eye}\n"
                                       "  t: {type: sink, inputs: {from: eye, wire: raw}}\n");
    ck_assert_int_eq(vf_plan_edge_form(plan, find_edge(plan, "eye", "s")), VF_WIRE_LZ4);
    ck_assert_int_eq(vf_plan_edge_form(plan, find_edge(plan, "eye", "t")), VF_WIRE_RAW);
    vf_plan_destroy(&plan);
    plan = plan_good_flow(OVER("shm") EYE "  s: {type: sink, inputs: eye}\n");
    ck_assert_int_eq(vf_plan_edge_form(plan, find_edge(plan, "eye", "s")), VF_WIRE_RAW);
    vf_plan_destroy(&plan);
    plan = plan_good_flow(FLOW(EYE "  s: {type: sink, inputs: eye}\n"));
    ck_assert_int_eq(find_edge(plan, "eye", "s")->wire, VF_WIRE_RAW);
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(branches_of_one_producer_are_joined_by_origin_and_others_by_order)
{
    struct vf_plan *plan = plan_good_flow(FLOW(DIAMOND "  n: {type: counter}\n"
                                                       "  o: {type: both, inputs: [n, eye]}\n"));
    uint32_t stream = find_task(plan, "eye")->id << 8;
    ck_assert_int_eq(find_task(plan, "j")->join, VF_JOIN_ORIGIN);
    ck_assert_int_eq(find_task(plan, "o")->join, VF_JOIN_ORDER);
    ck_assert_int_eq(find_task(plan, "s")->join, VF_JOIN_NONE);
    ck_assert_uint_eq(find_edge(plan, "a", "j")->origin_stream, stream);
    ck_assert_uint_eq(find_edge(plan, "j", "s")->origin_stream, stream);
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(gaps_go_only_where_a_join_waits_for_them)
{
    struct vf_plan *plan = plan_good_flow(FLOW(DIAMOND "  t: {type: sink, inputs: eye}\n"));
    ck_assert(find_edge(plan, "eye", "a")->carries_gaps);
    ck_assert(find_edge(plan, "b", "j")->carries_gaps);
    ck_assert(!find_edge(plan, "j", "s")->carries_gaps);
    ck_assert(!find_edge(plan, "eye", "t")->carries_gaps);
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(edges_whose_branches_meet_again_are_one_group)
{
    struct vf_plan *plan = plan_good_flow(FLOW(EYE "  a: {type: pass, inputs: eye}\n"
                                                   "  lone: {type: sink, inputs: eye}\n"
                                                   "  b: {type: pass, inputs: eye}\n"
                                                   "  c: {type: pass, inputs: eye}\n"
                                                   "  d: {type: pass, inputs: eye}\n"
                                                   "  e: {type: sink, inputs: eye.audio}\n"
                                                   "  ab: {type: both, inputs: [a, b]}\n"
                                                   "  bc: {type: both, inputs: [b, c]}\n"
                                                   "  x: {type: sink, inputs: d}\n"));
    unsigned group = find_edge(plan, "eye", "a")->group;
    ck_assert_uint_eq(find_edge(plan, "eye", "b")->group, group);
    ck_assert_uint_eq(find_edge(plan, "eye", "c")->group, group);
    unsigned lone = find_edge(plan, "eye", "lone")->group,
             other = find_edge(plan, "eye", "d")->group;
    unsigned sound = find_edge(plan, "eye", "e")->group;
    ck_assert(lone != group && other != group && sound != group);
    ck_assert(lone != other && lone != sound && other != sound);
    for (size_t i = 0; i < find_task(plan, "eye")->out_count; i++)
        ck_assert_uint_lt(find_task(plan, "eye")->out_edges[i]->group, 4);
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(the_short_branch_holds_as_much_as_the_long_one_it_meets)
{
    struct vf_plan *plan = plan_good_flow(FLOW(DIAMOND));
    const struct vf_plan_edge *shallow = find_edge(plan, "eye", "a"),
                              *deep = find_edge(plan, "eye", "b");
    /* eye to b: 4, in b: 1 and 10 held, b to j: 4; of which a and a to j hold 5. */
    ck_assert_uint_eq(shallow->depth, 4 + 11 + 4 - 5);
    ck_assert_uint_eq(shallow->asked_depth, 4);
    ck_assert(shallow->is_deepened);
    ck_assert_uint_eq(deep->depth, 4);
    ck_assert(!deep->is_deepened);
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(a_fork_within_a_branch_counts_with_its_deepened_queues)
{
    struct vf_plan *plan = plan_good_flow(FLOW(EYE "  p: {type: pass, inputs: eye}\n"
                                                   "  w: {type: window, inputs: p}\n"
                                                   "  i: {type: join, inputs: [p, w]}\n"
                                                   "  j: {type: join, inputs: [i, eye]}\n"
                                                   "  s: {type: sink, inputs: j}\n"));
    /* p to i has no node between and holds what p to w, w and w to i do. */
    ck_assert_uint_eq(find_edge(plan, "p", "i")->depth, 4 + 11 + 4);
    /* eye to j: eye to p 4, in p 1, inner branches 19, in i 1, i to j 4. */
    ck_assert_uint_eq(find_edge(plan, "eye", "j")->depth, 4 + 1 + 19 + 1 + 4);
    ck_assert(!find_edge(plan, "eye", "p")->is_deepened);
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(a_branch_of_another_producer_is_not_a_way_to_meet)
{
    struct vf_plan *plan =
        plan_good_flow(FLOW("  n: {type: counter}\n" EYE "  o: {type: join, inputs: [n, eye]}\n"
                            "  p: {type: pass, inputs: eye}\n"
                            "  q: {type: both, inputs: [o, p]}\n"));
    ck_assert_int_eq(find_task(plan, "q")->join, VF_JOIN_ORDER);
    ck_assert_uint_ne(find_edge(plan, "eye", "o")->group, find_edge(plan, "eye", "p")->group);
    ck_assert_uint_eq(find_edge(plan, "eye", "p")->depth, 4);
    ck_assert(!find_edge(plan, "eye", "p")->carries_gaps);
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(an_edge_has_cells_for_all_that_may_be_unreleased_behind_it)
{
    struct vf_plan *plan = plan_good_flow(FLOW(EYE "  w: {type: window, inputs: eye}\n"
                                                   "  s: {type: sink, inputs: w}\n"
                                                   "  t: {type: sink, inputs: w}\n"));
    /* Waiting, in work, and spare for gaps and the end. */
    ck_assert_uint_eq(find_edge(plan, "w", "s")->cells, 4 + 1 + 4);
    ck_assert_uint_eq(find_edge(plan, "eye", "w")->cells, 4 + 1 + 10 + 2 * 5 + 4);
    ck_assert_uint_eq(find_task(plan, "w")->payloads, 2 * 5 + 2);
    ck_assert_uint_eq(find_task(plan, "eye")->payloads, 15 + 2 * 5 + 5 + 2);
    ck_assert_uint_eq(find_task(plan, "s")->payloads, 0); /* it sends nothing */
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(cells_stay_within_bounds_in_flows_that_fan_out_again_and_again)
{
    struct vf_plan *plan;
    struct vf_flow *flow;
    struct vf_flow_node *node;
    char name[16], source[16];
    ck_assert_int_eq(vf_flow_create(&flow, "made by hand"), 0);
    ck_assert_int_eq(vf_flow_add_node(flow, "n0", "counter", NULL), 0);
    for (int i = 1; i < 20; i++) {
        snprintf(name, sizeof(name), "n%d", i);
        snprintf(source, sizeof(source), "n%d", i - 1);
        ck_assert_int_eq(vf_flow_add_node(flow, name, "join", &node), 0);
        for (int j = 0; j < 5; j++)
            ck_assert_int_eq(vf_flow_add_input(node, NULL, source, NULL), 0);
    }
    ck_assert_int_eq(vf_plan_create(&plan, flow, &vf_plain_nodes), 0);
    for (size_t i = 0; i < plan->edge_count; i++)
        ck_assert_uint_le(plan->edges[i].cells, 8192 + 4);
    vf_plan_destroy(&plan);
    vf_flow_destroy(&flow);
}
END_TEST

START_TEST(each_node_is_what_its_own_options_make_it)
{
    struct vf_plan *plan = plan_good_flow(FLOW(EYE "  many: {type: split, inputs: eye}\n"
                                                   "  one: {type: split, parts: 1, inputs: many}\n"
                                                   "  few: {type: split, parts: 2, inputs: one}\n"
                                                   "  s: {type: sink, inputs: few}\n"));
    static const struct {
        const char *name;
        bool may_split;
    } splits[] = {{"many", true}, {"one", false}, {"few", true}};
    for (size_t i = 0; i < VF_COUNT(splits); i++) {
        const struct vf_node *node = find_task(plan, splits[i].name)->node;
        ck_assert_str_eq(node->name, "split");
        ck_assert(node->may_split == splits[i].may_split);
        ck_assert_uint_eq(node->outputs.count, splits[i].may_split ? 2 : 1);
    }
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(a_flow_that_was_not_checked_is_refused)
{
    struct vf_plan *plan;
    struct vf_flow *flow;
    struct vf_flow_node *node;
    ck_assert_int_eq(vf_flow_create(&flow, "made by hand"), 0);
    ck_assert_int_eq(vf_plan_create(&plan, flow, &vf_plain_nodes), -EINVAL);
    ck_assert_int_eq(vf_flow_add_node(flow, "a", "pass", &node), 0);
    ck_assert_int_eq(vf_flow_add_input(node, NULL, "a", NULL), 0);
    ck_assert_int_eq(vf_plan_create(&plan, flow, &vf_plain_nodes), -EINVAL);
    ck_assert_int_eq(vf_flow_set_option(node, "unknown", "1"), 0);
    ck_assert_int_eq(vf_plan_create(&plan, flow, &vf_plain_nodes), -EINVAL);
    ck_assert_ptr_null(plan);
    vf_flow_destroy(&flow);
}
END_TEST

Suite *flow_plan_suite(void);
Suite *flow_plan_suite(void)
{
    Suite *suite = suite_create("flow_plan");
    TCase *tcase = tcase_create("flow_plan");
    tcase_add_test(tcase, tasks_are_numbered_parents_first_and_otherwise_as_in_the_file);
    tcase_add_test(tcase, an_edge_joins_a_port_to_an_element);
    tcase_add_test(tcase, an_optional_input_is_an_element_connected_or_not);
    tcase_add_test(tcase, a_repeated_port_has_one_element_for_each_source_in_their_order);
    tcase_add_test(tcase, further_sources_of_repeated_ports_come_after_all_ports);
    tcase_add_test(tcase, what_gathers_for_replicas_has_the_ports_of_their_node);
    tcase_add_test(tcase, options_are_filled_in_and_typed);
    tcase_add_test(tcase, packets_have_room_for_two_seconds_in_realtime);
    tcase_add_test(tcase, batch_never_drops_and_realtime_drops_the_newest_unless_told);
    tcase_add_test(tcase, what_travels_is_compressed_where_it_is_asked_for_and_no_memory_is_shared);
    tcase_add_test(tcase, branches_of_one_producer_are_joined_by_origin_and_others_by_order);
    tcase_add_test(tcase, gaps_go_only_where_a_join_waits_for_them);
    tcase_add_test(tcase, edges_whose_branches_meet_again_are_one_group);
    tcase_add_test(tcase, the_short_branch_holds_as_much_as_the_long_one_it_meets);
    tcase_add_test(tcase, a_fork_within_a_branch_counts_with_its_deepened_queues);
    tcase_add_test(tcase, a_branch_of_another_producer_is_not_a_way_to_meet);
    tcase_add_test(tcase, an_edge_has_cells_for_all_that_may_be_unreleased_behind_it);
    tcase_add_test(tcase, cells_stay_within_bounds_in_flows_that_fan_out_again_and_again);
    tcase_add_test(tcase, each_node_is_what_its_own_options_make_it);
    tcase_add_test(tcase, a_flow_that_was_not_checked_is_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}
