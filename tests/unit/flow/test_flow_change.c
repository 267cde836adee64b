/* SPDX-License-Identifier: MIT */
/* What becomes of the tasks and edges of a flow that is changed while it runs. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine/flow/plan/change.h"
#include "tests/unit/support/flow_fixture.h"

#define FLOW(nodes) "vflow: 1\nnodes:\n  eye: {type: camera}\n" nodes
#define LINE                           \
    "  a: {type: pass, inputs: eye}\n" \
    "  b: {type: pass, inputs: a}\n"   \
    "  s: {type: sink, inputs: b}\n"

struct changed {
    struct vf_plan *present, *wanted;
    struct vf_plan_change change;
};

static struct changed compare(const char *present, const char *wanted)
{
    struct changed changed = {.present = plan_good_flow(present), .wanted = plan_good_flow(wanted)};
    ck_assert_int_eq(vf_plan_change_init(&changed.change, changed.present, changed.wanted), VF_OK);
    return changed;
}

static void finish(struct changed *changed)
{
    vf_plan_change_finish(&changed->change);
    vf_plan_destroy(&changed->present);
    vf_plan_destroy(&changed->wanted);
}

/* The steps of all tasks, as "eye= a* b+ s-": kept, renewed, added, removed. */
static void assert_steps(const struct changed *changed, const char *steps)
{
    struct vf_text text = {0};
    for (size_t i = 0; i < changed->change.merged.task_count; i++)
        vf_text_print(&text, "%s%s%c", i ? " " : "", changed->change.merged.tasks[i].name,
                      "=*+-"[changed->change.steps[i]]);
    ck_assert_str_eq(text.bytes, steps);
    vf_text_finish(&text);
}

static void assert_change(const char *present, const char *wanted, const char *steps)
{
    struct changed changed = compare(present, wanted);
    assert_steps(&changed, steps);
    finish(&changed);
}

START_TEST(the_same_flow_changes_nothing)
{
    assert_change(FLOW(LINE), FLOW(LINE), "eye= a= b= s=");
}
END_TEST

START_TEST(only_who_reads_or_feeds_a_branch_is_renewed)
{
    assert_change(FLOW(LINE), FLOW(LINE "  t: {type: sink, inputs: a}\n"), "eye= a* b= s= t+");
    assert_change(FLOW(LINE "  t: {type: sink, inputs: a}\n"), FLOW(LINE), "eye= a* b= s= t-");
}
END_TEST

START_TEST(an_inserted_node_renews_its_neighbours)
{
    assert_change(FLOW(LINE),
                  FLOW("  a: {type: pass, inputs: eye}\n"
                       "  n: {type: pass, inputs: a}\n"
                       "  b: {type: pass, inputs: n}\n"
                       "  s: {type: sink, inputs: b}\n"),
                  "eye= a* b* s= n+");
}
END_TEST

START_TEST(a_queue_that_differs_renews_both_ends)
{
    assert_change(FLOW(LINE),
                  FLOW("  a: {type: pass, inputs: eye}\n"
                       "  b: {type: pass, inputs: {from: a, queue: 9}}\n"
                       "  s: {type: sink, inputs: b}\n"),
                  "eye= a* b* s=");
}
END_TEST

START_TEST(another_type_or_number_of_replicas_takes_its_place)
{
    assert_change(FLOW("  a: {type: pass, inputs: eye}\n  s: {type: sink, inputs: a}\n"),
                  FLOW("  a: {type: scale, width: 4, inputs: eye}\n  s: {type: sink, inputs: a}\n"),
                  "eye* a- s* a+");
    assert_change(FLOW(LINE),
                  FLOW("  a: {type: pass, inputs: eye, replicas: 2}\n"
                       "  b: {type: pass, inputs: a}\n"
                       "  s: {type: sink, inputs: b}\n"),
                  "eye* a- b* s= a.1+ a.2+");
}
END_TEST

START_TEST(replicas_with_other_edges_are_replaced_together)
{
    assert_change(FLOW("  a: {type: pass, inputs: eye, replicas: 2}\n"
                       "  b: {type: pass, inputs: a}\n  s: {type: sink, inputs: b}\n"),
                  FLOW("  a: {type: pass, inputs: {from: eye, queue: 9}, replicas: 2}\n"
                       "  b: {type: pass, inputs: a}\n  s: {type: sink, inputs: b}\n"),
                  "eye* a.1- a.2- b* s= a.1+ a.2+");
}
END_TEST

/* The edges into a task: "sender.input:turn", and what is said of them. */
static void assert_inputs(const struct changed *changed, const char *task, const char *inputs)
{
    const struct vf_plan *merged = &changed->change.merged;
    const struct vf_plan_task *found = find_task(merged, task);
    struct vf_text text = {0};
    for (size_t i = 0; i < found->in_count; i++) {
        const struct vf_plan_edge *edge = found->in_edges[i];
        vf_text_print(&text, "%s%s.%u:%u%s%s%s", i ? " " : "", merged->tasks[edge->sender - 1].name,
                      edge->input, edge->turn, edge->is_leaving ? " leaves" : "",
                      edge->is_abandoned ? " unread" : "", edge->is_new_input ? " new" : "");
    }
    ck_assert_str_eq(text.bytes, inputs);
    vf_text_finish(&text);
}

