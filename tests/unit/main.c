/* SPDX-License-Identifier: MIT */
/* main.c - runs the unit suites; CK_RUN_SUITE and CK_FORK are Check's own. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/support/scratch.h"

#define SUITE(name) Suite *name##_suite(void);
#include "tests/unit/suites.h"
#undef SUITE

/* A test is a process, and ending one tears down two hundred libraries: five times the work of
 * starting it. Sanitizers and coverage need that; nobody else does. */
#ifdef VF_TESTS_LEAVE_AT_ONCE
static void leave(int status, void *unused)
{
    (void)unused;
    fflush(NULL);
    _exit(status);
}
#endif

#ifdef __SANITIZE_THREAD__
/* A payload that is sent by a socket is let go of in a thread of ZeroMQ, and how it comes there is not
 * seen: the library is not built with the sanitizer. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "race:^let_go$\n";
}
#endif

/* Limits only catch hangs: Check's own 4 seconds are few where a test runs beside ten others. */
static void be_patient(void)
{
    const char *patience = getenv("VFLOW_TEST_PATIENCE");
    setenv("CK_DEFAULT_TIMEOUT", "30", 0);
    setenv("CK_TIMEOUT_MULTIPLIER", patience ? patience : "1", 0);
}

int main(void)
{
    be_patient();
    scratch_remove_left();
#ifdef VF_TESTS_LEAVE_AT_ONCE
    on_exit(leave, NULL);
#endif
    SRunner *runner = srunner_create(NULL);
#define SUITE(name) srunner_add_suite(runner, name##_suite());
#include "tests/unit/suites.h"
#undef SUITE
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    printf("%d passed, %d failed\n", srunner_ntests_run(runner) - failed, failed);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
