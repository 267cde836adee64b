/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/text.h"
#include "nodes/read/file_list.h"
#include "tests/unit/support/scratch.h"

#define PROBLEM_SIZE 256

static struct vf_file_list list;
static char problem[PROBLEM_SIZE];

static void setup(void)
{
    scratch_create();
    ck_assert_int_eq(chdir(scratch_path()), 0);
}

static void teardown(void)
{
    ck_assert_int_eq(chdir("/"), 0);
    vf_file_list_finish(&list);
    scratch_remove();
}

/* Makes empty files, and the folder that their names begin with. */
static void make_files(const char *folder, const char *const *names, size_t count)
{
    ck_assert_int_eq(mkdir(folder, 0777), 0);
    for (size_t i = 0; i < count; i++) {
        char *path = vf_text_format("%s/%s", folder, names[i]);
        FILE *file = fopen(path, "w");
        ck_assert_ptr_nonnull(file);
        fclose(file);
        free(path);
    }
}

#define make(folder, ...)                             \
    make_files(folder, (const char *[]){__VA_ARGS__}, \
               sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *))

static int look(const struct vf_file_wish *wish)
{
    vf_file_list_finish(&list);
    return vf_file_list_init(&list, wish, problem, sizeof(problem));
}

/* What is found must be `expected`, one path behind the other. */
static void check_found(const struct vf_file_wish *wish, const char *expected)
{
    struct vf_text found = {0};
    int err = look(wish);
    ck_assert_msg(err == 0, "%s", problem);
    for (size_t i = 0; i < list.count; i++)
        vf_text_print(&found, "%s%s", i ? " " : "", list.paths[i]);
    ck_assert_str_eq(found.bytes, expected);
    vf_text_finish(&found);
}

START_TEST(a_folder_is_its_files_in_natural_order)
{
    make("in", "img10.png", "img2.png", "img1.png", "img02.png", "b.png", "B.png", ".hidden.png");
    check_found(&(struct vf_file_wish){.place = "in", .order = VF_FILE_ORDER_NATURAL},
                "in/B.png in/b.png in/img1.png in/img02.png in/img2.png in/img10.png");
}
END_TEST

START_TEST(a_folder_is_its_files_in_byte_order)
{
    make("in", "img10.png", "img2.png", "b.png", "B.png");
    check_found(&(struct vf_file_wish){.place = "in/", .order = VF_FILE_ORDER_NAME},
                "in/B.png in/b.png in/img10.png in/img2.png");
}
END_TEST

START_TEST(a_folder_can_be_looked_through_for_endings)
{
    static const char *const endings[] = {"jpg", "jpeg"};
    make("in", "a.jpg", "b.JPEG", "c.txt", "jpg", "d.jpg.txt", "e.");
    check_found(&(struct vf_file_wish){.place = "in", .endings = endings, .ending_count = 2},
                "in/a.jpg in/b.JPEG");
}
END_TEST

START_TEST(a_folder_can_be_looked_through_for_names)
{
    make("in", "left-1.jpg", "left-2.png", "right-1.jpg");
    check_found(&(struct vf_file_wish){.place = "in", .pattern = "left-*"},
                "in/left-1.jpg in/left-2.png");
    check_found(&(struct vf_file_wish){.place = "in", .pattern = ""},
                "in/left-1.jpg in/left-2.png in/right-1.jpg");
}
END_TEST

START_TEST(folders_in_a_folder_are_looked_into_when_asked_for)
{
    make("in", "b.jpg", "z.jpg");
    make("in/day", "2.jpg", "10.jpg");
    make("in/day-2", "1.jpg");
    make("in/.trash", "gone.jpg");
    struct vf_file_wish wish = {.place = "in", .order = VF_FILE_ORDER_NATURAL};
    check_found(&wish, "in/b.jpg in/z.jpg");
    wish.is_recursive = true;
    check_found(&wish, "in/b.jpg in/day/2.jpg in/day/10.jpg in/day-2/1.jpg in/z.jpg");
}
END_TEST

