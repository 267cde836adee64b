/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/text.h"
#include "engine/run/directory.h"
#include "tests/unit/support/scratch.h"

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
    struct vf_run_directory first, second;
    ck_assert_int_eq(vf_run_directory_create(&first), VF_OK);
    ck_assert_int_eq(vf_run_directory_create(&second), VF_OK);
    ck_assert_str_ne(first.path, second.path);
    ck_assert_int_eq(strncmp(first.path, parent, strlen(parent)), 0);
    ck_assert_int_eq(stat(first.path, &status), 0);
    ck_assert_uint_eq(status.st_mode & 07777, 0700);
    ck_assert_int_eq(stat(parent, &status), 0);
    ck_assert_uint_eq(status.st_mode & 07777, 0700);
    vf_run_directory_remove(&first);
    ck_assert_ptr_null(first.path);
    ck_assert_int_eq(access(second.path, F_OK), 0);
    vf_run_directory_remove(&second);
}
END_TEST

/* Makes an empty file, or a folder, in a folder. */
static void make_file(const char *folder, const char *name)
{
    char *path = vf_text_format("%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    close(fd);
    free(path);
}

static void make_folder(const char *folder, const char *name)
{
    char *path = vf_text_format("%s/%s", folder, name);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    free(path);
}

/* Tells whether there is something of that name, a link for example. */
static bool has(const char *folder, const char *name)
{
    struct stat status;
    char *path = vf_text_format("%s/%s", folder, name);
    bool is_there = lstat(path, &status) == 0;
    free(path);
    return is_there;
}

/* Leaves a run's folder with sockets and keys in it, as a supervisor does that is killed. */
static char *leave_run(void)
{
    struct vf_run_directory left;
    ck_assert_int_eq(vf_run_directory_create(&left), VF_OK);
    char *keys = vf_text_format("%s/keys", left.path);
    make_file(left.path, "5001");
    make_folder(left.path, "keys");
    make_file(keys, "secret");
    free(keys);
    close(left.lock);
    return left.path;
}

START_TEST(it_goes_with_all_its_sockets_and_the_last_run_takes_the_parent_along)
{
    struct vf_run_directory directory;
    ck_assert_int_eq(vf_run_directory_create(&directory), VF_OK);
    make_file(directory.path, "5001");
    vf_run_directory_remove(&directory);
    ck_assert_uint_eq(scratch_count(), 0);
    vf_run_directory_remove(&directory);
}
END_TEST

START_TEST(what_a_killed_run_has_left_goes_with_the_next)
{
    struct vf_run_directory next;
    char *left = leave_run();
    ck_assert_int_eq(access(left, F_OK), 0);
    ck_assert_int_eq(vf_run_directory_create(&next), VF_OK);
    ck_assert_int_ne(access(left, F_OK), 0);
    ck_assert_int_eq(access(next.path, F_OK), 0);
    vf_run_directory_remove(&next);
    ck_assert_uint_eq(scratch_count(), 0);
    free(left);
}
END_TEST

START_TEST(a_living_run_is_left_alone_even_if_only_a_worker_is_left_of_it)
{
    struct vf_run_directory living, next;
    int ends[2];
    char byte;
    ck_assert_int_eq(vf_run_directory_create(&living), VF_OK);
    make_file(living.path, "5001");
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    pid_t worker = fork();
    if (worker == 0) {
        close(ends[1]);
        (void)!read(ends[0], &byte, 1); /* until the test closes its end */
        _exit(0);
    }
    close(ends[0]);
    close(living.lock);
    ck_assert_int_eq(vf_run_directory_create(&next), VF_OK);
    ck_assert(has(living.path, "5001"));
    vf_run_directory_remove(&next);
    close(ends[1]);
    ck_assert_int_eq(waitpid(worker, NULL, 0), worker);
    ck_assert_int_eq(vf_run_directory_create(&next), VF_OK);
    ck_assert_int_ne(access(living.path, F_OK), 0);
    vf_run_directory_remove(&next);
    free(living.path);
}
END_TEST

START_TEST(what_was_left_before_it_had_a_lock_goes_too_if_it_is_empty)
{
    struct vf_run_directory next;
    ck_assert_int_eq(mkdir(parent, 0700), 0);
    make_folder(parent, "123-abcDEF");
    make_folder(parent, "124-abcDEF");
    char *used = vf_text_format("%s/124-abcDEF", parent);
    make_file(used, "5001");
    ck_assert_int_eq(vf_run_directory_create(&next), VF_OK);
    ck_assert(!has(parent, "123-abcDEF"));
    ck_assert(has(used, "5001"));
    vf_run_directory_remove(&next);
    free(used);
}
END_TEST

START_TEST(nothing_else_is_touched)
{
    static const char *const names[] = {"mine", "1-abcde", "1-abcdefg", "-abcdef", "1_abcdef"};
    struct vf_run_directory next;
    ck_assert_int_eq(mkdir(parent, 0700), 0);
    for (size_t i = 0; i < VF_COUNT(names); i++)
        make_folder(parent, names[i]);
    make_file(parent, "1-abcdef");
    ck_assert_int_eq(vf_run_directory_create(&next), VF_OK);
    for (size_t i = 0; i < VF_COUNT(names); i++)
        ck_assert_msg(has(parent, names[i]), "%s is gone", names[i]);
    ck_assert(has(parent, "1-abcdef"));
    vf_run_directory_remove(&next);
}
END_TEST

START_TEST(no_link_is_followed)
{
    struct vf_run_directory next;
    char *left = leave_run();
    char *inner = vf_text_format("%s/inner", left), *outer = vf_text_format("%s/1-abcdef", parent);
    char *mine = vf_text_format("%s/mine", scratch_path());
    ck_assert_int_eq(mkdir(mine, 0700), 0);
    make_file(mine, "lock");
    make_file(mine, "kept");
    ck_assert_int_eq(symlink(mine, inner), 0);
    ck_assert_int_eq(symlink(mine, outer), 0);
    ck_assert_int_eq(vf_run_directory_create(&next), VF_OK);
    ck_assert_int_ne(access(left, F_OK), 0);
    ck_assert(has(mine, "kept"));
    ck_assert(has(mine, "lock"));
    ck_assert(has(parent, "1-abcdef"));
    vf_run_directory_remove(&next);
    free(left);
    free(inner);
    free(outer);
    free(mine);
}
END_TEST

/* Begins and ends runs, each of which finds its own file as long as it lives. */
static void begin_and_end(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct vf_run_directory directory;
        if (vf_run_directory_create(&directory) != VF_OK)
            _exit(1);
        make_file(directory.path, "5001");
        sched_yield();
        if (!has(directory.path, "5001"))
            _exit(2);
        vf_run_directory_remove(&directory);
    }
    _exit(0);
}

