/* SPDX-License-Identifier: MIT */
/* How much memory there is, read from files that a test has written. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/flow/plan/memory_available.h"
#include "tests/unit/support/scratch.h"

#define KILOBYTE UINT64_C(1024)

static char meminfo[256], groups[256], folder[256];
static const struct vf_memory_sources sources = {meminfo, groups, folder};

static void setup(void)
{
    scratch_create();
    snprintf(meminfo, sizeof(meminfo), "%s/meminfo", scratch_path());
    snprintf(groups, sizeof(groups), "%s/groups", scratch_path());
    snprintf(folder, sizeof(folder), "%s/fs", scratch_path());
}

static void assert_available(uint64_t bytes, const char *group)
{
    struct vf_memory_available available;
    ck_assert_int_eq(vf_memory_available(&sources, &available), VF_OK);
    ck_assert_uint_eq(available.bytes, bytes);
    if (group)
        ck_assert_pstr_eq(available.group, group);
    else
        ck_assert_ptr_null(available.group);
    free(available.group);
}

START_TEST(a_machine_without_groups_has_what_the_kernel_calls_available)
{
    scratch_write("meminfo", "MemTotal:  900 kB\nMemFree:  100 kB\nMemAvailable:  400 kB\n");
    assert_available(400 * KILOBYTE, NULL);
}
END_TEST

START_TEST(every_group_up_to_the_root_may_have_less)
{
    scratch_write("meminfo", "MemAvailable: 100000 kB\n");
    scratch_write("groups", "0::/a/b\n");
    scratch_write("fs/a/b/memory.max", "9000000\n");
    scratch_write("fs/a/b/memory.current", "1000000\n");
    scratch_write("fs/a/memory.max", "5000000\n");
    scratch_write("fs/a/memory.current", "3000000\n");
    assert_available(2000000, "/a");
    scratch_write("fs/memory.max", "1500000\n");
    assert_available(1500000, "/");
    scratch_write("fs/memory.max", "max\n");
    scratch_write("fs/a/memory.max", "max\n");
    assert_available(8000000, "/a/b");
}
END_TEST

START_TEST(the_page_cache_of_a_group_can_be_given_up)
{
    scratch_write("meminfo", "MemAvailable: 100000 kB\n");
    scratch_write("groups", "0::/a\n");
    scratch_write("fs/a/memory.max", "5000000\n");
    scratch_write("fs/a/memory.current", "4000000\n");
    scratch_write("fs/a/memory.stat", "anon 1\nfile 3000000\ninactive_file 2500000\n");
    assert_available(3500000, "/a");
    scratch_write("fs/a/memory.current", "9000000\n");
    assert_available(0, "/a");
}
END_TEST

START_TEST(groups_of_version_1_are_found_by_their_controller)
{
    scratch_write("meminfo", "MemAvailable: 100000 kB\n");
    scratch_write("groups", "5:cpu,cpuacct:/other\n4:hugetlb,memory:/box\n1:name=systemd:/x\n");
    scratch_write("fs/memory/box/memory.limit_in_bytes", "6000000\n");
    scratch_write("fs/memory/box/memory.usage_in_bytes", "1000000\n");
    scratch_write("fs/memory/box/memory.stat", "inactive_file 7\ntotal_inactive_file 500000\n");
    assert_available(5500000, "/box");
    scratch_write("fs/memory/box/memory.limit_in_bytes", "9223372036854771712\n");
    assert_available(100000 * KILOBYTE, NULL);
}
END_TEST

START_TEST(the_machine_may_have_less_than_a_group)
{
    scratch_write("meminfo", "MemAvailable: 1000 kB\n");
    scratch_write("groups", "0::/\n");
    scratch_write("fs/memory.max", "2000000\n");
    scratch_write("fs/memory.current", "10\n");
    assert_available(1000 * KILOBYTE, NULL);
}
END_TEST

START_TEST(where_nothing_can_be_read_nothing_is_known)
{
    struct vf_memory_available available;
    ck_assert_int_eq(vf_memory_available(&sources, &available), -ENOENT);
    scratch_write("meminfo", "nonsense\n");
    scratch_write("groups", "nonsense\n0:\n0::\n::::\n");
    ck_assert_int_eq(vf_memory_available(&sources, &available), -ENOENT);
}
END_TEST

START_TEST(this_machine_has_some)
{
    struct vf_memory_available available;
    ck_assert_int_eq(vf_memory_available(NULL, &available), VF_OK);
    ck_assert_uint_gt(available.bytes, 0);
    free(available.group);
}
END_TEST

Suite *memory_available_suite(void);
Suite *memory_available_suite(void)
{
    Suite *suite = suite_create("memory_available");
    TCase *tcase = tcase_create("memory_available");
    tcase_add_checked_fixture(tcase, setup, scratch_remove);
    tcase_add_test(tcase, a_machine_without_groups_has_what_the_kernel_calls_available);
    tcase_add_test(tcase, every_group_up_to_the_root_may_have_less);
    tcase_add_test(tcase, the_page_cache_of_a_group_can_be_given_up);
    tcase_add_test(tcase, groups_of_version_1_are_found_by_their_controller);
    tcase_add_test(tcase, the_machine_may_have_less_than_a_group);
    tcase_add_test(tcase, where_nothing_can_be_read_nothing_is_known);
    tcase_add_test(tcase, this_machine_has_some);
    suite_add_tcase(suite, tcase);
    return suite;
}
