/* SPDX-License-Identifier: MIT */
/* Runs over time, made up from pages that a test has filled in. */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "engine/account/run_history.h"
#include "engine/account/run_history_json.h"
#include "engine/base/clock.h"
#include "engine/edge/page/edge.h"
#include "tests/unit/support/flow_fixture.h"

#define START_NS VF_NS_PER_S
#define MOST 8

static struct vf_plan *plan;
static struct vf_run_memory *memory;
static struct vf_run_history *history;
static int64_t now_ns;

static struct vf_task_page *page(const char *name)
{
    return (struct vf_task_page *)(uintptr_t)vf_run_memory_page(memory, find_task(plan, name)->id);
}

static struct vf_inbox_page *inbox(const char *sender, const char *receiver)
{
    unsigned edge = find_edge(plan, sender, receiver)->id;
    return (struct vf_inbox_page *)(uintptr_t)vf_run_memory_edge(memory, edge)->inbox;
}

static struct vf_outbox_page *outbox(const char *sender, const char *receiver)
{
    unsigned edge = find_edge(plan, sender, receiver)->id;
    return (struct vf_outbox_page *)(uintptr_t)vf_run_memory_edge(memory, edge)->outbox;
}

static void begin(enum vf_run_history_span span)
{
    struct vf_run_history_settings settings = {
        .span = span, .most = MOST, .started_ns = START_NS, .now_ns = START_NS};
    now_ns = START_NS;
    ck_assert_int_eq(vf_run_history_create(&history, plan, memory, &settings), VF_OK);
}

static void setup(void)
{
    plan = plan_good_flow("vflow: 1\nnodes:\n  n: {type: counter}\n  d: {type: pass, inputs: n}\n"
                          "  s: {type: sink, inputs: d}\n");
    ck_assert_int_eq(vf_run_memory_create(&memory, plan), VF_OK);
    vf_run_memory_tell_state(memory, VF_RUN_RUNNING);
    for (unsigned task = 1; task <= 3; task++)
        vf_run_memory_tell_process(memory, task, 100 + (pid_t)task);
}

static void teardown(void)
{
    vf_run_history_destroy(&history);
    vf_run_memory_destroy(&memory);
    vf_plan_destroy(&plan);
}

static void set_state(const char *name, enum vf_task_state state)
{
    atomic_store(&page(name)->state, state);
    atomic_store(&page(name)->call_ns, state == VF_TASK_BUSY ? now_ns : 0);
}

static void add_time(_Atomic int64_t *time_ns, int64_t milliseconds)
{
    atomic_fetch_add(time_ns, milliseconds * VF_NS_PER_MS);
}

/* Half a second goes by. */
static bool look(void)
{
    now_ns += 500 * VF_NS_PER_MS;
    return vf_run_history_note(history, now_ns);
}

static struct vf_run_history_task last_task(const char *name)
{
    return vf_run_history_task(history, vf_run_history_count(history) - 1,
                               find_task(plan, name)->id);
}

START_TEST(before_it_is_due_no_sample_is_taken)
{
    begin(VF_RUN_HISTORY_LAST);
    ck_assert_uint_eq(vf_run_history_count(history), 0);
    ck_assert(!vf_run_history_note(history, START_NS + 400 * VF_NS_PER_MS));
    ck_assert(vf_run_history_note(history, START_NS + 500 * VF_NS_PER_MS));
    ck_assert(!vf_run_history_note(history, START_NS + 600 * VF_NS_PER_MS));
    ck_assert(vf_run_history_take(history, START_NS + 600 * VF_NS_PER_MS));
    ck_assert(!vf_run_history_take(history, START_NS + 600 * VF_NS_PER_MS));
    ck_assert_uint_eq(vf_run_history_count(history), 2);
    ck_assert_double_eq_tol(vf_run_history_at(history, 0).t, 0.5, 1e-9);
    ck_assert_double_eq_tol(vf_run_history_at(history, 1).seconds, 0.1, 1e-9);
}
END_TEST

START_TEST(rates_are_those_of_the_interval)
{
    atomic_store(&page("d")->inputs, 1000); /* before anybody looked */
    atomic_store(&page("n")->emitted[0], 1000);
    begin(VF_RUN_HISTORY_LAST);
    atomic_store(&page("d")->inputs, 1010);
    atomic_store(&page("n")->emitted[0], 1020);
    look();
    ck_assert_double_eq_tol(last_task("d").fps, 20, 1e-9);
    ck_assert_double_eq_tol(last_task("n").fps, 40, 1e-9);
    ck_assert_uint_eq(last_task("d").in, 1010);
    look();
    ck_assert_double_eq(last_task("d").fps, 0);
    atomic_store(&page("d")->inputs, 3); /* whoever writes it may have set it back */
    look();
    ck_assert_double_eq(last_task("d").fps, 0);
}
END_TEST