START_TEST(runs_that_begin_and_end_at_once_do_not_disturb_each_other)
{
    pid_t children[4];
    for (size_t i = 0; i < VF_COUNT(children); i++) {
        children[i] = fork();
        if (children[i] == 0)
            begin_and_end(40);
    }
    for (size_t i = 0; i < VF_COUNT(children); i++) {
        int status;
        ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
        ck_assert(WIFEXITED(status));
        ck_assert_int_eq(WEXITSTATUS(status), 0);
    }
    ck_assert_uint_eq(scratch_count(), 0);
}
END_TEST

/* Asserts that the run has its folder in /tmp then, and that this is said. */
static void assert_passed_over(const char *reason)
{
    struct vf_run_directory directory;
    capture_errors();
    ck_assert_int_eq(vf_run_directory_create(&directory), VF_OK);
    ck_assert_int_eq(strncmp(directory.path, "/tmp/vflow-", 11), 0);
    const char *said = captured_errors();
    ck_assert_ptr_nonnull(strstr(said, "warning: XDG_RUNTIME_DIR ("));
    ck_assert_ptr_nonnull(strstr(said, reason));
    vf_run_directory_remove(&directory);
    ck_assert_ptr_null(directory.path);
}

START_TEST(a_folder_that_others_may_enter_is_closed_to_them)
{
    struct vf_run_directory directory;
    struct stat status;
    ck_assert_int_eq(mkdir(parent, 0700), 0);
    ck_assert_int_eq(chmod(parent, 0710), 0);
    ck_assert_int_eq(vf_run_directory_create(&directory), VF_OK);
    ck_assert_int_eq(stat(parent, &status), 0);
    ck_assert_uint_eq(status.st_mode & 07777, 0700);
    vf_run_directory_remove(&directory);
}
END_TEST

static const mode_t masks[] = {0, 0177, 0277, 0377, 0477, 0577, 0777};

