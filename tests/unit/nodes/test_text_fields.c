/* SPDX-License-Identifier: MIT */
/* Text that is made of what is known of a frame. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "nodes/draw/text_fields.h"

static const struct vf_description known = {
    .origin = {.number = 42},
    .timestamp = 3723004,
    .time_base = {1, 1000},
    .source = "day/street.avi",
    .source_time_ns = 61004000000,
    .video = {.frame_rate = {30000, 1001}},
};
static const struct vf_description unknown = {.timestamp = VF_NO_TIMESTAMP,
                                              .source_time_ns = VF_NO_TIMESTAMP};

static const struct {
    const char *pattern, *value;
    bool is_known;
    const char *text;
} cases[] = {
    {"plain", NULL, true, "plain"},
    {"", NULL, true, ""},
    {"{time}", NULL, true, "01:02:03.004"},
    {"{frame} {source} {fps}", NULL, true, "42 day/street.avi 29.97"},
    {"{time} {source} {fps}", NULL, false, "- - -"},
    {"{source_time}", NULL, true, "00:01:01.004"},
    {"{source_time}", NULL, false, "-"},
    {"{{{frame}}}", NULL, true, "{42}"},
    {"{date:%Y}-{date:%%}", NULL, true, "1970-%"},
    {"{value}", "7", true, "7"},
    {"{value}", "\"seven\"", true, "seven"},
    {"{value.a.b}", "{\"a\": {\"b\": 0.5}}", true, "0.5"},
    {"{value.1} {value.9}", "[\"x\", \"y\"]", true, "y -"},
    {"{value.x} {value.0}", "{\"y\": 1}", true, "- -"},
    {"{value.x.y}", "{\"x\": 1}", true, "-"},
    {"{value}", NULL, true, "-"},
};

START_TEST(a_text_has_what_is_known_of_a_frame)
{
    char problem[256];
    struct vf_text text = {0};
    struct vf_message *value = NULL;
    ck_assert_int_eq(vf_text_fields_check(cases[_i].pattern, problem, sizeof(problem)), VF_OK);
    if (cases[_i].value)
        ck_assert_int_eq(vf_message_create_json(&value, cases[_i].value, strlen(cases[_i].value)),
                         VF_OK);
    int64_t middle_of_1970_ns = 15000000LL * 1000000000;
    ck_assert_int_eq(vf_text_fields_print(&text, cases[_i].pattern,
                                          cases[_i].is_known ? &known : &unknown, value,
                                          middle_of_1970_ns),
                     VF_OK);
    ck_assert_str_eq(text.bytes ? text.bytes : "", cases[_i].text);
    vf_text_finish(&text);
    vf_message_destroy(&value);
}
END_TEST

static const struct {
    const char *pattern, *problem;
} mistakes[] = {
    {"{tiem}", "{tiem} is no field of a text; did you mean {time}?"},
    {"{nonsense}", "{nonsense} is no field of a text; there are {time}, {frame}"},
    {"{values}", "did you mean {value}?"},
    {"{value.}", "{value.} is no field of a text"},
    {"{time", "\"{time\" is not closed"},
    {"a } b", "\"}\" closes nothing; write }} for a brace"},
    {"{time:%H}", "\"%H\" is no format of {time}; it takes none"},
    {"{date:%Q}", "\"%Q\" is no format of {date}; write {date:%Y-%m-%d %H:%M:%S}"},
};

START_TEST(a_mistake_in_a_text_is_told_with_its_remedy)
{
    char problem[256] = "";
    ck_assert_int_eq(vf_text_fields_check(mistakes[_i].pattern, problem, sizeof(problem)), -EINVAL);
    ck_assert_msg(strstr(problem, mistakes[_i].problem) != NULL, "%s", problem);
}
END_TEST

START_TEST(a_value_that_cannot_be_read_is_refused)
{
    struct vf_text text = {0};
    struct vf_message *value;
    ck_assert_int_eq(vf_message_create_json(&value, "{", 1), VF_OK);
    ck_assert_int_eq(vf_text_fields_print(&text, "{value}", &known, value, 0), -EINVAL);
    vf_text_finish(&text);
    vf_message_destroy(&value);
}
END_TEST

START_TEST(a_text_tells_whether_it_needs_a_value)
{
    ck_assert(vf_text_fields_have_value("a {value.b}"));
    ck_assert(vf_text_fields_have_value("{value}"));
    ck_assert(!vf_text_fields_have_value("{time} {{value}}"));
}
END_TEST

Suite *text_fields_suite(void);
Suite *text_fields_suite(void)
{
    Suite *suite = suite_create("text_fields");
    TCase *tcase = tcase_create("text_fields");
    tcase_add_loop_test(tcase, a_text_has_what_is_known_of_a_frame, 0, (int)VF_COUNT(cases));
    tcase_add_loop_test(tcase, a_mistake_in_a_text_is_told_with_its_remedy, 0,
                        (int)VF_COUNT(mistakes));
    tcase_add_test(tcase, a_value_that_cannot_be_read_is_refused);
    tcase_add_test(tcase, a_text_tells_whether_it_needs_a_value);
    suite_add_tcase(suite, tcase);
    return suite;
}
