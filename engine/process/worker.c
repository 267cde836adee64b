/* SPDX-License-Identifier: MIT */
#include "engine/process/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/instruments.h"
#include "engine/run/start_failure.h"

#define LARGE_CHUNK 4096 /* bytes; of malloc(3) in glibc, from 1024 on */

/* glibc puts chunks that were freed in order when the next large one is wanted, and writes to all of
 * them: once here, or else in each child, which would have to copy their pages first. */
static void settle_heap(void)
{
    void *volatile large = malloc(LARGE_CHUNK);
    free(large);
}

static pid_t split(void)
{
    fflush(NULL); /* or what is buffered would come out twice */
    settle_heap();
    pid_t child = fork();
    return child < 0 ? -errno : child;
}

pid_t vf_process_create_task(const struct vf_worker_spec *spec)
{
    pid_t child = split();
    if (child == 0)
        vf_leave((int)vf_task_executor(spec));
    return child;
}

pid_t vf_process_create_task_gpu(const struct vf_worker_spec *spec, const char *gpu_id)
{
    pid_t child = split();
    if (child == 0)
        vf_leave((int)vf_task_executor_gpu(spec, gpu_id));
    return child;
}

int vf_worker_start(struct vf_worker *worker, const struct vf_worker_spec *spec, const char *gpu_id,
                    int64_t now_ns)
{
    pid_t pid = gpu_id ? vf_process_create_task_gpu(spec, gpu_id) : vf_process_create_task(spec);
    if (pid < 0)
        return (int)pid;
    worker->pid = pid;
    worker->started_ns = worker->alive_seen_ns = now_ns;
    worker->starts++;
    worker->is_hung = worker->is_ready = false;
    worker->start_err = VF_OK;
    worker->pidfd = pidfd_open(pid, 0);
    bool is_usual = worker->pidfd >= 0 || errno == ENOSYS || errno == EPERM || errno == EACCES;
    return is_usual ? VF_OK : -errno;
}

void vf_worker_kill(const struct vf_worker *worker)
{
    if (worker->pid)
        kill(worker->pid, SIGKILL); /* not waited for yet: the id is its own */
}

/* Kills what a worker that has ended has left of its process group. As long as it is not waited for,
 * the id is its own. */
static void kill_group(const struct vf_worker *worker, int options)
{
    siginfo_t info = {0};
    int err;
    do
        err = waitid(P_PID, (id_t)worker->pid, &info, WEXITED | WNOWAIT | options);
    while (err != 0 && errno == EINTR);
    if (err == 0 && info.si_pid == worker->pid)
        kill(-worker->pid, SIGKILL); /* most have none */
}

bool vf_worker_collect(struct vf_worker *worker, int options, int *wait_status,
                       struct rusage *usage)
{
    pid_t ended;
    kill_group(worker, options);
    *wait_status = W_EXITCODE(VF_EXIT_INTERNAL, 0);
    *usage = (struct rusage){0};
    do
        ended = wait4(worker->pid, wait_status, options, usage);
    while (ended < 0 && errno == EINTR);
    if (ended == 0)
        return false;
    if (worker->pidfd >= 0)
        close(worker->pidfd);
    worker->pidfd = -1;
    worker->pid = 0;
    return true;
}

/* The name may have anything in it, parentheses too; so the state comes after the last. */
bool vf_worker_is_stopped(const struct vf_worker *worker)
{
    char path[32], line[256];
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)worker->pid);
    FILE *file = fopen(path, "re");
    size_t length = file ? fread(line, 1, sizeof(line) - 1, file) : 0;
    line[length] = '\0';
    if (file)
        fclose(file);
    const char *name_end = strrchr(line, ')');
    return name_end && (strncmp(name_end, ") T", 3) == 0 || strncmp(name_end, ") t", 3) == 0);
}

static int fail(const char *purpose, const char *call, size_t descriptors)
{
    struct vf_start_attempt attempt = {
        .purpose = purpose, .call = call, .descriptors = descriptors};
    return vf_start_failure(&attempt, -errno);
}

int vf_start_gate_make(struct vf_start_gate *gate, size_t descriptors)
{
    if (pipe2(gate->ready_fds, O_CLOEXEC) != 0)
        return fail("make a pipe for workers that are ready", "pipe2", descriptors);
    gate->go_fd = eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE);
    if (gate->go_fd < 0)
        return fail("let workers wait for each other", "eventfd", descriptors);
    return VF_OK;
}

bool vf_start_gate_hear(const struct vf_start_gate *gate, struct vf_readiness *readiness)
{
    return read(gate->ready_fds[0], readiness, sizeof(*readiness)) == (ssize_t)sizeof(*readiness);
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

int vf_start_gate_open(struct vf_start_gate *gate, size_t count)
{
    uint64_t all = count;
    close_fd(&gate->ready_fds[0]);
    close_fd(&gate->ready_fds[1]);
    return write(gate->go_fd, &all, sizeof(all)) == (ssize_t)sizeof(all) ? VF_OK : -errno;
}

void vf_start_gate_close(struct vf_start_gate *gate)
{
    close_fd(&gate->ready_fds[0]);
    close_fd(&gate->ready_fds[1]);
    close_fd(&gate->go_fd);
}