START_TEST(what_is_on_its_way_is_taken_before_what_comes_in_its_place)
{
    struct changed changed = compare(FLOW(LINE), FLOW("  a: {type: pass, inputs: eye}\n"
                                                      "  n: {type: pass, inputs: a}\n"
                                                      "  b: {type: pass, inputs: n}\n"
                                                      "  s: {type: sink, inputs: b}\n"));
    assert_inputs(&changed, "b", "a.0:0 leaves n.0:1");
    assert_inputs(&changed, "s", "b.0:0");
    finish(&changed);
}
END_TEST

#define PAIR(inputs)                          \
    "  a: {type: pass, inputs: eye}\n"        \
    "  b: {type: pass, inputs: eye}\n"        \
    "  p: {type: join, inputs: " inputs "}\n" \
    "  s: {type: sink, inputs: p}\n"

START_TEST(inputs_that_change_places_keep_their_messages)
{
    struct changed changed = compare(FLOW(PAIR("[a, b]")), FLOW(PAIR("[b, a]")));
    assert_inputs(&changed, "p", "b.0:0 leaves b.0:1 a.1:0 leaves a.1:1");
    finish(&changed);
}
END_TEST

START_TEST(a_change_is_carried_out_on_the_plan_that_runs)
{
    struct changed changed = compare(FLOW(LINE), FLOW(LINE "  t: {type: sink, inputs: a}\n"));
    vf_plan_change_carry_out(&changed.change, changed.present, &changed.wanted);
    vf_plan_change_finish(&changed.change);
    ck_assert_uint_eq(changed.present->task_count, 5);
    ck_assert_uint_eq(find_task(changed.present, "t")->id, 5);
    ck_assert_uint_eq(find_task(changed.present, "a")->out_count, 2);
    ck_assert(find_edge(changed.present, "a", "t")->is_added);
    struct vf_plan *back = plan_good_flow(FLOW(LINE));
    ck_assert_int_eq(vf_plan_change_init(&changed.change, changed.present, back), VF_OK);
    assert_steps(&changed, "eye= a* b= s= t-");
    vf_plan_change_carry_out(&changed.change, changed.present, &back);
    vf_plan_change_finish(&changed.change);
    ck_assert(find_task(changed.present, "t")->is_leaving);
    ck_assert_int_eq(vf_plan_change_init(&changed.change, changed.present, changed.present), VF_OK);
    finish(&changed);
}
END_TEST

START_TEST(a_join_keeps_its_producer_and_a_flow_its_mode)
{
    struct vf_text why = {0};
    struct changed changed =
        compare(FLOW("  ear: {type: camera}\n" PAIR("[a, b]") "  u: {type: sink, inputs: ear}\n"),
                FLOW("  ear: {type: camera}\n"
                     "  a: {type: pass, inputs: ear}\n  b: {type: pass, inputs: ear}\n"
                     "  p: {type: join, inputs: [a, b]}\n  s: {type: sink, inputs: p}\n"
                     "  u: {type: sink, inputs: eye}\n"));
    ck_assert(
        vf_plan_change_describe_obstacle(&changed.change, changed.present, changed.wanted, &why));
    ck_assert(strstr(why.bytes, " joins what comes from one producer") != NULL);
    finish(&changed);
    vf_text_finish(&why);
    changed = compare(FLOW(LINE), "vflow: 1\nmode: realtime\nnodes:\n  eye: {type: camera}\n" LINE);
    ck_assert(
        vf_plan_change_describe_obstacle(&changed.change, changed.present, changed.wanted, &why));
    ck_assert(strncmp(why.bytes, "the mode", 8) == 0);
    finish(&changed);
    vf_text_finish(&why);
}
END_TEST

Suite *flow_change_suite(void);
Suite *flow_change_suite(void)
{
    Suite *suite = suite_create("flow_change");
    TCase *tests = tcase_create("flow_change");
    tcase_add_test(tests, the_same_flow_changes_nothing);
    tcase_add_test(tests, only_who_reads_or_feeds_a_branch_is_renewed);
    tcase_add_test(tests, an_inserted_node_renews_its_neighbours);
    tcase_add_test(tests, a_queue_that_differs_renews_both_ends);
    tcase_add_test(tests, another_type_or_number_of_replicas_takes_its_place);
    tcase_add_test(tests, replicas_with_other_edges_are_replaced_together);
    tcase_add_test(tests, what_is_on_its_way_is_taken_before_what_comes_in_its_place);
    tcase_add_test(tests, inputs_that_change_places_keep_their_messages);
    tcase_add_test(tests, a_change_is_carried_out_on_the_plan_that_runs);
    tcase_add_test(tests, a_join_keeps_its_producer_and_a_flow_its_mode);
    suite_add_tcase(suite, tests);
    return suite;
}
