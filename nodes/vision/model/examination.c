/* SPDX-License-Identifier: MIT */
/* A look at a model, in a process of its own. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/text.h"
#include "nodes/vision/model/model.h"

#define MAX_ANSWER 2048
#define MAX_KNOWN 16
#define LONGEST_MS 120000 /* models of some gigabytes, from a slow disk */

/* What is wrong; "": nothing is. */
struct answer {
    int err;
    char problem[MAX_ANSWER];
};

/* What the process does. Does not return, and ends without what was opened being closed. */
static void answer(const struct vf_model_wish *wish, int fd)
{
    static struct answer answer;
    const struct vf_model_problem problem = {answer.problem, sizeof(answer.problem)};
    struct vf_model *model = NULL;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(nothing, STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO);
    answer.err = vf_model_open(&model, wish, &problem);
    ssize_t written = write(fd, &answer, sizeof(answer));
    _exit(written == sizeof(answer) ? 0 : 1);
}

/* Reads the whole answer, which is longer than what one read has to bring. Returns -ETIMEDOUT, or -EPIPE
 * when the process has ended before. */
static int take(int fd, struct answer *taken)
{
    size_t length = 0;
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    while (length < sizeof(*taken)) {
        if (poll(&ready, 1, LONGEST_MS) <= 0)
            return -ETIMEDOUT;
        ssize_t count = read(fd, (char *)taken + length, sizeof(*taken) - length);
        if (count <= 0)
            return -EPIPE;
        length += (size_t)count;
    }
    return VF_OK;
}

/* Says why there is no answer: the process has died, or takes too long. */
static void say_lost(struct answer *lost, int err, int status)
{
    lost->err = -EINVAL;
    if (err == -EPIPE && WIFSIGNALED(status))
        snprintf(lost->problem, sizeof(lost->problem),
                 "model: ONNX Runtime died of signal %d (%s) when it opened it", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(lost->problem, sizeof(lost->problem),
                 "model: ONNX Runtime did not open it within %d seconds", LONGEST_MS / 1000);
}

static int ask(const struct vf_model_wish *wish, struct answer *asked)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -errno;
    fflush(NULL);
    pid_t child = fork();
    int err = child < 0 ? -errno : VF_OK;
    if (child == 0)
        answer(wish, ends[1]);
    close(ends[1]);
    if (!err) {
        int status = 0, lost = take(ends[0], asked);
        if (lost == -ETIMEDOUT)
            kill(child, SIGKILL);
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            ;
        if (lost)
            say_lost(asked, lost, status);
    }
    close(ends[0]);
    return err;
}

static void describe_file(struct vf_text *text, const char *path, const char *ending)
{
    struct stat status = {0};
    char *whole = vf_text_format("%s%s", path, ending);
    if (whole && stat(whole, &status) == 0)
        vf_text_print(text, "%s %lld %lld.%09ld\n", whole, (long long)status.st_size,
                      (long long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
    free(whole);
}

/* Writes all that the answer depends on. The caller's; NULL: out of memory. */
static char *describe(const struct vf_model_wish *wish)
{
    struct vf_text text = {0};
    const char *named = getenv("VFLOW_ONNXRUNTIME");
    vf_text_print(&text, "%s\n%s\n%s\n%s\n%d %d\n", wish->session.runtime, named ? named : "",
                  wish->card, wish->tensor, wish->batch, (int)wish->session.provider);
    describe_file(&text, wish->session.model, "");
    describe_file(&text, wish->session.model, ".yaml");
    return vf_text_take(&text);
}

int vf_model_examine(const struct vf_model_wish *wish, const struct vf_model_problem *problem)
{
    static struct {
        char *described;
        struct answer answer;
    } known[MAX_KNOWN]; /* a flow looks at its options several times */
    static size_t next;
    char *described = describe(wish);
    size_t i = 0;
    if (!described)
        return -ENOMEM;
    while (i < MAX_KNOWN && !(known[i].described && strcmp(known[i].described, described) == 0))
        i++;
    if (i == MAX_KNOWN) {
        struct answer asked = {0};
        int err = ask(wish, &asked);
        if (err) {
            free(described);
            return err;
        }
        i = next;
        next = (next + 1) % MAX_KNOWN;
        free(known[i].described);
        known[i].described = described;
        known[i].answer = asked;
    } else {
        free(described);
    }
    snprintf(problem->text, problem->size, "%s",
             known[i].answer.err ? known[i].answer.problem : "");
    return known[i].answer.err;
}
