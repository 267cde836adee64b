/* SPDX-License-Identifier: MIT */
/* Names of classes, from label files and lists. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/text.h"
#include "nodes/value/class_labels.h"
#include "tests/unit/support/scratch.h"

static struct vf_class_labels labels;
static char *path, problem[512];

static void setup(void)
{
    scratch_create();
    path = vf_text_format("%s/labels.txt", scratch_path());
    ck_assert_ptr_nonnull(path);
}

static void teardown(void)
{
    vf_class_labels_finish(&labels);
    free(path);
    scratch_remove();
}

/* Writes a label file and reads it. */
static int read_text(const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
    problem[0] = '\0';
    return vf_class_labels_read(&labels, path, problem, sizeof(problem));
}

static const struct {
    const char *text;
    double id;
    const char *name;
} files[] = {
    {"person\ncar\n", 0, "person"},
    {"person\r\n  red car  \r\n", 1, "red car"},
    {"person\ncar", 2, NULL},
    {"person\n\ncar\n", 1, NULL},
    {"person\n\ncar\n", 2, "car"},
    {"person\n", 0.5, NULL},
    {"person\n", -1, NULL},
    {"person\n", 1e300, NULL},
    {"items\n", 0, "items"},
    {"item {\n  id: 1\n  display_name: 'person'\n}\n", 1, "person"},
    {"item{name:\"/m/1\" id:7 display_name:\"car\"} item{id:3 name:'bus'}", 7, "car"},
    {"item{name:\"/m/1\" id:7 display_name:\"car\"} item{id:3 name:'bus'}", 3, "bus"},
    {"# all\nitem { id: 1, name: \"a \\\"b\\\" # }\" } # end", 1, "a \"b\" # }"},
    {"item { id: 1 name: 'a' keypoints { id: 9 label: '}' } keypoints: { x {} } }", 1, "a"},
    {"item { id: -5 frequency: FREQUENT name: 'a' }", -5, "a"},
};

START_TEST(a_label_file_names_classes)
{
    ck_assert_int_eq(read_text(files[_i].text), VF_OK);
    const char *name = vf_class_labels_find(&labels, files[_i].id);
    ck_assert_int_eq(name != NULL, files[_i].name != NULL);
    if (name)
        ck_assert_str_eq(name, files[_i].name);
}
END_TEST

static const struct {
    const char *text, *problem;
} mistakes[] = {
    {"", "labels.txt:1: the file is empty"},
    {"item {\n  id: 1\n}\n", "labels.txt:3: item 1 has neither a display_name nor a name"},
    {"item { name: 'a' }", ":1: an item without an id"},
    {"item {\n id: one\n name: 'a' }", ":3: the id \"one\" is no whole number"},
    {"item {\n id: 1\n name: 'a\n}", ":3: text without a closing '"},
    {"item { id: 1 name: 'a' }\nitem { id: 1 name: 'b' }", ":2: two items have the id 1"},
    {"item { id: 1 name: 'a' }\nitme { id: 2 name: 'b' }", ":2: expected item {"},
    {"item { id 1 }", ":1: \"id\" has no colon after it"},
    {"item { id: }", ":1: a field without a value"},
    {"item { id: 1 name: 'a'\n", ":2: a } or the name of a field is missing"},
    {"item { id: 1 keypoints { x: 1", ":1: a { without its }"},
    {"item { id: 99999999999999999999 name: 'a' }", "is no whole number"},
};

START_TEST(a_mistake_in_a_label_file_is_named_with_its_line)
{
    ck_assert_int_eq(read_text(mistakes[_i].text), -EINVAL);
    ck_assert_msg(strstr(problem, mistakes[_i].problem) != NULL, "%s", problem);
    ck_assert_uint_eq(labels.count, 0);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_named)
{
    ck_assert_int_eq(vf_class_labels_read(&labels, path, problem, sizeof(problem)), -ENOENT);
    ck_assert_ptr_nonnull(strstr(problem, "labels.txt: No such file"));
}
END_TEST

START_TEST(a_list_names_classes_from_0_on)
{
    char person[] = "person", car[] = "car", *names[] = {person, car};
    const struct vf_option_texts texts = {names, 2};
    ck_assert_int_eq(vf_class_labels_set(&labels, &texts), VF_OK);
    ck_assert_str_eq(vf_class_labels_find(&labels, 1), "car");
    ck_assert_ptr_null(vf_class_labels_find(&labels, 2));
}
END_TEST

START_TEST(many_classes_are_found)
{
    struct vf_text text = {0};
    for (int i = 999; i >= 0; i--)
        vf_text_print(&text, "item { id: %d name: 'class %d' }\n", i, i);
    ck_assert_int_eq(read_text(text.bytes), VF_OK);
    vf_text_finish(&text);
    ck_assert_str_eq(vf_class_labels_find(&labels, 0), "class 0");
    ck_assert_str_eq(vf_class_labels_find(&labels, 517), "class 517");
    ck_assert_str_eq(vf_class_labels_find(&labels, 999), "class 999");
}
END_TEST

Suite *class_labels_suite(void);
Suite *class_labels_suite(void)
{
    Suite *suite = suite_create("class_labels");
    TCase *tcase = tcase_create("class_labels");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, a_label_file_names_classes, 0, (int)VF_COUNT(files));
    tcase_add_loop_test(tcase, a_mistake_in_a_label_file_is_named_with_its_line, 0,
                        (int)VF_COUNT(mistakes));
    tcase_add_test(tcase, a_file_that_is_not_there_is_named);
    tcase_add_test(tcase, a_list_names_classes_from_0_on);
    tcase_add_test(tcase, many_classes_are_found);
    suite_add_tcase(suite, tcase);
    return suite;
}
