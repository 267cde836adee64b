/* SPDX-License-Identifier: MIT */
/* How many processors there are, read from files that a test has written. */
#include <check.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/control_group.h"
#include "engine/base/processors.h"
#include "engine/base/text.h"
#include "tests/unit/support/scratch.h"

static char groups[256], folder[256];
static const struct vf_control_group_sources sources = {groups, folder};
static int all;

/* Writes a file of the scratch folder, and the folders that it is in. */
static void write_file(const char *name, const char *text)
{
    char *path = vf_text_format("%s/%s", scratch_path(), name);
    ck_assert_ptr_nonnull(path);
    for (char *slash = path + strlen(scratch_path()) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        (void)mkdir(path, 0777);
        *slash = '/';
    }
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    ck_assert_int_eq(fclose(file), 0);
    free(path);
}

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
    write_file("groups", "0::/jobs/7\n");
    write_file("fs/jobs/7/cpu.max", "max 100000\n");
    ck_assert_double_eq(vf_processors_available(&sources), all);
}
END_TEST

START_TEST(a_quota_may_be_less_than_one)
{
    write_file("groups", "0::/jobs/7\n");
    write_file("fs/jobs/7/cpu.max", "25000 100000\n");
    ck_assert_double_eq(vf_processors_available(&sources), 0.25);
}
END_TEST

START_TEST(a_group_further_out_may_have_the_smaller_quota)
{
    write_file("groups", "0::/jobs/7\n");
    write_file("fs/jobs/7/cpu.max", "75000 100000\n");
    write_file("fs/jobs/cpu.max", "10000 20000\n");
    ck_assert_double_eq(vf_processors_available(&sources), 0.5);
}
END_TEST

START_TEST(groups_of_version_1_have_quotas_too)
{
    write_file("groups", "3:cpu,cpuacct:/a\n2:memory:/b\n");
    write_file("fs/cpu/a/cpu.cfs_quota_us", "50000\n");
    write_file("fs/cpu/a/cpu.cfs_period_us", "100000\n");
    ck_assert_double_eq(vf_processors_available(&sources), 0.5);
    write_file("fs/cpu/a/cpu.cfs_quota_us", "-1\n");
    ck_assert_double_eq(vf_processors_available(&sources), all);
}
END_TEST

START_TEST(a_quota_of_more_than_there_are_adds_none)
{
    write_file("groups", "0::/\n");
    write_file("fs/cpu.max", "100000000 100000\n");
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
