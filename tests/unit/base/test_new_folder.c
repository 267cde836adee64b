/* SPDX-License-Identifier: MIT */
/* A file and those beside it that it names, which appear together. */
#include "engine/base/new_folder.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "tests/unit/support/scratch.h"

static struct vf_new_folder folder;

static void setup(void)
{
    scratch_create();
    ck_assert_int_eq(chdir(scratch_path()), 0);
    umask(022);
    vf_log_set_level(VF_LOG_INFO);
}

static void teardown(void)
{
    vf_new_folder_finish(&folder);
    scratch_remove();
}

/* Puts a file into the folder that is being filled. */
static void fill(const char *name, const char *text)
{
    const char *slash = strrchr(folder.part, '/');
    char *path = vf_text_format("%.*s/%s", (int)(slash - folder.part), folder.part, name);
    ck_assert_ptr_nonnull(path);
    scratch_write(path, text);
    free(path);
}

static void begin(const char *path, bool must_not_replace)
{
    scratch_write("a.m3u8", "old list");
    scratch_write("a0.ts", "old segment");
    ck_assert_int_eq(vf_new_folder_create(&folder, path, must_not_replace), VF_OK);
    fill("a.m3u8", "new list");
    fill("a0.ts", "new segment");
    ck_assert_str_eq(scratch_read("a.m3u8"), "old list");
    ck_assert_str_eq(scratch_read("a0.ts"), "old segment");
}

START_TEST(all_files_appear_together)
{
    begin("a.m3u8", false);
    ck_assert_int_eq(vf_new_folder_publish(&folder), VF_OK);
    ck_assert_str_eq(scratch_read("a.m3u8"), "new list");
    ck_assert_str_eq(scratch_read("a0.ts"), "new segment");
    ck_assert_uint_eq(scratch_count(), 2);
}
END_TEST

START_TEST(a_part_is_kept_beside_the_whole_and_replaces_an_older_part)
{
    ck_assert_int_eq(mkdir("a.m3u8.partial", 0777), 0);
    scratch_write("a.m3u8.partial/b.ts", "part of an earlier run");
    begin("./a.m3u8", false);
    ck_assert_int_eq(vf_new_folder_keep_part(&folder), VF_OK);
    ck_assert_str_eq(folder.part, "./a.m3u8.partial/a.m3u8");
    ck_assert_str_eq(scratch_read("a.m3u8.partial/a0.ts"), "new segment");
    ck_assert_str_eq(scratch_read("a.m3u8.partial/b.ts"), "(no file)");
    ck_assert_str_eq(scratch_read("a.m3u8"), "old list");
    ck_assert_uint_eq(scratch_count(), 5);
}
END_TEST

START_TEST(a_part_without_its_list_is_told_as_a_folder)
{
    ck_assert_int_eq(vf_new_folder_create(&folder, "a%d.m3u8", false), VF_OK);
    fill("a0.ts", "some");
    ck_assert_int_eq(vf_new_folder_keep_part(&folder), VF_OK);
    ck_assert_str_eq(folder.part, "a_d.m3u8.partial");
}
END_TEST

START_TEST(a_folder_in_a_part_is_somebody_elses_and_stays)
{
    ck_assert_int_eq(mkdir("a.m3u8.partial", 0777), 0);
    ck_assert_int_eq(mkdir("a.m3u8.partial/mine", 0777), 0);
    begin("a.m3u8", false);
    capture_errors();
    ck_assert_int_eq(vf_new_folder_keep_part(&folder), -ENOTEMPTY);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "keeps its provisional name"));
    ck_assert_str_eq(scratch_read(folder.part), "new list");
    ck_assert_int_eq(access("a.m3u8.partial/mine", F_OK), 0);
}
END_TEST

START_TEST(nothing_is_replaced_where_nothing_must_be)
{
    begin("a.m3u8", true);
    ck_assert_int_eq(unlink("a.m3u8"), 0);
    capture_errors();
    ck_assert_int_eq(vf_new_folder_publish(&folder), -EEXIST);
    ck_assert_ptr_nonnull(
        strstr(captured_errors(), "cannot give a.m3u8 and its files their names"));
    ck_assert_str_eq(scratch_read("a0.ts"), "old segment");
    ck_assert_str_eq(scratch_read("a.m3u8"), "(no file)");
    ck_assert_str_eq(scratch_read(folder.part), "new list");
}
END_TEST

START_TEST(a_link_is_left_to_who_made_it)
{
    scratch_write("there", "old list");
    ck_assert_int_eq(symlink("there", "a.m3u8"), 0);
    ck_assert_int_eq(vf_new_folder_create(&folder, "a.m3u8", false), -ENOTSUP);
    ck_assert_uint_eq(scratch_count(), 2);
}
END_TEST

START_TEST(what_is_removed_leaves_nothing)
{
    begin("a.m3u8", false);
    vf_new_folder_remove(&folder);
    ck_assert_uint_eq(scratch_count(), 2);
}
END_TEST

Suite *new_folder_suite(void);
Suite *new_folder_suite(void)
{
    Suite *suite = suite_create("new_folder");
    TCase *tcase = tcase_create("core");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, all_files_appear_together);
    tcase_add_test(tcase, a_part_is_kept_beside_the_whole_and_replaces_an_older_part);
    tcase_add_test(tcase, a_part_without_its_list_is_told_as_a_folder);
    tcase_add_test(tcase, a_folder_in_a_part_is_somebody_elses_and_stays);
    tcase_add_test(tcase, nothing_is_replaced_where_nothing_must_be);
    tcase_add_test(tcase, a_link_is_left_to_who_made_it);
    tcase_add_test(tcase, what_is_removed_leaves_nothing);
    suite_add_tcase(suite, tcase);
    return suite;
}
