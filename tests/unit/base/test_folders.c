/* SPDX-License-Identifier: MIT */
#include "engine/base/folders.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/text.h"
#include "tests/unit/support/scratch.h"

START_TEST(missing_folders_are_made)
{
    struct stat status;
    char *path = vf_text_format("%s/a/b//c/x.mp4", scratch_path());
    ck_assert_int_eq(vf_folders_make(path), 0);
    ck_assert_int_eq(vf_folders_make(path), 0);
    ck_assert_int_ne(stat(path, &status), 0);
    *strrchr(path, '/') = '\0';
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert(S_ISDIR(status.st_mode));
    ck_assert_int_eq(vf_folders_make("x.mp4"), 0);
    ck_assert_int_eq(vf_folders_make("/x.mp4"), 0);
    free(path);
}
END_TEST

START_TEST(a_folder_that_cannot_be_made_is_named)
{
    char *file = vf_text_format("%s/file", scratch_path());
    char *path = vf_text_format("%s/sub/x.mp4", file);
    FILE *made = fopen(file, "w");
    ck_assert_ptr_nonnull(made);
    fclose(made);
    capture_errors();
    ck_assert_int_eq(vf_folders_make(path), -ENOTDIR);
    char *expected = vf_text_format("vflow: the folder %s cannot be made: Not a directory\n", file);
    ck_assert_str_eq(captured_errors(), expected);
    free(expected);
    free(path);
    free(file);
}
END_TEST

Suite *folders_suite(void);
Suite *folders_suite(void)
{
    Suite *suite = suite_create("folders");
    TCase *tcase = tcase_create("folders");
    tcase_add_checked_fixture(tcase, scratch_create, scratch_remove);
    tcase_add_test(tcase, missing_folders_are_made);
    tcase_add_test(tcase, a_folder_that_cannot_be_made_is_named);
    suite_add_tcase(suite, tcase);
    return suite;
}
