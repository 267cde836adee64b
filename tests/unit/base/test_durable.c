/* SPDX-License-Identifier: MIT */
/* Files that are to outlast a loss of power, as far as a test can see it: that it can be asked for
 * anywhere. tests/cli/test_power.sh cuts the power. */
#include "engine/base/durable.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/new_file.h"
#include "engine/base/text.h"
#include "tests/unit/support/scratch.h"

static char *path;

static void setup(void)
{
    scratch_create();
    path = vf_text_format("%s/a", scratch_path());
    ck_assert_int_eq(vf_new_file_write_durably(path, NULL, "text"), VF_OK);
}

static void teardown(void)
{
    free(path);
    scratch_remove();
}

START_TEST(a_file_and_its_name_are_there)
{
    ck_assert_int_eq(vf_durable_file(path), VF_OK);
    ck_assert_int_eq(vf_durable_name(path), VF_OK);
    ck_assert_int_eq(chdir(scratch_path()), 0);
    ck_assert_int_eq(vf_durable_file("a"), VF_OK);
    ck_assert_int_eq(vf_durable_name("/a"), VF_OK);
}
END_TEST

START_TEST(what_is_not_there_is_an_error)
{
    char *missing = vf_text_format("%s/b", scratch_path());
    char *inside = vf_text_format("%s/b/c", scratch_path());
    ck_assert_int_eq(vf_durable_file(missing), -ENOENT);
    ck_assert_int_eq(vf_durable_name(inside), -ENOENT);
    free(missing);
    free(inside);
}
END_TEST

START_TEST(a_device_and_a_folder_that_shows_no_names_do_what_they_can)
{
    int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    ck_assert_int_eq(vf_durable_bytes(fd), VF_OK);
    ck_assert_int_eq(chmod(scratch_path(), 0300), 0);
    ck_assert_int_eq(vf_durable_name(path), VF_OK);
    ck_assert_int_eq(chmod(scratch_path(), 0700), 0);
    close(fd);
}
END_TEST

Suite *durable_suite(void);

Suite *durable_suite(void)
{
    Suite *suite = suite_create("durable");
    TCase *cases = tcase_create("durable");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, a_file_and_its_name_are_there);
    tcase_add_test(cases, what_is_not_there_is_an_error);
    tcase_add_test(cases, a_device_and_a_folder_that_shows_no_names_do_what_they_can);
    suite_add_tcase(suite, cases);
    return suite;
}
