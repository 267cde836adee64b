/* SPDX-License-Identifier: MIT */
/* Cards of models, and the YAML that they are written in. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/yaml/value.h"
#include "nodes/vision/model/card.h"
#include "tests/unit/support/media_fixture.h"

static struct vf_card card;
static char text[512];
static const struct vf_model_problem problem = {text, sizeof(text)};

static void teardown(void)
{
    vf_card_finish(&card);
}

static int fill(const char *settings)
{
    json_t *object = json_loads(settings, 0, NULL);
    ck_assert_ptr_nonnull(object);
    int err = vf_card_fill(&card, object, &problem);
    json_decref(object);
    return err;
}

START_TEST(what_a_card_leaves_out_is_as_usual)
{
    ck_assert_int_eq(fill("{}"), VF_OK);
    ck_assert_int_eq(card.family, VF_FAMILY_UNKNOWN);
    ck_assert_int_eq(card.width, 0);
    ck_assert_int_eq(card.fit, VF_FIT_LETTERBOX);
    ck_assert_double_eq_tol(card.factor, 1.0 / 255, 1e-12);
    ck_assert_double_eq_tol(card.deviations[2], 1, 1e-12);
}
END_TEST

START_TEST(a_family_has_its_own_ways)
{
    ck_assert_int_eq(fill("{\"family\": \"end_to_end\"}"), VF_OK);
    ck_assert_int_eq(card.boxes, VF_BOXES_CORNERS);
    ck_assert_int_eq(card.suppress, VF_SUPPRESS_NONE);
    vf_card_finish(&card);
    ck_assert_int_eq(fill("{\"boxes\": \"rows\", \"family\": \"end_to_end\"}"), VF_OK);
    ck_assert_int_eq(card.boxes, VF_BOXES_ROWS);
}
END_TEST

START_TEST(settings_come_as_texts_numbers_lists_and_mappings)
{
    ck_assert_int_eq(
        fill("{\"size\": \"640x384\", \"scale\": \"1/127.5\", \"mean\": [1, 2, \"3\"], "
             "\"deviation\": 0.5, \"score\": 0.5, \"order\": \"bgr\", "
             "\"classes\": {\"0\": \"a, b\", \"1\": \"c\"}}"),
        VF_OK);
    ck_assert_int_eq(card.width, 640);
    ck_assert_int_eq(card.height, 384);
    ck_assert_double_eq_tol(card.factor, 1 / 127.5, 1e-12);
    ck_assert_double_eq_tol(card.means[2], 3, 1e-12);
    ck_assert_double_eq_tol(card.deviations[1], 0.5, 1e-12);
    ck_assert_int_eq(card.order, VF_ORDER_BGR);
    ck_assert_uint_eq(card.classes.count, 2);
    ck_assert_str_eq(card.classes.items[0], "a, b");
}
END_TEST

static const struct {
    const char *settings, *wrong;
} mistakes[] = {
    {"{\"familly\": \"yolo\"}",
     "card.familly: a card has no such setting; did you mean \"family\"?"},
    {"{\"family\": \"yollo\"}", "card.family: it is "},
    {"{\"size\": \"640\"}", "card.size: it is a width and a height, such as 640x640"},
    {"{\"size\": \"640x640x3\"}", "card.size: "},
    {"{\"size\": \"0x640\"}", "card.size: "},
    {"{\"scale\": \"1/0\"}", "card.scale: it is a number, such as 1/255"},
    {"{\"scale\": \"nan\"}", "card.scale: it is a number, such as 1/255"},
    {"{\"mean\": [1, 2]}", "card.mean: it is a number, or three"},
    {"{\"deviation\": 0}", "card.deviation: nothing can be divided by 0"},
    {"{\"score\": 2}", "card.score: it is a number, 0 to 1, not '2'"},
    {"{\"classes\": {\"1\": \"a\"}}", "card.classes: "},
};

START_TEST(mistakes_in_a_card_are_named)
{
    ck_assert_int_eq(fill(mistakes[_i].settings), -EINVAL);
    ck_assert_msg(strncmp(text, mistakes[_i].wrong, strlen(mistakes[_i].wrong)) == 0, "%s", text);
}
END_TEST

START_TEST(a_card_stands_beside_its_model)
{
    json_t *object = NULL;
    media_write_text("yolo.onnx.yaml", "family: yolo\nclasses:\n  - person\n  - car\n");
    media_write_text("wrong.onnx.yaml", "family: yolo\n  size: 1x1\n");
    media_write_text("list.onnx.yaml", "[yolo]\n");
    media_write_text("empty.onnx.yaml", "# nothing\n");
    ck_assert_int_eq(vf_card_read_beside(&object, media_path("yolo.onnx"), &problem), VF_OK);
    ck_assert_int_eq(vf_card_fill(&card, object, &problem), VF_OK);
    ck_assert_int_eq(card.family, VF_FAMILY_YOLO);
    ck_assert_str_eq(card.classes.items[1], "car");
    json_decref(object);
    ck_assert_int_eq(vf_card_read_beside(&object, media_path("wrong.onnx"), &problem), -EINVAL);
    ck_assert_ptr_nonnull(strstr(text, "wrong.onnx.yaml:2: "));
    ck_assert_int_eq(vf_card_read_beside(&object, media_path("list.onnx"), &problem), -EINVAL);
    ck_assert_ptr_nonnull(strstr(text, "list.onnx.yaml: a card is a mapping"));
    ck_assert_int_eq(vf_card_read_beside(&object, media_path("empty.onnx"), &problem), VF_OK);
    ck_assert_uint_eq(json_object_size(object), 0);
    json_decref(object);
    ck_assert_int_eq(vf_card_read_beside(&object, media_path("none.onnx"), &problem), VF_OK);
    ck_assert_uint_eq(json_object_size(object), 0);
    json_decref(object);
}
END_TEST

static const struct {
    const char *yaml, *json; /* NULL: it is refused */
} documents[] = {
    {"", "null"},
    {"a: 1\nb: [x, 'y: z', {c: }]\n", "{\"a\":\"1\",\"b\":[\"x\",\"y: z\",{\"c\":\"\"}]}"},
    {"{0: 'person', 1: \"fire hydrant\"}", "{\"0\":\"person\",\"1\":\"fire hydrant\"}"},
    {"[640, 640]", "[\"640\",\"640\"]"},
    {"detect", "\"detect\""},
    {"a: &b 1\nc: *b\n", NULL},
    {"a: 1\na: 2\n", NULL},
    {"{[1]: 2}", NULL},
    {"a: [1", NULL},
    {"a: \xff\n", NULL},
    {"a\n---\nb\n", NULL},
    {"[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]", NULL},
};

