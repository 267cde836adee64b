/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <stdlib.h>

#include "engine/base/array.h"
#include "engine/node/option/list.h"

#define MAX_ITEMS 4

static const struct {
    const char *text, *items[MAX_ITEMS];
} lists[] = {
    {"", {NULL}},
    {"[]", {NULL}},
    {"  [ ] ", {NULL}},
    {"red", {"red"}},
    {"red, green", {"red", "green"}},
    {"[red, green,]", {"red", "green"}},
    {"[light blue,\n \"a, b\", 'it]', \"\"]", {"light blue", "a, b", "it]", ""}},
    {"\"say \\\"hi\\\"\"", {"say \"hi\""}},
    {"[[1, 2], [3, 4]]", {"[1, 2]", "[3, 4]"}},
    {"[1, 2], [3, 4]", {"[1, 2]", "[3, 4]"}},
    {"[[1, \"]\"], x]", {"[1, \"]\"]", "x"}},
};

START_TEST(a_list_is_taken_apart_at_its_commas)
{
    struct vf_option_texts texts;
    ck_assert_int_eq(vf_option_list_split(&texts, lists[_i].text), VF_OK);
    for (size_t i = 0; i < texts.count; i++) {
        ck_assert_uint_lt(i, MAX_ITEMS);
        ck_assert_ptr_nonnull(lists[_i].items[i]);
        ck_assert_str_eq(texts.items[i], lists[_i].items[i]);
    }
    ck_assert(texts.count == MAX_ITEMS || !lists[_i].items[texts.count]);
    vf_option_texts_finish(&texts);
}
END_TEST

static const char *const broken[] = {
    "[", "]", "[a", "a]", "[[1, 2]", "\"a", "'a", "a,,b", ",", "[\"a]", "\"a\" b", "[1] [2]",
};

START_TEST(what_does_not_match_is_refused)
{
    struct vf_option_texts texts;
    ck_assert_int_eq(vf_option_list_split(&texts, broken[_i]), -EINVAL);
    ck_assert_uint_eq(texts.count, 0);
    ck_assert_ptr_null(texts.items);
}
END_TEST

START_TEST(what_is_written_is_read_again)
{
    static const char *const items[] = {"plain",         "",     "a, b", " spaces ",
                                        "\"quoted\" \\", "it's", "[",    "ä"};
    struct vf_text list = {0};
    struct vf_option_texts texts;
    for (size_t i = 0; i < VF_COUNT(items); i++)
        vf_option_list_print(&list, items[i], i == 0, false);
    ck_assert_int_eq(vf_option_list_split(&texts, list.bytes), VF_OK);
    ck_assert_uint_eq(texts.count, VF_COUNT(items));
    for (size_t i = 0; i < VF_COUNT(items); i++)
        ck_assert_str_eq(texts.items[i], items[i]);
    vf_option_texts_finish(&texts);
    vf_text_finish(&list);
}
END_TEST

struct values {
    struct vf_option_texts colours;
};

static const struct vf_option option = {"colours", "Colours", VF_TEXT_LIST(struct values, colours),
                                        .fallback = "[red]"};

START_TEST(a_list_that_is_refused_leaves_the_one_before)
{
    const struct vf_option_list options = {.items = &option, .count = 1};
    struct values values = {0};
    ck_assert_int_eq(vf_option_set_fallbacks(&options, &values), VF_OK);
    ck_assert_int_eq(vf_option_set(&option, "[blue", &values), -EINVAL);
    ck_assert_uint_eq(values.colours.count, 1);
    ck_assert_str_eq(values.colours.items[0], "red");
    ck_assert_int_eq(vf_option_set(&option, "[blue, green]", &values), VF_OK);
    ck_assert_uint_eq(values.colours.count, 2);
    vf_option_release(&options, &values);
    ck_assert_ptr_null(values.colours.items);
}
END_TEST

Suite *option_list_suite(void);
Suite *option_list_suite(void)
{
    Suite *suite = suite_create("option_list");
    TCase *tcase = tcase_create("option_list");
    tcase_add_loop_test(tcase, a_list_is_taken_apart_at_its_commas, 0, (int)VF_COUNT(lists));
    tcase_add_loop_test(tcase, what_does_not_match_is_refused, 0, (int)VF_COUNT(broken));
    tcase_add_test(tcase, what_is_written_is_read_again);
    tcase_add_test(tcase, a_list_that_is_refused_leaves_the_one_before);
    suite_add_tcase(suite, tcase);
    return suite;
}
