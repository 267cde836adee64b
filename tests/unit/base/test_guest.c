/* SPDX-License-Identifier: MIT */
/* Each test needs a process of its own. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/guest.h"
#include "engine/base/guest_lines.h"
#include "engine/base/log.h"
#include "tests/unit/support/scratch.h"

#define LONG_NS (600 * VF_NS_PER_S)

/* Starts a script; what it prints comes from *output. */
static struct vf_guest start_script(const char *script, const char *const *variables, int *output)
{
    const char *const words[] = {"sh", "-c", script, NULL};
    int ends[2];
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    const struct vf_guest_descriptor descriptors[] = {{ends[1], 1}};
    const struct vf_guest_settings settings = {
        .words = words, .variables = variables, .descriptors = descriptors, .descriptor_count = 1};
    struct vf_guest guest;
    ck_assert_int_eq(vf_guest_start(&guest, &settings), VF_OK);
    close(ends[1]);
    *output = ends[0];
    return guest;
}

/* Reads all that is written, until every writer has closed it. */
static const char *read_all(int fd)
{
    static char text[4096];
    size_t length = 0;
    ssize_t size;
    while ((size = read(fd, text + length, sizeof(text) - 1 - length)) > 0)
        length += (size_t)size;
    text[length] = '\0';
    close(fd);
    return text;
}

START_TEST(a_program_is_started_with_words_and_variables)
{
    static const char *const variables[] = {"VF_TEST=a b", "HOME=/nowhere", NULL};
    int output;
    struct vf_guest guest =
        start_script("echo \"$VF_TEST,$HOME,${PATH:+path}\"", variables, &output);
    ck_assert_str_eq(read_all(output), "a b,/nowhere,path\n");
    ck_assert_int_eq(vf_guest_await(&guest, LONG_NS), 0);
    ck_assert_int_eq(guest.pid, 0);
}
END_TEST

START_TEST(what_cannot_be_started_is_told_at_once)
{
    static const char *const nowhere[] = {"./there-is-no-such-program", NULL};
    static const char *const unknown[] = {"there-is-no-such-program", NULL};
    static const char *const folder[] = {"/", NULL};
    struct vf_guest guest;
    ck_assert_int_eq(vf_guest_start(&guest, &(struct vf_guest_settings){.words = nowhere}),
                     -ENOENT);
    ck_assert_int_eq(vf_guest_start(&guest, &(struct vf_guest_settings){.words = unknown}),
                     -ENOENT);
    ck_assert_int_eq(vf_guest_start(&guest, &(struct vf_guest_settings){.words = folder}), -EACCES);
    ck_assert_int_eq(guest.pid, 0);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
    ck_assert_int_eq(errno, ECHILD);
}
END_TEST

START_TEST(it_has_the_descriptors_that_it_is_given_and_no_others)
{
    static const char *const words[] = {
        "sh", "-c", "cd /proc/self/fd && echo * && readlink 0 2 >&1 && cat <&7", NULL};
    int ends[2], pair[2], left_open = dup(1); /* without close-on-exec */
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    /* Numbers that cross: the one that is given as 7 may be 1 here, and the other way round. */
    const struct vf_guest_descriptor descriptors[] = {{pair[0], 7}, {ends[1], 1}};
    const struct vf_guest_settings settings = {
        .words = words, .descriptors = descriptors, .descriptor_count = 2};
    struct vf_guest guest;
    ck_assert_int_eq(vf_guest_start(&guest, &settings), VF_OK);
    close(ends[1]);
    close(pair[0]);
    close(left_open);
    ck_assert_int_eq(write(pair[1], "hello\n", 6), 6);
    close(pair[1]);
    /* The shell itself opens one to list the folder, at times. */
    const char *said = read_all(ends[0]);
    ck_assert_msg(strncmp(said, "0 1 2", 5) == 0, "%s", said);
    ck_assert_ptr_nonnull(strstr(said, " 7"));
    ck_assert_ptr_null(strstr(said, " 4"));
    ck_assert_ptr_nonnull(strstr(said, "\n/dev/null\n/dev/null\nhello\n"));
    ck_assert_int_eq(vf_guest_await(&guest, LONG_NS), 0);
}
END_TEST

/* Makes a pipe out of the way of small numbers; its end for writers becomes `number`. Returns the other
 * one. */
