/* SPDX-License-Identifier: MIT */
/* Files that stay and files that go. */
#include "nodes/write/retention.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/base/folders.h"
#include "engine/base/text.h"
#include "tests/unit/support/scratch.h"

static struct vf_retention retention;
static struct vf_description first;

static void setup(void)
{
    scratch_create();
    ck_assert_int_eq(chdir(scratch_path()), 0);
    first = (struct vf_description){.timestamp = 0, .time_base = {1, 25}};
}

static void teardown(void)
{
    vf_retention_finish(&retention);
    ck_assert_int_eq(chdir("/"), 0);
    scratch_remove();
}

/* Makes a file of so many bytes, last written so many seconds ago. */
static void make(const char *path, off_t size, time_t age)
{
    const struct timespec times[2] = {{.tv_nsec = UTIME_NOW}, {.tv_sec = time(NULL) - age}};
    ck_assert_int_eq(vf_folders_make(path), 0);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(ftruncate(fd, size), 0);
    ck_assert_int_eq(futimens(fd, times), 0);
    close(fd);
}

static bool is_there(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

static void begin(const char *pattern, struct vf_retention_settings settings)
{
    retention = (struct vf_retention){.pattern = pattern, .settings = settings};
    ck_assert_int_eq(vf_retention_open(&retention), VF_OK);
}

static void begin_source(const char *source)
{
    vf_message_set_source(&first, source, 0);
    const struct vf_name_facts facts = {.sequence = 1, .first = &first};
    ck_assert_int_eq(vf_retention_begin(&retention, &facts), VF_OK);
}

static void write_one(const char *path)
{
    make(path, 10, 0);
    vf_retention_note(&retention, path);
}

START_TEST(files_of_earlier_runs_are_counted_by_their_age)
{
    make("out/3.mp4", 10, 300);
    make("out/1.mp4", 10, 100);
    make("out/2.mp4", 10, 200);
    begin("out/{seq}.mp4", (struct vf_retention_settings){.count = 3});
    write_one("out/4.mp4");
    ck_assert(!is_there("out/3.mp4"));
    ck_assert(is_there("out/1.mp4") && is_there("out/2.mp4") && is_there("out/4.mp4"));
    write_one("out/5.mp4");
    ck_assert(!is_there("out/2.mp4") && is_there("out/1.mp4"));
}
END_TEST

START_TEST(files_of_earlier_runs_are_older_than_those_of_this_one)
{
    make("1.mp4", 10, -9999);
    begin("{seq}.mp4", (struct vf_retention_settings){.count = 1});
    write_one("2.mp4");
    ck_assert(!is_there("1.mp4") && is_there("2.mp4"));
}
END_TEST

START_TEST(what_does_not_fit_the_pattern_stays)
{
    static const char *const others[] = {"out/a-1.mp4",      "out/a-00001.mp4", "out/a-0001.mkv",
                                         "out/b-0001.mp4",   "out/notes.txt",   "a-0001.mp4",
                                         "out/x/a-0001.mp4", "out/.a-0001.mp4"};
    for (size_t i = 0; i < VF_COUNT(others); i++)
        make(others[i], 10, 1000);
    make("out/a-0002.mp4", 10, 10);
    begin("out/a-{seq:04d}.mp4", (struct vf_retention_settings){.count = 1});
    write_one("out/a-0003.mp4");
    ck_assert(!is_there("out/a-0002.mp4"));
    for (size_t i = 0; i < VF_COUNT(others); i++)
        ck_assert(is_there(others[i]));
}
END_TEST

START_TEST(only_what_was_read_from_the_same_source_is_of_an_earlier_run)
{
    make("cat-1.mp4", 10, 100);
    make("holiday-1.mp4", 10, 1000);
    make("dog-1.mp4", 10, 500);
    begin("{source}-{n}.mp4", (struct vf_retention_settings){.count = 2});
    begin_source("cat.avi");
    write_one("cat-2.mp4");
    ck_assert(is_there("cat-1.mp4"));
    begin_source("dog.avi");
    write_one("dog-2.mp4");
    ck_assert(!is_there("dog-1.mp4") && !is_there("cat-1.mp4"));
    ck_assert(is_there("cat-2.mp4") && is_there("dog-2.mp4") && is_there("holiday-1.mp4"));
}
END_TEST

START_TEST(folders_of_a_pattern_are_looked_through_and_go_when_they_are_empty)
{
    make("cam/2025-12-31/07/1.mp4", 10, 300);
    make("cam/2026-01-01/07/1.mp4", 10, 200);
    make("cam/2026-01-01/07/notes.txt", 10, 200);
    make("cam/2026-01-xx/07/1.mp4", 10, 900);
    begin("cam/{date:%Y-%m-%d/%H}/{seq}.mp4", (struct vf_retention_settings){.count = 1});
    ck_assert(!is_there("cam/2025-12-31"));
    write_one("cam/2026-01-02/00/1.mp4");
    ck_assert(!is_there("cam/2026-01-01/07/1.mp4"));
    ck_assert(is_there("cam/2026-01-01/07/notes.txt"));
    ck_assert(is_there("cam/2026-01-xx/07/1.mp4"));
}
END_TEST

START_TEST(files_of_a_folder_of_the_source_are_found_in_it)
{
    make("out/a/cat.mp4", 10, 300);
    make("out/a/cat-2.mp4", 10, 200);
    make("out/b/cat.mp4", 10, 300);
    begin("out/{folder}/{source}.mp4", (struct vf_retention_settings){.count = 1});
    begin_source("a/cat.avi");
    ck_assert(!is_there("out/a/cat.mp4") && is_there("out/a/cat-2.mp4"));
    ck_assert(is_there("out/b/cat.mp4"));
}
END_TEST

START_TEST(links_are_neither_followed_nor_removed)
{
    make("away/1.mp4", 10, 1000);
    ck_assert_int_eq(mkdir("out", 0777), 0);
    ck_assert_int_eq(symlink("../away/1.mp4", "out/1.mp4"), 0);
    ck_assert_int_eq(mkdir("out/20260101", 0777), 0);
    ck_assert_int_eq(symlink("../away", "out/20260102"), 0);
    begin("out/{seq}.mp4", (struct vf_retention_settings){.count = 1});
    write_one("out/2.mp4");
    write_one("out/3.mp4");
    vf_retention_finish(&retention);
    begin("out/{date:%Y%m%d}/{seq}.mp4", (struct vf_retention_settings){.count = 1});
    write_one("out/20260101/2.mp4");
    write_one("out/20260101/3.mp4");
    ck_assert(is_there("out/1.mp4") && is_there("away/1.mp4"));
}
END_TEST

START_TEST(a_folder_that_becomes_a_link_is_not_followed)
{
    make("out/2026/1.mp4", 10, 0);
    begin("out/{date:%Y}/{seq}.mp4", (struct vf_retention_settings){.count = 1});
    vf_retention_note(&retention, "out/2026/1.mp4");
    ck_assert_int_eq(rename("out/2026", "moved"), 0);
    ck_assert_int_eq(symlink("../moved", "out/2026"), 0);
    write_one("out/2027/2.mp4");
    ck_assert(is_there("moved/1.mp4"));
}
END_TEST

START_TEST(what_somebody_has_put_in_place_of_a_file_stays)
{
    begin("{seq}.mp4", (struct vf_retention_settings){.count = 1});
    write_one("1.mp4");
    make("other", 20, 0);
    ck_assert_int_eq(rename("other", "1.mp4"), 0);
    write_one("2.mp4");
    ck_assert(is_there("1.mp4"));
}
END_TEST

START_TEST(a_file_that_is_replaced_counts_once)
{
    make("old-1.jpg", 10, 50);
    begin("old-{seq}.jpg", (struct vf_retention_settings){.count = 2});
    for (unsigned i = 0; i < 5; i++)
        write_one("old-2.jpg");
    ck_assert(is_there("old-1.jpg"));
    write_one("old-3.jpg");
    ck_assert(!is_there("old-1.jpg") && is_there("old-2.jpg"));
}
END_TEST

START_TEST(what_is_older_goes)
{
    make("1.mp4", 10, 7200);
    make("2.mp4", 10, 1800);
    begin("{seq}.mp4", (struct vf_retention_settings){.age_ns = 3600 * VF_NS_PER_S});
    ck_assert(!is_there("1.mp4") && is_there("2.mp4"));
}
END_TEST

START_TEST(what_is_too_much_goes_but_never_the_newest)
{
    make("1.mp4", 600, 300);
    make("2.mp4", 600, 200);
    begin("{seq}.mp4", (struct vf_retention_settings){.bytes = 1000});
    ck_assert(!is_there("1.mp4") && is_there("2.mp4"));
    make("3.mp4", 5000, 0);
    vf_retention_note(&retention, "3.mp4");
    ck_assert(!is_there("2.mp4") && is_there("3.mp4"));
    ck_assert(vf_retention_has(&retention, "3.mp4") && !vf_retention_has(&retention, "2.mp4"));
}
END_TEST

START_TEST(without_room_the_oldest_make_some)
{
    make("1.mp4", 600, 300);
    begin("{seq}.mp4", (struct vf_retention_settings){.count = 9});
    retention.settings.min_free_bytes = INT64_MAX / 2;
    ck_assert_int_eq(vf_retention_make_room(&retention), VF_OK);
    ck_assert(!is_there("1.mp4"));
    retention.next_look_ns = 0;
    capture_errors();
    int err = vf_retention_make_room(&retention);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "there is no older file of the pattern"));
    ck_assert_int_eq(err, -ENOSPC);
}
END_TEST

