/* SPDX-License-Identifier: MIT */
/* What came in as an object, and that as a line of JSON or of a table. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/node/node.h"
#include "nodes/record/csv.h"
#include "nodes/record/record.h"
#include "nodes/value/value_text.h"
#include "tests/unit/support/scratch.h"

static struct vf_text text;
static struct vf_csv csv;
static struct vf_message *messages[3];

static void teardown(void)
{
    vf_text_finish(&text);
    vf_csv_finish(&csv);
    for (size_t i = 0; i < VF_COUNT(messages); i++)
        vf_message_destroy(&messages[i]);
}

static struct vf_message *json(const char *value)
{
    struct vf_message *message;
    ck_assert_int_eq(vf_message_create_json(&message, value, strlen(value)), VF_OK);
    message->description.origin.number = 7;
    return message;
}

static struct vf_message *array(const char *dtype, const void *bytes, size_t size,
                                struct vf_array shape)
{
    struct vf_payload *payload;
    struct vf_message *message;
    ck_assert_int_eq(vf_payload_create(&payload, size), VF_OK);
    memcpy(payload->data, bytes, size);
    ck_assert_int_eq(vf_message_create(&message, VF_VALUE_ARRAY, &payload), VF_OK);
    message->description.array = shape;
    snprintf(message->description.array.dtype, sizeof(shape.dtype), "%s", dtype);
    return message;
}

/* Makes the record of messages[], and prints it. False: it cannot be made. */
static bool record(unsigned count, bool has_boxes)
{
    static const char *const names[] = {"first", "second", "third"};
    const struct vf_node_run run = {.input_count = count, .input_names = names};
    json_t *made = vf_record_make(&run, messages, has_boxes);
    bool is_made = made != NULL;
    if (is_made)
        vf_value_write(&text, made);
    json_decref(made);
    return is_made;
}

START_TEST(a_message_is_an_object_with_its_number_its_time_and_its_file)
{
    messages[0] = json("[1.50, {\"a\": \"b\"}]");
    messages[0]->description.timestamp = 1;
    messages[0]->description.time_base = (struct vf_rational){1, 3};
    vf_message_set_source(&messages[0]->description, "/films/in.mp4", VF_SOURCE_NAME);
    ck_assert(record(1, true));
    ck_assert_str_eq(text.bytes,
                     "{\"number\": 7, \"timestamp\": 0.333333333, \"source\": \"in.mp4\", "
                     "\"value\": [1.5, {\"a\": \"b\"}]}");
}
END_TEST

START_TEST(several_inputs_stand_under_the_names_of_their_tasks)
{
    messages[0] = json("1");
    messages[2] = json("\"three\"");
    ck_assert(record(3, true));
    ck_assert_str_eq(text.bytes, "{\"number\": 7, \"timestamp\": null, \"source\": null, "
                                 "\"first\": 1, \"third\": \"three\"}");
}
END_TEST

START_TEST(a_name_that_is_no_text_tells_its_bytes)
{
    messages[0] = json("1");
    vf_message_set_source(&messages[0]->description, "gr\xfcn.mp4", VF_SOURCE_NAME);
    ck_assert(record(1, true));
    ck_assert_ptr_nonnull(strstr(text.bytes, "\"source\": \"gr\\\\xfcn.mp4\""));
}
END_TEST

START_TEST(a_task_that_is_called_as_what_each_line_has_is_refused)
{
    static const char *const names[] = {"reader", "timestamp"};
    struct vf_node_run run = {.input_count = 2, .input_names = names};
    capture_errors();
    int err = vf_record_check_names(&run);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "the input from timestamp would stand under"));
    ck_assert_int_eq(err, -EINVAL);
    run.input_count = 1; /* whose name is in no line */
    run.input_names = names + 1;
    ck_assert_int_eq(vf_record_check_names(&run), VF_OK);
}
END_TEST