static int make_pipe(int number)
{
    int ends[2];
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    int output = fcntl(ends[0], F_DUPFD_CLOEXEC, 20), input = fcntl(ends[1], F_DUPFD_CLOEXEC, 20);
    close(ends[0]);
    close(ends[1]);
    ck_assert_int_eq(dup3(input, number, O_CLOEXEC), number);
    close(input);
    return output;
}

START_TEST(descriptors_may_change_places)
{
    static const char *const words[] = {"sh", "-c", "echo one >&5; echo two >&6", NULL};
    int fifth = make_pipe(5), sixth = make_pipe(6);
    const struct vf_guest_descriptor descriptors[] = {{6, 5}, {5, 6}};
    const struct vf_guest_settings settings = {
        .words = words, .descriptors = descriptors, .descriptor_count = 2};
    struct vf_guest guest;
    ck_assert_int_eq(vf_guest_start(&guest, &settings), VF_OK);
    ck_assert_int_eq(vf_guest_await(&guest, LONG_NS), 0);
    close(5);
    close(6);
    ck_assert_str_eq(read_all(fifth), "two\n");
    ck_assert_str_eq(read_all(sixth), "one\n");
}
END_TEST

/* 32 and 33, which the C library lets nobody change. */
#define THE_LIBRARY_S (3ULL << 31)

START_TEST(its_signals_are_as_usual)
{
    int output;
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    signal(SIGINT, SIG_IGN);
    struct vf_guest guest =
        start_script("grep -E '^Sig(Blk|Ign):' /proc/self/status", NULL, &output);
    unsigned long long is_blocked, is_ignored;
    ck_assert_int_eq(sscanf(read_all(output), "SigBlk:%llx SigIgn:%llx", &is_blocked, &is_ignored),
                     2);
    ck_assert_uint_eq(is_blocked, 0);
    ck_assert_uint_eq(is_ignored & ~THE_LIBRARY_S, 0);
    ck_assert_int_eq(vf_guest_await(&guest, LONG_NS), 0);
    signal(SIGINT, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &blocked, NULL);
}
END_TEST

START_TEST(how_it_ended_is_told_in_words)
{
    static const struct {
        const char *script, *words;
    } cases[] = {{"exit 3", "exited with status 3"}, {"kill -SEGV $$", "was killed by SIGSEGV"}};
    char words[VF_GUEST_END_SIZE];
    int output;
    struct vf_guest guest = start_script(cases[_i].script, NULL, &output);
    close(output);
    vf_guest_print_end(words, vf_guest_await(&guest, LONG_NS));
    ck_assert_str_eq(words, cases[_i].words);
}
END_TEST

START_TEST(one_that_does_not_end_is_killed)
{
    int output, wait_status;
    struct vf_guest guest = start_script("echo on; exec sleep 1000", NULL, &output);
    char word[4] = "";
    ck_assert_int_eq(read(output, word, sizeof(word) - 1), 3); /* it runs */
    ck_assert_str_eq(word, "on\n");
    ck_assert(!vf_guest_collect(&guest, &wait_status));
    wait_status = vf_guest_await(&guest, VF_NS_PER_MS);
    ck_assert(WIFSIGNALED(wait_status));
    ck_assert_int_eq(WTERMSIG(wait_status), SIGKILL);
    ck_assert_str_eq(read_all(output), "");
}
END_TEST

/* Starts two processes that write to `output`; returns when it is killed. */
static _Noreturn void be_parent(int output)
{
    static const char *const words[] = {
        "sh", "-c", "sleep 1000 & ps -o pgid= -p $$ | tr -d ' '; exec sleep 1000", NULL};
    const struct vf_guest_descriptor descriptors[] = {{output, 1}};
    const struct vf_guest_settings settings = {
        .words = words, .descriptors = descriptors, .descriptor_count = 1};
    struct vf_guest guest;
    if (vf_guest_start(&guest, &settings) != VF_OK)
        _exit(1);
    close(output);
    for (;;)
        pause();
}

