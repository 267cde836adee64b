/* SPDX-License-Identifier: MIT */
/* The plugins that flows name: which files are asked for, and what is said of mistakes. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/text.h"
#include "engine/flow/file/load.h"
#include "nodes/all_nodes.h"
#include "tests/unit/support/flow_fixture.h"
#include "tests/unit/support/scratch.h"

#define NODES "nodes:\n  a: {type: int_source, end: 1}\n  b: {type: print, inputs: a}\n"

static int folder_before;
static struct vf_text asked;

static void setup(void)
{
    folder_before = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    scratch_create();
    ck_assert_int_eq(chdir(scratch_path()), 0);
    asked = (struct vf_text){0};
}

static void teardown(void)
{
    vf_text_finish(&asked);
    ck_assert_int_eq(fchdir(folder_before), 0);
    close(folder_before);
    scratch_remove();
}

/* Notes what is asked for; refuses what is called "bad". */
static int plug(const char *file, char *problem, size_t problem_size)
{
    vf_text_print(&asked, "%s ", file);
    if (!strstr(file, "bad"))
        return VF_OK;
    snprintf(problem, problem_size, "it is bad");
    return -EINVAL;
}

/* Loads a file and returns what is wrong with it, the caller's. */
static char *load(const char *file, const char *const *plugins, size_t plugin_count)
{
    const struct vf_flow_request request = {
        .file = file, .plugins = plugins, .plugin_count = plugin_count, .plug = plug};
    struct vf_diagnostics diagnostics = {0};
    struct vf_flow *flow = NULL;
    char *messages = NULL;
    size_t size;
    int err = vf_flow_load(&request, &vf_all_nodes, &diagnostics, &flow);
    FILE *stream = open_memstream(&messages, &size);
    ck_assert_ptr_nonnull(stream);
    vf_diagnostics_print(&diagnostics, stream);
    fclose(stream);
    ck_assert_int_eq(err, *messages ? -EINVAL : VF_OK);
    vf_flow_destroy(&flow);
    vf_diagnostics_finish(&diagnostics);
    return messages;
}

static void assert_asked(const char *file, const char *wanted, const char *wanted_messages)
{
    char *messages = load(file, NULL, 0);
    ck_assert_str_eq(messages, wanted_messages);
    ck_assert_str_eq(asked.bytes ? asked.bytes : "", wanted);
    free(messages);
}

START_TEST(names_start_from_the_folder_of_the_file)
{
    scratch_write("sub/flow.yaml", "vflow: 1\nplugins: [one.so, ../two.so, /three.so]\n" NODES);
    assert_asked("sub/flow.yaml", "sub/one.so sub/../two.so /three.so ", "");
}
END_TEST

START_TEST(one_name_needs_no_list)
{
    scratch_write("flow.yaml", "vflow: 1\nplugins: one.so\n" NODES);
    assert_asked("flow.yaml", "one.so ", "");
}
END_TEST

START_TEST(no_name_is_none)
{
    scratch_write("flow.yaml", "vflow: 1\nplugins:\n" NODES);
    assert_asked("flow.yaml", "", "");
}
END_TEST

START_TEST(included_files_and_sub_flows_have_plugins_of_their_own)
{
    scratch_write("flow.yaml", "vflow: 1\ninclude: sub/more.yaml\nplugins: one.so\n" NODES
                               "  c: {type: flow, file: part/part.yaml, inputs: a}\n");
    scratch_write("sub/more.yaml", "vflow: 1\nplugins: two.so\nvars: {x: 1}\n");
    scratch_write("part/part.yaml", "vflow: 1\nplugins: three.so\ninputs: {in: out}\n"
                                    "nodes: {out: {type: print}}\n");
    char *messages = load("flow.yaml", NULL, 0);
    ck_assert_msg(!strstr(messages, "plugin"), "%s", messages);
    ck_assert_str_eq(asked.bytes, "sub/two.so one.so part/three.so ");
    free(messages);
}
END_TEST

START_TEST(those_of_the_request_come_first)
{
    static const char *const plugins[] = {"here.so"};
    scratch_write("sub/flow.yaml", "vflow: 1\nplugins: one.so\n" NODES);
    free(load("sub/flow.yaml", plugins, 1));
    ck_assert_str_eq(asked.bytes, "here.so sub/one.so ");
}
END_TEST

START_TEST(a_refusal_is_shown_where_the_name_stands_and_unknown_types_are_not)
{
    scratch_write("sub/flow.yaml",
                  "vflow: 1\nplugins: [one.so, bad.so]\n"
                  "nodes:\n  a: {type: from_bad}\n  b: {type: print, inputs: a}\n");
    assert_asked("sub/flow.yaml", "sub/one.so sub/bad.so ",
                 "sub/flow.yaml:2:19: \"sub/bad.so\": it is bad\n");
}
END_TEST

START_TEST(what_is_no_name_is_a_mistake)
{
    scratch_write("flow.yaml", "vflow: 1\nplugins: {a: one.so}\n" NODES);
    assert_asked("flow.yaml", "",
                 "flow.yaml:2:10: this is a mapping; plugins takes names of files: plugins: [a.so, "
                 "b.so]\n");
}
END_TEST

START_TEST(who_loads_none_says_so)
{
    assert_flow_messages("vflow: 1\nplugins: one.so\nnodes: {a: {type: camera}}\n", NULL,
                         "f:2:10: \"one.so\": this program loads no plugins\n");
}
END_TEST

START_TEST(the_tree_of_a_flow_names_them_by_their_real_paths)
{
    const struct vf_flow_request request = {.file = "sub/flow.yaml", .plug = plug};
    struct vf_diagnostics diagnostics = {0};
    struct vf_tree root = {0};
    struct vf_flow *keeper;
    scratch_write("sub/one.so", "");
    scratch_write("sub/flow.yaml", "vflow: 1\nplugins: [one.so, ../sub/one.so]\n" NODES);
    int err = vf_flow_load_tree(&request, VF_FLOW_EXPANDED, &diagnostics, &keeper, &root);
    ck_assert_int_eq(err, VF_OK);
    const struct vf_tree *plugins = vf_tree_find(&root, "plugins");
    char *real = realpath("sub/one.so", NULL);
    ck_assert_ptr_nonnull(plugins);
    ck_assert_uint_eq(plugins->count, 1);
    ck_assert_str_eq(plugins->children[0].text, real);
    free(real);
    vf_tree_finish(&root);
    vf_flow_destroy(&keeper);
    vf_diagnostics_finish(&diagnostics);
}
END_TEST

Suite *flow_plugins_suite(void);
Suite *flow_plugins_suite(void)
{
    Suite *suite = suite_create("flow_plugins");
    TCase *tcase = tcase_create("flow_plugins");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, names_start_from_the_folder_of_the_file);
    tcase_add_test(tcase, one_name_needs_no_list);
    tcase_add_test(tcase, no_name_is_none);
    tcase_add_test(tcase, included_files_and_sub_flows_have_plugins_of_their_own);
    tcase_add_test(tcase, those_of_the_request_come_first);
    tcase_add_test(tcase, a_refusal_is_shown_where_the_name_stands_and_unknown_types_are_not);
    tcase_add_test(tcase, what_is_no_name_is_a_mistake);
    tcase_add_test(tcase, who_loads_none_says_so);
    tcase_add_test(tcase, the_tree_of_a_flow_names_them_by_their_real_paths);
    suite_add_tcase(suite, tcase);
    return suite;
}
