/* SPDX-License-Identifier: MIT */
/* Words of a command with fields, and lines of JSON that come in pieces. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "nodes/pipe/lines.h"
#include "nodes/pipe/words.h"

static const struct vf_video video = {
    .format = "rgb24", .width = 640, .height = 360, .frame_rate = {30000, 1001}};

static const struct {
    const char *word, *made;
    bool asks;
} words[] = {
    {"cat", "cat", false},
    {"{width}x{height}", "640x360", true},
    {"-r={rate},{pixel_format}", "-r=30000/1001,rgb24", true},
    {"{", "{", false},
    {"{print $1}", "{print $1}", false},
    {"{{width}}", "{640}", true},
    {"{width", "{width", false},
    {"", "", false},
};

START_TEST(fields_of_a_command_are_filled_in_and_other_braces_stay)
{
    char *item = (char *)(uintptr_t)words[_i].word;
    const struct vf_option_texts command = {.items = &item, .count = 1};
    char **made = vf_pipe_words_make(&command, &video);
    ck_assert_ptr_nonnull(made);
    ck_assert_str_eq(made[0], words[_i].made);
    ck_assert_ptr_null(made[1]);
    ck_assert(vf_pipe_words_ask(&command) == words[_i].asks);
    vf_pipe_words_free(made);
}
END_TEST

static int ends[2];
static struct vf_line_reader reader;
static const char *complaint;

static void setup(void)
{
    ck_assert_int_eq(pipe2(ends, O_NONBLOCK), 0);
    reader = (struct vf_line_reader){.fd = ends[0]};
}

static void teardown(void)
{
    vf_line_reader_finish(&reader);
    close(ends[0]);
    close(ends[1]);
}

static void say(const char *text)
{
    ck_assert_int_eq(write(ends[1], text, strlen(text)), (ssize_t)strlen(text));
}

static void expect_value(const char *wanted)
{
    struct vf_message *message;
    size_t length;
    ck_assert_int_eq(vf_line_reader_take(&reader, &message, &complaint), VF_OK);
    const char *text = vf_message_json(message, &length);
    ck_assert_uint_eq(length, strlen(wanted));
    ck_assert_mem_eq(text, wanted, length);
    vf_message_destroy(&message);
}

static void expect_outcome(int wanted)
{
    struct vf_message *message;
    ck_assert_int_eq(vf_line_reader_take(&reader, &message, &complaint), wanted);
    ck_assert_ptr_null(message);
}

START_TEST(lines_are_values_however_they_come)
{
    expect_outcome(-EAGAIN);
    say("[1,");
    expect_outcome(-EAGAIN);
    say(" 2]\n\n  \t\r\n{\"a\":\n");
    expect_value("[1, 2]");
    expect_outcome(-EBADMSG);
    ck_assert_ptr_nonnull(strstr(complaint, "line 4, which is no JSON"));
    say("12\n\"last\"");
    expect_value("12");
    expect_outcome(-EAGAIN);
    close(ends[1]);
    expect_value("\"last\"");
    expect_outcome(VF_END);
    expect_outcome(VF_END);
    ends[1] = dup(ends[0]);
}
END_TEST

START_TEST(a_value_is_written_as_one_line)
{
    struct vf_message *message;
    struct vf_text text = {0};
    const char json[] = "{\"a\":\n [1,\r\n2]}";
    ck_assert_int_eq(vf_message_create_json(&message, json, strlen(json)), VF_OK);
    ck_assert_int_eq(vf_line_add(&text, message), VF_OK);
    ck_assert_str_eq(text.bytes, "{\"a\":  [1,  2]}\n");
    vf_message_destroy(&message);
    vf_text_finish(&text);
}
END_TEST

Suite *pipe_forms_suite(void);
Suite *pipe_forms_suite(void)
{
    Suite *suite = suite_create("pipe_forms");
    TCase *tcase = tcase_create("pipe_forms");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, fields_of_a_command_are_filled_in_and_other_braces_stay, 0,
                        VF_COUNT(words));
    tcase_add_test(tcase, lines_are_values_however_they_come);
    tcase_add_test(tcase, a_value_is_written_as_one_line);
    suite_add_tcase(suite, tcase);
    return suite;
}