START_TEST(without_files_to_remove_too_little_room_is_an_error)
{
    make("1.mp4", 600, 300);
    retention = (struct vf_retention){.pattern = "{seq}.mp4",
                                      .settings = {.min_free_bytes = INT64_MAX / 2}};
    capture_errors();
    int err = vf_retention_open(&retention);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "less than min_free"));
    ck_assert_int_eq(err, -ENOSPC);
    ck_assert(is_there("1.mp4"));
}
END_TEST

static const struct {
    const char *pattern, *problem;
} mistakes[] = {
    {"out.mp4", "is one file; name them by a pattern"},
    {"out/{date}/../{seq}.mp4", "leave .. out"},
    {"out/{date:%Y/..}/{seq}.mp4", "leave .. out"},
};

START_TEST(a_pattern_whose_files_cannot_be_kept_is_refused)
{
    const struct vf_retention_settings settings = {.count = 1}, nothing = {0};
    char problem[256];
    ck_assert_int_eq(vf_retention_check(&settings, mistakes[_i].pattern, problem, sizeof(problem)),
                     -EINVAL);
    ck_assert_ptr_nonnull(strstr(problem, mistakes[_i].problem));
    ck_assert_int_eq(vf_retention_check(&nothing, mistakes[_i].pattern, problem, sizeof(problem)),
                     VF_OK);
    ck_assert_int_eq(vf_retention_check(&settings, "../a/{seq}.mp4", problem, sizeof(problem)),
                     VF_OK);
}
END_TEST

