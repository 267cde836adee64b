/* SPDX-License-Identifier: MIT */
#include "cmd/detach.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/run_log.h"
#include "engine/base/error_output.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/base/write_all.h"

/* Copies the log so far to standard error. */
static void show_log(const char *path)
{
    char bytes[4096];
    ssize_t size;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && (size = read(fd, bytes, sizeof(bytes))) > 0)
        (void)!vf_write_all(STDERR_FILENO, bytes, (size_t)size);
    if (fd >= 0)
        close(fd);
}

/* Prints what the run has said so far, and not what its tasks have printed. */
static void show_warnings(const char *path)
{
    char line[VF_ERROR_OUTPUT_LINE];
    FILE *log = fopen(path, "re");
    while (log && fgets(line, sizeof(line), log)) {
        if (strncmp(line, "vflow: ", strlen("vflow: ")) == 0 || strstr(line, ": warning: "))
            fputs(line, stderr);
    }
    if (log)
        fclose(log);
}

/* Reads what the run tells, a text with a NUL: its name and process id in a line, and the path of its
 * log in another. Returns false where it has ended before. Its workers may have the pipe open for as
 * long as they like. */
static bool hear(int fd, char *text, size_t size)
{
    size_t length = 0;
    while (length < size) {
        ssize_t got = read(fd, text + length, size - length);
        if (got == 0 || (got < 0 && errno != EINTR))
            return false;
        length += got > 0 ? (size_t)got : 0;
        if (length && !text[length - 1])
            return true;
    }
    return false;
}

/* Waits for the process of the run, which has not begun. */
static enum vf_exit_status collect(pid_t run)
{
    int status = 0;
    while (waitpid(run, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFSIGNALED(status))
        return VF_EXIT_KILLED;
    return WEXITSTATUS(status) ? (enum vf_exit_status)WEXITSTATUS(status) : VF_EXIT_INTERNAL;
}

static enum vf_exit_status await_begin(const struct vf_detachment *detachment, int fd, pid_t run)
{
    char told[2 * PATH_MAX];
    if (!hear(fd, told, sizeof(told))) {
        enum vf_exit_status status = collect(run);
        show_log(detachment->draft);
        (void)unlink(detachment->draft);
        return status;
    }
    char *log = strchr(told, '\n');
    if (log)
        *log++ = '\0';
    show_warnings(log ? log : detachment->draft);
    printf("%s\n", told);
    return fflush(stdout) == 0 ? VF_EXIT_OK : VF_EXIT_OUTPUT_FAILED;
}

static void release(struct vf_detachment *detachment)
{
    free(detachment->folder);
    free(detachment->draft);
    free(detachment->log);
    free(detachment->record);
    *detachment = (struct vf_detachment){.told_fd = -1};
}

/* In the new process: a session of its own, and the log in place of what the caller has. Standard
 * input stays until the flow has been read, which may come from there. */
static int settle(struct vf_detachment *detachment, int log, int told)
{
    detachment->told_fd = told;
    (void)setsid();
    if (dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0)
        return -errno;
    return VF_OK;
}

static int open_draft(struct vf_detachment *detachment)
{
    detachment->folder = vf_run_log_folder();
    if (!detachment->folder)
        return -EACCES;
    detachment->draft = vf_text_format("%s/starting-%d", detachment->folder, (int)getpid());
    if (!detachment->draft)
        return -ENOMEM;
    int fd = open(detachment->draft, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW | O_CLOEXEC,
                  S_IRUSR | S_IWUSR);
    if (fd < 0)
        vf_log(VF_LOG_ERROR, "cannot create %s: %s", detachment->draft, strerror(errno));
    if (fd >= 0)
        (void)flock(fd, LOCK_EX | LOCK_NB); /* until the last process that has it is gone */
    return fd < 0 ? -errno : fd;
}

bool vf_detach(struct vf_detachment *detachment, enum vf_exit_status *status)
{
    int fds[2];
    *detachment = (struct vf_detachment){.told_fd = -1};
    *status = VF_EXIT_CANNOT_CREATE;
    int log = open_draft(detachment);
    if (log < 0) {
        release(detachment);
        return true;
    }
    *status = VF_EXIT_INTERNAL;
    pid_t run = pipe2(fds, O_CLOEXEC) == 0 ? fork() : -1;
    if (run == 0) {
        close(fds[0]);
        if (settle(detachment, log, fds[1]) < 0)
            _exit(VF_EXIT_INTERNAL);
        close(log);
        return false;
    }
    close(log);
    if (run > 0) {
        close(fds[1]);
        *status = await_begin(detachment, fds[0], run);
    } else {
        vf_log(VF_LOG_ERROR, "cannot start a process in the background: %s", strerror(errno));
        (void)unlink(detachment->draft);
    }
    release(detachment);
    return true;
}

/* The caller's standard input is its own again. */
static void let_go_of_input(void)
{
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing >= 0) {
        (void)dup2(nothing, STDIN_FILENO);
        close(nothing);
    }
}

void vf_detachment_ready(void *context, const struct vf_run_card *card)
{
    struct vf_detachment *detachment = context;
    int err = vf_run_log_begin(detachment->folder, detachment->draft, card, &detachment->log,
                               &detachment->record);
    if (err)
        vf_log(VF_LOG_WARNING, "the log stays at %s: %s", detachment->draft, strerror(-err));
    char *told = vf_text_format("%s %d\n%s", card->name, (int)card->pid,
                                err ? detachment->draft : detachment->log);
    let_go_of_input();
    if (told)
        (void)!vf_write_all(detachment->told_fd, told, strlen(told) + 1);
    free(told);
    close(detachment->told_fd);
    detachment->told_fd = -1;
}

void vf_detachment_end(struct vf_detachment *detachment, enum vf_exit_status status)
{
    if (detachment->record)
        vf_run_log_end(detachment->record, (int)status);
    release(detachment);
}