START_TEST(links_are_followed_but_not_in_circles)
{
    make("in", "a.jpg");
    ck_assert_int_eq(symlink("a.jpg", "in/b.jpg"), 0);
    ck_assert_int_eq(symlink("nowhere", "in/c.jpg"), 0);
    ck_assert_int_eq(symlink("../in", "in/self"), 0);
    check_found(&(struct vf_file_wish){.place = "in", .is_recursive = true}, "in/a.jpg in/b.jpg");
}
END_TEST

START_TEST(what_is_no_file_is_left_out)
{
    make("in", "a.jpg");
    ck_assert_int_eq(mkfifo("in/b.jpg", 0600), 0);
    check_found(&(struct vf_file_wish){.place = "in"}, "in/a.jpg");
}
END_TEST

START_TEST(a_glob_is_the_files_that_fit_it)
{
    make("in", "img10.jpg", "img9.jpg", "other.jpg", ".img1.jpg");
    make("in/img.jpg", "inside.jpg");
    ck_assert_int_eq(symlink("in/other.jpg", "file"), 0);
    check_found(&(struct vf_file_wish){.place = "in/img*.jpg", .order = VF_FILE_ORDER_NATURAL},
                "in/img9.jpg in/img10.jpg");
    check_found(&(struct vf_file_wish){.place = "in/img[0-8]*"}, "in/img10.jpg");
    check_found(&(struct vf_file_wish){.place = "*/img?.jpg"}, "in/img9.jpg");
}
END_TEST

START_TEST(a_folder_in_front_of_a_glob_is_spelled_as_it_is)
{
    make("a[1]*", "x1.jpg", "x2.jpg");
    make("a1", "x1.jpg");
    check_found(&(struct vf_file_wish){.place = "a[1]*/x[1].jpg"}, "a[1]*/x1.jpg");
    check_found(&(struct vf_file_wish){.place = "a[1]/*.jpg"}, "a1/x1.jpg");
}
END_TEST

START_TEST(the_folder_that_was_asked_for_is_told)
{
    make("in", "a.jpg");
    make("in/day", "b.jpg");
    ck_assert_int_eq(look(&(struct vf_file_wish){.place = "in//", .is_recursive = true}), 0);
    ck_assert_uint_eq(list.folder_length, strlen("in"));
    ck_assert_int_eq(look(&(struct vf_file_wish){.place = "in/*/b.jpg"}), 0);
    ck_assert_uint_eq(list.folder_length, strlen("in/"));
    ck_assert_int_eq(look(&(struct vf_file_wish){.place = "i?/a.jpg"}), 0);
    ck_assert_uint_eq(list.folder_length, 0);
    ck_assert_int_eq(look(&(struct vf_file_wish){.place = "in/a.jpg"}), 0);
    ck_assert_uint_eq(list.folder_length, VF_SOURCE_NAME);
}
END_TEST

START_TEST(a_file_is_itself_even_if_its_name_looks_like_a_glob)
{
    make("in", "a[1].jpg", "a1.jpg", ".hidden");
    check_found(&(struct vf_file_wish){.place = "in/a[1].jpg"}, "in/a[1].jpg");
    check_found(&(struct vf_file_wish){.place = "in/.hidden"}, "in/.hidden");
}
END_TEST

static const struct {
    const char *place, *pattern, *problem;
} misses[] = {
    {"nowhere", NULL, "nowhere cannot be read: No such file or directory"},
    {"in/a.jpg/b", NULL, "in/a.jpg/b cannot be read: Not a directory"},
    {"", NULL, "\"\" cannot be read: No such file or directory"},
    {"in/*.png", NULL, "no file is called as in/*.png asks"},
    {"nowhere/*.png", NULL, "nowhere/*.png cannot be read: No such file or directory"},
    {"in", "*.png", "the folder in has no file of the asked kind"},
    {"in/empty", NULL, "the folder in/empty has no files"},
};