Suite *retention_suite(void);
Suite *retention_suite(void)
{
    Suite *suite = suite_create("retention");
    TCase *tcase = tcase_create("retention");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, files_of_earlier_runs_are_counted_by_their_age);
    tcase_add_test(tcase, files_of_earlier_runs_are_older_than_those_of_this_one);
    tcase_add_test(tcase, what_does_not_fit_the_pattern_stays);
    tcase_add_test(tcase, only_what_was_read_from_the_same_source_is_of_an_earlier_run);
    tcase_add_test(tcase, folders_of_a_pattern_are_looked_through_and_go_when_they_are_empty);
    tcase_add_test(tcase, files_of_a_folder_of_the_source_are_found_in_it);
    tcase_add_test(tcase, links_are_neither_followed_nor_removed);
    tcase_add_test(tcase, a_folder_that_becomes_a_link_is_not_followed);
    tcase_add_test(tcase, what_somebody_has_put_in_place_of_a_file_stays);
    tcase_add_test(tcase, a_file_that_is_replaced_counts_once);
    tcase_add_test(tcase, what_is_older_goes);
    tcase_add_test(tcase, what_is_too_much_goes_but_never_the_newest);
    tcase_add_test(tcase, without_room_the_oldest_make_some);
    tcase_add_test(tcase, without_files_to_remove_too_little_room_is_an_error);
    tcase_add_loop_test(tcase, a_pattern_whose_files_cannot_be_kept_is_refused, 0,
                        (int)VF_COUNT(mistakes));
    suite_add_tcase(suite, tcase);
    return suite;
}