START_TEST(the_time_of_an_interval_is_divided_up)
{
    begin(VF_RUN_HISTORY_LAST);
    set_state("d", VF_TASK_BUSY);
    atomic_fetch_add(&page("d")->call_ns, 460 * VF_NS_PER_MS);
    add_time(&page("d")->busy_ns, 100);
    add_time(&page("d")->waiting_ns, 150);
    add_time(&page("d")->blocked_ns, 200);
    look();
    ck_assert_double_eq_tol(last_task("d").busy, 0.28, 1e-9); /* and the 40 ms that it is in */
    ck_assert_double_eq_tol(last_task("d").waiting, 0.32,
                            1e-9); /* and 10 that it has not counted */
    ck_assert_double_eq_tol(last_task("d").blocked, 0.4, 1e-9);
    ck_assert_double_eq_tol(last_task("n").opening, 1, 1e-9); /* it has not begun */
}
END_TEST

START_TEST(what_takes_several_intervals_counts_in_each_and_once)
{
    begin(VF_RUN_HISTORY_LAST);
    set_state("d", VF_TASK_WAITING);
    for (int i = 0; i < 3; i++) {
        look();
        ck_assert_double_eq_tol(last_task("d").waiting, 1, 1e-9);
    }
    add_time(&page("d")->waiting_ns, 1750); /* it counts what is over by now */
    add_time(&page("d")->busy_ns, 250);
    set_state("d", VF_TASK_BUSY);
    look();
    ck_assert_double_eq_tol(last_task("d").waiting, 0.5, 1e-9);
    ck_assert_double_eq_tol(last_task("d").busy, 0.5, 1e-9);
    set_state("d", VF_TASK_ENDED);
    look();
    ck_assert_double_eq(last_task("d").busy + last_task("d").waiting, 0);
}
END_TEST

START_TEST(a_producer_that_counts_no_work_waits_for_its_source)
{
    begin(VF_RUN_HISTORY_LAST);
    set_state("n", VF_TASK_BUSY);
    set_state("d", VF_TASK_WAITING);
    add_time(&page("n")->busy_ns, 100);
    look();
    ck_assert_double_eq_tol(last_task("n").waiting, 0.8, 1e-9);
    ck_assert_int_eq(last_task("n").activity, VF_ACTIVITY_SILENT);
    add_time(&page("n")->busy_ns, 400);
    look();
    ck_assert_double_eq_tol(last_task("n").busy, 0.8, 1e-9);
    ck_assert_int_eq(last_task("n").activity, VF_ACTIVITY_BUSY);
}
END_TEST

START_TEST(a_task_whose_process_has_died_is_not_at_work)
{
    begin(VF_RUN_HISTORY_LAST);
    set_state("d", VF_TASK_BUSY);
    look();
    ck_assert_int_eq(last_task("d").pid, 102);
    vf_run_memory_tell_process(memory, find_task(plan, "d")->id, 0);
    look();
    ck_assert_double_eq_tol(last_task("d").opening, 1, 1e-9);
    ck_assert_double_eq(last_task("d").busy, 0);
    vf_run_memory_tell_process(memory, find_task(plan, "d")->id, 200);
    vf_run_memory_tell_restarts(memory, find_task(plan, "d")->id, 1);
    look();
    ck_assert_double_eq_tol(last_task("d").busy, 1, 1e-9);
    ck_assert_uint_eq(last_task("d").restarts, 1);
}
END_TEST

START_TEST(percentiles_are_those_of_the_interval)
{
    begin(VF_RUN_HISTORY_LAST);
    ck_assert(look());
    ck_assert(last_task("d").work_ms[0] < 0);
    for (int i = 0; i < 99; i++)
        vf_histogram_add(&page("d")->work, 10 * VF_NS_PER_MS);
    vf_histogram_add(&page("d")->work, 1000 * VF_NS_PER_MS);
    look();
    ck_assert_double_eq_tol(last_task("d").work_ms[0], 10, 1.5);
    ck_assert_double_eq_tol(last_task("d").work_ms[1], 10, 1.5);
    vf_histogram_add(&page("d")->work, 100 * VF_NS_PER_MS);
    look();
    ck_assert_double_eq_tol(last_task("d").work_ms[0], 100, 15);
}
END_TEST

