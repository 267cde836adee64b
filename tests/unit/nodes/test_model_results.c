/* SPDX-License-Identifier: MIT */
/* What the numbers of a model mean, without a model. */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "engine/base/array.h"
#include "nodes/vision/model/onnx_api.h"
#include "nodes/vision/model/results.h"

static struct vf_card card;
static struct vf_found_list found;
static char text[512];
static const struct vf_model_problem problem = {text, sizeof(text)};

/* Makes the card of a family, with settings as JSON. */
static void set_card(const char *settings)
{
    json_t *object = json_loads(settings, 0, NULL);
    ck_assert_ptr_nonnull(object);
    vf_card_finish(&card);
    ck_assert_msg(vf_card_fill(&card, object, &problem) == VF_OK, "%s", text);
    json_decref(object);
}

static void teardown(void)
{
    vf_card_finish(&card);
    vf_found_finish(&found);
}

static int check_shape(unsigned rank, int64_t a, int64_t b, int64_t c)
{
    char name[] = "output0";
    const struct vf_tensor_form form = {
        .name = name, .element = VF_ELEMENT_FLOAT32, .rank = rank, .shape = {a, b, c}};
    return vf_results_of(card.family)->check(&card, &form, 1, &problem);
}

/* Has one output of one picture of 640 x 320 decoded, and the surest kept. */
static void decode(const float *numbers, size_t rows, size_t columns)
{
    const struct vf_view view = {.data = numbers, .rank = 2, .shape = {rows, columns}};
    const struct vf_views views = {.items = &view, .count = 1, .width = 640, .height = 320};
    found.count = 0;
    ck_assert_int_eq(vf_results_of(card.family)->decode(&card, &views, &found), VF_OK);
    vf_found_select(&found, &card);
}

static void expect(size_t number, double ymin, double xmin, double ymax, double xmax)
{
    ck_assert_uint_lt(number, found.count);
    const struct vf_found *item = &found.items[number];
    ck_assert_double_eq_tol(item->ymin, ymin, 1e-4);
    ck_assert_double_eq_tol(item->xmin, xmin, 1e-4);
    ck_assert_double_eq_tol(item->ymax, ymax, 1e-4);
    ck_assert_double_eq_tol(item->xmax, xmax, 1e-4);
}

/* Boxes of 10 x 20 around (100, 50), (101, 50) and (300, 200), and five that are nothing. */
START_TEST(boxes_that_stand_in_columns_are_read)
{
    static const float columns[6][8] = {{100, 101, 300}, {50, 50, 200},      {10, 10, 10},
                                        {20, 20, 20},    {0.9F, 0.8F, 0.1F}, {0.2F, 0.3F, 0.7F}};
    set_card("{\"family\": \"yolo\"}");
    decode(columns[0], 6, 8);
    ck_assert_uint_eq(found.count, 2);
    expect(0, 40, 95, 60, 105);
    expect(1, 190, 295, 210, 305);
    ck_assert_uint_eq(found.items[0].class, 0);
    ck_assert_uint_eq(found.items[1].class, 1);
    ck_assert_double_eq_tol(found.items[1].score, 0.7, 1e-6);
}
END_TEST

/* The same, row by row with an objectness. */
static const float rows[8][7] = {{100, 50, 10, 20, 1, 0.9F, 0.2F},
                                 {101, 50, 10, 20, 1, 0.8F, 0.3F},
                                 {300, 200, 10, 20, 0.5F, 0.1F, 0.7F}};

START_TEST(boxes_that_stand_in_rows_have_an_objectness)
{
    set_card("{\"family\": \"yolo\"}");
    decode(rows[0], 8, 7);
    ck_assert_uint_eq(found.count, 2);
    expect(0, 40, 95, 60, 105);
    ck_assert_double_eq_tol(found.items[1].score, 0.35, 1e-6);
    ck_assert_uint_eq(found.items[1].class, 1);
}
END_TEST

START_TEST(the_number_of_names_tells_an_objectness_from_a_class)
{
    set_card("{\"family\": \"yolo\", \"classes\": [\"a\", \"b\", \"c\"], \"suppress\": \"none\"}");
    decode(rows[0], 8, 7);
    ck_assert_uint_eq(found.count, 3);
    ck_assert_uint_eq(found.items[0].class, 0); /* the first number behind the box, which is 1 */
    ck_assert_double_eq_tol(found.items[0].score, 1, 1e-6);
}
END_TEST

START_TEST(numbers_that_are_no_scores_yet_become_some)
{
    float many[8][6] = {{10, 10, 4, 2, 0, 3}};
    for (size_t i = 1; i < 8; i++)
        many[i][4] = many[i][5] = -9;
    set_card("{\"family\": \"yolo\", \"activation\": \"sigmoid\", \"objectness\": \"no\"}");
    decode(many[0], 8, 6);
    ck_assert_uint_eq(found.count, 1);
    ck_assert_uint_eq(found.items[0].class, 1);
    ck_assert_double_eq_tol(found.items[0].score, 0.952574, 1e-5);
}
END_TEST