START_TEST(any_umask_will_do_and_spoils_no_later_run)
{
    struct vf_run_directory directory, other;
    struct stat status;
    mode_t usual = umask(masks[_i]);
    ck_assert_int_eq(vf_run_directory_create(&directory), VF_OK);
    umask(usual);
    ck_assert_int_eq(stat(directory.path, &status), 0);
    ck_assert_uint_eq(status.st_mode & 07777, 0700);
    ck_assert_int_eq(stat(parent, &status), 0);
    ck_assert_uint_eq(status.st_mode & 07777, 0700);
    ck_assert_int_eq(vf_run_directory_create(&other), VF_OK);
    vf_run_directory_remove(&other);
    vf_run_directory_remove(&directory);
    ck_assert_uint_eq(scratch_count(), 0);
}
END_TEST

START_TEST(a_link_in_its_place_is_passed_over)
{
    ck_assert_int_eq(symlink(scratch_path(), parent), 0);
    assert_passed_over("is not a folder of yours alone");
}
END_TEST

START_TEST(a_link_to_nothing_in_its_place_is_passed_over)
{
    ck_assert_int_eq(symlink("/nowhere/at/all", parent), 0);
    assert_passed_over("is not a folder of yours alone");
}
END_TEST

START_TEST(a_file_in_its_place_is_passed_over)
{
    FILE *file = fopen(parent, "w");
    ck_assert_ptr_nonnull(file);
    fclose(file);
    ck_assert_int_eq(chmod(parent, 0600), 0);
    assert_passed_over("is not a folder of yours alone");
}
END_TEST

START_TEST(a_runtime_folder_that_is_not_there_is_passed_over)
{
    ck_assert_int_eq(setenv("XDG_RUNTIME_DIR", "/nowhere/at/all", 1), 0);
    assert_passed_over("No such file or directory");
}
END_TEST

START_TEST(a_runtime_folder_of_somebody_else_is_passed_over)
{
    if (chown(scratch_path(), 65531, 65531) == 0) /* which takes root */
        assert_passed_over("is not a folder of yours alone");
    ck_assert_int_eq(chown(scratch_path(), geteuid(), getegid()), 0);
}
END_TEST

/* As a user whose usual name in /tmp is taken by another. */
static void run_beside_a_stranger(void)
{
    struct vf_run_directory directory;
    if (seteuid(65531) != 0 || vf_run_directory_create(&directory) != VF_OK)
        _exit(1);
    bool is_astray = strncmp(directory.path, "/tmp/vflow-65531-", 17) == 0;
    char *copy = strdup(directory.path);
    vf_run_directory_remove(&directory);
    *strrchr(copy, '/') = '\0';
    _exit(!is_astray || access(copy, F_OK) == 0);
}

START_TEST(a_stranger_in_tmp_keeps_nobody_from_running)
{
    int status = 0;
    if (geteuid() != 0 || mkdir("/tmp/vflow-65531", 0700) != 0)
        return;
    ck_assert_int_eq(unsetenv("XDG_RUNTIME_DIR"), 0);
    pid_t child = fork();
    if (child == 0)
        run_beside_a_stranger();
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(rmdir("/tmp/vflow-65531"), 0);
    ck_assert_int_eq(WEXITSTATUS(status), 0);
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
    tcase_add_test(tcase, what_a_killed_run_has_left_goes_with_the_next);
    tcase_add_test(tcase, a_living_run_is_left_alone_even_if_only_a_worker_is_left_of_it);
    tcase_add_test(tcase, what_was_left_before_it_had_a_lock_goes_too_if_it_is_empty);
    tcase_add_test(tcase, nothing_else_is_touched);
    tcase_add_test(tcase, no_link_is_followed);
    tcase_add_test(tcase, runs_that_begin_and_end_at_once_do_not_disturb_each_other);
    tcase_add_test(tcase, a_folder_that_others_may_enter_is_closed_to_them);
    tcase_add_loop_test(tcase, any_umask_will_do_and_spoils_no_later_run, 0, VF_COUNT(masks));
    tcase_add_test(tcase, a_link_in_its_place_is_passed_over);
    tcase_add_test(tcase, a_link_to_nothing_in_its_place_is_passed_over);
    tcase_add_test(tcase, a_file_in_its_place_is_passed_over);
    tcase_add_test(tcase, a_runtime_folder_that_is_not_there_is_passed_over);
    tcase_add_test(tcase, a_runtime_folder_of_somebody_else_is_passed_over);
    tcase_add_test(tcase, a_stranger_in_tmp_keeps_nobody_from_running);
    suite_add_tcase(suite, tcase);
    return suite;
}
