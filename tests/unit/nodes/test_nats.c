/* SPDX-License-Identifier: MIT */
/* Subjects of NATS, and headers. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "nodes/nats/subject.h"
#include "nodes/record/headers.h"

static char problem[256];

/* A header as an option has it. */
#define HEADER(name, text)       \
    {                            \
        (char[]){name}, (char[]) \
        {                        \
            text                 \
        }                        \
    }

static const struct {
    const char *subject, *mistake; /* NULL: it has none */
} subjects[] = {
    {"street.counts", NULL},
    {"street.{{a}}", NULL},
    {"{camera}.{details.direction}", NULL},
    {"{camera}{what}", NULL},
    {"a/b#+", NULL},
    {"", "a subject is empty"},
    {"street.>", "for those who subscribe"},
    {"*.counts", "for those who subscribe"},
    {"street counts", "no spaces"},
    {"street\r\nPUB", "no line ends"},
    {".street", "no empty levels"},
    {"street.", "no empty levels"},
    {"street..counts", "no empty levels"},
    {"{camera}.", "no empty levels"},
    {"{camera", "is not closed"},
};

START_TEST(mistakes_of_subjects_are_found)
{
    int err = vf_broker_topic_check(&vf_nats_subjects, "subject", subjects[_i].subject, true,
                                    problem, sizeof(problem));
    ck_assert_int_eq(err, subjects[_i].mistake ? -EINVAL : 0);
    if (subjects[_i].mistake)
        ck_assert_msg(strncmp(problem, "subject: ", 9) == 0 &&
                          strstr(problem, subjects[_i].mistake),
                      "%s", problem);
}
END_TEST

#define EVENT                                                                                  \
    "{\"number\": 7, \"source\": \"rtsp://me:geheim@cam/1\", \"value\": {\"what\": \"left\", " \
    "\"camera\": \"a.b* >\\r\\n\", \"empty\": \"\"}}"

static const struct {
    const char *subject, *printed;
} printed[] = {
    {"street.{what}", "street.left"},
    {"{camera}.{number}", "a_b_____.7"},
    {"{empty}.{where}", "none.none"},
    {"{source}", "rtsp://___@cam/1"},
};

START_TEST(a_subject_has_what_the_message_says)
{
    struct vf_text text = {0};
    json_t *record = json_loads(EVENT, 0, NULL);
    ck_assert_ptr_nonnull(record);
    vf_broker_topic_print(&text, &vf_nats_subjects, printed[_i].subject, record, "doors");
    ck_assert_str_eq(text.bytes, printed[_i].printed);
    vf_text_finish(&text);
    json_decref(record);
}
END_TEST

START_TEST(headers_are_lines_whatever_the_message_says)
{
    static const char expected[] = "What\0left at a.b* >  \0None\0\0";
    struct vf_map_entry entries[] = {HEADER("What", "{what} at {camera}"), HEADER("None", "")};
    const struct vf_map headers = {.items = entries, .count = VF_COUNT(entries)};
    struct vf_text text = {0};
    json_t *record = json_loads(EVENT, 0, NULL);
    ck_assert_int_eq(vf_headers_check(&headers, problem, sizeof(problem)), 0);
    vf_headers_print(&text, &headers, record, "doors");
    ck_assert_uint_eq(text.length, sizeof(expected) - 1);
    ck_assert_mem_eq(text.bytes, expected, text.length);
    vf_text_finish(&text);
    json_decref(record);
}
END_TEST

static struct vf_map_entry no_headers[] = {
    HEADER("a:b", "c"),       HEADER("", "c"),   HEADER("a b", "c"),
    HEADER("a", "c\r\nd: e"), HEADER("a", "{b"),
};

START_TEST(what_is_no_header_is_refused)
{
    const struct vf_map headers = {.items = &no_headers[_i], .count = 1};
    ck_assert_int_eq(vf_headers_check(&headers, problem, sizeof(problem)), -EINVAL);
}
END_TEST

Suite *nats_suite(void);
Suite *nats_suite(void)
{
    Suite *suite = suite_create("nats");
    TCase *tests = tcase_create("subjects and headers");
    tcase_add_loop_test(tests, mistakes_of_subjects_are_found, 0, VF_COUNT(subjects));
    tcase_add_loop_test(tests, a_subject_has_what_the_message_says, 0, VF_COUNT(printed));
    tcase_add_test(tests, headers_are_lines_whatever_the_message_says);
    tcase_add_loop_test(tests, what_is_no_header_is_refused, 0, VF_COUNT(no_headers));
    suite_add_tcase(suite, tests);
    return suite;
}
