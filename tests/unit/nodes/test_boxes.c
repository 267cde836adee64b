/* SPDX-License-Identifier: MIT */
/* Boxes, from messages and from flow files, and the numbers of arrays. */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/message/array_items.h"
#include "nodes/value/boxes.h"
#include "tests/unit/support/scratch.h"

static struct vf_box_list boxes;
static struct vf_message *message;

static void finish(void)
{
    vf_message_destroy(&message);
    vf_box_list_finish(&boxes);
}

/* Numbers of each type, as their bytes. */
static const struct {
    const char *dtype;
    uint8_t bytes[8];
    double number;
} numbers[] = {
    {"|b1", {1}, 1},
    {"|b1", {0}, 0},
    {"|i1", {0xfe}, -2},
    {"|u1", {0xfe}, 254},
    {"<i2", {0xfe, 0xff}, -2},
    {">i2", {0xff, 0xfe}, -2},
    {"|u2", {0x02, 0x01}, 258},
    {"<u2", {0x02, 0x01}, 258},
    {">u2", {0x01, 0x02}, 258},
    {"<i4", {0xff, 0xff, 0xff, 0x7f}, 2147483647},
    {">i4", {0x80, 0, 0, 0}, -2147483648.0},
    {"<u4", {0, 0, 0, 0x80}, 2147483648.0},
    {">u4", {0, 0, 1, 0}, 256},
    {"<i8", {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, -1},
    {">i8", {0, 0, 0, 1, 0, 0, 0, 0}, 4294967296.0},
    {"<u8", {0, 0, 0, 0, 0, 0, 0, 0x80}, 9223372036854775808.0},
    {">u8", {0, 0, 0, 0, 0, 0, 0, 9}, 9},
    {"<f2", {0x00, 0x3e}, 1.5},
    {">f2", {0xfb, 0xff}, -65504},
    {"<f2", {0x01, 0x00}, 1.0 / 16777216},
    {"<f2", {0x00, 0x7c}, INFINITY},
    {"<f4", {0, 0, 0x20, 0xc1}, -10},
    {">f4", {0x3e, 0x80, 0, 0}, 0.25},
    {"<f8", {0, 0, 0, 0, 0, 0, 0xf8, 0x3f}, 1.5},
    {">f8", {0xc0, 0x24, 0, 0, 0, 0, 0, 0}, -10},
};

START_TEST(a_number_of_any_type_is_read)
{
    /* Behind another, so that the distance between two is seen. */
    size_t size = vf_array_item_size(numbers[_i].dtype);
    uint8_t bytes[16] = {0};
    double items[2];
    memcpy(bytes + size, numbers[_i].bytes, size);
    vf_array_items_read(items, numbers[_i].dtype, bytes, 2);
    ck_assert(items[0] == 0);
    ck_assert(items[1] == numbers[_i].number);
}
END_TEST

START_TEST(what_is_no_number_of_half_precision_stays_none)
{
    double item;
    vf_array_items_read(&item, "<f2", (const uint8_t[]){1, 0x7e}, 1);
    ck_assert(isnan(item));
}
END_TEST

START_TEST(other_types_do_not_exist)
{
    static const char *const others[] = {"", "f4", "<f", "<f16", "<c8", "=f4", "<i3", "|S4"};
    for (size_t i = 0; i < VF_COUNT(others); i++)
        ck_assert_uint_eq(vf_array_item_size(others[i]), 0);
}
END_TEST

static void make_array(const char *dtype, uint32_t dimensions, const uint64_t *shape,
                       const void *bytes, size_t size)
{
    struct vf_payload *payload = NULL;
    if (size) {
        ck_assert_int_eq(vf_payload_create(&payload, size), VF_OK);
        memcpy(payload->data, bytes, size);
    }
    ck_assert_int_eq(vf_message_create(&message, VF_VALUE_ARRAY, &payload), VF_OK);
    struct vf_array *array = &message->description.array;
    snprintf(array->dtype, sizeof(array->dtype), "%s", dtype);
    array->dimensions = dimensions;
    memcpy(array->shape, shape, dimensions * sizeof(*shape));
}

START_TEST(an_array_of_any_width_is_a_list_of_boxes)
{
    unsigned columns = (unsigned)_i;
    float rows[2 * VF_BOX_COLUMNS];
    for (unsigned i = 0; i < 2 * columns; i++)
        rows[i] = (float)i + 0.5f;
    make_array("<f4", 2, (const uint64_t[]){2, columns}, rows, sizeof(*rows) * 2 * columns);
    ck_assert_int_eq(vf_box_list_read(&boxes, message, 4), VF_OK);
    ck_assert_uint_eq(boxes.count, 2);
    ck_assert_uint_eq(boxes.columns, columns);
    for (unsigned row = 0; row < 2; row++) {
        for (unsigned i = 0; i < VF_BOX_COLUMNS; i++)
            ck_assert(boxes.items[row].at[i] == (i < columns ? row * columns + i + 0.5 : 0));
    }
}
END_TEST

START_TEST(an_array_in_the_other_byte_order_is_read_alike)
{
    make_array(">i2", 2, (const uint64_t[]){1, 4}, (const uint8_t[]){0, 1, 0, 2, 1, 0, 1, 1}, 8);
    ck_assert_int_eq(vf_box_list_read(&boxes, message, 4), VF_OK);
    ck_assert_uint_eq(boxes.count, 1);
    ck_assert(boxes.items[0].at[VF_BOX_YMIN] == 1 && boxes.items[0].at[VF_BOX_XMIN] == 2);
    ck_assert(boxes.items[0].at[VF_BOX_YMAX] == 256 && boxes.items[0].at[VF_BOX_XMAX] == 257);
}
END_TEST

static const struct {
    const char *json;
    size_t count;
    unsigned columns;
} lists[] = {
    {"[]", 0, 0},
    {"[[1, 2, 3, 4]]", 1, 4},
    {"[[1, 2, 3.5, 4], [0, 0, 0, 0], [-5, -5, 2, 2]]", 3, 4},
    {"[[1, 2, 3, 4, 17]]", 1, 5},
    {"[[1, 2, 3, 4, 1, 0.875]]", 1, 6},
};

static void make_json(const char *json)
{
    ck_assert_int_eq(vf_message_create_json(&message, json, strlen(json)), VF_OK);
}

START_TEST(a_json_list_is_a_list_of_boxes)
{
    make_json(lists[_i].json);
    ck_assert_int_eq(vf_box_list_read(&boxes, message, 4), VF_OK);
    ck_assert_uint_eq(boxes.count, lists[_i].count);
    ck_assert_uint_eq(boxes.columns, lists[_i].columns);
    if (boxes.columns == 6)
        ck_assert(boxes.items[0].at[VF_BOX_SCORE] == 0.875);
}
END_TEST

START_TEST(an_empty_array_is_an_empty_list)
{
    make_array("<f8", 1, (const uint64_t[]){0}, NULL, 0);
    ck_assert_int_eq(vf_box_list_read(&boxes, message, 6), VF_OK);
    ck_assert_uint_eq(boxes.count + boxes.columns, 0);
    vf_message_destroy(&message);
    make_array("<f8", 2, (const uint64_t[]){0, 5}, NULL, 0);
    ck_assert_int_eq(vf_box_list_read(&boxes, message, 4), VF_OK);
    ck_assert_uint_eq(boxes.count, 0);
    ck_assert_uint_eq(boxes.columns, 5);
}
END_TEST

START_TEST(memory_is_used_again)
{
    make_json("[[1, 2, 3, 4, 5, 0.5], [1, 2, 3, 4, 5, 0.5]]");
    ck_assert_int_eq(vf_box_list_read(&boxes, message, 4), VF_OK);
    const struct vf_box *items = boxes.items;
    vf_message_destroy(&message);
    make_json("[[5, 6, 7, 8]]");
    ck_assert_int_eq(vf_box_list_read(&boxes, message, 4), VF_OK);
    ck_assert_ptr_eq(boxes.items, items);
    ck_assert_uint_eq(boxes.count, 1);
    ck_assert(boxes.items[0].at[VF_BOX_YMIN] == 5 && boxes.items[0].at[VF_BOX_SCORE] == 0);
}
END_TEST

static const struct {
    const char *json;
    unsigned columns_least;
    const char *reason;
} bad_values[] = {
    {"7", 4, "something else than a list"},
    {"{\"boxes\": []}", 4, "something else than a list"},
    {"[1, 2, 3, 4]", 4, "box 0 is no list of numbers"},
    {"[[1, 2, 3]]", 4, "a box has 4 to 6 numbers, not 3"},
    {"[[1, 2, 3, 4, 5, 6, 7]]", 4, "a box has 4 to 6 numbers, not 7"},
    {"[[1, 2, 3, 4]]", 5, "a box has 5 or 6 numbers, not 4"},
    {"[[1, 2, 3, 4], [1, 2, 3, 4, 5]]", 4, "box 1 has another length than box 0: 5, not 4"},
    {"[[1, 2, 3, \"4\"]]", 4, "box 0 has something that is no number"},
    {"[[1, 2, 3, 4], [5, 2, 3, 4]]", 4, "box 1 has ymin 5 above ymax 3"},
    {"[[1, 6, 3, 4]]", 4, "box 0 has xmin 6 above xmax 4"},
    {"[[1, 2, 3", 4, "a value cannot be read"},
};

/* Reads `message`, and checks that this fails for `reason`, which is told in one line. */
static void check_refused(unsigned columns_least, const char *reason)
{
    capture_errors();
    int err = vf_box_list_read(&boxes, message, columns_least);
    const char *said = captured_errors();
    ck_assert_int_eq(err, -EINVAL);
    ck_assert_uint_eq(boxes.count, 0);
    ck_assert_msg(strstr(said, reason) != NULL, "%s", said);
    ck_assert_ptr_eq(strchr(said, '\n'), said + strlen(said) - 1);
}

START_TEST(what_is_no_list_of_boxes_is_refused_with_the_reason)
{
    make_json(bad_values[_i].json);
    check_refused(bad_values[_i].columns_least, bad_values[_i].reason);
}
END_TEST

START_TEST(an_array_of_another_shape_is_refused)
{
    static const double four[4] = {0, 0, 1, 1};
    make_array("<f8", 1, (const uint64_t[]){4}, four, sizeof(four));
    check_refused(4, "boxes are an array of 2 dimensions, n x 4 to 6, not of 1");
    vf_message_destroy(&message);
    make_array("<f8", 2, (const uint64_t[]){2, 2}, four, sizeof(four));
    check_refused(4, "a box has 4 to 6 numbers, not 2");
    vf_message_destroy(&message);
    make_array("<f8", 2, (const uint64_t[]){0, 4}, NULL, 0);
    check_refused(6, "a box has 6 numbers, not 4");
}
END_TEST

START_TEST(numbers_that_are_not_finite_are_refused)
{
    const double infinite[4] = {0, 0, INFINITY, 1}, none[4] = {0, 0, 1, NAN};
    make_array("<f8", 2, (const uint64_t[]){1, 4}, infinite, sizeof(infinite));
    check_refused(4, "box 0 has a number that is not finite");
    vf_message_destroy(&message);
    make_array("<f8", 2, (const uint64_t[]){1, 4}, none, sizeof(none));
    check_refused(4, "box 0 has a number that is not finite");
}
END_TEST

START_TEST(a_frame_is_no_list_of_boxes)
{
    ck_assert_int_eq(vf_message_create(&message, VF_VALUE_VIDEO, &(struct vf_payload *){NULL}),
                     VF_OK);
    check_refused(4, "neither an array nor a list");
}
END_TEST

/* Takes an option apart and parses it; *problem is then what was said. */
static int parse(const char *text, unsigned columns_least, char *problem, size_t problem_size)
{
    struct vf_option_texts texts;
    ck_assert_int_eq(vf_option_list_split(&texts, text), VF_OK);
    int err = vf_box_list_parse(&boxes, &texts, columns_least, problem, problem_size);
    vf_option_texts_finish(&texts);
    return err;
}

static const struct {
    const char *text;
    size_t count;
    unsigned columns;
} written[] = {
    {"[]", 0, 0},
    {"[10, 20, 110, 220]", 1, 4},
    {"10, 20, 110, 220", 1, 4},
    {"[[10, 20, 110, 220]]", 1, 4},
    {"[[10, 20, 110, 220], [10, 20, 1.5e2, 220]]", 2, 4},
    {"[10, 20, 110, 220], [10, 20, 110, 220]", 2, 4},
    {"[[10, 20, 110, 220, 3, 0.5]]", 1, 6},
};

START_TEST(boxes_are_read_from_a_flow_file)
{
    char problem[256] = "";
    ck_assert_int_eq(parse(written[_i].text, 4, problem, sizeof(problem)), VF_OK);
    ck_assert_uint_eq(boxes.count, written[_i].count);
    ck_assert_uint_eq(boxes.columns, written[_i].columns);
    for (size_t i = 0; i < boxes.count; i++) {
        ck_assert(boxes.items[i].at[VF_BOX_YMIN] == 10);
        ck_assert(boxes.items[i].at[VF_BOX_XMAX] == 220);
    }
}
END_TEST

static const struct {
    const char *text, *reason;
} miswritten[] = {
    {"[[1,, 2, 3]]", "box 0 is no list: [1,, 2, 3]"},
    {"[10, 20, 110]", "a box has 4 to 6 numbers, not 3"},
    {"[[10, 20, 110, 220], 7]", "box 1 has another length than box 0: 1, not 4"},
    {"[[10, 20, 110, 220], [1, 2, 3, 4, 5]]", "box 1 has another length than box 0: 5, not 4"},
    {"[a, 20, 110, 220]", "box 0 has \"a\", which is no number"},
    {"[10px, 20, 110, 220]", "box 0 has \"10px\", which is no number"},
    {"[\"\", 20, 110, 220]", "box 0 has \"\", which is no number"},
    {"[nan, 20, 110, 220]", "box 0 has a number that is not finite"},
    {"[[120, 20, 110, 220]]", "box 0 has ymin 120 above ymax 110"},
    {"[10, 300, 110, 220]", "box 0 has xmin 300 above xmax 220"},
};

START_TEST(a_mistake_in_a_flow_file_is_told_in_one_line)
{
    char problem[256] = "";
    ck_assert_int_eq(parse(miswritten[_i].text, 4, problem, sizeof(problem)), -EINVAL);
    ck_assert_uint_eq(boxes.count, 0);
    ck_assert_msg(strstr(problem, miswritten[_i].reason) != NULL, "%s", problem);
    ck_assert_ptr_nonnull(strstr(problem, "a box is [ymin, xmin, ymax, xmax]"));
}
END_TEST

Suite *boxes_suite(void);
Suite *boxes_suite(void)
{
    Suite *suite = suite_create("boxes");
    TCase *tcase = tcase_create("boxes");
    tcase_add_checked_fixture(tcase, NULL, finish);
    tcase_add_loop_test(tcase, a_number_of_any_type_is_read, 0, (int)VF_COUNT(numbers));
    tcase_add_test(tcase, what_is_no_number_of_half_precision_stays_none);
    tcase_add_test(tcase, other_types_do_not_exist);
    tcase_add_loop_test(tcase, an_array_of_any_width_is_a_list_of_boxes, 4, VF_BOX_COLUMNS + 1);
    tcase_add_test(tcase, an_array_in_the_other_byte_order_is_read_alike);
    tcase_add_loop_test(tcase, a_json_list_is_a_list_of_boxes, 0, (int)VF_COUNT(lists));
    tcase_add_test(tcase, an_empty_array_is_an_empty_list);
    tcase_add_test(tcase, memory_is_used_again);
    tcase_add_loop_test(tcase, what_is_no_list_of_boxes_is_refused_with_the_reason, 0,
                        (int)VF_COUNT(bad_values));
    tcase_add_test(tcase, an_array_of_another_shape_is_refused);
    tcase_add_test(tcase, numbers_that_are_not_finite_are_refused);
    tcase_add_test(tcase, a_frame_is_no_list_of_boxes);
    tcase_add_loop_test(tcase, boxes_are_read_from_a_flow_file, 0, (int)VF_COUNT(written));
    tcase_add_loop_test(tcase, a_mistake_in_a_flow_file_is_told_in_one_line, 0,
                        (int)VF_COUNT(miswritten));
    suite_add_tcase(suite, tcase);
    return suite;
}
