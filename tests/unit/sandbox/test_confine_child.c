/* SPDX-License-Identifier: MIT */
/* What a process that only reads can still do. */
#include "engine/sandbox/confine_child.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/text.h"
#include "engine/sandbox/reader.h"
#include "tests/unit/support/scratch.h"

#define LONG_MS 60000

/* What came of each deed: 0, or an errno. */
struct outcome {
    int result;
    char text[64];
};

struct deed {
    const char *name;
    int (*try)(const char *path);
};

static char *path_of(const char *name)
{
    char *path = vf_text_format("%s/%s", scratch_path(), name);
    ck_assert_ptr_nonnull(path);
    return path;
}

static int or_errno(long code)
{
    return code < 0 ? errno : 0;
}

static int open_passwd(const char *path)
{
    (void)path;
    return or_errno(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

static int make_file(const char *path)
{
    return or_errno(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static int make_folder(const char *path)
{
    return or_errno(mkdir(path, 0700));
}

static int remove_file(const char *path)
{
    return or_errno(unlink(path));
}

static int make_socket(const char *path)
{
    (void)path;
    return or_errno(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int make_unix_socket(const char *path)
{
    (void)path;
    return or_errno(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int start_process(const char *path)
{
    (void)path;
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    return or_errno(child);
}

static int start_program(const char *path)
{
    (void)path;
    char *const words[] = {(char[]){"true"}, NULL};
    return or_errno(execv("/bin/true", words));
}

static int signal_parent(const char *path)
{
    (void)path;
    return or_errno(kill(getppid(), 0));
}

static int trace_parent(const char *path)
{
    (void)path;
    return or_errno(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
}

static int read_parent(const char *path)
{
    (void)path;
    char byte;
    struct iovec mine = {&byte, 1}, other = {(void *)(uintptr_t)scratch_path(), 1};
    return or_errno(process_vm_readv(getppid(), &mine, 1, &other, 1, 0));
}

static const struct deed deeds[] = {
    {"open /etc/passwd", open_passwd}, {"make a file", make_file},
    {"make a folder", make_folder},    {"remove a file", remove_file},
    {"socket", make_socket},           {"socket of Unix", make_unix_socket},
    {"fork", start_process},           {"exec", start_program},
    {"kill", signal_parent},           {"ptrace", trace_parent},
    {"process_vm_readv", read_parent},
};

struct question {
    const struct deed *deed;
    const char *path;
};

static void do_deed(void *context, void *answer)
{
    const struct question *question = context;
    struct outcome *outcome = answer;
    outcome->result = question->deed->try(question->path);
}

static struct outcome ask(const struct vf_reader *reader)
{
    struct outcome outcome = {0};
    int number;
    int err = vf_reader_ask(reader, &outcome, &number);
    ck_assert_msg(!err, "%s (signal %d)", strerror(-err), number);
    return outcome;
}

START_TEST(it_can_do_nothing_to_the_outside)
{
    const char *readable[] = {"/usr", scratch_path()};
    char *path = path_of("new");
    for (unsigned i = 0; i < 3; i++) {
        struct question question = {&deeds[_i], path};
        struct vf_reader reader = {.read = do_deed,
                                   .context = &question,
                                   .answer_size = sizeof(struct outcome),
                                   .longest_ms = LONG_MS};
        if (i > 0) { /* not with threads, and with files that it may read, either */
            reader.confinement.readable = readable;
            reader.confinement.readable_count = VF_COUNT(readable);
        }
        reader.confinement.has_threads = i > 1;
        struct outcome outcome = ask(&reader);
        ck_assert_msg(outcome.result == EACCES || outcome.result == EPERM, "%s: %s", deeds[_i].name,
                      strerror(outcome.result));
        ck_assert_int_ne(access(path, F_OK), 0);
    }
    free(path);
}
END_TEST

static void *return_it(void *context)
{
    return context;
}

static void calculate(void *context, void *answer)
{
    struct outcome *outcome = answer;
    pthread_t thread;
    void *returned = NULL;
    const size_t size = (size_t)1 << 24;
    char *memory = malloc(size);
    memset(memory, 1, size);
    int err = pthread_create(&thread, NULL, return_it, context);
    if (!err)
        err = pthread_join(thread, &returned);
    outcome->result = err ? err : returned != context;
    outcome->text[0] = memory[size - 1] == 1 ? 'y' : 'n';
    free(memory);
}

START_TEST(it_can_calculate_and_have_threads_where_it_is_to)
{
    const struct vf_reader reader = {.read = calculate,
                                     .answer_size = sizeof(struct outcome),
                                     .confinement = {.has_threads = _i == 1},
                                     .longest_ms = LONG_MS};
    struct outcome outcome = ask(&reader);
    ck_assert_int_eq(outcome.text[0], 'y');
    if (_i == 1)
        ck_assert_int_eq(outcome.result, 0);
    else
        ck_assert_int_ne(outcome.result, 0);
}
END_TEST

static void read_file(void *context, void *answer)
{
    struct outcome *outcome = answer;
    int fd = open(context, O_RDONLY | O_CLOEXEC);
    outcome->result = fd < 0 ? errno : 0;
    if (fd >= 0 && read(fd, outcome->text, sizeof(outcome->text) - 1) < 0)
        outcome->result = errno;
}

START_TEST(it_reads_what_it_may_and_nothing_else)
{
    scratch_write("in/a", "this");
    scratch_write("b", "that");
    char *inside = path_of("in/a"), *outside = path_of("b"), *folder = path_of("in");
    const char *readable[] = {folder, "/not/there"};
    struct vf_reader reader = {.read = read_file,
                               .context = inside,
                               .answer_size = sizeof(struct outcome),
                               .confinement = {.readable = readable, .readable_count = 2},
                               .longest_ms = LONG_MS};
    struct outcome outcome = ask(&reader);
    ck_assert_int_eq(outcome.result, 0);
    ck_assert_str_eq(outcome.text, "this");
    reader.context = outside;
    outcome = ask(&reader);
    ck_assert_int_eq(outcome.result, vf_confine_tells_files() ? EACCES : 0);
    free(inside);
    free(outside);
    free(folder);
}
END_TEST

static void die(void *context, void *answer)
{
    (void)context;
    (void)answer;
    abort();
}

static void spin(void *context, void *answer)
{
    (void)answer;
    for (volatile bool *is_wanted = context; *is_wanted;)
        ;
}

START_TEST(who_asks_is_told_that_it_died)
{
    struct outcome outcome;
    int number = 0;
    bool is_wanted = true;
    const struct vf_reader reader = {
        .read = _i ? spin : die,
        .context = &is_wanted,
        .answer_size = sizeof(outcome),
        .confinement = {.cpu_time = 1},
        .longest_ms = LONG_MS,
    };
    ck_assert_int_eq(vf_reader_ask(&reader, &outcome, &number), -EPIPE);
    ck_assert_int_eq(number, _i ? SIGXCPU : SIGABRT);
}
END_TEST

START_TEST(who_takes_too_long_is_ended)
{
    struct outcome outcome;
    int number = 0;
    bool is_wanted = true;
    const struct vf_reader reader = {
        .read = spin, .context = &is_wanted, .answer_size = sizeof(outcome), .longest_ms = 1};
    ck_assert_int_eq(vf_reader_ask(&reader, &outcome, &number), -ETIMEDOUT);
}
END_TEST

Suite *confine_child_suite(void);

Suite *confine_child_suite(void)
{
    Suite *suite = suite_create("confine_child");
    TCase *tcase = tcase_create("confine_child");
    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, scratch_create, scratch_remove);
    tcase_add_loop_test(tcase, it_can_do_nothing_to_the_outside, 0, (int)VF_COUNT(deeds));
    tcase_add_loop_test(tcase, it_can_calculate_and_have_threads_where_it_is_to, 0, 2);
    tcase_add_test(tcase, it_reads_what_it_may_and_nothing_else);
    tcase_add_loop_test(tcase, who_asks_is_told_that_it_died, 0, 2);
    tcase_add_test(tcase, who_takes_too_long_is_ended);
    suite_add_tcase(suite, tcase);
    return suite;
}
