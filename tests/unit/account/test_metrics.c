/* SPDX-License-Identifier: MIT */
/* The figures of a run as Prometheus reads them, made up from pages that a test has filled in. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/account/metrics.h"
#include "tests/unit/support/flow_fixture.h"

/* Tasks: eye 1, a 2, b 3, j 4, s 5. Edges: eye-a 0, eye-b 1, a-j 2, b-j 3, j-s 4. */
#define DIAMOND                                                \
    "vflow: 1\nnodes:\n"                                       \
    "  eye: {type: counter}\n  a: {type: pass, inputs: eye}\n" \
    "  b: {type: pass, inputs: eye}\n"                         \
    "  j: {type: join, inputs: [a, b]}\n"                      \
    "  s: {type: sink, inputs: j}\n"

static struct vf_plan *plan;
static struct vf_run_memory *memory;
static struct vf_figures figures;
static struct vf_text text;

static void setup(void)
{
    plan = plan_good_flow(DIAMOND);
    ck_assert_int_eq(vf_run_memory_create(&memory, plan), VF_OK);
    figures = (struct vf_figures){
        .plan = plan, .memory = memory, .name = "made", .since_1970_ns = 1700000000500000000};
    text = (struct vf_text){0};
}

static void teardown(void)
{
    vf_text_finish(&text);
    vf_run_memory_destroy(&memory);
    vf_plan_destroy(&plan);
}

static struct vf_task_page *page(unsigned task)
{
    return (struct vf_task_page *)(uintptr_t)vf_run_memory_page(memory, task);
}

static void print(void)
{
    vf_text_finish(&text);
    ck_assert_int_eq(vf_metrics_print(&text, &figures), VF_OK);
}

/* Fails the test unless there is just this line. */
static void check_line(const char *line)
{
    char *whole = vf_text_format("\n%s\n", line);
    ck_assert_ptr_nonnull(whole);
    const char *found = strstr(text.bytes, whole);
    ck_assert_msg(found && !strstr(found + 1, whole), "not once: %s", line);
    free(whole);
}

static void check_none(const char *beginning)
{
    char *whole = vf_text_format("\n%s", beginning);
    ck_assert_ptr_nonnull(whole);
    ck_assert_msg(!strstr(text.bytes, whole), "there is: %s", beginning);
    free(whole);
}

START_TEST(a_run_says_what_it_is)
{
    plan->mode = VF_MODE_REALTIME;
    print();
    check_line("vflow_build_info{version=\"" VF_VERSION "\"} 1");
    check_line("vflow_run_info{name=\"made\",mode=\"realtime\",flow=\"f\"} 1");
    check_line("vflow_run_start_time_seconds 1700000000.5");
    check_line("# TYPE vflow_run_frames_total counter");
    check_line("# TYPE vflow_task_work_seconds histogram");
    check_line("# TYPE vflow_edge_queue_fill_ratio gauge");
}
END_TEST

START_TEST(a_run_has_one_state_and_so_has_each_task)
{
    print();
    check_line("vflow_run_state{state=\"starting\"} 1");
    check_line("vflow_run_state{state=\"running\"} 0");
    check_line("vflow_task_state{task=\"j\",state=\"starting\"} 1");
    vf_run_memory_tell_state(memory, VF_RUN_RUNNING);
    atomic_store(&page(4)->state, VF_TASK_WAITING);
    print();
    check_line("vflow_run_state{state=\"running\"} 1");
    check_line("vflow_task_state{task=\"j\",state=\"waiting\"} 1");
    check_line("vflow_task_state{task=\"j\",state=\"starting\"} 0");
    for (unsigned i = 1; i <= plan->task_count; i++)
        atomic_store(&page(i)->state, VF_TASK_ENDED);
    print();
    check_line("vflow_run_state{state=\"ended\"} 1");
    check_line("vflow_run_state{state=\"running\"} 0");
}
END_TEST