START_TEST(it_is_of_its_parents_group_and_dies_with_it)
{
    int ends[2];
    char word[16] = "", wanted[16];
    siginfo_t info;
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    pid_t parent = fork();
    if (parent == 0)
        be_parent(ends[1]);
    close(ends[1]);
    ck_assert_int_gt(read(ends[0], word, sizeof(word) - 1), 0);
    snprintf(wanted, sizeof(wanted), "%d\n", (int)parent);
    ck_assert_str_eq(word, wanted);
    kill(parent, SIGKILL);
    ck_assert_int_eq(waitid(P_PID, (id_t)parent, &info, WEXITED | WNOWAIT), 0);
    ck_assert_int_eq(kill(-parent, SIGKILL), 0); /* as whoever waits for the parent does */
    ck_assert_int_eq(waitpid(parent, NULL, 0), parent);
    ck_assert_str_eq(read_all(ends[0]), ""); /* which returns when all writers are gone */
}
END_TEST

START_TEST(what_it_says_becomes_lines_of_the_log)
{
    static const char *const words[] = {
        "sh", "-c",
        "printf 'one\\r\\n\\ntwo' >&2; printf ' and\\nthree\\0' >&1; "
        "head -c 4000 /dev/zero | tr '\\0' x",
        NULL};
    struct vf_guest_lines *lines;
    struct vf_guest guest;
    int given;
    capture_errors();
    vf_log_set_name("detect");
    ck_assert_int_eq(vf_guest_lines_create(&lines, &given), VF_OK);
    const struct vf_guest_descriptor descriptors[] = {{given, 1}, {given, 2}};
    const struct vf_guest_settings settings = {
        .words = words, .descriptors = descriptors, .descriptor_count = 2};
    ck_assert_int_eq(vf_guest_start(&guest, &settings), VF_OK);
    vf_guest_lines_started(lines);
    ck_assert_int_eq(vf_guest_await(&guest, LONG_NS), 0);
    vf_guest_lines_destroy(&lines);
    vf_guest_lines_destroy(&lines);
    const char *said = captured_errors();
    ck_assert_ptr_nonnull(strstr(said, "vflow: detect: one\nvflow: detect: two and\n"
                                       "vflow: detect: threexx"));
    ck_assert_ptr_nonnull(strstr(said, "x\nvflow: detect: xx"));
}
END_TEST

START_TEST(nobody_waits_for_what_it_has_left_behind)
{
    static const char *const words[] = {"sh", "-c", "sleep 1000 & echo bye", NULL};
    struct vf_guest_lines *lines;
    struct vf_guest guest;
    int given;
    capture_errors();
    ck_assert_int_eq(vf_guest_lines_create(&lines, &given), VF_OK);
    const struct vf_guest_descriptor descriptors[] = {{given, 1}, {given, 2}};
    const struct vf_guest_settings settings = {
        .words = words, .descriptors = descriptors, .descriptor_count = 2};
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    ck_assert_int_eq(vf_guest_start(&guest, &settings), VF_OK);
    vf_guest_lines_started(lines);
    ck_assert_int_eq(vf_guest_await(&guest, LONG_NS), 0);
    vf_guest_lines_destroy(&lines);
    ck_assert_str_eq(captured_errors(), "vflow: bye\n");
    sigset_t terminate;
    sigemptyset(&terminate);
    sigaddset(&terminate, SIGTERM);
    sigprocmask(SIG_BLOCK, &terminate, NULL);
    kill(0, SIGTERM); /* the group is this test's own */
    ck_assert_int_gt(wait(NULL), 0);
}
END_TEST

Suite *guest_suite(void);
Suite *guest_suite(void)
{
    Suite *suite = suite_create("guest");
    TCase *tests = tcase_create("guest");
    tcase_add_test(tests, a_program_is_started_with_words_and_variables);
    tcase_add_test(tests, what_cannot_be_started_is_told_at_once);
    tcase_add_test(tests, it_has_the_descriptors_that_it_is_given_and_no_others);
    tcase_add_test(tests, descriptors_may_change_places);
    tcase_add_test(tests, its_signals_are_as_usual);
    tcase_add_loop_test(tests, how_it_ended_is_told_in_words, 0, 2);
    tcase_add_test(tests, one_that_does_not_end_is_killed);
    tcase_add_test(tests, it_is_of_its_parents_group_and_dies_with_it);
    tcase_add_test(tests, what_it_says_becomes_lines_of_the_log);
    tcase_add_test(tests, nobody_waits_for_what_it_has_left_behind);
    suite_add_tcase(suite, tests);
    return suite;
}
