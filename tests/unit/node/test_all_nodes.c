/* SPDX-License-Identifier: MIT */
/* Holds every node's tables to the rules of the project. */
#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/flow/file/load.h"
#include "engine/node/keys.h"
#include "nodes/all_nodes.h"

static void check_help(const char *help)
{
    ck_assert_msg(isupper((unsigned char)help[0]), "%s", help);
    ck_assert_msg(help[strlen(help) - 1] != '.', "%s", help);
}

START_TEST(a_node_describes_itself_fully)
{
    const struct vf_node *node = vf_all_nodes.items[_i];
    check_help(node->inputs.count ? node->inputs.items[0].help : "None");
    ck_assert(isupper((unsigned char)node->summary[0]));
    ck_assert(node->summary[strlen(node->summary) - 1] == '.');
    for (size_t i = 0; i < node->options.count; i++) {
        const struct vf_option *option = &node->options.items[i];
        ck_assert_ptr_eq(vf_option_find(&node->options, option->name), option);
        check_help(option->help);
        ck_assert_msg(!vf_node_key_is_taken(option->name), "%s: all nodes have such a key",
                      option->name);
        ck_assert_uint_lt(option->offset, node->options_size);
    }
    for (size_t i = 0; i < node->outputs.count; i++)
        check_help(node->outputs.items[i].help);
}
END_TEST

/* One line for each mistake; what an example reads or writes need not be there. */
static size_t count_mistakes(const struct vf_diagnostics *diagnostics)
{
    size_t count = 0;
    for (size_t i = 0; i < diagnostics->count; i++) {
        if (diagnostics->items[i].gravity != VF_GRAVITY_FLOW)
            continue;
        printf("# %s\n", diagnostics->items[i].message);
        count++;
    }
    return count;
}

START_TEST(the_example_of_a_node_is_a_flow_that_has_it)
{
    const struct vf_node *node = vf_all_nodes.items[_i];
    const struct vf_flow_request request = {.file = "example.yaml"};
    struct vf_diagnostics diagnostics = {0};
    struct vf_flow *flow = NULL;
    ck_assert_msg(node->example != NULL, "%s has no example: node.h", node->name);
    int err = vf_flow_load_text(&request, node->example, strlen(node->example), &vf_all_nodes,
                                &diagnostics, &flow);
    ck_assert_uint_eq(count_mistakes(&diagnostics), 0);
    ck_assert_uint_eq(vf_diagnostics_gravest(&diagnostics, 0) == VF_GRAVITY_NONE, err == VF_OK);
    vf_flow_destroy(&flow);
    vf_diagnostics_finish(&diagnostics);
    char type[64];
    snprintf(type, sizeof(type), "type: %s", node->name);
    ck_assert_ptr_nonnull(strstr(node->example, type));
}
END_TEST

START_TEST(what_is_said_about_a_node_is_paragraphs)
{
    const char *about = vf_all_nodes.items[_i]->about;
    for (const char *at = about; at && (at = strchr(at, '\n')); at += 2)
        ck_assert_msg(at > about && at[1] == '\n' && at[2] > ' ', "%s", about);
    ck_assert_msg(!about || about[strlen(about) - 1] == '.', "%s", about);
}
END_TEST

START_TEST(the_callbacks_of_a_node_fit_its_kind)
{
    const struct vf_node *node = vf_all_nodes.items[_i];
    ck_assert((node->kind == VF_PRODUCER) == (node->next != NULL));
    ck_assert((node->kind == VF_PROCESSOR) == (node->process != NULL));
    ck_assert((node->kind == VF_CONSUMER) == (node->consume != NULL));
    ck_assert((node->kind == VF_PRODUCER) == (node->inputs.count == 0));
    ck_assert(node->kind == VF_CONSUMER || node->outputs.count > 0);
}
END_TEST

START_TEST(every_fallback_of_a_node_is_valid)
{
    const struct vf_node *node = vf_all_nodes.items[_i];
    void *values = calloc(1, node->options_size + 1);
    ck_assert_int_eq(vf_option_set_fallbacks(&node->options, values), VF_OK);
    vf_option_release(&node->options, values);
    free(values);
}
END_TEST

START_TEST(at_most_one_option_of_a_node_is_its_main_one)
{
    const struct vf_option_list *list = &vf_node_at(&vf_all_nodes, (size_t)_i)->options;
    unsigned count = 0;
    for (size_t i = 0; i < list->count; i++)
        count += list->items[i].is_main;
    ck_assert_uint_le(count, 1);
}
END_TEST

START_TEST(no_two_nodes_have_one_name)
{
    const struct vf_node *node = vf_all_nodes.items[_i];
    ck_assert_ptr_eq(vf_node_find(&vf_all_nodes, node->name), node);
}
END_TEST

Suite *all_nodes_suite(void);
Suite *all_nodes_suite(void)
{
    Suite *suite = suite_create("all_nodes");
    TCase *tcase = tcase_create("all_nodes");
    int count = (int)vf_all_nodes.count;
    tcase_add_loop_test(tcase, a_node_describes_itself_fully, 0, count);
    tcase_add_loop_test(tcase, the_example_of_a_node_is_a_flow_that_has_it, 0, count);
    tcase_add_loop_test(tcase, what_is_said_about_a_node_is_paragraphs, 0, count);
    tcase_add_loop_test(tcase, the_callbacks_of_a_node_fit_its_kind, 0, count);
    tcase_add_loop_test(tcase, every_fallback_of_a_node_is_valid, 0, count);
    tcase_add_loop_test(tcase, at_most_one_option_of_a_node_is_its_main_one, 0, count);
    tcase_add_loop_test(tcase, no_two_nodes_have_one_name, 0, count);
    suite_add_tcase(suite, tcase);
    return suite;
}
