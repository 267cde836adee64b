/* SPDX-License-Identifier: MIT */
#include "engine/flow/gpu/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/exit_status.h"
#include "engine/base/instruments.h"
#include "engine/base/log.h"
#include "engine/flow/gpu/nvml.h"

#define LISTING_LIMIT ((size_t)1 << 20)

static void print_instances(const struct vf_nvml *nvml, void *device)
{
    unsigned limit = 0;
    if (!nvml->instance || nvml->instance_limit(device, &limit) != 0)
        return;
    for (unsigned i = 0; i < limit; i++) {
        char uuid[VF_NVML_NAME_SIZE];
        void *instance;
        if (nvml->instance(device, i, &instance) == 0 &&
            nvml->uuid(instance, uuid, sizeof(uuid)) == 0)
            printf("  MIG Device %u: (UUID: %s)\n", i, uuid);
    }
}

/* Prints the GPUs that NVML knows. Returns false when it cannot be asked. */
static bool print_gpus(void)
{
    struct vf_nvml nvml;
    unsigned count = 0;
    if (!vf_nvml_load(&nvml) || nvml.init() != 0)
        return false;
    bool is_told = nvml.count(&count) == 0;
    for (unsigned i = 0; i < count; i++) {
        char name[VF_NVML_NAME_SIZE] = "", uuid[VF_NVML_NAME_SIZE];
        void *device;
        if (nvml.device(i, &device) != 0 || nvml.uuid(device, uuid, sizeof(uuid)) != 0)
            continue; /* a device that is broken, or not for us, keeps its number */
        (void)nvml.name(device, name, sizeof(name));
        printf("GPU %u: %s (UUID: %s)\n", i, name, uuid);
        print_instances(&nvml, device);
    }
    nvml.shutdown();
    return is_told;
}

/* What the process does that asks. Does not return. */
static void ask(int answer)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDERR_FILENO);
    dup2(answer, STDOUT_FILENO);
    if (print_gpus())
        vf_leave(VF_EXIT_OK);
    execlp("nvidia-smi", "nvidia-smi", "-L", (char *)NULL);
    vf_leave(VF_EXIT_OK); /* there is none: no GPU either */
}

/* Reads up to the end. Returns -ETIMEDOUT when that does not come in time. */
static int read_answer(int answer, struct vf_text *listing, int64_t deadline_ns)
{
    char bytes[4096];
    while (!listing->failed && listing->length < LISTING_LIMIT) {
        int64_t left_ms = (deadline_ns - vf_clock_now_ns()) / VF_NS_PER_MS;
        struct pollfd fd = {.fd = answer, .events = POLLIN};
        if (left_ms <= 0)
            return -ETIMEDOUT;
        if (poll(&fd, 1, (int)left_ms) <= 0)
            continue; /* interrupted, or too late, which is seen above */
        ssize_t size = read(answer, bytes, sizeof(bytes));
        if (size == 0)
            return VF_OK;
        if (size < 0 && errno != EINTR)
            return -errno;
        if (size > 0)
            vf_text_append(listing, bytes, (size_t)size);
    }
    return listing->failed ? -ENOMEM : VF_OK;
}

static void say_how_it_went(int err, int64_t limit_ns, int wait_status)
{
    if (err == -ETIMEDOUT)
        vf_log(VF_LOG_WARNING, "no GPUs are used: the driver did not name them within %.1f s",
               (double)limit_ns / VF_NS_PER_S);
    else if (!err && WIFSIGNALED(wait_status))
        vf_log(VF_LOG_WARNING, "asking the driver for GPUs ended with signal %d",
               WTERMSIG(wait_status));
    else if (!err && WEXITSTATUS(wait_status) != 0)
        vf_log(VF_LOG_INFO, "nvidia-smi -L ended with status %d", WEXITSTATUS(wait_status));
}

int vf_gpu_probe(struct vf_text *listing, int64_t limit_ns)
{
    int fds[2], wait_status = 0;
    if (pipe2(fds, O_CLOEXEC) != 0)
        return -errno;
    fflush(NULL); /* or what is buffered would come out twice */
    pid_t child = fork();
    int err = child < 0 ? -errno : VF_OK;
    if (child == 0)
        ask(fds[1]);
    close(fds[1]);
    if (!err) {
        err = read_answer(fds[0], listing, vf_clock_now_ns() + limit_ns);
        if (err) {
            kill(child, SIGKILL);
            vf_text_finish(listing); /* half an answer is none */
        }
        while (waitpid(child, &wait_status, 0) < 0 && errno == EINTR)
            ;
        say_how_it_went(err, limit_ns, wait_status);
    }
    close(fds[0]);
    return err == -ETIMEDOUT ? VF_OK : err;
}
