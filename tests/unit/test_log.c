/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/log.h"

static int line_pipe[2];

static void setup(void)
{
    ck_assert_int_eq(pipe(line_pipe), 0);
    ck_assert_int_ge(dup2(line_pipe[1], STDERR_FILENO), 0);
    close(line_pipe[1]);
    vf_log_set_level(VF_LOG_WARNING);
    vf_log_set_name(NULL);
}

static void teardown(void)
{
    close(line_pipe[0]);
}

/* Returns everything that was logged so far. */
static const char *logged(void)
{
    static char lines[8192];
    close(STDERR_FILENO);
    ssize_t size = read(line_pipe[0], lines, sizeof(lines) - 1);
    ck_assert_int_ge(size, 0);
    lines[size] = '\0';
    return lines;
}

START_TEST(a_line_names_the_program_and_the_task)
{
    vf_log(VF_LOG_ERROR, "no room for %d frames", 3);
    vf_log_set_name("reader");
    vf_log(VF_LOG_WARNING, "skipped");
    ck_assert_str_eq(logged(), "vflow: no room for 3 frames\nvflow: reader: warning: skipped\n");
}
END_TEST

START_TEST(what_is_above_the_level_is_not_shown)
{
    vf_log(VF_LOG_INFO, "hidden");
    vf_log_set_level(VF_LOG_INFO);
    vf_log(VF_LOG_INFO, "shown");
    vf_log(VF_LOG_DEBUG, "hidden");
    ck_assert_int_eq(vf_log_get_level(), VF_LOG_INFO);
    ck_assert_str_eq(logged(), "vflow: shown\n");
}
END_TEST

START_TEST(control_characters_do_not_reach_the_terminal)
{
    vf_log(VF_LOG_ERROR, "%s: no such file", "a\nb\033[2J\177");
    ck_assert_str_eq(logged(), "vflow: a?b?[2J?: no such file\n");
}
END_TEST

START_TEST(a_line_is_never_longer_than_one_atomic_write)
{
    static char text[6000];
    memset(text, 'x', sizeof(text) - 1);
    vf_log(VF_LOG_ERROR, "%s", text);
    const char *line = logged();
    ck_assert_uint_eq(strlen(line), 4096);
    ck_assert_int_eq(line[4095], '\n');
}
END_TEST

Suite *log_suite(void);
Suite *log_suite(void)
{
    Suite *suite = suite_create("log");
    TCase *tcase = tcase_create("log");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_line_names_the_program_and_the_task);
    tcase_add_test(tcase, what_is_above_the_level_is_not_shown);
    tcase_add_test(tcase, control_characters_do_not_reach_the_terminal);
    tcase_add_test(tcase, a_line_is_never_longer_than_one_atomic_write);
    suite_add_tcase(suite, tcase);
    return suite;
}