START_TEST(nothing_found_is_told_with_the_reason)
{
    make("in", "a.jpg");
    ck_assert_int_eq(mkdir("in/empty", 0777), 0);
    int err =
        look(&(struct vf_file_wish){.place = misses[_i].place, .pattern = misses[_i].pattern});
    ck_assert(err == -ENOENT || err == -ENOTDIR);
    ck_assert_str_eq(problem, misses[_i].problem);
    ck_assert_ptr_null(list.paths);
}
END_TEST

START_TEST(what_may_not_be_read_is_named)
{
    if (geteuid() == 0)
        return; /* who may read everything */
    make("in", "a.jpg");
    make("in/closed", "b.jpg");
    ck_assert_int_eq(chmod("in/a.jpg", 0), 0);
    ck_assert_int_eq(look(&(struct vf_file_wish){.place = "in/a.jpg"}), -EACCES);
    ck_assert_str_eq(problem, "in/a.jpg cannot be read: Permission denied");
    ck_assert_int_eq(chmod("in/closed", 0), 0);
    int inside = look(&(struct vf_file_wish){.place = "in/closed"});
    int below = look(&(struct vf_file_wish){.place = "in", .is_recursive = true});
    int matched = look(&(struct vf_file_wish){.place = "in/closed/*"});
    int beside = look(&(struct vf_file_wish){.place = "in"});
    ck_assert_int_eq(chmod("in/closed", 0700), 0);
    ck_assert_int_eq(inside, -EACCES);
    ck_assert_int_eq(below, -EACCES);
    ck_assert_int_eq(matched, -EACCES);
    ck_assert_int_eq(beside, 0);
}
END_TEST

static const struct {
    const char *first, *second;
} pairs[] = {
    {"a", "b"},
    {"a", "aa"},
    {"img2", "img10"},
    {"img9", "img010"},
    {"img02", "img2"},
    {"img2a", "img2b"},
    {"1.2.9", "1.2.10"},
    {"a/9", "a-1/1"},
    {"a9/z", "a10/a"},
    {"Z", "a"},
    {"a", "\xc3\xa4"},
    {"img", "img0"},
    {"99999999999999999999999998", "99999999999999999999999999"},
    {"x0", "x00000000000000001"},
};

START_TEST(numbers_in_names_count_by_their_value)
{
    const char *first = pairs[_i].first, *second = pairs[_i].second;
    ck_assert_int_lt(vf_file_list_compare(first, second, VF_FILE_ORDER_NATURAL), 0);
    ck_assert_int_gt(vf_file_list_compare(second, first, VF_FILE_ORDER_NATURAL), 0);
    ck_assert_int_eq(vf_file_list_compare(first, first, VF_FILE_ORDER_NATURAL), 0);
}
END_TEST

Suite *file_list_suite(void);
Suite *file_list_suite(void)
{
    Suite *suite = suite_create("file_list");
    TCase *tcase = tcase_create("file_list");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_folder_is_its_files_in_natural_order);
    tcase_add_test(tcase, a_folder_is_its_files_in_byte_order);
    tcase_add_test(tcase, a_folder_can_be_looked_through_for_endings);
    tcase_add_test(tcase, a_folder_can_be_looked_through_for_names);
    tcase_add_test(tcase, folders_in_a_folder_are_looked_into_when_asked_for);
    tcase_add_test(tcase, links_are_followed_but_not_in_circles);
    tcase_add_test(tcase, what_is_no_file_is_left_out);
    tcase_add_test(tcase, a_glob_is_the_files_that_fit_it);
    tcase_add_test(tcase, a_folder_in_front_of_a_glob_is_spelled_as_it_is);
    tcase_add_test(tcase, the_folder_that_was_asked_for_is_told);
    tcase_add_test(tcase, a_file_is_itself_even_if_its_name_looks_like_a_glob);
    tcase_add_loop_test(tcase, nothing_found_is_told_with_the_reason, 0, (int)VF_COUNT(misses));
    tcase_add_test(tcase, what_may_not_be_read_is_named);
    tcase_add_loop_test(tcase, numbers_in_names_count_by_their_value, 0, (int)VF_COUNT(pairs));
    suite_add_tcase(suite, tcase);
    return suite;
}