START_TEST(yaml_is_read_as_texts_lists_and_mappings)
{
    json_t *value = NULL;
    const char *yaml = documents[_i].yaml, *json = documents[_i].json;
    int err = vf_yaml_parse(&value, yaml, strlen(yaml), text, sizeof(text));
    ck_assert_int_eq(err, json ? VF_OK : -EINVAL);
    ck_assert_int_eq(value == NULL, json == NULL);
    if (!json) {
        ck_assert_uint_gt(strspn(text, "0123456789"), 0);
        return;
    }
    char *printed = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    ck_assert_str_eq(printed, json);
    free(printed);
    json_decref(value);
}
END_TEST

Suite *model_card_suite(void);
Suite *model_card_suite(void)
{
    Suite *suite = suite_create("model_card");
    TCase *tcase = tcase_create("card");
    TCase *files = tcase_create("files");
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_checked_fixture(files, media_setup, media_teardown);
    tcase_add_checked_fixture(files, NULL, teardown);
    tcase_add_test(tcase, what_a_card_leaves_out_is_as_usual);
    tcase_add_test(tcase, a_family_has_its_own_ways);
    tcase_add_test(tcase, settings_come_as_texts_numbers_lists_and_mappings);
    tcase_add_loop_test(tcase, mistakes_in_a_card_are_named, 0, (int)VF_COUNT(mistakes));
    tcase_add_loop_test(tcase, yaml_is_read_as_texts_lists_and_mappings, 0,
                        (int)VF_COUNT(documents));
    tcase_add_test(files, a_card_stands_beside_its_model);
    suite_add_tcase(suite, tcase);
    suite_add_tcase(suite, files);
    return suite;
}
