/* SPDX-License-Identifier: MIT */
#include "engine/process/worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static pid_t split(void)
{
    fflush(NULL); /* or what is buffered would come out twice */
    pid_t child = fork();
    return child < 0 ? -errno : child;
}

pid_t vf_process_create_task(const struct vf_worker_spec *spec)
{
    pid_t child = split();
    if (child == 0)
        exit((int)vf_task_executor(spec)); /* not _exit(), which would hide leaks and coverage */
    return child;
}

pid_t vf_process_create_task_gpu(const struct vf_worker_spec *spec, const char *gpu_id)
{
    pid_t child = split();
    if (child == 0)
        exit((int)vf_task_executor_gpu(spec, gpu_id)); /* likewise */
    return child;
}
