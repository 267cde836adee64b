/* SPDX-License-Identifier: MIT */
/* Pickles that are made to use up memory, time or the stack. */
#include <check.h>
#include <errno.h>

#include "engine/wire/python/pickle/pickle.h"

#define BYTES(literal) literal, sizeof(literal) - 1

static struct vf_plain_tree *tree;
static struct vf_complaint complaint;

static void teardown(void)
{
    vf_plain_tree_destroy(&tree);
}

static int read_pickle(const char *bytes, size_t size)
{
    return vf_pickle_read(&tree, bytes, size, NULL, &complaint);
}

static void check_complaint(const char *part)
{
    ck_assert_msg(strstr(complaint.text, part) != NULL, "\"%s\" is not in \"%s\"", part,
                  complaint.text);
}

/* Adds `count` times the same bytes. */
static void repeat(struct vf_text *text, const char *bytes, size_t size, unsigned count)
{
    while (count--)
        vf_text_append(text, bytes, size);
}

START_TEST(a_pickle_that_is_nested_too_deep_is_refused)
{
    struct vf_text pickle = {0};
    repeat(&pickle, "]", 1, (unsigned)(VF_PICKLE_MAX_DEPTH + _i));
    repeat(&pickle, "a", 1, (unsigned)(VF_PICKLE_MAX_DEPTH + _i - 1));
    vf_text_append(&pickle, ".", 1);
    ck_assert_int_eq(read_pickle(pickle.bytes, pickle.length), _i ? -EMSGSIZE : VF_OK);
    if (_i)
        check_complaint("nested more than 1000 deep");
    vf_text_finish(&pickle);
}
END_TEST

START_TEST(depth_counts_through_values_that_are_shared)
{
    struct vf_text pickle = {0};
    const struct vf_pickle_limits limits = {.depth = 20};
    repeat(&pickle, ")", 1, 1);
    repeat(&pickle, "\x85", 1, 10);
    repeat(&pickle, "q\x00", 2, 1);
    repeat(&pickle, "\x85", 1, 10);
    repeat(&pickle, "h\x00\x86.", 4, 1);
    ck_assert_int_eq(vf_pickle_read(&tree, pickle.bytes, pickle.length, &limits, &complaint),
                     -EMSGSIZE);
    vf_text_finish(&pickle);
}
END_TEST

START_TEST(a_million_tuples_in_each_other_do_not_exhaust_the_stack)
{
    struct vf_text pickle = {0};
    vf_text_append(&pickle, "N", 1);
    repeat(&pickle, "\x85", 1, 1000000);
    vf_text_append(&pickle, ".", 1);
    ck_assert_int_eq(read_pickle(pickle.bytes, pickle.length), -EMSGSIZE);
    vf_text_finish(&pickle);
}
END_TEST

START_TEST(few_bytes_that_stand_for_endless_values_are_refused)
{
    struct vf_text pickle = {0};
    vf_text_append(&pickle, ")", 1);
    repeat(&pickle, "2\x86", 2, 60); /* a pair of twice the same, sixty times */
    vf_text_append(&pickle, ".", 1);
    ck_assert_int_eq(read_pickle(pickle.bytes, pickle.length), -EMSGSIZE);
    check_complaint("stands for more than 4194304 values");
    vf_text_finish(&pickle);
}
END_TEST

START_TEST(a_list_that_is_made_into_many_sets_counts_each_time)
{
    struct vf_text pickle = {0};
    const struct vf_pickle_limits limits = {.values = 10000};
    vf_text_print(&pickle, "(");
    repeat(&pickle, "N", 1, 1000);
    vf_text_print(&pickle, "lp0\n0");
    for (unsigned i = 0; i < 20; i++)
        vf_text_print(&pickle, "c__builtin__\nset\n(g0\ntR0");
    vf_text_print(&pickle, "N.");
    ck_assert_int_eq(vf_pickle_read(&tree, pickle.bytes, pickle.length, &limits, &complaint),
                     -EMSGSIZE);
    check_complaint("REDUCE at byte");
    check_complaint("more than 10000 values");
    vf_text_finish(&pickle);
}
END_TEST

START_TEST(more_values_than_allowed_are_refused_before_they_are_made)
{
    const struct vf_pickle_limits limits = {.values = 3};
    ck_assert_int_eq(vf_pickle_read(&tree, BYTES("NNNN."), &limits, &complaint), -EMSGSIZE);
    check_complaint("NONE at byte 3: more than 3 values");
    ck_assert_int_eq(vf_pickle_read(&tree, BYTES("(NNt."), &limits, &complaint), VF_OK);
}
END_TEST

START_TEST(a_pickle_that_is_too_long_is_refused)
{
    const struct vf_pickle_limits limits = {.bytes = 4};
    ck_assert_int_eq(vf_pickle_read(&tree, BYTES("NNNN."), &limits, &complaint), -EMSGSIZE);
    check_complaint("longer than 4 bytes");
}
END_TEST

START_TEST(an_integer_has_as_many_digits_in_text_as_cpython_converts)
{
    struct vf_text pickle = {0};
    vf_text_print(&pickle, "L-");
    repeat(&pickle, "9", 1, 4300);
    vf_text_print(&pickle, "L\n.");
    ck_assert_int_eq(read_pickle(pickle.bytes, pickle.length), VF_OK);
    ck_assert_int_eq(vf_plain_root(tree)->kind, VF_PLAIN_BIG_INTEGER);
    struct vf_text written = {0};
    ck_assert_int_eq(vf_pickle_write(&written, tree, 0, &complaint), VF_OK);
    ck_assert_str_eq(written.bytes, pickle.bytes);
    vf_text_finish(&written);
    vf_plain_tree_destroy(&tree);
    vf_text_finish(&pickle);
    vf_text_print(&pickle, "I9");
    repeat(&pickle, "9", 1, 4300);
    vf_text_print(&pickle, "\n.");
    ck_assert_int_eq(read_pickle(pickle.bytes, pickle.length), -EMSGSIZE);
    check_complaint("more than 4300 digits");
    vf_text_finish(&pickle);
}
END_TEST

Suite *pickle_limits_suite(void);
Suite *pickle_limits_suite(void)
{
    Suite *suite = suite_create("pickle_limits");
    TCase *tcase = tcase_create("pickle_limits");
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_loop_test(tcase, a_pickle_that_is_nested_too_deep_is_refused, 0, 2);
    tcase_add_test(tcase, depth_counts_through_values_that_are_shared);
    tcase_add_test(tcase, a_million_tuples_in_each_other_do_not_exhaust_the_stack);
    tcase_add_test(tcase, few_bytes_that_stand_for_endless_values_are_refused);
    tcase_add_test(tcase, a_list_that_is_made_into_many_sets_counts_each_time);
    tcase_add_test(tcase, more_values_than_allowed_are_refused_before_they_are_made);
    tcase_add_test(tcase, a_pickle_that_is_too_long_is_refused);
    tcase_add_test(tcase, an_integer_has_as_many_digits_in_text_as_cpython_converts);
    suite_add_tcase(suite, tcase);
    return suite;
}
