/* SPDX-License-Identifier: MIT */
/* The folders of tests: those that nobody uses any more go, and no others. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/support/scratch.h"

static char other[64];

/* Starts a process that uses a scratch folder of its own, whose name is in `other`. */
static pid_t start_other(void)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    pid_t process = fork();
    if (process == 0) {
        scratch_create();
        scratch_write("folder/file", "text");
        (void)!write(ends[1], scratch_path(), sizeof(other));
        pause();
    }
    close(ends[1]);
    ck_assert_int_eq(read(ends[0], other, sizeof(other)), sizeof(other));
    close(ends[0]);
    return process;
}

START_TEST(what_killed_tests_have_left_is_removed_and_nothing_else)
{
    scratch_create();
    pid_t process = start_other();
    scratch_remove_left();
    ck_assert_int_eq(access(other, F_OK), 0);
    ck_assert_int_eq(access(scratch_path(), F_OK), 0);
    kill(process, SIGKILL);
    ck_assert_int_eq(waitpid(process, NULL, 0), process);
    scratch_remove_left();
    ck_assert_int_ne(access(other, F_OK), 0);
    ck_assert_int_eq(access(scratch_path(), F_OK), 0);
    scratch_remove();
}
END_TEST

Suite *scratch_suite(void);
Suite *scratch_suite(void)
{
    Suite *suite = suite_create("scratch");
    TCase *tests = tcase_create("scratch");
    tcase_add_test(tests, what_killed_tests_have_left_is_removed_and_nothing_else);
    suite_add_tcase(suite, tests);
    return suite;
}
