/* SPDX-License-Identifier: MIT */
/* Files that appear under their names when they are whole, in folders of one's own and of all. */
#include "engine/base/new_file.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "tests/unit/support/scratch.h"

#define SOMEBODY 65534

static struct vf_new_file file;

static void setup(void)
{
    scratch_create();
    ck_assert_int_eq(chdir(scratch_path()), 0);
    umask(022);
    vf_log_set_level(VF_LOG_INFO);
}

static void teardown(void)
{
    vf_new_file_finish(&file);
    scratch_remove();
}

static mode_t mode_of(const char *path)
{
    struct stat status;
    ck_assert_int_eq(lstat(path, &status), 0);
    return status.st_mode & 07777;
}

static int write_new(const char *path, const char *text)
{
    int err = vf_new_file_init(&file, path, false);
    if (!err)
        err = vf_new_file_create(&file);
    if (!err)
        err = vf_new_file_fill(&file, text, strlen(text));
    return err ? err : vf_new_file_publish(&file);
}

static void make_shared_folder(void)
{
    ck_assert_int_eq(mkdir("shared", 0777), 0);
    ck_assert_int_eq(chmod("shared", 01777), 0);
}

/* Only root can give a file to somebody else. */
static bool give_away(const char *path)
{
    return lchown(path, SOMEBODY, SOMEBODY) == 0;
}

START_TEST(a_file_appears_when_it_is_whole)
{
    ck_assert_int_eq(vf_new_file_init(&file, "a.mkv", false), VF_OK);
    ck_assert_int_eq(vf_new_file_create(&file), VF_OK);
    ck_assert_int_eq(vf_new_file_fill(&file, "new", 3), VF_OK);
    ck_assert_int_eq(access("a.mkv", F_OK), -1);
    ck_assert_int_eq(strncmp(file.part, "a.part-", 7), 0);
    ck_assert_str_eq(file.part + strlen(file.part) - 4, ".mkv");
    ck_assert_str_eq(scratch_read(file.part), "new");
    ck_assert_int_eq(vf_new_file_publish(&file), VF_OK);
    ck_assert_str_eq(scratch_read("a.mkv"), "new");
    ck_assert_uint_eq(scratch_count(), 1);
}
END_TEST

static int keep_part(const char *path, const char *text, bool must_not_replace)
{
    int err = vf_new_file_init(&file, path, must_not_replace);
    if (!err)
        err = vf_new_file_create(&file);
    if (!err)
        err = vf_new_file_fill(&file, text, strlen(text));
    return err ? err : vf_new_file_keep_part(&file);
}

START_TEST(a_part_gets_a_name_of_its_own)
{
    scratch_write("a.mkv", "older");
    scratch_write("a.partial.mkv", "part of an earlier run");
    ck_assert_int_eq(keep_part("a.mkv", "some", false), VF_OK);
    ck_assert_str_eq(file.part, "a.partial.mkv");
    ck_assert_str_eq(scratch_read("a.partial.mkv"), "some");
    ck_assert_str_eq(scratch_read("a.mkv"), "older");
    ck_assert_uint_eq(scratch_count(), 2);
}
END_TEST

START_TEST(a_part_replaces_nothing_where_nothing_must_be)
{
    scratch_write("a.partial.mkv", "of somebody");
    ck_assert_int_eq(keep_part("a.mkv", "some", true), -EEXIST);
    ck_assert_int_eq(strncmp(file.part, "a.part-", 7), 0);
    ck_assert_str_eq(scratch_read(file.part), "some");
    ck_assert_str_eq(scratch_read("a.partial.mkv"), "of somebody");
}
END_TEST

START_TEST(a_part_of_a_linked_file_is_kept_beside_the_file)
{
    ck_assert_int_eq(mkdir("there", 0777), 0);
    scratch_write("there/b.mkv", "older");
    ck_assert_int_eq(symlink("there/b.mkv", "a.mkv"), 0);
    ck_assert_int_eq(keep_part("a.mkv", "some", false), VF_OK);
    ck_assert_str_eq(scratch_read("there/b.partial.mkv"), "some");
    ck_assert_str_eq(scratch_read("a.mkv"), "older");
}
END_TEST

START_TEST(a_name_as_long_as_names_may_be_has_parts)
{
    char name[NAME_MAX + 1];
    memset(name, 'n', NAME_MAX);
    memcpy(name + NAME_MAX - 4, ".mkv", 5);
    ck_assert_int_eq(keep_part(name, "some", false), VF_OK);
    ck_assert_str_eq(scratch_read(file.part), "some");
    ck_assert_str_eq(file.part + strlen(file.part) - strlen("n.partial.mkv"), "n.partial.mkv");
}
END_TEST

START_TEST(nobody_can_foresee_the_provisional_name)
{
    struct vf_new_file other;
    ck_assert_int_eq(vf_new_file_init(&file, "a", false), VF_OK);
    ck_assert_int_eq(vf_new_file_create(&file), VF_OK);
    ck_assert_int_eq(vf_new_file_init(&other, "a", false), VF_OK);
    ck_assert_int_eq(vf_new_file_create(&other), VF_OK);
    ck_assert_str_ne(file.part, other.part);
    vf_new_file_finish(&other);
}
END_TEST

