/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/text.h"
#include "engine/process/run_directory.h"
#include "tests/unit/scratch.h"

static char *parent;

static void setup(void)
{
    scratch_create();
    ck_assert_int_eq(setenv("XDG_RUNTIME_DIR", scratch_path(), 1), 0);
    parent = vf_text_format("%s/vflow", scratch_path());
    ck_assert_ptr_nonnull(parent);
}

static void teardown(void)
{
    free(parent);
    scratch_remove();
}

START_TEST(a_run_has_a_fresh_folder_that_nobody_else_may_enter)
{
    struct stat status;
    char *first, *second;
    ck_assert_int_eq(vf_run_directory_create(&first), VF_OK);
    ck_assert_int_eq(vf_run_directory_create(&second), VF_OK);
    ck_assert_str_ne(first, second);
    ck_assert_int_eq(strncmp(first, parent, strlen(parent)), 0);
    ck_assert_int_eq(stat(first, &status), 0);
    ck_assert_uint_eq(status.st_mode & 07777, 0700);
    ck_assert_int_eq(stat(parent, &status), 0);
    ck_assert_uint_eq(status.st_mode & 07777, 0700);
    vf_run_directory_remove(&first);
    ck_assert_ptr_null(first);
    ck_assert_int_eq(access(second, F_OK), 0);
    vf_run_directory_remove(&second);
}
END_TEST

START_TEST(it_goes_with_all_its_sockets_and_the_last_run_takes_the_parent_along)
{
    char *path;
    ck_assert_int_eq(vf_run_directory_create(&path), VF_OK);
    char *socket = vf_text_format("%s/5001", path);
    FILE *file = fopen(socket, "w");
    ck_assert_ptr_nonnull(file);
    fclose(file);
    vf_run_directory_remove(&path);
    ck_assert_uint_eq(scratch_count(), 0);
    free(socket);
    vf_run_directory_remove(&path);
}
END_TEST

static void assert_refused(void)
{
    char *path;
    capture_errors();
    ck_assert_int_eq(vf_run_directory_create(&path), -EPERM);
    ck_assert_ptr_null(path);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "is not a folder of yours alone"));
}

START_TEST(a_folder_that_others_may_enter_is_refused)
{
    ck_assert_int_eq(mkdir(parent, 0700), 0);
    ck_assert_int_eq(chmod(parent, 0710), 0);
    assert_refused();
}
END_TEST

START_TEST(a_link_in_its_place_is_refused)
{
    ck_assert_int_eq(symlink(scratch_path(), parent), 0);
    assert_refused();
}
END_TEST

START_TEST(a_file_in_its_place_is_refused)
{
    FILE *file = fopen(parent, "w");
    ck_assert_ptr_nonnull(file);
    fclose(file);
    ck_assert_int_eq(chmod(parent, 0600), 0);
    assert_refused();
}
END_TEST

START_TEST(a_runtime_folder_that_is_not_there_is_told)
{
    char *path;
    ck_assert_int_eq(setenv("XDG_RUNTIME_DIR", "/nowhere/at/all", 1), 0);
    capture_errors();
    ck_assert_int_eq(vf_run_directory_create(&path), -ENOENT);
    ck_assert_ptr_null(path);
    ck_assert_str_eq(captured_errors(), "vflow: cannot create the folder /nowhere/at/all/vflow: "
                                        "No such file or directory\n");
}
END_TEST

Suite *run_directory_suite(void);
Suite *run_directory_suite(void)
{
    Suite *suite = suite_create("run_directory");
    TCase *tcase = tcase_create("run_directory");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_run_has_a_fresh_folder_that_nobody_else_may_enter);
    tcase_add_test(tcase, it_goes_with_all_its_sockets_and_the_last_run_takes_the_parent_along);
    tcase_add_test(tcase, a_folder_that_others_may_enter_is_refused);
    tcase_add_test(tcase, a_link_in_its_place_is_refused);
    tcase_add_test(tcase, a_file_in_its_place_is_refused);
    tcase_add_test(tcase, a_runtime_folder_that_is_not_there_is_told);
    suite_add_tcase(suite, tcase);
    return suite;
}