START_TEST(what_is_no_value_makes_no_record)
{
    messages[0] = json("{");
    capture_errors();
    bool is_made = record(1, true);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "a value cannot be read"));
    ck_assert(!is_made);
}
END_TEST

static const float floats[] = {0.1f, 1e30f, -2, 0.33333334f};
static const double doubles[] = {0.1, 1.0 / 3};
static const uint8_t bytes[] = {0, 1, 255, 0, 0, 0, 0, 1};
static const uint8_t not_finite[] = {0, 0, 0x80, 0x7f, 0, 0, 0xc0, 0x7f};
static const uint8_t wide[] = {0x7f, 255, 255, 255, 255, 255, 255, 255, 0x80, 0, 0, 0, 0, 0, 0, 0};

static const struct {
    const char *dtype;
    const void *bytes;
    size_t size;
    struct vf_array shape;
    const char *value;
} arrays[] = {
    {"<f4", floats, 16, {.dimensions = 1, .shape = {4}}, "[0.1, 1e+30, -2.0, 0.33333334]"},
    {"<f8", doubles, 16, {.dimensions = 1, .shape = {2}}, "[0.1, 0.3333333333333333]"},
    {"<f4", not_finite, 8, {.dimensions = 1, .shape = {2}}, "[null, null]"},
    {"|u1", bytes, 8, {.dimensions = 2, .shape = {2, 4}}, "[[0, 1, 255, 0], [0, 0, 0, 1]]"},
    {"|i1", bytes, 4, {.dimensions = 1, .shape = {4}}, "[0, 1, -1, 0]"},
    {"|b1", bytes, 3, {.dimensions = 1, .shape = {3}}, "[false, true, true]"},
    {">u2", bytes, 8, {.dimensions = 3, .shape = {2, 2, 1}}, "[[[1], [65280]], [[0], [1]]]"},
    {">i8",
     wide,
     16,
     {.dimensions = 1, .shape = {2}},
     "[9223372036854775807, -9223372036854775808]"},
    {">u8",
     wide,
     16,
     {.dimensions = 1, .shape = {2}},
     "[9223372036854775807, 9.223372036854776e+18]"},
    {"<f8", doubles, 8, {.dimensions = 0}, "0.1"},
    {"<f4", "", 0, {.dimensions = 2, .shape = {0, 6}}, "[]"},
    {"<f4", "", 0, {.dimensions = 2, .shape = {2, 0}}, "[[], []]"},
};

START_TEST(an_array_is_lists_of_numbers_as_short_as_their_type_allows)
{
    messages[0] = array(arrays[_i].dtype, arrays[_i].bytes, arrays[_i].size, arrays[_i].shape);
    ck_assert(record(1, false));
    char wanted[256];
    snprintf(wanted, sizeof(wanted), "\"value\": %s}", arrays[_i].value);
    ck_assert_msg(strstr(text.bytes, wanted) != NULL, "%s", text.bytes);
}
END_TEST

static const struct {
    struct vf_array shape;
    const char *complaint;
} large[] = {
    {{.dimensions = 3, .shape = {480, 640, 3}}, "an array of 480 x 640 x 3 numbers is too large"},
    {{.dimensions = 2, .shape = {65537, 0}}, "an array of 65537 x 0 numbers is too large"},
};

START_TEST(an_array_that_nobody_would_read_is_refused)
{
    size_t size = large[_i].shape.dimensions == 3 ? 480UL * 640 * 3 : 0;
    uint8_t *zeros = calloc(1, size + 1);
    messages[0] = array("|u1", zeros, size, large[_i].shape);
    capture_errors();
    bool is_made = record(1, true);
    ck_assert_ptr_nonnull(strstr(captured_errors(), large[_i].complaint));
    ck_assert(!is_made);
    free(zeros);
}
END_TEST

