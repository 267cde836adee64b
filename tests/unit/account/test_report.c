/* SPDX-License-Identifier: MIT */
/* The reports of runs, made up from pages that a test has filled in. */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>

#include "engine/account/report.h"
#include "engine/account/report_json.h"
#include "engine/base/text.h"
#include "tests/unit/support/flow_fixture.h"
#include "tests/unit/support/scratch.h"

static struct vf_plan *plan;
static struct vf_run_memory *memory;

static void setup(void)
{
    scratch_create();
    plan = plan_good_flow("vflow: 1\nnodes:\n  n: {type: counter}\n  s: {type: sink, inputs: n}\n");
    ck_assert_int_eq(vf_run_memory_create(&memory, plan), VF_OK);
}

static void teardown(void)
{
    vf_run_memory_destroy(&memory);
    vf_plan_destroy(&plan);
    scratch_remove();
}

static struct vf_task_page *page(unsigned task)
{
    return (struct vf_task_page *)(uintptr_t)vf_run_memory_page(memory, task);
}

/* Returns the report, which is the caller's. */
static json_t *write_report(void)
{
    struct vf_task_outcome outcomes[2] = {{.task = 1, .name = "n"}, {.task = 2, .name = "s"}};
    struct vf_run_record record = {
        .plan = plan, .memory = memory, .outcomes = outcomes, .dropped_lines = 12};
    char *path = vf_text_format("%s/report.json", scratch_path());
    ck_assert_int_eq(vf_report_json_write(path, &record), VF_OK);
    json_t *report = json_load_file(path, 0, NULL);
    ck_assert_ptr_nonnull(report);
    free(path);
    return report;
}

static const char *const states[] = {"starting", "opening",   "busy", "waiting",
                                     "blocked",  "finishing", "ended"};

START_TEST(a_report_has_a_word_for_whatever_a_task_was_doing)
{
    atomic_store(&page(1)->state, (uint32_t)_i);
    json_t *report = write_report();
    json_t *task = json_array_get(json_object_get(report, "tasks"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(task, "state")), states[_i]);
    ck_assert_int_eq(json_integer_value(json_object_get(report, "dropped_lines")), 12);
    json_decref(report);
}
END_TEST

START_TEST(a_state_that_there_is_not_spoils_no_report)
{
    atomic_store(&page(1)->state, UINT32_MAX);
    json_t *report = write_report();
    json_t *task = json_array_get(json_object_get(report, "tasks"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(task, "state")), "?");
    json_decref(report);
}
END_TEST

START_TEST(moments_that_a_worker_makes_up_are_taken_as_they_are)
{
    atomic_store(&page(1)->first_ns, INT64_MIN);
    atomic_store(&page(1)->started_ns, INT64_MIN);
    atomic_store(&page(1)->last_ns, INT64_MAX);
    struct vf_task_figures figures = vf_report_figures(&plan->tasks[0], memory);
    ck_assert(figures.fps >= 0);
    ck_assert(figures.busy >= 0);
}
END_TEST

START_TEST(what_a_worker_says_it_has_written_is_a_line_that_no_terminal_obeys)
{
    struct vf_task_outcome outcomes[2] = {{.task = 1, .name = "n"}, {.task = 2, .name = "s"}};
    char *rows = NULL;
    size_t size;
    FILE *out = open_memstream(&rows, &size);
    ck_assert_ptr_nonnull(out);
    memset(page(2)->outputs, '\033', sizeof(page(2)->outputs));
    atomic_store(&page(2)->output_count, UINT32_MAX);
    vf_report_rows(out, plan, memory, outcomes, 0);
    ck_assert_int_eq(fclose(out), 0);
    ck_assert_ptr_null(strchr(rows, '\033'));
    const char *line = strstr(rows, "wrote ?");
    ck_assert_ptr_nonnull(line);
    ck_assert_uint_eq(strcspn(line, "\n"), strlen("wrote ") + VF_PAGE_OUTPUT_SIZE - 1);
    free(rows);
}
END_TEST

Suite *report_suite(void);
Suite *report_suite(void)
{
    Suite *suite = suite_create("report");
    TCase *tcase = tcase_create("report");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, a_report_has_a_word_for_whatever_a_task_was_doing, 0,
                        VF_TASK_STATES);
    tcase_add_test(tcase, a_state_that_there_is_not_spoils_no_report);
    tcase_add_test(tcase, moments_that_a_worker_makes_up_are_taken_as_they_are);
    tcase_add_test(tcase, what_a_worker_says_it_has_written_is_a_line_that_no_terminal_obeys);
    suite_add_tcase(suite, tcase);
    return suite;
}