START_TEST(relative_boxes_are_shares_of_the_picture)
{
    static const float many[8][7] = {{0.5F, 0.5F, 0.25F, 0.5F, 1, 1, 0}};
    set_card("{\"family\": \"yolo\", \"units\": \"relative\"}");
    decode(many[0], 8, 7);
    ck_assert_uint_eq(found.count, 1);
    expect(0, 80, 240, 240, 400);
}
END_TEST

static const struct {
    const char *settings;
    size_t count;
} selections[] = {
    {"{\"family\": \"end_to_end\"}", 4},
    {"{\"family\": \"end_to_end\", \"suppress\": \"class\"}", 3},
    {"{\"family\": \"end_to_end\", \"suppress\": \"all\"}", 2},
    {"{\"family\": \"end_to_end\", \"suppress\": \"class\", \"overlap\": 0.9}", 4},
    {"{\"family\": \"end_to_end\", \"most\": 1}", 1},
    {"{\"family\": \"end_to_end\", \"score\": 0.65}", 2},
};

START_TEST(of_boxes_that_overlap_the_surest_stays)
{
    static const float numbers[][6] = {{0, 0, 10, 10, 0.7F, 0},
                                       {0, 1, 10, 11, 0.9F, 0},
                                       {1, 0, 11, 10, 0.6F, 1},
                                       {50, 50, 60, 60, 0.5F, 0}};
    set_card(selections[_i].settings);
    decode(numbers[0], 4, 6);
    ck_assert_uint_eq(found.count, selections[_i].count);
    expect(0, 1, 0, 11, 10);
    ck_assert_double_eq_tol(found.items[0].score, 0.9, 1e-6);
    for (size_t i = 1; i < found.count; i++)
        ck_assert_double_ge(found.items[i - 1].score, found.items[i].score);
}
END_TEST

START_TEST(rows_of_a_batch_are_those_of_their_picture)
{
    static const float numbers[][7] = {{0, 1, 2, 3, 4, 0, 0.9F}, {1, 5, 6, 7, 8, 2, 0.8F}};
    set_card("{\"family\": \"end_to_end\"}");
    const struct vf_view view = {.data = numbers[0], .rank = 2, .shape = {2, 7}};
    const struct vf_views views = {.items = &view, .count = 1, .picture = 1};
    ck_assert_int_eq(vf_results_end_to_end.decode(&card, &views, &found), VF_OK);
    ck_assert_uint_eq(found.count, 1);
    ck_assert_uint_eq(found.items[0].class, 2);
    expect(0, 6, 5, 8, 7);
}
END_TEST

/* Two rows of the first picture, none of the second, one of the third, and one of nobody. */
START_TEST(rows_are_of_the_picture_that_counts_them)
{
    static const float objects[][6] = {{0, 0.9F, 1, 2, 3, 4},
                                       {2, 0.8F, 5, 6, 7, 8},
                                       {1, 0.7F, 9, 10, 11, 12},
                                       {3, 0.9F, 1, 1, 2, 2}};
    static const float counts[] = {2, 0, 1};
    static const size_t expected[] = {2, 0, 1};
    struct vf_tensor_form forms[] = {
        {.name = (char[]){"rows"}, .element = VF_ELEMENT_FLOAT32, .rank = 2, .shape = {4, 6}},
        {.name = (char[]){"counts"}, .element = VF_ELEMENT_INT32, .rank = 1, .shape = {3}}};
    const struct vf_view items[] = {{.data = objects[0], .rank = 2, .shape = {4, 6}},
                                    {.data = counts, .rank = 1, .shape = {3}}};
    set_card("{\"family\": \"paddle\"}");
    ck_assert_int_eq(vf_results_paddle.check(&card, forms, 2, &problem), VF_OK);
    for (size_t i = 0; i < 3; i++) {
        const struct vf_views views = {.forms = forms, .items = items, .count = 2, .picture = i};
        found.count = 0;
        ck_assert_int_eq(vf_results_paddle.decode(&card, &views, &found), VF_OK);
        ck_assert_uint_eq(found.count, expected[i]);
    }
    expect(0, 10, 9, 12, 11);
    ck_assert_uint_eq(found.items[0].class, 1);
}
END_TEST