START_TEST(the_last_samples_stay_and_the_oldest_go)
{
    begin(VF_RUN_HISTORY_LAST);
    for (uint64_t i = 1; i <= 3 * MOST; i++) {
        atomic_store(&page("d")->inputs, i * i);
        look();
    }
    ck_assert_uint_eq(vf_run_history_count(history), MOST);
    for (size_t i = 0; i < MOST; i++) {
        uint64_t number = 2 * MOST + 1 + i;
        struct vf_run_history_task task = vf_run_history_task(history, i, find_task(plan, "d")->id);
        ck_assert_uint_eq(task.in, number * number);
        ck_assert_double_eq_tol(task.fps, 2.0 * (double)(2 * number - 1), 1e-6);
        ck_assert_double_eq_tol(vf_run_history_at(history, i).t, (double)number / 2, 1e-9);
    }
}
END_TEST

START_TEST(of_a_whole_run_nothing_is_lost_when_samples_are_merged)
{
    begin(VF_RUN_HISTORY_WHOLE);
    set_state("d", VF_TASK_BUSY);
    for (uint64_t i = 1; i <= 100; i++) {
        atomic_store(&page("d")->inputs, 7 * i);
        atomic_store(&page("s")->inputs, 7 * i);
        add_time(&page("d")->busy_ns, 500);
        vf_histogram_add(&page("d")->work, i == 3 ? 900 * VF_NS_PER_MS : VF_NS_PER_MS);
        look();
    }
    double seconds = 0, frames = 0, slowest = 0;
    size_t count = vf_run_history_count(history);
    ck_assert_uint_le(count, MOST);
    ck_assert_uint_ge(count, MOST / 2);
    for (size_t i = 0; i < count; i++) {
        struct vf_run_history_moment moment = vf_run_history_at(history, i);
        struct vf_run_history_task task = vf_run_history_task(history, i, find_task(plan, "d")->id);
        seconds += moment.seconds;
        frames += task.fps * moment.seconds;
        slowest = task.work_ms[2] > slowest ? task.work_ms[2] : slowest;
        ck_assert_double_eq_tol(moment.t, seconds, 1e-9); /* one interval follows another */
        ck_assert_double_eq_tol(task.busy, 1, 1e-9);
        ck_assert_double_eq_tol(moment.fps, 14, 1e-9);
    }
    ck_assert_double_eq_tol(frames, 7 * 2 * seconds, 1e-6);
    ck_assert_double_eq_tol(slowest, 900, 100);
}
END_TEST

START_TEST(an_edge_says_how_much_goes_over_it_and_how_full_it_is)
{
    begin(VF_RUN_HISTORY_LAST);
    unsigned depth = find_edge(plan, "n", "d")->depth;
    atomic_store(&outbox("n", "d")->data_published, 50 + depth);
    atomic_store(&inbox("n", "d")->data_taken, 40);
    atomic_store(&inbox("n", "d")->unmatched, 10);
    look();
    size_t number = find_edge(plan, "n", "d")->id;
    struct vf_run_history_edge edge = {0};
    for (size_t i = 0; i < plan->edge_count; i++) {
        if (plan->edges[i].id == number)
            edge = vf_run_history_edge(history, 0, i);
    }
    ck_assert_double_eq_tol(edge.rate, 100, 1e-9);
    ck_assert_uint_eq(edge.waiting, depth);
    ck_assert_double_eq_tol(edge.fill, 1, 1e-9);
}
END_TEST

/* Says in words who waits on the edge from `sender`. */
static char *why_of(const char *sender, const char *receiver)
{
    struct vf_text why = {0};
    const struct vf_plan_edge *edge = find_edge(plan, sender, receiver);
    vf_run_history_why(&why, history, vf_run_history_count(history) - 1,
                       (size_t)(edge - plan->edges));
    char *words = vf_text_take(&why);
    return words ? words : strdup("");
}

static void assert_why(const char *sender, const char *receiver, const char *wanted)
{
    char *why = why_of(sender, receiver);
    ck_assert_str_eq(why, wanted);
    free(why);
}

START_TEST(it_says_in_words_who_waits_for_whom)
{
    begin(VF_RUN_HISTORY_LAST);
    set_state("n", VF_TASK_BLOCKED);
    atomic_store(&outbox("n", "d")->waits, VF_WAITS_FOR_ROOM);
    set_state("d", VF_TASK_BUSY);
    set_state("s", VF_TASK_WAITING);
    look();
    assert_why("n", "d", "n waits for room: d is busy");
    assert_why("d", "s", "s waits for input: d is busy");
    set_state("n", VF_TASK_BUSY);
    look();
    assert_why("n", "d", "");
}
END_TEST

