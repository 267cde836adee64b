/* SPDX-License-Identifier: MIT */
/* Flows in one line, as flow files, and the variables that a flow wants. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/flow/chain/chain.h"
#include "engine/flow/chain/print.h"
#include "engine/flow/chain/words.h"
#include "engine/flow/file/wanted.h"
#include "engine/flow/file/yaml.h"
#include "nodes/all_nodes.h"

static const struct {
    const char *chain, *words; /* each in brackets; marks without */
} texts[] = {
    {"a b", "[a][b]"},
    {" a\n\tb ", "[a][b]"},
    {"a ! \\\n b\\\n", "[a]![b]"},
    {"a ! b;c", "[a]![b];[c]"},
    {"a! !b", "[a!][!b]"},
    {"'a ! b' \"!\" \\! ';'", "[a ! b][!][!][;]"},
    {"k='a b' k=\"a\\\"b\\\\c\\d\" a\\ b", "[k=a b][k=a\"b\\c\\d][a b]"},
    {"'' \"\"", "[][]"},
    {"a'b'\"c\"d", "[abcd]"},
};

START_TEST(words_are_quoted_as_in_a_shell)
{
    struct vf_chain_words words = {0};
    struct vf_diagnostics diagnostics = {0};
    struct vf_text seen = {0};
    ck_assert_int_eq(vf_chain_words_read(&words, texts[_i].chain, &diagnostics), VF_OK);
    for (size_t i = 0; i < words.count; i++) {
        if (words.items[i].mark == VF_CHAIN_WORD)
            vf_text_print(&seen, "[%s]", words.items[i].text);
        else
            vf_text_print(&seen, words.items[i].mark == VF_CHAIN_LINK ? "!" : ";");
    }
    ck_assert_str_eq(seen.bytes, texts[_i].words);
    vf_text_finish(&seen);
    vf_chain_words_finish(&words);
    vf_diagnostics_finish(&diagnostics);
}
END_TEST

static const char *const chains[] = {
    "int_source end=3 ! identity replicas=2 ! print",
    "a: int_source 3 ! sum ! b: joiner ! print; a. b. ! joiner ! print separator=' '",
    "int_source ! file_append 'a \"b\".csv' format=csv ! print",
    "int_source ! print end='#' separator=\"\\\"'{}[]\" join={by: order}",
    "! ; ; a. b. int_source. ! x",
    "int_source ! int_source; print ! print",
};

/* Returns the tree as it is printed, in fresh memory. */
static char *print_tree(const struct vf_tree *root)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(out);
    for (size_t i = 0; i < root->count; i++)
        vf_chain_print(out, &root->children[i], 0);
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

START_TEST(a_chain_is_the_same_flow_when_it_is_printed_and_read_again)
{
    struct vf_tree root = {0}, again = {0};
    struct vf_diagnostics diagnostics = {0};
    vf_diagnostics_begin(&diagnostics, "chain");
    int err = vf_chain_read(chains[_i], &vf_all_nodes, &diagnostics, &root);
    ck_assert(err == VF_OK || (err == -EINVAL && diagnostics.count));
    char *printed = print_tree(&root);
    if (!err) {
        ck_assert_int_eq(vf_flow_file_parse(printed, strlen(printed), NULL, &diagnostics, &again),
                         VF_OK);
        char *second = print_tree(&again);
        ck_assert_str_eq(second, printed);
        free(second);
    }
    free(printed);
    vf_tree_finish(&root);
    vf_tree_finish(&again);
    vf_diagnostics_finish(&diagnostics);
}
END_TEST

static const char *const values[] = {
    "",    " ",  "a b",   "-",      "- a",   "-1", "a: b",  "a #b", "#",       "\"",   "\\",
    "\n",  "\t", "[a]",   "{a: b}", "*a",    "&a", "!a",    "|",    "%a",      "@a",   "`a",
    "a,b", "?",  "? a",   "'a'",    "${a}",  "é",  "a\\nb", ":",    "a:",      "=",    "<<",
    "~",   "\1", "a\"b'", ">",      "1.5e3", "+",  "...",   "---",  "{a}-{b}", "-a b",
};

START_TEST(a_value_is_read_again_as_it_was)
{
    struct vf_tree root = {0}, tree = {.key = strdup("key")};
    struct vf_diagnostics diagnostics = {0};
    ck_assert_int_eq(vf_tree_set_text(&tree, values[_i]), VF_OK);
    struct vf_tree list = {.kind = VF_TREE_MAPPING};
    ck_assert_int_eq(vf_tree_append(&list, &tree), VF_OK);
    char *printed = print_tree(&list);
    ck_assert_int_eq(vf_flow_file_parse(printed, strlen(printed), NULL, &diagnostics, &root),
                     VF_OK);
    ck_assert_uint_eq(root.count, 1);
    ck_assert_str_eq(root.children[0].text, values[_i]);
    free(printed);
    vf_tree_finish(&list);
    vf_tree_finish(&root);
    vf_diagnostics_finish(&diagnostics);
}
END_TEST

START_TEST(a_flow_lists_the_variables_that_it_wants_those_without_a_value_first)
{
    static const char yaml[] =
        "vflow: 1\nvars: {size: 3, title: \"${name} of ${VF_TEST_WANTED}\"}\n"
        "nodes:\n  a: {type: x, path: \"${input:?give a file}\", b: [\"$$ "
        "${end:-5}\", \"${size}\"], c: {d: \"${input}\"}}\n";
    struct vf_tree root = {0};
    struct vf_diagnostics diagnostics = {0};
    struct vf_wanted wanted = {0};
    struct vf_text seen = {0};
    setenv("VF_TEST_WANTED", "environment", 1);
    ck_assert_int_eq(vf_flow_file_parse(yaml, strlen(yaml), NULL, &diagnostics, &root), VF_OK);
    ck_assert_int_eq(vf_wanted_read(&wanted, &root), VF_OK);
    for (size_t i = 0; i < wanted.count; i++)
        vf_text_print(&seen, "%s=%s ", wanted.items[i].name,
                      wanted.items[i].fallback ? wanted.items[i].fallback : "?");
    ck_assert_str_eq(seen.bytes, "name=? input=? size=3 title=${name} of ${VF_TEST_WANTED} end=5 ");
    ck_assert_str_eq(vf_wanted_find(&wanted, "input")->message, "give a file");
    vf_text_finish(&seen);
    vf_wanted_finish(&wanted);
    vf_tree_finish(&root);
    vf_diagnostics_finish(&diagnostics);
}
END_TEST

Suite *flow_chain_suite(void);
Suite *flow_chain_suite(void)
{
    Suite *suite = suite_create("flow_chain");
    TCase *tcase = tcase_create("flow_chain");
    tcase_add_loop_test(tcase, words_are_quoted_as_in_a_shell, 0, (int)VF_COUNT(texts));
    tcase_add_loop_test(tcase, a_chain_is_the_same_flow_when_it_is_printed_and_read_again, 0,
                        (int)VF_COUNT(chains));
    tcase_add_loop_test(tcase, a_value_is_read_again_as_it_was, 0, (int)VF_COUNT(values));
    tcase_add_test(tcase, a_flow_lists_the_variables_that_it_wants_those_without_a_value_first);
    suite_add_tcase(suite, tcase);
    return suite;
}
