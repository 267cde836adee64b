/* SPDX-License-Identifier: MIT */
/* How many processors there are, read from files that a test has written. */
#include <check.h>
#include <sched.h>
#include <stdio.h>

#include "engine/base/control_group.h"
#include "engine/base/processors.h"
#include "tests/unit/support/scratch.h"

static char groups[256], folder[256];
static const struct vf_control_group_sources sources = {groups, folder};
static int all;

static void setup(void)
{
    cpu_set_t set;
    ck_assert_int_eq(sched_getaffinity(0, sizeof(set), &set), 0);
    all = CPU_COUNT(&set);
    scratch_create();
    snprintf(groups, sizeof(groups), "%s/groups", scratch_path());
    snprintf(folder, sizeof(folder), "%s/fs", scratch_path());
}

START_TEST(without_a_quota_there_are_those_of_the_affinity_mask)
{
    ck_assert_double_eq(vf_processors_available(&sources), all);
    scratch_write("groups", "0::/jobs/7\n");
    scratch_write("fs/jobs/7/cpu.max", "max 100000\n");
    ck_assert_double_eq(vf_processors_available(&sources), all);
}
END_TEST

START_TEST(a_quota_may_be_less_than_one)
{
    scratch_write("groups", "0::/jobs/7\n");
    scratch_write("fs/jobs/7/cpu.max", "25000 100000\n");
    ck_assert_double_eq(vf_processors_available(&sources), 0.25);
}
END_TEST

START_TEST(a_group_further_out_may_have_the_smaller_quota)
{
    scratch_write("groups", "0::/jobs/7\n");
    scratch_write("fs/jobs/7/cpu.max", "75000 100000\n");
    scratch_write("fs/jobs/cpu.max", "10000 20000\n");
    ck_assert_double_eq(vf_processors_available(&sources), 0.5);
}
END_TEST

START_TEST(groups_of_version_1_have_quotas_too)
{
    scratch_write("groups", "3:cpu,cpuacct:/a\n2:memory:/b\n");
    scratch_write("fs/cpu/a/cpu.cfs_quota_us", "50000\n");
    scratch_write("fs/cpu/a/cpu.cfs_period_us", "100000\n");
    ck_assert_double_eq(vf_processors_available(&sources), 0.5);
    scratch_write("fs/cpu/a/cpu.cfs_quota_us", "-1\n");
    ck_assert_double_eq(vf_processors_available(&sources), all);
}
END_TEST

START_TEST(a_quota_of_more_than_there_are_adds_none)
{
    scratch_write("groups", "0::/\n");
    scratch_write("fs/cpu.max", "100000000 100000\n");
    ck_assert_double_eq(vf_processors_available(&sources), all < 1000 ? all : 1000);
}
END_TEST

Suite *processors_suite(void);
Suite *processors_suite(void)
{
    Suite *suite = suite_create("processors");
    TCase *tcase = tcase_create("processors");
    tcase_add_checked_fixture(tcase, setup, scratch_remove);
    tcase_add_test(tcase, without_a_quota_there_are_those_of_the_affinity_mask);
    tcase_add_test(tcase, a_quota_may_be_less_than_one);
    tcase_add_test(tcase, a_group_further_out_may_have_the_smaller_quota);
    tcase_add_test(tcase, groups_of_version_1_have_quotas_too);
    tcase_add_test(tcase, a_quota_of_more_than_there_are_adds_none);
    suite_add_tcase(suite, tcase);
    return suite;
}
