/* SPDX-License-Identifier: MIT */
/* Parts of flow files as JSON. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/flow/file/tree_json.h"
#include "engine/flow/file/yaml.h"

static const struct {
    const char *yaml, *json;
} cases[] = {
    {"a: 1\nb: -0.5\nc: 1e3", "{\"a\":1,\"b\":-0.5,\"c\":1000.0}"},
    {"a: \"1\"\nb: 'true'", "{\"a\":\"1\",\"b\":\"true\"}"},
    {"a: true\nb: false\nc: null\nd:", "{\"a\":true,\"b\":false,\"c\":null,\"d\":null}"},
    {"a: 007\nb: 1.2.3\nc: yes\nd: 12px",
     "{\"a\":\"007\",\"b\":\"1.2.3\",\"c\":\"yes\",\"d\":\"12px\"}"},
    {"a: 99999999999999999999", "{\"a\":\"99999999999999999999\"}"},
    {"a: [1, [two, 3], {four: 5}]", "{\"a\":[1,[\"two\",3],{\"four\":5}]}"},
    {"b: 1\na: {}\nc: []", "{\"a\":{},\"b\":1,\"c\":[]}"},
    {"a: '[1]'\nb: \"\"", "{\"a\":\"[1]\",\"b\":\"\"}"},
};

START_TEST(values_are_what_they_look_like_unless_they_are_quoted)
{
    struct vf_diagnostics diagnostics = {0};
    struct vf_tree root = {0}, copy;
    vf_diagnostics_begin(&diagnostics, "f");
    ck_assert_int_eq(
        vf_flow_file_parse(cases[_i].yaml, strlen(cases[_i].yaml), NULL, &diagnostics, &root),
        VF_OK);
    ck_assert_int_eq(vf_tree_copy(&copy, &root), VF_OK);
    char *json = vf_tree_to_json(&copy);
    ck_assert_str_eq(json, cases[_i].json);
    free(json);
    vf_tree_finish(&copy);
    vf_tree_finish(&root);
    vf_diagnostics_finish(&diagnostics);
}
END_TEST

START_TEST(what_is_put_in_later_is_not_quoted)
{
    struct vf_tree tree = {.is_quoted = true};
    ck_assert_int_eq(vf_tree_set_text(&tree, "0.25"), VF_OK);
    char *json = vf_tree_to_json(&tree);
    ck_assert_str_eq(json, "0.25");
    free(json);
    vf_tree_finish(&tree);
}
END_TEST

Suite *tree_json_suite(void);
Suite *tree_json_suite(void)
{
    Suite *suite = suite_create("tree_json");
    TCase *tests = tcase_create("tree_json");
    tcase_add_loop_test(tests, values_are_what_they_look_like_unless_they_are_quoted, 0,
                        (int)VF_COUNT(cases));
    tcase_add_test(tests, what_is_put_in_later_is_not_quoted);
    suite_add_tcase(suite, tests);
    return suite;
}