START_TEST(a_new_file_has_the_rights_that_the_umask_leaves)
{
    umask(027);
    ck_assert_int_eq(write_new("a", "new"), VF_OK);
    ck_assert_uint_eq(mode_of("a"), 0640);
}
END_TEST

START_TEST(a_file_that_is_replaced_keeps_its_rights)
{
    scratch_write("a", "old");
    ck_assert_int_eq(chmod("a", 0604), 0);
    bool is_given = give_away("a");
    ck_assert_int_eq(write_new("a", "new"), VF_OK);
    ck_assert_str_eq(scratch_read("a"), "new");
    ck_assert_uint_eq(mode_of("a"), 0604);
    struct stat status;
    ck_assert_int_eq(stat("a", &status), 0);
    ck_assert_uint_eq(status.st_uid, is_given ? SOMEBODY : geteuid());
}
END_TEST

START_TEST(the_longest_name_can_be_written)
{
    const char two_bytes[] = {'\303', '\251'};
    char name[NAME_MAX + 1];
    for (size_t i = 0; i + 2 < NAME_MAX; i += 2)
        memcpy(name + i, two_bytes, sizeof(two_bytes)); /* never cut within a character */
    memcpy(name + NAME_MAX - 5, ".mkv", sizeof(".mkv"));
    name[0] = 'x';
    memcpy(name + 1, two_bytes, sizeof(two_bytes));
    name[3] = 'y';
    ck_assert_int_eq(write_new(name, "new"), VF_OK);
    ck_assert_str_eq(scratch_read(name), "new");
}
END_TEST

START_TEST(a_link_of_ones_own_is_followed)
{
    ck_assert_int_eq(mkdir("there", 0777), 0);
    scratch_write("there/a", "old");
    ck_assert_int_eq(symlink("there/a", "link"), 0);
    ck_assert_int_eq(symlink("there", "folder"), 0);
    ck_assert_int_eq(symlink("folder/b", "dangling"), 0);
    ck_assert_int_eq(write_new("link", "new"), VF_OK);
    ck_assert_str_eq(scratch_read("there/a"), "new");
    vf_new_file_finish(&file);
    ck_assert_int_eq(write_new("dangling", "other"), VF_OK);
    ck_assert_str_eq(scratch_read("there/b"), "other");
    ck_assert_int_eq(symlink("circle", "circle"), 0);
    vf_new_file_finish(&file);
    ck_assert_int_eq(write_new("circle", "new"), -ELOOP);
}
END_TEST

START_TEST(a_link_of_somebody_else_in_a_shared_folder_is_refused)
{
    scratch_write("precious", "old");
    make_shared_folder();
    ck_assert_int_eq(symlink("../precious", "shared/a"), 0);
    ck_assert_int_eq(symlink("..", "shared/up"), 0);
    ck_assert_int_eq(symlink("../none", "shared/dangling"), 0);
    if (!give_away("shared/a") || !give_away("shared/up") || !give_away("shared/dangling") ||
        chown("shared", 0, 0) != 0)
        return;
    static const char *const paths[] = {"shared/a", "shared/up/precious", "shared/dangling"};
    for (unsigned i = 0; i < 3; i++) {
        capture_errors();
        ck_assert_int_eq(write_new(paths[i], "new"), -EPERM);
        ck_assert_ptr_nonnull(strstr(captured_errors(), "somebody else's, in a folder that every"));
        ck_assert_str_eq(scratch_read("precious"), "old");
    }
    ck_assert_int_eq(access("none", F_OK), -1);
}
END_TEST

START_TEST(a_file_of_somebody_else_in_a_shared_folder_is_refused)
{
    make_shared_folder();
    scratch_write("shared/a", "theirs");
    if (!give_away("shared/a"))
        return;
    capture_errors();
    ck_assert_int_eq(write_new("shared/a", "new"), -EPERM);
    ck_assert_ptr_nonnull(
        strstr(captured_errors(), "cannot write shared/a: it is somebody else's"));
    ck_assert_str_eq(scratch_read("shared/a"), "theirs");
}
END_TEST

START_TEST(the_folder_that_was_found_stays_the_folder)
{
    ck_assert_int_eq(mkdir("here", 0777), 0);
    ck_assert_int_eq(mkdir("trap", 0777), 0);
    ck_assert_int_eq(vf_new_file_init(&file, "here/a", false), VF_OK);
    ck_assert_int_eq(vf_new_file_create(&file), VF_OK);
    ck_assert_int_eq(rename("here", "moved"), 0);
    ck_assert_int_eq(symlink("trap", "here"), 0);
    ck_assert_int_eq(vf_new_file_fill(&file, "new", 3), VF_OK);
    ck_assert_int_eq(vf_new_file_publish(&file), VF_OK);
    ck_assert_str_eq(scratch_read("moved/a"), "new");
    ck_assert_int_eq(access("trap/a", F_OK), -1);
}
END_TEST

