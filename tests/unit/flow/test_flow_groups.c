/* SPDX-License-Identifier: MIT */
/* Processors that run in one task: which can, and what the task is. */
#include <check.h>
#include <string.h>

#include "engine/base/array.h"
#include "tests/unit/support/flow_fixture.h"

#define EYE "  eye: {type: camera}\n"
#define FLOW(nodes) "vflow: 1\nnodes:\n" EYE nodes
#define SINK "  s: {type: sink, inputs: c}\n"

static const struct {
    const char *yaml, *messages;
} mistakes[] = {
    {"vflow: 1\nnodes:\n  eye: {type: camera, group: g}\n"
     "  c: {type: pass, inputs: eye, group: g}\n" SINK,
     "f:3:30: eye is a producer; only processors run in a group\n"},
    {FLOW("  c: {type: pass, inputs: eye, group: g}\n"
          "  s: {type: sink, inputs: c, group: g}\n"),
     "f:5:37: s is a consumer; only processors run in a group\n"},
    {FLOW("  c: {type: pass, inputs: eye, gpu: any, group: g}\n" SINK),
     "f:4:49: c asks for a GPU; it needs a task of its own\n"},
    {FLOW("  c: {type: join, inputs: [eye, eye], join: time, group: g}\n" SINK),
     "f:4:58: c joins by time; it needs a task of its own\n"},
    {FLOW("  b: {type: pass, inputs: eye, group: g, replicas: 2}\n"
          "  c: {type: pass, inputs: b, group: g}\n" SINK),
     "f:5:37: c has 1 replica, and b, of the same group, 2; give all members of g the same "
     "number\n"},
    {FLOW("  b: {type: pass, inputs: eye, group: g, replicas: 2}\n"
          "  c: {type: pass, inputs: b, group: g, replicas: 2, ordered: false}\n" SINK),
     "f:5:37: b and c disagree on ordered; say the same in all members of g\n"},
    {FLOW("  b: {type: total, inputs: eye, group: g, replicas: 2}\n"
          "  c: {type: pass, inputs: b, group: g, replicas: 2}\n" SINK),
     "f:4:53: b has to see all messages, since total remembers earlier ones; leave replicas out\n"},
    {FLOW("  b: {type: pass, inputs: eye, group: g}\n  t: {type: sink, inputs: b}\n"
          "  c: {type: pass, inputs: eye, group: g}\n" SINK),
     "f:6:39: nothing within group g connects c with b; give it another group\n"},
    {FLOW("  b: {type: pass, inputs: eye, group: c}\n"
          "  c: {type: pass, inputs: b}\n" SINK),
     "f:4:39: there is a node \"c\"; give the group another name\n"},
    {FLOW("  b: {type: pass, inputs: eye, group: g}\n  x: {type: pass, inputs: b}\n"
          "  c: {type: join, inputs: [b, x], group: g}\n" SINK),
     "f:6:31: a way out of group g leads back into it: g -> x -> g; put what is between into the "
     "group, or take a member out\n"},
    {FLOW("  a: {type: pass, inputs: eye, group: g}\n"
          "  b: {type: pass, inputs: a, group: h}\n"
          "  d: {type: join, inputs: [eye, a], group: g}\n"
          "  e: {type: join, inputs: [d, b], group: h}\n"
          "  f: {type: join, inputs: [b, a, d], group: g}\n"
          "  s: {type: both, inputs: [e, f]}\n"),
     "f:8:28: a way out of group g leads back into it: g -> h -> g; put what is between into the "
     "group, or take a member out\n"},
    {FLOW("  n: {type: counter}\n  b: {type: pass, inputs: eye, group: g}\n"
          "  c: {type: join, inputs: [b, n], group: g}\n" SINK),
     "f:6:42: c joins by order what comes from within group g; it needs a task of its own\n"},
    {FLOW("  b: {type: split, inputs: eye, group: g}\n"
          "  c: {type: join, inputs: [b, eye], group: g}\n" SINK),
     "f:5:19: warning: c joins by order, since b may make several messages of one; say so with "
     "join: order, or join: time\n"
     "f:5:44: c joins by order what comes from within group g; it needs a task of its own\n"},
    {FLOW("  p: {type: pass, inputs: eye}\n  b: {type: total, inputs: eye, group: g}\n"
          "  c: {type: join, inputs: [b, p], group: g}\n" SINK),
     "f:5:40: group g gets its inputs together, but b does not depend on p; take it out of the "
     "group\n"},
    {FLOW("  p: {type: pass, inputs: eye}\n  b: {type: pass, inputs: eye, group: g}\n"
          "  c: {type: join, inputs: [b, p], group: g}\n  t: {type: sink, inputs: b}\n" SINK),
     "f:5:39: group g gets its inputs together, but b does not depend on p; take it out of the "
     "group\n"},
    {FLOW("  b: {type: pass, inputs: eye, group: g}\n"
          "  c: {type: pass, inputs: {from: b, delay: 1s}, group: g}\n" SINK),
     "f:5:56: c delays what comes from within group g; delay what enters the group, or leave it\n"},
    {FLOW("  b: {type: pass, inputs: {from: eye, delay: 1s}, group: g}\n"
          "  c: {type: pass, inputs: b, group: g}\n" SINK),
     ""},
    {FLOW("  p: {type: pass, inputs: eye}\n  b: {type: pass, inputs: eye, group: g}\n"
          "  c: {type: join, inputs: [b, p], group: g}\n" SINK),
     ""},
    {FLOW("  b: {type: total, inputs: eye, group: g}\n  c: {type: join, inputs: [b, eye], group: "
          "g}\n  t: {type: sink, inputs: b}\n" SINK),
     ""},
    {FLOW("  n: {type: counter}\n  c: {type: join, inputs: [n, eye], group: g}\n" SINK), ""},
};