/* A model can tell anything. */
START_TEST(counts_that_cannot_be_read_no_row_that_is_not_there)
{
    static const float objects[][6] = {{0, 0.9F, 1, 2, 3, 4}, {-1, 0.9F, 1, 2, 3, 4}};
    static const float wild[][2] = {{9, 9}, {-5, 1e30F}, {NAN, 7}, {INFINITY, INFINITY}};
    struct vf_tensor_form forms[] = {
        {.name = (char[]){"rows"}, .element = VF_ELEMENT_FLOAT32, .rank = 2, .shape = {2, 6}},
        {.name = (char[]){"counts"}, .element = VF_ELEMENT_INT32, .rank = 1, .shape = {2}}};
    set_card("{\"family\": \"paddle\"}");
    for (size_t i = 0; i < VF_COUNT(wild); i++) {
        const struct vf_view items[] = {{.data = objects[0], .rank = 2, .shape = {2, 6}},
                                        {.data = wild[i], .rank = 1, .shape = {2}}};
        for (size_t picture = 0; picture < 3; picture++) {
            const struct vf_views views = {
                .forms = forms, .items = items, .count = 2, .picture = picture};
            found.count = 0;
            ck_assert_int_eq(vf_results_paddle.decode(&card, &views, &found), VF_OK);
            ck_assert_uint_le(found.count, 1);
        }
    }
}
END_TEST

START_TEST(numbers_that_are_none_are_no_objects)
{
    static const float numbers[][6] = {
        {0, 0, 10, 10, NAN, 0}, {0, 0, 10, 10, 0.9F, -3}, {0, 0, 9, 9, 0.9F, NAN}};
    set_card("{\"family\": \"end_to_end\"}");
    decode(numbers[0], 3, 6);
    ck_assert_uint_eq(found.count, 0);
}
END_TEST

static const struct {
    const char *settings;
    unsigned rank;
    int64_t shape[3];
    const char *wrong; /* NULL: nothing */
} shapes[] = {
    {"{\"family\": \"yolo\"}", 3, {1, 84, 8400}, NULL},
    {"{\"family\": \"yolo\"}", 3, {-1, 84, -1}, NULL},
    {"{\"family\": \"yolo\"}", 3, {-1, -1, -1}, NULL},
    {"{\"family\": \"yolo\"}", 3, {1, 25200, 85}, NULL},
    {"{\"family\": \"yolo\"}", 2, {8400, 84, 0}, "this one has output0 float32[8400, 84]"},
    {"{\"family\": \"yolo\"}", 3, {1, 4, 8400}, "yolo models have one output of batch x columns"},
    {"{\"family\": \"yolo\", \"classes\": [\"a\"]}",
     3,
     {1, 84, 8400},
     "card.classes: there are 1 names, but 80 classes"},
    {"{\"family\": \"end_to_end\"}", 3, {1, 300, 6}, NULL},
    {"{\"family\": \"end_to_end\"}", 2, {-1, 7, 0}, NULL},
    {"{\"family\": \"end_to_end\"}", 3, {1, 84, 8400}, "batch x objects x 6 numbers"},
    {"{\"family\": \"end_to_end\"}", 2, {300, 6, 0}, "batch x objects x 6 numbers"},
    {"{\"family\": \"raw\"}", 1, {5, 0, 0}, NULL},
};

START_TEST(outputs_that_cannot_be_of_a_family_are_refused)
{
    set_card(shapes[_i].settings);
    const int64_t *shape = shapes[_i].shape;
    int err = check_shape(shapes[_i].rank, shape[0], shape[1], shape[2]);
    ck_assert_int_eq(err, shapes[_i].wrong ? -EINVAL : VF_OK);
    if (shapes[_i].wrong)
        ck_assert_msg(strstr(text, shapes[_i].wrong) != NULL, "%s", text);
}
END_TEST

Suite *model_results_suite(void);
Suite *model_results_suite(void)
{
    Suite *suite = suite_create("model_results");
    TCase *tcase = tcase_create("results");
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, boxes_that_stand_in_columns_are_read);
    tcase_add_test(tcase, boxes_that_stand_in_rows_have_an_objectness);
    tcase_add_test(tcase, the_number_of_names_tells_an_objectness_from_a_class);
    tcase_add_test(tcase, numbers_that_are_no_scores_yet_become_some);
    tcase_add_test(tcase, relative_boxes_are_shares_of_the_picture);
    tcase_add_loop_test(tcase, of_boxes_that_overlap_the_surest_stays, 0,
                        (int)VF_COUNT(selections));
    tcase_add_test(tcase, rows_of_a_batch_are_those_of_their_picture);
    tcase_add_test(tcase, rows_are_of_the_picture_that_counts_them);
    tcase_add_test(tcase, counts_that_cannot_be_read_no_row_that_is_not_there);
    tcase_add_test(tcase, numbers_that_are_none_are_no_objects);
    tcase_add_loop_test(tcase, outputs_that_cannot_be_of_a_family_are_refused, 0,
                        (int)VF_COUNT(shapes));
    suite_add_tcase(suite, tcase);
    return suite;
}
