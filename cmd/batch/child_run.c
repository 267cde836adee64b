/* SPDX-License-Identifier: MIT */
#include "cmd/batch/child_run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/exit_status.h"
#include "engine/base/log.h"
#include "engine/base/write_all.h"
#include "engine/process/own_program.h"

#define MOST_SAID ((size_t)64 << 10) /* bytes that are kept of a run */
#define LONGEST_LINE ((size_t)8 << 10)

/* A file for what may be large, without a name; where the folder for such files has none, in
 * memory. */
static int open_nameless(void)
{
    const char *folder = getenv("TMPDIR");
    int fd = open(folder && *folder ? folder : "/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
    return fd >= 0 ? fd : memfd_create("output", MFD_CLOEXEC);
}

static int open_files(struct vf_batch_child *child, const char *log, int *end)
{
    int pipe_ends[2];
    if (pipe2(pipe_ends, O_CLOEXEC) != 0)
        return -errno;
    child->lines = pipe_ends[0];
    *end = pipe_ends[1];
    fcntl(child->lines, F_SETFL, O_NONBLOCK);
    child->output = open_nameless();
    child->report = memfd_create("report", MFD_CLOEXEC);
    if (child->output < 0 || child->report < 0)
        return -errno;
    if (log)
        child->log = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return log && child->log < 0 ? -errno : VF_OK;
}

int vf_batch_child_start(struct vf_batch_child *child, const char *const *words, const char *log,
                         struct vf_signals *signals)
{
    int end = -1;
    *child =
        (struct vf_batch_child){.lines = -1, .output = -1, .report = -1, .log = -1, .part = -1};
    child->started_ns = vf_clock_now_ns();
    int err = open_files(child, log, &end);
    const struct vf_own_program program = {.words = words,
                                           .output = child->output,
                                           .errors = end,
                                           .extra = child->report,
                                           .signals = signals};
    if (!err)
        err = vf_own_program_start(&program, &child->pid);
    if (end >= 0)
        close(end);
    if (!err)
        return VF_OK;
    vf_log(VF_LOG_ERROR, "a run cannot be started: %s", strerror(-err));
    child->pid = 0;
    vf_batch_child_finish(child);
    return err;
}

/* Takes a line of progress. Returns false when it is another. */
static bool take_progress(struct vf_batch_child *child, const char *line)
{
    json_t *object = line[0] == '{' ? json_loads(line, 0, NULL) : NULL;
    const json_t *percent = json_object_get(object, "percent");
    bool is_progress = percent && json_object_get(object, "state");
    if (json_is_number(percent))
        child->part = json_number_value(percent) / 100;
    json_decref(object);
    return is_progress;
}

static void take_line(struct vf_batch_child *child)
{
    struct vf_text *line = &child->line;
    if (line->bytes && !take_progress(child, line->bytes)) {
        vf_text_append(line, "\n", 1);
        if (child->log >= 0)
            (void)!vf_write_all(child->log, line->bytes, line->length);
        if (child->said.length < MOST_SAID)
            vf_text_append(&child->said, line->bytes, line->length);
    }
    vf_text_finish(line);
}

void vf_batch_child_hear(struct vf_batch_child *child)
{
    char buffer[4096];
    ssize_t got;
    while ((got = read(child->lines, buffer, sizeof(buffer))) > 0) {
        for (ssize_t i = 0; i < got; i++) {
            bool is_end = buffer[i] == '\n';
            if (!is_end)
                vf_text_append(&child->line, &buffer[i], 1);
            if (is_end || child->line.length >= LONGEST_LINE)
                take_line(child);
        }
    }
}

bool vf_batch_child_has_ended(struct vf_batch_child *child, int *status)
{
    int how;
    if (!child->pid || waitpid(child->pid, &how, WNOHANG) == 0)
        return false;
    child->pid = 0;
    *status = WIFEXITED(how) ? WEXITSTATUS(how) : VF_EXIT_BY_SIGNAL + WTERMSIG(how);
    vf_batch_child_hear(child);
    if (child->line.length)
        take_line(child);
    return true;
}

json_t *vf_batch_child_report(const struct vf_batch_child *child)
{
    struct stat status;
    if (fstat(child->report, &status) != 0 || status.st_size <= 0)
        return NULL;
    size_t size = (size_t)status.st_size;
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, child->report, 0);
    if (bytes == MAP_FAILED)
        return NULL;
    json_t *report = json_loadb(bytes, size, 0, NULL);
    munmap(bytes, size);
    return report;
}

int vf_batch_child_copy_output(const struct vf_batch_child *child)
{
    char buffer[65536];
    off_t at = 0;
    ssize_t got;
    int err = VF_OK;
    while (!err && (got = pread(child->output, buffer, sizeof(buffer), at)) > 0) {
        err = vf_write_all(STDOUT_FILENO, buffer, (size_t)got);
        at += got;
    }
    return err;
}

void vf_batch_child_finish(struct vf_batch_child *child)
{
    const int fds[] = {child->lines, child->output, child->report, child->log};
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
    vf_text_finish(&child->line);
    vf_text_finish(&child->said);
    *child = (struct vf_batch_child){.lines = -1, .output = -1, .report = -1, .log = -1};
}
