/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/flow/diagnostics.h"

static struct vf_diagnostics diagnostics;

static void add(enum vf_gravity gravity, unsigned line, unsigned column, const char *message)
{
    vf_diagnostics_add(&diagnostics, gravity, "some-code",
                       (struct vf_place){.line = line, .column = column}, "%s", message);
}

static void setup(void)
{
    diagnostics = (struct vf_diagnostics){0};
    vf_diagnostics_begin(&diagnostics, "first.yaml");
}

static void teardown(void)
{
    vf_diagnostics_finish(&diagnostics);
}

static char *print(void)
{
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    vf_diagnostics_print(&diagnostics, stream);
    fclose(stream);
    return text;
}

START_TEST(mistakes_are_shown_from_top_to_bottom_and_settings_last)
{
    vf_diagnostics_add(&diagnostics, VF_GRAVITY_FLOW, "code",
                       (struct vf_place){.setting = "-s a=1"}, "e");
    add(VF_GRAVITY_FLOW, 3, 1, "c");
    add(VF_GRAVITY_WARNING, 2, 9, "b");
    add(VF_GRAVITY_FLOW, 2, 1, "a");
    add(VF_GRAVITY_FLOW, 3, 1, "d");
    add(VF_GRAVITY_FLOW, 0, 0, "0");
    vf_diagnostics_sort(&diagnostics, 0);
    char *text = print();
    ck_assert_str_eq(text, "first.yaml: 0\nfirst.yaml:2:1: a\nfirst.yaml:2:9: warning: b\n"
                           "first.yaml:3:1: c\nfirst.yaml:3:1: d\n-s a=1: e\n");
    free(text);
}
END_TEST

START_TEST(those_of_another_file_are_sorted_by_themselves)
{
    add(VF_GRAVITY_FLOW, 9, 1, "a");
    vf_diagnostics_begin(&diagnostics, "second.yaml");
    ck_assert_uint_eq(diagnostics.first, 1);
    add(VF_GRAVITY_WARNING, 2, 1, "c");
    add(VF_GRAVITY_WARNING, 1, 1, "b");
    vf_diagnostics_sort(&diagnostics, diagnostics.first);
    char *text = print();
    ck_assert_str_eq(text, "first.yaml:9:1: a\nsecond.yaml:1:1: warning: b\n"
                           "second.yaml:2:1: warning: c\n");
    free(text);
    ck_assert_int_eq(vf_diagnostics_gravest(&diagnostics, 0), VF_GRAVITY_FLOW);
    ck_assert_int_eq(vf_diagnostics_gravest(&diagnostics, 1), VF_GRAVITY_WARNING);
    ck_assert_int_eq(vf_diagnostics_gravest(&diagnostics, 3), VF_GRAVITY_NONE);
}
END_TEST

START_TEST(a_mistake_is_one_line_whatever_a_name_contains)
{
    add(VF_GRAVITY_FLOW, 1, 1, "no \"a\nb\x1b[0m\"");
    char *text = print();
    ck_assert_str_eq(text, "first.yaml:1:1: no \"a?b?[0m\"\n");
    free(text);
}
END_TEST

START_TEST(programs_get_the_same_as_json)
{
    char *text;
    size_t size;
    add(VF_GRAVITY_SOURCE, 2, 7, "\"in.mp4\" is \\not\\ there");
    vf_diagnostics_add(&diagnostics, VF_GRAVITY_WARNING, "other-code",
                       (struct vf_place){.setting = "--var a=1"}, "unused");
    FILE *stream = open_memstream(&text, &size);
    ck_assert_int_eq(vf_diagnostics_print_json(&diagnostics, stream), 0);
    fclose(stream);
    json_t *list = json_loads(text, 0, NULL);
    json_t *expected = json_pack(
        "[{s:s, s:i, s:i, s:s, s:s, s:s}, {s:s, s:i, s:i, s:s, s:s, s:s, s:s}]", "file",
        "first.yaml", "line", 2, "column", 7, "severity", "error", "code", "some-code", "message",
        "\"in.mp4\" is \\not\\ there", "file", "first.yaml", "line", 0, "column", 0, "severity",
        "warning", "code", "other-code", "message", "unused", "setting", "--var a=1");
    ck_assert_msg(json_equal(list, expected), "%s", text);
    json_decref(list);
    json_decref(expected);
    free(text);
}
END_TEST

Suite *diagnostics_suite(void);
Suite *diagnostics_suite(void)
{
    Suite *suite = suite_create("diagnostics");
    TCase *tcase = tcase_create("diagnostics");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, mistakes_are_shown_from_top_to_bottom_and_settings_last);
    tcase_add_test(tcase, those_of_another_file_are_sorted_by_themselves);
    tcase_add_test(tcase, a_mistake_is_one_line_whatever_a_name_contains);
    tcase_add_test(tcase, programs_get_the_same_as_json);
    suite_add_tcase(suite, tcase);
    return suite;
}