START_TEST(tasks_are_counted)
{
    page(1)->emitted[0] = 12;
    page(2)->inputs = 11;
    page(2)->emitted[0] = 10;
    page(2)->errors = 3;
    page(2)->failed = 2;
    page(2)->set_aside = 1;
    page(2)->busy_ns = 1500000000;
    page(2)->waiting_ns = 2000000;
    page(2)->media_us = 40000;
    page(2)->touched_bytes = 4096;
    page(5)->inputs = 9;
    vf_run_memory_tell_restarts(memory, 2, 7);
    print();
    check_line("vflow_run_frames_total 9");
    check_line("vflow_task_frames_out_total{task=\"eye\"} 12");
    check_line("vflow_task_frames_in_total{task=\"a\"} 11");
    check_line("vflow_task_frames_out_total{task=\"a\"} 10");
    check_line("vflow_task_errors_total{task=\"a\"} 3");
    check_line("vflow_task_failed_total{task=\"a\"} 2");
    check_line("vflow_task_set_aside_total{task=\"a\"} 1");
    check_line("vflow_task_restarts_total{task=\"a\"} 7");
    check_line("vflow_task_time_seconds_total{task=\"a\",use=\"busy\"} 1.5");
    check_line("vflow_task_time_seconds_total{task=\"a\",use=\"waiting\"} 0.002");
    check_line("vflow_task_time_seconds_total{task=\"a\",use=\"blocked\"} 0.0");
    check_line("vflow_task_media_time_seconds{task=\"a\"} 0.04");
    check_line("vflow_task_memory_touched_bytes{task=\"a\"} 4096");
    check_none("vflow_task_frames_in_total{task=\"eye\"}");
    check_none("vflow_task_frames_out_total{task=\"s\"}");
    check_none("vflow_task_media_time_seconds{task=\"b\"}");
    check_none("vflow_run_progress_ratio");
    page(1)->expected[0] = 48;
    print();
    check_line("vflow_run_progress_ratio 0.25");
}
END_TEST

#define EDGE "edge=\"0\",from=\"eye\",port=\"value\",to=\"a\",input=\"in\""

START_TEST(edges_are_counted_and_say_why_messages_were_dropped)
{
    struct vf_outbox_page *outbox = vf_run_memory_edge(memory, 0)->outbox;
    struct vf_inbox_page *inbox = vf_run_memory_edge(memory, 0)->inbox;
    plan->edges[0].depth = 4;
    outbox->data_published = 20;
    outbox->dropped = 5;
    outbox->refused = 6;
    inbox->data_taken = 14;
    inbox->skipped = 2;
    inbox->unmatched = 3;
    print();
    check_line("vflow_edge_frames_total{" EDGE "} 20");
    check_line("vflow_edge_frames_taken_total{" EDGE "} 14");
    check_line("vflow_edge_dropped_total{" EDGE ",reason=\"newest\"} 5");
    check_line("vflow_edge_dropped_total{" EDGE ",reason=\"oldest\"} 2");
    check_line("vflow_edge_dropped_total{" EDGE ",reason=\"unmatched\"} 3");
    check_line("vflow_edge_dropped_total{" EDGE ",reason=\"refused\"} 6");
    check_line("vflow_edge_queue_frames{" EDGE "} 1");
    check_line("vflow_edge_queue_length_frames{" EDGE "} 4");
    check_line("vflow_edge_queue_fill_ratio{" EDGE "} 0.25");
}
END_TEST

