/* SPDX-License-Identifier: MIT */
/* Names of the files of one run. */
#include "nodes/write/output_names.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/text.h"
#include "tests/unit/support/scratch.h"

static struct vf_output_names names;
static char *pattern;
static struct vf_description first;

static void setup(void)
{
    scratch_create();
    first = (struct vf_description){.timestamp = 0, .time_base = {1, 25}};
}

static void teardown(void)
{
    vf_output_names_finish(&names);
    free(pattern);
    scratch_remove();
}

static void begin(const char *name, size_t keep)
{
    pattern = vf_text_format("%s/%s", scratch_path(), name);
    names = (struct vf_output_names){.pattern = pattern, .retention.settings.count = (int64_t)keep};
}

/* Makes the next file, and returns its name within the scratch folder, lent until the next call. */
static const char *make_next(void)
{
    static char made[512];
    char *path;
    ck_assert_int_eq(vf_output_names_next(&names, &first, &path), VF_OK);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fclose(file);
    vf_output_names_note(&names, path);
    snprintf(made, sizeof(made), "%s", path + strlen(scratch_path()) + 1);
    free(path);
    return made;
}

START_TEST(files_are_numbered_and_folders_made)
{
    begin("a/b/{seq:03d}.mp4", 0);
    ck_assert_int_eq(vf_output_names_prepare(&names), VF_OK);
    ck_assert_str_eq(make_next(), "a/b/001.mp4");
    ck_assert_str_eq(make_next(), "a/b/002.mp4");
}
END_TEST

START_TEST(a_name_that_comes_again_gets_a_number)
{
    begin("{source}.mp4", 0);
    vf_message_set_source(&first, "one/cat.avi", VF_SOURCE_NAME);
    ck_assert_str_eq(make_next(), "cat.mp4");
    vf_message_set_source(&first, "two/cat.avi", VF_SOURCE_NAME);
    ck_assert_str_eq(make_next(), "cat-2.mp4");
    ck_assert_str_eq(make_next(), "cat-3.mp4");
    vf_message_set_source(&first, "dog.avi", VF_SOURCE_NAME);
    ck_assert_str_eq(make_next(), "dog.mp4");
}
END_TEST

START_TEST(each_source_is_counted_by_itself)
{
    begin("{source}/{n:02d}.mp4", 0);
    vf_message_set_source(&first, "cat.avi", VF_SOURCE_NAME);
    ck_assert_str_eq(make_next(), "cat/01.mp4");
    ck_assert_str_eq(make_next(), "cat/02.mp4");
    vf_message_set_source(&first, "dog.avi", VF_SOURCE_NAME);
    ck_assert_str_eq(make_next(), "dog/01.mp4");
    vf_message_set_source(&first, "cat.avi", VF_SOURCE_NAME);
    ck_assert_str_eq(make_next(), "cat/03.mp4");
}
END_TEST

START_TEST(pictures_replace_those_of_their_own_source_only)
{
    begin("{source}.jpg", 0);
    names.may_repeat = true;
    vf_message_set_source(&first, "one/cat.avi", VF_SOURCE_NAME);
    ck_assert_str_eq(make_next(), "cat.jpg");
    ck_assert_str_eq(make_next(), "cat.jpg");
    vf_message_set_source(&first, "two/cat.avi", VF_SOURCE_NAME);
    ck_assert_str_eq(make_next(), "cat-2.jpg");
    ck_assert_str_eq(make_next(), "cat-2.jpg");
    vf_message_set_source(&first, "one/cat.avi", VF_SOURCE_NAME);
    ck_assert_str_eq(make_next(), "cat.jpg");
}
END_TEST

START_TEST(pictures_of_a_process_that_comes_again_are_counted_on)
{
    begin("{seq}.jpg", 0);
    names.may_repeat = true;
    make_next();
    make_next();
    vf_output_names_finish(&names);
    names = (struct vf_output_names){.pattern = pattern, .may_repeat = true, .is_restarted = true};
    ck_assert_str_eq(make_next(), "3.jpg");
}
END_TEST

START_TEST(a_long_name_has_room_for_its_number)
{
    char source[256] = "";
    memset(source, 'x', 251);
    begin("{source}.{{}}.mp4", 0);
    vf_message_set_source(&first, source, VF_SOURCE_NAME);
    ck_assert_uint_eq(strlen(make_next()), 255);
    const char *second = make_next();
    ck_assert_uint_eq(strlen(second), 255);
    ck_assert_str_eq(second + 255 - strlen("x.-2.mp4"), "x.-2.mp4");
}
END_TEST

START_TEST(a_process_that_comes_again_replaces_nothing)
{
    begin("{seq}.mp4", 0);
    make_next();
    vf_output_names_finish(&names);
    names = (struct vf_output_names){.pattern = pattern, .is_restarted = true};
    ck_assert_str_eq(make_next(), "1-2.mp4");
    ck_assert_str_eq(make_next(), "2.mp4");
}
END_TEST

START_TEST(only_the_newest_files_stay)
{
    begin("{seq}.mp4", 2);
    ck_assert_int_eq(vf_output_names_prepare(&names), VF_OK);
    for (unsigned i = 0; i < 5; i++)
        make_next();
    ck_assert_uint_eq(scratch_count(), 2);
    char *newest = vf_text_format("%s/5.mp4", scratch_path());
    ck_assert_int_eq(access(newest, F_OK), 0);
    free(newest);
}
END_TEST

START_TEST(a_folder_that_cannot_be_made_is_named)
{
    begin("file/{seq}.mp4", 0);
    char *file = vf_text_format("%s/file", scratch_path());
    FILE *stream = fopen(file, "w");
    fclose(stream);
    free(file);
    capture_errors();
    int err = vf_output_names_prepare(&names);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "/file cannot be made: Not a directory"));
    ck_assert_int_eq(err, -ENOTDIR);
}
END_TEST

START_TEST(a_path_without_fields_is_one_file)
{
    char *path;
    ck_assert(!vf_output_names_are_many("out.mp4"));
    ck_assert(vf_output_names_are_many("out-{seq}.mp4"));
    begin("out.mp4", 0);
    ck_assert_int_eq(vf_output_names_next(&names, NULL, &path), VF_OK);
    ck_assert_str_eq(path, pattern);
    free(path);
}
END_TEST

Suite *output_names_suite(void);
Suite *output_names_suite(void)
{
    Suite *suite = suite_create("output_names");
    TCase *tcase = tcase_create("output_names");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, files_are_numbered_and_folders_made);
    tcase_add_test(tcase, a_name_that_comes_again_gets_a_number);
    tcase_add_test(tcase, each_source_is_counted_by_itself);
    tcase_add_test(tcase, pictures_replace_those_of_their_own_source_only);
    tcase_add_test(tcase, pictures_of_a_process_that_comes_again_are_counted_on);
    tcase_add_test(tcase, a_long_name_has_room_for_its_number);
    tcase_add_test(tcase, a_process_that_comes_again_replaces_nothing);
    tcase_add_test(tcase, only_the_newest_files_stay);
    tcase_add_test(tcase, a_folder_that_cannot_be_made_is_named);
    tcase_add_test(tcase, a_path_without_fields_is_one_file);
    suite_add_tcase(suite, tcase);
    return suite;
}
