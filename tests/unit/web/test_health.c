/* SPDX-License-Identifier: MIT */
/* Whether a run is well, made up from pages that a test has filled in. */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>

#include "engine/base/clock.h"
#include "engine/edge/page/task_page.h"
#include "engine/web/health.h"
#include "tests/unit/support/flow_fixture.h"

static struct vf_plan *plan;
static struct vf_run_memory *memory;
static struct vf_standstill *standstill;

static struct vf_task_page *page(unsigned task)
{
    return (struct vf_task_page *)(uintptr_t)vf_run_memory_page(memory, task);
}

static void setup(void)
{
    plan = plan_good_flow("vflow: 1\nnodes:\n  n: {type: counter}\n  s: {type: sink, inputs: n}\n");
    ck_assert_int_eq(vf_run_memory_create(&memory, plan), VF_OK);
    ck_assert_int_eq(vf_standstill_create(&standstill, plan, memory, 0), VF_OK);
    vf_run_memory_tell_state(memory, VF_RUN_RUNNING);
    atomic_store(&page(1)->state, VF_TASK_BUSY);
    atomic_store(&page(2)->state, VF_TASK_WAITING);
}

static void teardown(void)
{
    vf_standstill_destroy(&standstill);
    vf_run_memory_destroy(&memory);
    vf_plan_destroy(&plan);
}

/* Fails the test unless the answer at a moment is this. */
static void check_answer(int64_t seconds, const char *wanted)
{
    const struct vf_web_spec spec = {.plan = plan, .memory = memory};
    bool is_ready;
    json_t *answer = vf_web_readiness(&spec, standstill, seconds * VF_NS_PER_S, &is_ready);
    char *text = json_dumps(answer, JSON_COMPACT | JSON_SORT_KEYS);
    ck_assert_str_eq(text, wanted);
    ck_assert(is_ready == (strcmp(wanted, "{\"status\":\"ok\"}") == 0));
    free(text);
    json_decref(answer);
}

START_TEST(a_run_is_ready_once_all_nodes_are_open)
{
    vf_run_memory_tell_state(memory, VF_RUN_STARTING);
    atomic_store(&page(2)->state, VF_TASK_OPENING);
    check_answer(1, "{\"reasons\":[\"the run is starting\",\"1 of 2 tasks have not opened their "
                    "nodes\"],\"status\":\"not ready\"}");
    vf_run_memory_tell_state(memory, VF_RUN_RUNNING);
    atomic_store(&page(2)->state, VF_TASK_WAITING);
    check_answer(1, "{\"status\":\"ok\"}");
}
END_TEST

START_TEST(a_run_in_which_nothing_moves_is_not_ready)
{
    check_answer(9, "{\"status\":\"ok\"}");
    check_answer(12, "{\"reasons\":[\"nothing has moved for 12 seconds\"],\"status\":\"not "
                     "ready\"}");
    page(2)->inputs++;
    (void)vf_standstill_look(standstill, 12 * VF_NS_PER_S, VF_WEB_STALL_NS);
    check_answer(12, "{\"status\":\"ok\"}");
    atomic_store(&page(1)->state, VF_TASK_ENDED);
    check_answer(21, "{\"status\":\"ok\"}");
    check_answer(22, "{\"reasons\":[\"nothing has moved for 10 seconds\"],\"status\":\"not "
                     "ready\"}");
    atomic_store(&page(2)->state, VF_TASK_ENDED);
    check_answer(99, "{\"status\":\"ok\"}");
}
END_TEST

START_TEST(a_run_that_is_asked_to_stop_is_not_ready)
{
    vf_run_memory_tell_state(memory, VF_RUN_STOPPING);
    check_answer(1, "{\"reasons\":[\"the run is stopping\"],\"status\":\"not ready\"}");
}
END_TEST

Suite *health_suite(void);
Suite *health_suite(void)
{
    Suite *suite = suite_create("health");
    TCase *tcase = tcase_create("health");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_run_is_ready_once_all_nodes_are_open);
    tcase_add_test(tcase, a_run_in_which_nothing_moves_is_not_ready);
    tcase_add_test(tcase, a_run_that_is_asked_to_stop_is_not_ready);
    suite_add_tcase(suite, tcase);
    return suite;
}