START_TEST(buckets_are_cumulative_and_have_a_true_sum)
{
    vf_histogram_add(&page(2)->work, 1000);
    vf_histogram_add(&page(2)->work, 16383);
    vf_histogram_add(&page(2)->work, 40000000);
    vf_histogram_add(&page(2)->work, 1000000000000);
    print();
    check_line("vflow_task_work_seconds_bucket{task=\"a\",le=\"1.6384e-05\"} 2");
    check_line("vflow_task_work_seconds_bucket{task=\"a\",le=\"0.033554432\"} 2");
    check_line("vflow_task_work_seconds_bucket{task=\"a\",le=\"0.067108864\"} 3");
    check_line("vflow_task_work_seconds_bucket{task=\"a\",le=\"68.719476736\"} 3");
    check_line("vflow_task_work_seconds_bucket{task=\"a\",le=\"+Inf\"} 4");
    check_line("vflow_task_work_seconds_count{task=\"a\"} 4");
    check_line("vflow_task_work_seconds_sum{task=\"a\"} 1000.040017383");
    check_line("vflow_task_age_seconds_count{task=\"a\"} 0");
    check_none("vflow_task_age_seconds_count{task=\"eye\"}");
}
END_TEST

START_TEST(names_are_escaped_whatever_is_in_them)
{
    figures.name = "say \"\xc3\xa9\" \\ and\nmore \xff";
    print();
    check_line(
        "vflow_run_info{name=\"say \\\"\xc3\xa9\\\" \\\\ and\\nmore \\\\xff\",mode=\"batch\","
        "flow=\"f\"} 1");
}
END_TEST

START_TEST(of_two_tasks_of_one_name_the_one_that_left_is_not_told)
{
    plan->tasks[1].is_leaving = true;
    page(2)->inputs = 1;
    page(3)->inputs = 2;
    const char *name = plan->tasks[2].name;
    plan->tasks[2].name = plan->tasks[1].name;
    print();
    plan->tasks[2].name = name;
    check_line("vflow_task_frames_in_total{task=\"a\"} 2");
    check_none("vflow_task_frames_in_total{task=\"a\"} 1");
    print();
    check_line("vflow_task_frames_in_total{task=\"a\"} 1");
}
END_TEST

START_TEST(tasks_of_another_host_are_left_to_it)
{
    plan->here = 0;
    plan->tasks[1].host = 1;
    print();
    check_none("vflow_task_frames_in_total{task=\"a\"}");
    check_none("vflow_edge_frames_total{edge=\"2\"");
    check_line("vflow_task_frames_in_total{task=\"b\"} 0");
}
END_TEST

START_TEST(promtool_finds_nothing_to_say)
{
    static const char *const tool = "/usr/bin/promtool";
    vf_histogram_add(&page(2)->age, 5000);
    page(1)->expected[0] = 1;
    figures.name = "\"\\\n\xff";
    print();
    if (access(tool, X_OK) != 0) {
        printf("# skipped: there is no %s (prometheus)\n", tool);
        return;
    }
    FILE *pipe = popen("/usr/bin/promtool check metrics >&2", "w");
    ck_assert_ptr_nonnull(pipe);
    ck_assert_uint_eq(fwrite(text.bytes, 1, text.length, pipe), text.length);
    ck_assert_int_eq(pclose(pipe), 0);
}
END_TEST

Suite *metrics_suite(void);
Suite *metrics_suite(void)
{
    Suite *suite = suite_create("metrics");
    TCase *tcase = tcase_create("metrics");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_run_says_what_it_is);
    tcase_add_test(tcase, a_run_has_one_state_and_so_has_each_task);
    tcase_add_test(tcase, tasks_are_counted);
    tcase_add_test(tcase, edges_are_counted_and_say_why_messages_were_dropped);
    tcase_add_test(tcase, buckets_are_cumulative_and_have_a_true_sum);
    tcase_add_test(tcase, names_are_escaped_whatever_is_in_them);
    tcase_add_test(tcase, of_two_tasks_of_one_name_the_one_that_left_is_not_told);
    tcase_add_test(tcase, tasks_of_another_host_are_left_to_it);
    tcase_add_test(tcase, promtool_finds_nothing_to_say);
    suite_add_tcase(suite, tcase);
    return suite;
}
