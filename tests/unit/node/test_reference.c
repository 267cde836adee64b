/* SPDX-License-Identifier: MIT */
/* Every description of a node against the files in tests/golden/, which show them as they are. */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/node/option/list.h"
#include "engine/node/reference/reference.h"
#include "engine/node/reference/schema.h"
#include "tests/nodes/plain_nodes.h"

static char *read_file(const char *path)
{
    static char text[65536];
    FILE *file = fopen(path, "re");
    ck_assert_msg(file, "%s is not there; run the tests from the top of the tree", path);
    size_t length = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[length] = '\0';
    return text;
}

static void print_schema(FILE *out, const struct vf_node *node)
{
    json_t *schema = vf_schema_of_node(node);
    ck_assert_int_eq(json_dumpf(schema, out, JSON_INDENT(2)), 0);
    fputc('\n', out);
    json_decref(schema);
}

static char *print(void (*describe)(FILE *out, const struct vf_node *node), const char *name)
{
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    describe(stream, vf_node_find(&vf_plain_nodes, name));
    fclose(stream);
    return text;
}

static const struct {
    void (*describe)(FILE *out, const struct vf_node *node);
    const char *node, *golden;
} descriptions[] = {
    {vf_reference_text, "scale", "tests/golden/scale.txt"},
    {vf_reference_man, "scale", "tests/golden/scale.mdoc"},
    {print_schema, "scale", "tests/golden/scale.json"},
    {vf_reference_words, "scale", "tests/golden/scale.words"},
    {vf_reference_text, "file", "tests/golden/file.txt"},
    {vf_reference_man, "file", "tests/golden/file.mdoc"},
    {print_schema, "file", "tests/golden/file.json"},
    {vf_reference_text, "camera", "tests/golden/camera.txt"},
    {vf_reference_text, "join", "tests/golden/join.txt"},
};

START_TEST(a_node_is_described_as_the_golden_file_shows)
{
    char *actual = print(descriptions[_i].describe, descriptions[_i].node);
    ck_assert_str_eq(actual, read_file(descriptions[_i].golden));
    free(actual);
}
END_TEST

/* What a table may say, and mdoc(7) would take for something else. */
static const struct {
    const char *about, *shown;
} texts[] = {
    {".dots begin requests", "\\&.dots begin requests"},
    {"'quotes do, too", "\\&'quotes do, too"},
    {"one\n.two\n'three\n  four\tfive ", "one .two 'three four five"},
    {"C:\\fB and \\(dq", "C:\\efB and \\e(dq"},
    {"It ends. No Ap Fl begins. end", "It ends.\nNo Ap Fl begins. end"},
    {"a \"b\" \"\"", "a \"b\" \"\""},
};

START_TEST(nothing_in_a_text_is_a_request_or_an_escape)
{
    const struct vf_node node = {.name = "No", .summary = "Fl.", .about = texts[_i].about};
    char *text, *wanted;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    vf_reference_man(stream, &node);
    fclose(stream);
    ck_assert_int_ge(
        asprintf(&wanted, ".Ss \"\\&No\"\nFl.\nA producer.\n.Pp\n%s\n", texts[_i].shown), 0);
    ck_assert_str_eq(text, wanted);
    free(wanted);
    free(text);
}
END_TEST

static const struct vf_option nasty_options[] = {
    {.name = "Ns",
     .help = ".No",
     .kind = &vf_kind_text,
     .unit = "\\n",
     .fallback = "{\"a\": \"\\\"}",
     .choices = VF_LIST(((const struct vf_choice[]){{.name = "Op \"", .help = "'x. Y"}}))},
};

START_TEST(nothing_in_a_table_or_an_example_is_a_macro)
{
    const struct vf_node node = {.name = "x",
                                 .summary = "X.",
                                 .example = ".x # No. Yes\n'y \\n\n",
                                 .options = VF_LIST(nasty_options)};
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    vf_reference_man(stream, &node);
    fclose(stream);
    ck_assert_str_eq(text, ".Ss \"\\&x\"\nX.\nA producer.\n.Bl -tag -width Ds\n"
                           ".It Cm \"\\&Ns\" : Ar \"\\&text\"\n\\&.No, \\en.\n"
                           "The default is\n.Ql \"\\&{\"\"a\"\": \"\"\\e\"\"}\" .\n"
                           ".Bl -tag -width Ds -compact\n.It Cm \"\\&Op \"\"\"\n"
                           "\\&'x.\nY.\n.El\n.El\n"
                           ".Pp\nExample:\n.Bd -literal -offset indent\n"
                           "\\&.x # No. Yes\n\\&'y \\en\n.Ed\n");
    free(text);
}
END_TEST

START_TEST(nodes_are_listed_by_kind)
{
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    ck_assert_uint_eq(vf_reference_list(stream, &vf_plain_nodes, NULL), vf_plain_nodes.count);
    fclose(stream);
    ck_assert_str_eq(text, read_file("tests/golden/list.txt"));
    free(text);
}
END_TEST

START_TEST(every_schema_is_json)
{
    char *text = print(print_schema, vf_plain_nodes.items[_i]->name);
    json_error_t error;
    json_t *schema = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    ck_assert_msg(schema, "%s in %s", error.text, text);
    json_decref(schema);
    free(text);
}
END_TEST

static const struct {
    const char *fallback, *json;
} lists[] = {
    {"[]", "[]"},
    {"[red, 0xff8800]", "[\"red\", \"0xff8800\"]"},
    {"['a \"b\"', [1, 2]]", "[\"a \\\"b\\\"\", \"[1, 2]\"]"},
};

START_TEST(the_default_of_a_list_is_a_list_in_a_schema)
{
    const struct vf_option option = {.name = "colours",
                                     .help = "Colours",
                                     .kind = &vf_kind_list,
                                     .fallback = lists[_i].fallback};
    json_t *schema = vf_schema_of_option(&option);
    json_t *expected = json_loads(lists[_i].json, 0, NULL);
    ck_assert_ptr_nonnull(expected);
    ck_assert(json_equal(json_object_get(schema, "default"), expected));
    json_decref(schema);
    json_decref(expected);
}
END_TEST

Suite *reference_suite(void);
Suite *reference_suite(void)
{
    Suite *suite = suite_create("reference");
    TCase *tcase = tcase_create("reference");
    tcase_add_loop_test(tcase, a_node_is_described_as_the_golden_file_shows, 0,
                        (int)VF_COUNT(descriptions));
    tcase_add_loop_test(tcase, nothing_in_a_text_is_a_request_or_an_escape, 0,
                        (int)VF_COUNT(texts));
    tcase_add_test(tcase, nothing_in_a_table_or_an_example_is_a_macro);
    tcase_add_test(tcase, nodes_are_listed_by_kind);
    tcase_add_loop_test(tcase, every_schema_is_json, 0, (int)vf_plain_nodes.count);
    tcase_add_loop_test(tcase, the_default_of_a_list_is_a_list_in_a_schema, 0,
                        (int)VF_COUNT(lists));
    suite_add_tcase(suite, tcase);
    return suite;
}