START_TEST(a_group_that_could_not_work_as_its_members_is_refused)
{
    assert_flow_messages(mistakes[_i].yaml, NULL, mistakes[_i].messages);
}
END_TEST

#define THREE                                                 \
    FLOW("  c: {type: join, inputs: [b, a, eye], group: g}\n" \
         "  b: {type: window, inputs: a, group: g}\n"         \
         "  a: {type: pass, inputs: eye, group: g}\n" SINK "  t: {type: sink, inputs: a}\n")

START_TEST(a_group_is_one_task_that_runs_its_members_parents_first)
{
    struct vf_plan *plan = plan_good_flow(THREE);
    ck_assert_uint_eq(plan->task_count, 4);
    const struct vf_plan_task *group = find_task(plan, "g");
    static const char *const names[] = {"a", "b", "c"};
    ck_assert_ptr_nonnull(group->group);
    ck_assert_ptr_eq(group->options, group->group);
    ck_assert_ptr_eq(group->node, vf_group_node(group->group));
    ck_assert_uint_eq(vf_group_member_count(group->group), 3);
    for (size_t i = 0; i < 3; i++)
        ck_assert_str_eq(vf_group_member_name(group->group, i), names[i]);
    ck_assert_str_eq(vf_group_member_node(group->group, 1)->name, "window");
    ck_assert_uint_eq(group->node->holds, 10);
    ck_assert(!group->node->is_stateful);
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(a_group_reads_each_source_once_and_has_what_is_read_outside)
{
    struct vf_plan *plan = plan_good_flow(THREE);
    const struct vf_plan_task *group = find_task(plan, "g");
    ck_assert_uint_eq(group->in_count, 1);
    ck_assert_uint_eq(group->node->inputs.count, 1);
    ck_assert_str_eq(group->node->inputs.items[0].name, "a.in");
    ck_assert_uint_eq(group->node->outputs.count, 2);
    ck_assert_str_eq(group->node->outputs.items[find_edge(plan, "g", "s")->sender_port].name,
                     "c.list");
    ck_assert_str_eq(group->node->outputs.items[find_edge(plan, "g", "t")->sender_port].name,
                     "a.out");
    ck_assert_int_eq(group->join, VF_JOIN_NONE);
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(sources_with_different_queues_stay_different)
{
    struct vf_plan *plan = plan_good_flow(
        FLOW("  b: {type: pass, inputs: eye, group: g}\n"
             "  c: {type: join, inputs: [{from: eye, queue: 9}, b], group: g}\n" SINK));
    const struct vf_plan_task *group = find_task(plan, "g");
    ck_assert_uint_eq(group->in_count, 2);
    ck_assert_uint_eq(group->in_edges[0]->asked_depth, 4);
    ck_assert_uint_eq(group->in_edges[1]->asked_depth, 9);
    ck_assert_int_eq(group->join, VF_JOIN_ORIGIN);
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(a_group_joins_as_the_member_that_it_enters)
{
    struct vf_plan *plan = plan_good_flow(
        FLOW("  n: {type: counter}\n"
             "  b: {type: join, inputs: [n, eye], group: g, join: {by: order, end: all}}\n"
             "  c: {type: pass, inputs: b, group: g}\n" SINK));
    const struct vf_plan_task *group = find_task(plan, "g");
    ck_assert_int_eq(group->join, VF_JOIN_ORDER);
    ck_assert_int_eq(group->end, VF_END_ALL);
    vf_plan_destroy(&plan);
}
END_TEST

START_TEST(a_group_can_have_replicas)
{
    struct vf_plan *plan =
        plan_good_flow(FLOW("  b: {type: pass, inputs: eye, group: g, replicas: 2}\n"
                            "  c: {type: join, inputs: [b, eye], group: g, replicas: 2}\n" SINK));
    const struct vf_plan_task *one = find_task(plan, "g.1"), *two = find_task(plan, "g.2");
    ck_assert_ptr_eq(one->group, two->group);
    ck_assert_uint_eq(find_edge(plan, "eye", "g.2")->lane, 1);
    ck_assert_uint_eq(find_task(plan, "s")->in_count, 2);
    vf_plan_destroy(&plan);
}
END_TEST

Suite *flow_groups_suite(void);
Suite *flow_groups_suite(void)
{
    Suite *suite = suite_create("flow_groups");
    TCase *tcase = tcase_create("flow_groups");
    tcase_add_loop_test(tcase, a_group_that_could_not_work_as_its_members_is_refused, 0,
                        (int)VF_COUNT(mistakes));
    tcase_add_test(tcase, a_group_is_one_task_that_runs_its_members_parents_first);
    tcase_add_test(tcase, a_group_reads_each_source_once_and_has_what_is_read_outside);
    tcase_add_test(tcase, sources_with_different_queues_stay_different);
    tcase_add_test(tcase, a_group_joins_as_the_member_that_it_enters);
    tcase_add_test(tcase, a_group_can_have_replicas);
    suite_add_tcase(suite, tcase);
    return suite;
}