static const struct {
    const char *json, *value;
} boxes[] = {
    {"[[1, 2, 3.5, 4]]", "[{\"ymin\": 1, \"xmin\": 2, \"ymax\": 3.5, \"xmax\": 4}]"},
    {"[[1, 2, 3, 4, 9]]", "[{\"ymin\": 1, \"xmin\": 2, \"ymax\": 3, \"xmax\": 4, \"track\": 9}]"},
    {"[[1, 2, 3, 4, 5, 0.5]]", "[{\"ymin\": 1, \"xmin\": 2, \"ymax\": 3, \"xmax\": 4, "
                               "\"class\": 5, \"score\": 0.5}]"},
    {"[[1, 2, 3]]", "[[1, 2, 3]]"},
    {"[[1, 2, 3, 4, 5, 6, 7]]", "[[1, 2, 3, 4, 5, 6, 7]]"},
    {"[[1, 2, 3, 4], [1, 2, 3]]", "[[1, 2, 3, 4], [1, 2, 3]]"},
    {"[[1, 2, 3, \"4\"]]", "[[1, 2, 3, \"4\"]]"},
    {"[1, 2, 3, 4]", "[1, 2, 3, 4]"},
    {"[]", "[]"},
};

START_TEST(rows_of_four_to_six_numbers_are_boxes)
{
    messages[0] = json(boxes[_i].json);
    ck_assert(record(1, true));
    ck_assert_msg(strstr(text.bytes, boxes[_i].value) != NULL, "%s", text.bytes);
}
END_TEST

START_TEST(rows_stay_rows_where_there_are_no_boxes)
{
    messages[0] = json("[[1, 2, 3, 4]]");
    ck_assert(record(1, false));
    ck_assert_ptr_nonnull(strstr(text.bytes, "\"value\": [[1, 2, 3, 4]]"));
}
END_TEST

/* Adds the lines of records that are written as JSON. */
static void print(const char *const *records, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        json_t *parsed = json_loads(records[i], 0, NULL);
        ck_assert_ptr_nonnull(parsed);
        ck_assert_int_eq(vf_csv_print(&csv, parsed, &text), VF_OK);
        json_decref(parsed);
    }
}

static void check_table(const char *header, const char *lines)
{
    struct vf_text head = {0};
    vf_csv_print_header(&csv, &head);
    ck_assert_str_eq(head.bytes, header);
    vf_text_finish(&head);
    ck_assert_str_eq(text.bytes ? text.bytes : "", lines);
}

static const struct {
    const char *records[3];
    size_t count;
    const char *header, *lines;
} tables[] = {
    {{"{\"a\": 1, \"b\": 0.1}", "{\"b\": true, \"a\": null}"}, 2, "a,b\n", "1,0.1\n,true\n"},
    {{"{\"a,b\": \"x\\\"y\", \"c\": \"1,2\", \"d\": \"two\\nlines\", \"e\": \" e\", \"f\": \"f "
      "g\"}"},
     1,
     "\"a,b\",c,d,e,f\n",
     "\"x\"\"y\",\"1,2\",\"two\nlines\",\" e\",f g\n"},
    {{"{\"n\": 1, \"value\": {\"n\": 2, \"m\": [1, {\"a\": \"b\"}]}}"},
     1,
     "n,value.n,m\n",
     "1,2,\"[1, {\"\"a\"\": \"\"b\"\"}]\"\n"},
    {{"{\"n\": 1, \"cat\": {\"x\": 1, \"y\": {}}, \"dog\": {\"x\": 2}}"},
     1,
     "n,cat.x,cat.y,dog.x\n",
     "1,1,{},2\n"},
    {{"{\"n\": 1, \"value\": [{\"x\": 1}, {\"x\": 2}], \"m\": 3}",
      "{\"n\": 2, \"value\": [], \"m\": 4}", "{\"n\": 3, \"value\": [{\"x\": 3}], \"m\": 5}"},
     3,
     "n,x,m\n",
     "1,1,3\n1,2,3\n3,3,5\n"},
    {{"{\"cat\": [{\"x\": 1}, {\"x\": 2}], \"dog\": [{\"y\": 1}, {\"y\": 2}]}"},
     1,
     "cat.x,dog\n",
     "1,\"[{\"\"y\"\": 1}, {\"\"y\"\": 2}]\"\n2,\"[{\"\"y\"\": 1}, {\"\"y\"\": 2}]\"\n"},
    {{"{\"value\": [1]}", "{\"value\": []}"}, 2, "value\n", "[1]\n[]\n"},
};

