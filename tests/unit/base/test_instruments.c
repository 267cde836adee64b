/* SPDX-License-Identifier: MIT */
/* How a process ends that was forked. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/instruments.h"

static int handled[2];

static void handle(void)
{
    (void)!write(handled[1], "h", 1);
}

/* Returns what a child has written that left by vf_leave(): by stdio, and by its parent's handler. */
static void text_of_child(char text[16], int status)
{
    int wait_status;
    ck_assert_int_eq(pipe(handled), 0);
    ck_assert_int_eq(fflush(NULL), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        FILE *file = fdopen(dup(handled[1]), "w");
        atexit(handle);
        fputs("written", file);
        vf_leave(status);
    }
    close(handled[1]);
    ck_assert_int_eq(waitpid(child, &wait_status, 0), child);
    ck_assert(WIFEXITED(wait_status));
    ck_assert_int_eq(WEXITSTATUS(wait_status), status);
    ssize_t length = read(handled[0], text, 15);
    ck_assert_int_ge(length, 0);
    text[length] = '\0';
    close(handled[0]);
}

START_TEST(what_is_buffered_is_written_and_no_handler_runs)
{
    char text[16];
    unsetenv("LD_PRELOAD");
    text_of_child(text, 7);
    ck_assert_ptr_nonnull(strstr(text, "written"));
    if (!vf_is_sanitized() && !vf_measures_coverage())
        ck_assert_str_eq(text, "written");
}
END_TEST

START_TEST(what_is_preloaded_has_its_handlers_run)
{
    char text[16];
    setenv("LD_PRELOAD", "libprofiler.so", 1);
    text_of_child(text, 0);
    ck_assert_ptr_nonnull(strstr(text, "written"));
    ck_assert_ptr_nonnull(strchr(text, 'h'));
}
END_TEST

Suite *instruments_suite(void);
Suite *instruments_suite(void)
{
    Suite *suite = suite_create("instruments");
    TCase *tests = tcase_create("instruments");
    tcase_add_test(tests, what_is_buffered_is_written_and_no_handler_runs);
    tcase_add_test(tests, what_is_preloaded_has_its_handlers_run);
    suite_add_tcase(suite, tests);
    return suite;
}
