/* SPDX-License-Identifier: MIT */
/* The tables of what tasks are let do. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine/sandbox/call_table.h"
#include "engine/sandbox/rules.h"

START_TEST(every_rule_has_a_path_and_a_reason_and_stands_once)
{
    for (size_t i = 0; i < vf_rule_count; i++) {
        const struct vf_rule *rule = &vf_rules[i];
        ck_assert_msg(strchr("/~$", rule->path[0]) != NULL, "%s", rule->path);
        ck_assert_msg(rule->reason[0] && rule->rights && rule->whom, "%s", rule->path);
        for (size_t j = 0; j < i; j++)
            ck_assert_msg(strcmp(rule->path, vf_rules[j].path) != 0 ||
                              !(rule->whom & vf_rules[j].whom),
                          "%s stands twice", rule->path);
    }
}
END_TEST

static bool has_path(const struct vf_rule_paths *paths, const char *path, unsigned rights)
{
    for (size_t i = 0; i < paths->count; i++) {
        if (strcmp(paths->items[i].path, path) == 0 && paths->items[i].rights == rights)
            return true;
    }
    return false;
}

START_TEST(paths_follow_from_the_environment)
{
    struct vf_rule_paths paths = {0};
    setenv("LD_LIBRARY_PATH", "/one:relative::/two", 1);
    setenv("HOME", "/home/somebody", 1);
    unsetenv("FONTCONFIG_FILE");
    vf_rule_paths_add_rules(&paths, VF_RULE_ALL | VF_RULE_FONTS);
    ck_assert(!paths.failed);
    ck_assert(has_path(&paths, "/one", VF_MAY_READ));
    ck_assert(has_path(&paths, "/two", VF_MAY_READ));
    ck_assert(has_path(&paths, "/home/somebody/.fonts", VF_MAY_READ));
    ck_assert(!has_path(&paths, "relative", VF_MAY_READ));
    ck_assert(!has_path(&paths, "", VF_MAY_READ));
    ck_assert(!has_path(&paths, "/etc/resolv.conf", VF_MAY_READ));
    ck_assert(!has_path(&paths, "/", VF_MAY_READ | VF_MAY_RUN));
    vf_rule_paths_finish(&paths);
}
END_TEST

START_TEST(without_a_home_nothing_is_below_it)
{
    struct vf_rule_paths paths = {0};
    unsetenv("HOME");
    unsetenv("LD_LIBRARY_PATH");
    vf_rule_paths_add_rules(&paths, VF_RULE_GPU | VF_RULE_FONTS | VF_RULE_DEVICE);
    for (size_t i = 0; i < paths.count; i++)
        ck_assert_msg(paths.items[i].path[0] == '/' && paths.items[i].path[1] != '.', "%s",
                      paths.items[i].path);
    vf_rule_paths_finish(&paths);
}
END_TEST

START_TEST(every_call_stands_once)
{
    for (size_t i = 0; i < vf_call_row_count; i++) {
        for (size_t j = 0; j < i; j++)
            ck_assert_str_ne(vf_call_rows[i].name, vf_call_rows[j].name);
        for (size_t j = 0; j < vf_call_fatal_count; j++)
            ck_assert_str_ne(vf_call_rows[i].name, vf_call_fatal[j]);
    }
}
END_TEST

Suite *sandbox_rules_suite(void);
Suite *sandbox_rules_suite(void)
{
    Suite *suite = suite_create("sandbox_rules");
    TCase *tests = tcase_create("sandbox_rules");
    tcase_add_test(tests, every_rule_has_a_path_and_a_reason_and_stands_once);
    tcase_add_test(tests, paths_follow_from_the_environment);
    tcase_add_test(tests, without_a_home_nothing_is_below_it);
    tcase_add_test(tests, every_call_stands_once);
    suite_add_tcase(suite, tests);
    return suite;
}