START_TEST(what_limits_the_flow_lately_is_named)
{
    begin(VF_RUN_HISTORY_LAST);
    for (int i = 0; i < 10; i++) {
        set_state("s", VF_TASK_WAITING);
        set_state("d", VF_TASK_BUSY);
        set_state("n", VF_TASK_WAITING);
        look();
    }
    json_t *sample = vf_run_history_sample_json(history, 7);
    const json_t *run = json_object_get(sample, "run");
    ck_assert_str_eq(json_string_value(json_object_get(run, "limit")),
                     "d limits the flow (at work 100 % of the time)");
    ck_assert_str_eq(json_string_value(json_object_get(run, "bottleneck")), "d");
    json_decref(sample);
    for (int i = 0; i < 20; i++) {
        set_state("d", VF_TASK_WAITING);
        look();
    }
    sample = vf_run_history_sample_json(history, 7);
    ck_assert(json_is_null(json_object_get(json_object_get(sample, "run"), "limit")));
    json_decref(sample);
}
END_TEST

START_TEST(a_source_that_sets_the_pace_is_held_up_only_where_messages_are_dropped)
{
    atomic_store(&page("n")->is_live, 1);
    begin(VF_RUN_HISTORY_LAST);
    struct vf_text limit = {0};
    for (int i = 0; i < 4; i++) {
        set_state("d", VF_TASK_BUSY);
        look();
    }
    ck_assert_ptr_null(vf_run_history_limit(&limit, history, 3));
    atomic_store(&outbox("n", "d")->dropped, 5);
    look();
    ck_assert_ptr_eq(vf_run_history_limit(&limit, history, 4), find_task(plan, "d"));
    vf_text_finish(&limit);
}
END_TEST

START_TEST(a_sample_is_an_object_with_all_that_is_known)
{
    begin(VF_RUN_HISTORY_LAST);
    atomic_store(&page("s")->inputs, 12);
    set_state("s", VF_TASK_BUSY);
    look();
    json_t *sample = vf_run_history_sample_json(history, 0);
    json_t *tasks = json_object_get(sample, "tasks"), *s = json_object_get(tasks, "s");
    ck_assert_uint_eq(json_object_size(tasks), 3);
    ck_assert_uint_eq(json_object_size(json_object_get(sample, "edges")), 2);
    ck_assert_double_eq(json_number_value(json_object_get(sample, "t")), 0.5);
    ck_assert_double_eq(json_number_value(json_object_get(s, "fps")), 24);
    ck_assert_int_eq(json_integer_value(json_object_get(s, "in")), 12);
    ck_assert(json_is_null(json_object_get(s, "out")));
    ck_assert(json_is_null(json_object_get(s, "work_ms")));
    ck_assert_str_eq(json_string_value(json_object_get(s, "state")), "busy");
    ck_assert_str_eq(json_string_value(json_object_get(json_object_get(sample, "run"), "state")),
                     "running");
    json_decref(sample);
}
END_TEST

Suite *run_history_suite(void);
Suite *run_history_suite(void)
{
    Suite *suite = suite_create("run_history");
    TCase *tests = tcase_create("run_history");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, before_it_is_due_no_sample_is_taken);
    tcase_add_test(tests, rates_are_those_of_the_interval);
    tcase_add_test(tests, the_time_of_an_interval_is_divided_up);
    tcase_add_test(tests, what_takes_several_intervals_counts_in_each_and_once);
    tcase_add_test(tests, a_producer_that_counts_no_work_waits_for_its_source);
    tcase_add_test(tests, a_task_whose_process_has_died_is_not_at_work);
    tcase_add_test(tests, percentiles_are_those_of_the_interval);
    tcase_add_test(tests, the_last_samples_stay_and_the_oldest_go);
    tcase_add_test(tests, of_a_whole_run_nothing_is_lost_when_samples_are_merged);
    tcase_add_test(tests, an_edge_says_how_much_goes_over_it_and_how_full_it_is);
    tcase_add_test(tests, it_says_in_words_who_waits_for_whom);
    tcase_add_test(tests, what_limits_the_flow_lately_is_named);
    tcase_add_test(tests, a_source_that_sets_the_pace_is_held_up_only_where_messages_are_dropped);
    tcase_add_test(tests, a_sample_is_an_object_with_all_that_is_known);
    suite_add_tcase(suite, tests);
    return suite;
}
