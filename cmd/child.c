/* SPDX-License-Identifier: MIT */
#include "cmd/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/text.h"

static _Noreturn void be_child(vf_child_answer *answer, const void *question,
                               unsigned limit_seconds, int fd)
{
    json_t *found = NULL;
    signal(SIGINT, SIG_DFL);
    alarm(limit_seconds);
    int err = answer(question, &found);
    if (!err && !found)
        found = json_null();
    if (!err)
        err = json_dumpfd(found, fd, JSON_ENCODE_ANY);
    json_decref(found);
    close(fd);
    exit(err ? 1 : 0);
}

int vf_child_start(struct vf_child *child, vf_child_answer *answer, const void *question,
                   unsigned limit_seconds)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) < 0)
        return -errno;
    fflush(NULL);
    child->pid = fork();
    if (child->pid == 0) {
        close(fds[0]);
        be_child(answer, question, limit_seconds, fds[1]);
    }
    int err = child->pid < 0 ? -errno : VF_OK;
    close(fds[1]);
    child->fd = fds[0];
    if (err)
        close(fds[0]);
    return err;
}

/* Reads all that a child has to say, in fresh memory; NULL: out of memory. */
static char *read_answer(int fd)
{
    struct vf_text text = {0};
    char bytes[4096];
    ssize_t size;
    while ((size = read(fd, bytes, sizeof(bytes))) > 0 || (size < 0 && errno == EINTR)) {
        if (size > 0)
            vf_text_append(&text, bytes, (size_t)size);
    }
    vf_text_append(&text, "", 0);
    return vf_text_take(&text);
}

int vf_child_finish(const struct vf_child *child, json_t **answer, int *signal)
{
    int status = 0;
    char *text = read_answer(child->fd);
    close(child->fd);
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
        ;
    *answer = NULL;
    *signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    bool has_answered = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (text && has_answered)
        *answer = json_loads(text, JSON_DECODE_ANY, NULL);
    bool is_lost = !text || (has_answered && !*answer);
    free(text);
    return is_lost ? -ENOMEM : VF_OK;
}
