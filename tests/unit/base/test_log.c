/* SPDX-License-Identifier: MIT */
/* Each test needs a process of its own. */
#include <check.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/base/error_output.h"
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

static char bytes[1 << 20];

/* Fills the pipe of standard error, and returns how much that takes. */
static size_t fill(void)
{
    size_t size = (size_t)fcntl(line_pipe[0], F_GETPIPE_SZ);
    ck_assert_uint_le(size, sizeof(bytes));
    ck_assert_int_eq(write(STDERR_FILENO, bytes, size), (ssize_t)size);
    return size;
}

START_TEST(a_line_that_nobody_reads_is_dropped_and_told_of_later)
{
    uint64_t before = vf_error_output_dropped();
    size_t size = fill();
    vf_log(VF_LOG_ERROR, "one");
    vf_log(VF_LOG_ERROR, "two");
    ck_assert_uint_eq(vf_error_output_dropped() - before, 2);
    ck_assert_int_eq(fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK, 0); /* others share it */
    ck_assert_int_eq(read(line_pipe[0], bytes, size), (ssize_t)size);
    vf_log(VF_LOG_ERROR, "three");
    ck_assert_str_eq(logged(), "vflow: 2 lines were dropped: nobody read them\nvflow: three\n");
    ck_assert_uint_eq(vf_error_output_dropped() - before, 2);
}
END_TEST

START_TEST(lines_are_written_to_a_socket_without_waiting)
{
    int sockets[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
    ck_assert_int_ge(dup2(sockets[1], STDERR_FILENO), 0);
    uint64_t before = vf_error_output_dropped();
    for (int i = 0; i < 20000; i++)
        vf_log(VF_LOG_ERROR, "line");
    ck_assert_uint_gt(vf_error_output_dropped() - before, 0);
    ck_assert_int_gt(read(sockets[0], bytes, sizeof(bytes)), 0);
    vf_log(VF_LOG_ERROR, "again");
    ck_assert_uint_lt(vf_error_output_dropped() - before, 20000);
}
END_TEST

START_TEST(text_keeps_its_lines_and_nothing_else_that_a_terminal_obeys)
{
    vf_log_text("wrote a\033[2Jb\nsecond\n", 0);
    ck_assert_str_eq(logged(), "wrote a?[2Jb\nsecond\n");
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
    tcase_add_test(tcase, a_line_that_nobody_reads_is_dropped_and_told_of_later);
    tcase_add_test(tcase, lines_are_written_to_a_socket_without_waiting);
    tcase_add_test(tcase, text_keeps_its_lines_and_nothing_else_that_a_terminal_obeys);
    suite_add_tcase(suite, tcase);
    return suite;
}
