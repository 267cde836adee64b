/* SPDX-License-Identifier: MIT */
/* Lists whose nodes come only when somebody asks for them. */
/* Each test needs a process of its own. */
#include <check.h>
#include <errno.h>

#include "engine/base/array.h"
#include "engine/node/node.h"

static const struct vf_node first = {.name = "first"}, second = {.name = "second"};
static const char *const names[] = {"first", "second", "gone"};
static unsigned brought[VF_COUNT(names)];

static const struct vf_node *bring(size_t number)
{
    static const struct vf_node *const nodes[VF_COUNT(names)] = {&first, &second};
    brought[number]++;
    return nodes[number];
}

static const struct vf_node_list list = {.count = VF_COUNT(names), .names = names, .bring = bring};

START_TEST(only_the_node_that_is_asked_for_is_brought)
{
    ck_assert_ptr_eq(vf_node_find(&list, "second"), &second);
    ck_assert_uint_eq(brought[0], 0);
    ck_assert_uint_eq(brought[1], 1);
    ck_assert_uint_eq(brought[2], 0);
}
END_TEST

START_TEST(names_are_known_without_bringing_a_node)
{
    ck_assert_str_eq(vf_node_name_at(&list, 2), "gone");
    ck_assert(vf_node_exists(&list, "gone"));
    ck_assert(!vf_node_exists(&list, "third"));
    ck_assert_ptr_null(vf_node_find(&list, "third"));
    for (size_t i = 0; i < list.count; i++)
        ck_assert_uint_eq(brought[i], 0);
}
END_TEST

START_TEST(a_node_that_cannot_be_brought_spoils_no_other)
{
    ck_assert_ptr_null(vf_node_find(&list, "gone"));
    ck_assert_int_eq(vf_node_bring_all(&list), -ELIBACC);
    ck_assert_ptr_eq(vf_node_at(&list, 0), &first);
    ck_assert_ptr_eq(vf_node_at(&list, 1), &second);
}
END_TEST

START_TEST(a_list_in_memory_has_all_of_its_nodes)
{
    static const struct vf_node *const items[] = {&first, &second};
    const struct vf_node_list whole = VF_LIST(items);
    ck_assert_int_eq(vf_node_bring_all(&whole), VF_OK);
    ck_assert_ptr_eq(vf_node_find(&whole, "second"), &second);
    ck_assert_str_eq(vf_node_name_at(&whole, 0), "first");
    ck_assert(!vf_node_exists(&whole, "gone"));
}
END_TEST

Suite *node_names_suite(void);
Suite *node_names_suite(void)
{
    Suite *suite = suite_create("node_names");
    TCase *tcase = tcase_create("node_names");
    tcase_add_test(tcase, only_the_node_that_is_asked_for_is_brought);
    tcase_add_test(tcase, names_are_known_without_bringing_a_node);
    tcase_add_test(tcase, a_node_that_cannot_be_brought_spoils_no_other);
    tcase_add_test(tcase, a_list_in_memory_has_all_of_its_nodes);
    suite_add_tcase(suite, tcase);
    return suite;
}
