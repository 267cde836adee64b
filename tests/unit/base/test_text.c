/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/text.h"

START_TEST(text_grows_with_what_is_added)
{
    struct vf_text text = {0};
    for (int i = 0; i < 1000; i++)
        vf_text_print(&text, "%d,", i);
    vf_text_append(&text, "end", 3);
    ck_assert_uint_eq(text.length, strlen(text.bytes));
    ck_assert_str_eq(text.bytes + text.length - 7, "999,end");
    vf_text_finish(&text);
    ck_assert_ptr_null(text.bytes);
}
END_TEST

START_TEST(text_that_was_taken_leaves_an_empty_one)
{
    struct vf_text text = {0};
    vf_text_print(&text, "frame %d", 7);
    char *taken = vf_text_take(&text);
    ck_assert_str_eq(taken, "frame 7");
    ck_assert_uint_eq(text.length, 0);
    free(taken);
    taken = vf_text_take(&text);
    ck_assert_str_eq(taken, "");
    free(taken);
}
END_TEST

START_TEST(formatted_text_may_be_long)
{
    char *long_text = vf_text_format("%5000d", 1);
    ck_assert_uint_eq(strlen(long_text), 5000);
    free(long_text);
}
END_TEST

static const struct {
    const char *a, *b;
    size_t distance;
} distances[] = {
    {"", "", 0},          {"width", "width", 0},    {"widht", "width", 2},
    {"wdth", "width", 1}, {"heigth", "", 6},        {"", "abc", 3},
    {"crop", "drop", 1},  {"kitten", "sitting", 3}, {"read", "reader", 2},
};

START_TEST(the_distance_of_two_names_is_the_number_of_changes)
{
    ck_assert_uint_eq(vf_text_distance(distances[_i].a, distances[_i].b), distances[_i].distance);
}
END_TEST

START_TEST(a_name_too_long_to_compare_is_infinitely_far)
{
    char name[100];
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    ck_assert_uint_eq(vf_text_distance("x", name), SIZE_MAX);
    ck_assert_uint_eq(vf_text_distance(name, "x"), 98);
}
END_TEST

static const struct {
    const char *wanted, *nearest;
} slips[] = {
    {"widht", "width"}, {"heigt", "height"}, {"colour", NULL},
    {"width", "width"}, {"w", NULL},         {"", NULL},
};

START_TEST(a_misspelt_name_is_answered_with_the_nearest)
{
    struct vf_text_nearest nearest = {.wanted = slips[_i].wanted};
    vf_text_nearest_consider(&nearest, "height");
    vf_text_nearest_consider(&nearest, "width");
    vf_text_nearest_consider(&nearest, "weight_of_all");
    if (slips[_i].nearest)
        ck_assert_str_eq(nearest.name, slips[_i].nearest);
    else
        ck_assert_ptr_null(nearest.name);
}
END_TEST

START_TEST(a_suggestion_is_the_nearest_name_or_what_is_said_otherwise)
{
    struct vf_text_nearest near = {.wanted = "widht"}, far = {.wanted = "colour"};
    vf_text_nearest_consider(&near, "width");
    vf_text_nearest_consider(&far, "width");
    ck_assert_str_eq(vf_text_suggest(&near), "; did you mean \"width\"?");
    ck_assert_str_eq(vf_text_suggest_or(&near, "there are %d", 2), "; did you mean \"width\"?");
    ck_assert_str_eq(vf_text_suggest(&far), "");
    ck_assert_str_eq(vf_text_suggest_or(&far, "there are %d", 2), "; there are 2");
    near.before = "{";
    near.after = "}";
    ck_assert_str_eq(vf_text_suggest(&near), "; did you mean {width}?");
}
END_TEST

Suite *text_suite(void);
Suite *text_suite(void)
{
    Suite *suite = suite_create("text");
    TCase *tcase = tcase_create("text");
    tcase_add_test(tcase, text_grows_with_what_is_added);
    tcase_add_test(tcase, text_that_was_taken_leaves_an_empty_one);
    tcase_add_test(tcase, formatted_text_may_be_long);
    tcase_add_loop_test(tcase, the_distance_of_two_names_is_the_number_of_changes, 0,
                        (int)VF_COUNT(distances));
    tcase_add_test(tcase, a_name_too_long_to_compare_is_infinitely_far);
    tcase_add_test(tcase, a_suggestion_is_the_nearest_name_or_what_is_said_otherwise);
    tcase_add_loop_test(tcase, a_misspelt_name_is_answered_with_the_nearest, 0,
                        (int)VF_COUNT(slips));
    suite_add_tcase(suite, tcase);
    return suite;
}