START_TEST(a_record_becomes_lines_of_a_table)
{
    print(tables[_i].records, tables[_i].count);
    check_table(tables[_i].header, tables[_i].lines);
    ck_assert_ptr_null(csv.left_out);
}
END_TEST

START_TEST(what_the_first_line_did_not_have_is_left_out)
{
    const char *const records[] = {"{\"a\": 1}", "{\"a\": 2, \"late\": 3, \"later\": 4}", "{}"};
    print(records, VF_COUNT(records));
    check_table("a\n", "1\n2\n\n");
    ck_assert_str_eq(csv.left_out, "late");
}
END_TEST

static const struct {
    const char *bytes;
    size_t count;
    const char *second;
} headers[] = {
    {"a,b\n1,2\n", 2, "b"},
    {"a,b\r\n1,2\r\n", 2, "b"},
    {"\xef\xbb\xbf"
     "a,\"b,\"\"\nc\"\n",
     2, "b,\"\nc"},
    {"a,\n", 2, ""},
    {"a\n", 1, NULL},
};

START_TEST(a_table_that_is_there_tells_its_columns)
{
    ck_assert_int_eq(vf_csv_read_header(&csv, headers[_i].bytes, strlen(headers[_i].bytes)), VF_OK);
    ck_assert_uint_eq(csv.count, headers[_i].count);
    ck_assert_str_eq(csv.columns[0], "a");
    if (headers[_i].second)
        ck_assert_str_eq(csv.columns[1], headers[_i].second);
}
END_TEST

static const char *const no_headers[] = {"", "a,b", "a,\"b\n", "a,\"b\"c\n", "a\rb\n", "\"a\"\r"};

START_TEST(what_is_no_head_of_a_table_is_refused)
{
    ck_assert_int_eq(vf_csv_read_header(&csv, no_headers[_i], strlen(no_headers[_i])), -EINVAL);
}
END_TEST

Suite *record_suite(void);
Suite *record_suite(void)
{
    Suite *suite = suite_create("record");
    TCase *tcase = tcase_create("record");
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, a_message_is_an_object_with_its_number_its_time_and_its_file);
    tcase_add_test(tcase, several_inputs_stand_under_the_names_of_their_tasks);
    tcase_add_test(tcase, a_name_that_is_no_text_tells_its_bytes);
    tcase_add_test(tcase, a_task_that_is_called_as_what_each_line_has_is_refused);
    tcase_add_test(tcase, what_is_no_value_makes_no_record);
    tcase_add_loop_test(tcase, an_array_is_lists_of_numbers_as_short_as_their_type_allows, 0,
                        (int)VF_COUNT(arrays));
    tcase_add_loop_test(tcase, an_array_that_nobody_would_read_is_refused, 0, (int)VF_COUNT(large));
    tcase_add_loop_test(tcase, rows_of_four_to_six_numbers_are_boxes, 0, (int)VF_COUNT(boxes));
    tcase_add_test(tcase, rows_stay_rows_where_there_are_no_boxes);
    tcase_add_loop_test(tcase, a_record_becomes_lines_of_a_table, 0, (int)VF_COUNT(tables));
    tcase_add_test(tcase, what_the_first_line_did_not_have_is_left_out);
    tcase_add_loop_test(tcase, a_table_that_is_there_tells_its_columns, 0, (int)VF_COUNT(headers));
    tcase_add_loop_test(tcase, what_is_no_head_of_a_table_is_refused, 0, (int)VF_COUNT(no_headers));
    suite_add_tcase(suite, tcase);
    return suite;
}