START_TEST(what_must_stay_stays)
{
    ck_assert_int_eq(vf_new_file_init(&file, "a", true), VF_OK);
    ck_assert_int_eq(vf_new_file_create(&file), VF_OK);
    scratch_write("a", "faster");
    capture_errors();
    ck_assert_int_eq(vf_new_file_publish(&file), -EEXIST);
    ck_assert_ptr_nonnull(
        strstr(captured_errors(), "cannot give a its name: File exists; it stays"));
    ck_assert_str_eq(scratch_read("a"), "faster");
    vf_new_file_finish(&file);
    capture_errors();
    ck_assert_int_eq(vf_new_file_init(&file, "a", true), -EEXIST);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "a exists already"));
}
END_TEST

START_TEST(where_the_folder_takes_no_file_an_older_one_is_written_in_place)
{
    ck_assert_int_eq(mkdir("closed", 0777), 0);
    scratch_write("closed/a", "older and longer");
    ck_assert_int_eq(chmod("closed/a", 0666), 0);
    ck_assert_int_eq(chmod("closed", 0555), 0);
    ck_assert_int_eq(chmod(".", 0777), 0);
    if (geteuid() == 0)
        ck_assert_int_eq(seteuid(SOMEBODY), 0);
    capture_errors();
    ck_assert_int_eq(vf_new_file_init(&file, "closed/a", false), VF_OK);
    ck_assert_int_eq(vf_new_file_create(&file), VF_OK);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "closed/a is written in place: its folder"));
    ck_assert_str_eq(scratch_read("closed/a"), "older and longer");
    ck_assert_int_eq(vf_new_file_fill(&file, "new", 3), VF_OK);
    ck_assert_int_eq(vf_new_file_publish(&file), VF_OK);
    ck_assert_str_eq(scratch_read("closed/a"), "new");
    vf_new_file_finish(&file);
    ck_assert_int_eq(vf_new_file_init(&file, "closed/b", false), VF_OK);
    ck_assert_int_eq(vf_new_file_create(&file), -EACCES);
    ck_assert_int_eq(setuid(getuid()), 0);
}
END_TEST

START_TEST(a_second_version_takes_the_place_of_the_first_or_goes)
{
    scratch_write("a", "old");
    ck_assert_int_eq(chmod("a", 0640), 0);
    ck_assert_int_eq(vf_new_file_init(&file, "a", false), VF_OK);
    ck_assert_int_eq(vf_new_file_create(&file), VF_OK);
    int fd = vf_new_file_second(&file);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, "second", 6), 6);
    ck_assert_int_eq(close(fd), 0);
    ck_assert_uint_eq(scratch_count(), 3);
    ck_assert_int_eq(vf_new_file_keep_second(&file), VF_OK);
    vf_new_file_drop_second(&file);
    ck_assert_int_eq(vf_new_file_publish(&file), VF_OK);
    ck_assert_str_eq(scratch_read("a"), "second");
    ck_assert_uint_eq(mode_of("a"), 0640);
    ck_assert_uint_eq(scratch_count(), 1);
}
END_TEST

START_TEST(a_folder_is_no_file)
{
    ck_assert_int_eq(vf_new_file_init(&file, ".", false), -EISDIR);
    ck_assert_int_eq(vf_new_file_init(&file, "a/", false), -EISDIR);
    ck_assert_int_eq(vf_new_file_init(&file, "none/a", false), -ENOENT);
    ck_assert_int_eq(vf_new_file_init(&file, "", false), -ENOENT);
    ck_assert_int_eq(vf_new_file_init(&file, "/", false), -EISDIR);
}
END_TEST

Suite *new_file_suite(void);
Suite *new_file_suite(void)
{
    Suite *suite = suite_create("new_file");
    TCase *tcase = tcase_create("new_file");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_file_appears_when_it_is_whole);
    tcase_add_test(tcase, nobody_can_foresee_the_provisional_name);
    tcase_add_test(tcase, a_part_gets_a_name_of_its_own);
    tcase_add_test(tcase, a_part_replaces_nothing_where_nothing_must_be);
    tcase_add_test(tcase, a_part_of_a_linked_file_is_kept_beside_the_file);
    tcase_add_test(tcase, a_name_as_long_as_names_may_be_has_parts);
    tcase_add_test(tcase, a_new_file_has_the_rights_that_the_umask_leaves);
    tcase_add_test(tcase, a_file_that_is_replaced_keeps_its_rights);
    tcase_add_test(tcase, the_longest_name_can_be_written);
    tcase_add_test(tcase, a_link_of_ones_own_is_followed);
    tcase_add_test(tcase, a_link_of_somebody_else_in_a_shared_folder_is_refused);
    tcase_add_test(tcase, a_file_of_somebody_else_in_a_shared_folder_is_refused);
    tcase_add_test(tcase, the_folder_that_was_found_stays_the_folder);
    tcase_add_test(tcase, what_must_stay_stays);
    tcase_add_test(tcase, where_the_folder_takes_no_file_an_older_one_is_written_in_place);
    tcase_add_test(tcase, a_second_version_takes_the_place_of_the_first_or_goes);
    tcase_add_test(tcase, a_folder_is_no_file);
    suite_add_tcase(suite, tcase);
    return suite;
}
