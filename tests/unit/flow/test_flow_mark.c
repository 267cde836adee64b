/* SPDX-License-Identifier: MIT */
/* Whether a node is described as it was. */
#include <check.h>

#include "tests/unit/support/flow_fixture.h"

/* Returns the mark of the node "s" among these lines of a flow. */
static uint64_t mark(const char *lines)
{
    char yaml[512];
    snprintf(yaml, sizeof(yaml), "vflow: 1\nnodes:\n  c: {type: camera}\n%s", lines);
    struct vf_plan *plan = plan_good_flow(yaml);
    uint64_t found = find_task(plan, "s")->mark;
    vf_plan_destroy(&plan);
    return found;
}

START_TEST(is_the_same_whatever_the_order)
{
    uint64_t one = mark("  s: {type: scale, inputs: c, width: 10, height: 20}\n");
    ck_assert(one == mark("  s: {height: 20, type: scale, width: 10, inputs: c}\n"));
    ck_assert(one ==
              mark("  s: {type: scale, inputs: c, width: 10, height: 20, stall_after: 9}\n"));
}
END_TEST

START_TEST(differs_with_each_option)
{
    uint64_t one = mark("  s: {type: scale, inputs: c, width: 10, height: 20}\n");
    ck_assert(one != mark("  s: {type: scale, inputs: c, width: 20, height: 10}\n"));
    ck_assert(one != mark("  s: {type: scale, inputs: c, width: 10, height: 21}\n"));
    ck_assert(one != mark("  s: {type: pass, inputs: c}\n"));
}
END_TEST

Suite *flow_mark_suite(void);
Suite *flow_mark_suite(void)
{
    Suite *suite = suite_create("flow_mark");
    TCase *tests = tcase_create("flow_mark");
    tcase_add_test(tests, is_the_same_whatever_the_order);
    tcase_add_test(tests, differs_with_each_option);
    suite_add_tcase(suite, tests);
    return suite;
}
