/* SPDX-License-Identifier: MIT */
/* What limited a run, what another replica would give, and why messages were dropped. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/account/advice.h"
#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "tests/unit/support/flow_fixture.h"
#include "tests/unit/support/scratch.h"

static struct vf_plan *plan;
static struct vf_run_memory *memory;
static struct vf_task_outcome outcomes[3];

static void setup(void)
{
    scratch_create();
    plan = plan_good_flow("vflow: 1\nmode: realtime\nnodes:\n  n: {type: counter}\n"
                          "  d: {type: pass, inputs: n}\n  s: {type: sink, inputs: d}\n");
    ck_assert_int_eq(vf_run_memory_create(&memory, plan), VF_OK);
    memset(outcomes, 0, sizeof(outcomes));
}

static void teardown(void)
{
    vf_run_memory_destroy(&memory);
    vf_plan_destroy(&plan);
    scratch_remove();
}

static bool is_near(double a, double b)
{
    return fabs(a - b) < 0.001;
}

START_TEST(two_replicas_are_twice_as_fast_until_the_next_node_is_busy)
{
    const struct vf_load loads[] = {{.busy = 0.25, .tasks = 1}, {.busy = 1, .tasks = 1}};
    struct vf_prospect prospect = vf_advice_predict(loads, VF_COUNT(loads), 1, 8);
    ck_assert(prospect.is_limited);
    ck_assert_uint_eq(prospect.limiting, 1);
    ck_assert(is_near(prospect.speed_up, 2));
    ck_assert_uint_eq(prospect.then, 1);
    const struct vf_load close[] = {{.busy = 0.8, .tasks = 1}, {.busy = 1, .tasks = 1}};
    prospect = vf_advice_predict(close, VF_COUNT(close), 1, 8);
    ck_assert(is_near(prospect.speed_up, 1.25));
    ck_assert_uint_eq(prospect.then, 0);
}
END_TEST

START_TEST(a_third_replica_gives_half_as_much_again)
{
    const struct vf_load loads[] = {{.busy = 0.1, .tasks = 1}, {.busy = 0.9, .tasks = 2}};
    struct vf_prospect prospect = vf_advice_predict(loads, VF_COUNT(loads), 2, 16);
    ck_assert(is_near(prospect.speed_up, 3 / (2 * 0.9)));
}
END_TEST

START_TEST(nothing_is_faster_than_all_processors)
{
    const struct vf_load loads[] = {{.busy = 0.2, .tasks = 1}, {.busy = 1, .tasks = 1}};
    struct vf_prospect prospect = vf_advice_predict(loads, VF_COUNT(loads), 1.6, 2);
    ck_assert(prospect.then_cpu);
    ck_assert(!prospect.is_cpu_full);
    ck_assert(is_near(prospect.speed_up, 1.25));
    prospect = vf_advice_predict(loads, VF_COUNT(loads), 2, 2);
    ck_assert(prospect.is_cpu_full);
    ck_assert(is_near(prospect.speed_up, 1));
}
END_TEST

START_TEST(a_flow_whose_nodes_all_wait_is_limited_by_none)
{
    const struct vf_load loads[] = {{.busy = 0.5, .tasks = 1}, {.busy = 0.4, .tasks = 1}};
    ck_assert(!vf_advice_predict(loads, VF_COUNT(loads), 1, 2).is_limited);
}
END_TEST

static struct vf_task_page *page(unsigned task)
{
    return (struct vf_task_page *)(uintptr_t)vf_run_memory_page(memory, task);
}

/* A task was at work for part of ten seconds. */
static void work(unsigned task, double busy)
{
    struct vf_task_page *written = page(task);
    atomic_store(&written->started_ns, VF_NS_PER_S);
    atomic_store(&written->first_ns, VF_NS_PER_S);
    atomic_store(&written->last_ns, 11 * VF_NS_PER_S);
    atomic_store(&written->busy_ns, (int64_t)(busy * 10 * (double)VF_NS_PER_S));
    atomic_store(&written->inputs, 1000);
    atomic_store(&written->emitted[0], 1000);
}

/* Returns what is said, which the next call replaces. */
static const char *say(void (*print)(FILE *out))
{
    static char text[2048];
    memset(text, 0, sizeof(text));
    FILE *out = fmemopen(text, sizeof(text) - 1, "w");
    ck_assert_ptr_nonnull(out);
    print(out);
    fclose(out);
    return text;
}

static void print_limit(FILE *out)
{
    vf_advice_print_limit(out, plan, memory, outcomes, 100);
}

static void print_drops(FILE *out)
{
    vf_advice_print_drops(out, plan, memory);
}

START_TEST(names_the_node_and_what_a_replica_gives)
{
    outcomes[0].cpu_ns = VF_NS_PER_S;
    work(1, 0.2);
    work(2, 1);
    work(3, 0.1);
    ck_assert_str_eq(say(print_limit), "d limits the flow (at work 100 % of the time): 2 replicas "
                                       "would make about 200 frames a second\n");
    work(1, 0.8);
    ck_assert_str_eq(say(print_limit),
                     "d limits the flow (at work 100 % of the time): 2 replicas would make about "
                     "125 frames a second; then n limits it\n");
}
END_TEST

START_TEST(says_what_else_helps_a_producer)
{
    work(1, 1);
    work(2, 0.2);
    work(3, 0.1);
    ck_assert_ptr_nonnull(strstr(say(print_limit), "n limits the flow"));
    ck_assert_ptr_null(strstr(say(print_limit), "replica"));
}
END_TEST

START_TEST(says_nothing_of_what_keeps_a_pace_or_was_short)
{
    work(2, 1);
    work(1, 0.1);
    work(3, 0.1);
    ck_assert_str_ne(say(print_limit), "");
    atomic_store(&page(1)->is_live, 1);
    ck_assert_str_eq(say(print_limit), "");
    atomic_store(&page(1)->is_live, 0);
    for (unsigned task = 1; task <= 3; task++)
        atomic_store(&page(task)->last_ns, VF_NS_PER_S + VF_NS_PER_MS);
    ck_assert_str_eq(say(print_limit), "");
}
END_TEST

START_TEST(says_where_messages_found_no_room)
{
    const struct vf_edge_terms *edge = vf_run_memory_edge(memory, plan->tasks[0].out_edges[0]->id);
    ck_assert_str_eq(say(print_drops), "");
    atomic_store(&edge->outbox->data_published, 75);
    atomic_store(&edge->outbox->dropped, 25);
    ck_assert_ptr_nonnull(strstr(say(print_drops), "25 of 100 (25 %) found no room at d; "));
    ck_assert_ptr_nonnull(strstr(say(print_drops), "queue: 100"));
}
END_TEST

Suite *advice_suite(void);
Suite *advice_suite(void)
{
    Suite *suite = suite_create("advice");
    TCase *tests = tcase_create("advice");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, two_replicas_are_twice_as_fast_until_the_next_node_is_busy);
    tcase_add_test(tests, a_third_replica_gives_half_as_much_again);
    tcase_add_test(tests, nothing_is_faster_than_all_processors);
    tcase_add_test(tests, a_flow_whose_nodes_all_wait_is_limited_by_none);
    tcase_add_test(tests, names_the_node_and_what_a_replica_gives);
    tcase_add_test(tests, says_what_else_helps_a_producer);
    tcase_add_test(tests, says_nothing_of_what_keeps_a_pace_or_was_short);
    tcase_add_test(tests, says_where_messages_found_no_room);
    suite_add_tcase(suite, tests);
    return suite;
}
