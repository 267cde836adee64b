/* SPDX-License-Identifier: MIT */
#include "engine/flow/gpu/usage.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "engine/flow/gpu/nvml.h"

#define MOST 1024 /* processes that are looked at, of all devices together */
#define BYTES_UNKNOWN (~0ULL)

struct vf_gpu_usage {
    struct vf_nvml nvml;
    unsigned device_count;
    unsigned long long looked_us; /* the latest moment that a use is known of */
    struct vf_nvml_process processes[MOST];
    struct vf_nvml_use uses[MOST];
    unsigned process_count, use_count;
};

int vf_gpu_usage_create(struct vf_gpu_usage **usage)
{
    struct vf_gpu_usage *made = calloc(1, sizeof(*made));
    *usage = NULL;
    if (!made)
        return -ENOMEM;
    bool is_there = vf_nvml_load(&made->nvml) && made->nvml.init() == 0;
    if (is_there && made->nvml.count(&made->device_count) == 0 && made->device_count) {
        *usage = made;
        return VF_OK;
    }
    if (is_there)
        made->nvml.shutdown();
    free(made);
    return -ENODEV;
}

void vf_gpu_usage_destroy(struct vf_gpu_usage **usage)
{
    if (*usage)
        (*usage)->nvml.shutdown();
    free(*usage);
    *usage = NULL;
}

/* Adds the processes of one kind on a device. */
static void add_processes(struct vf_gpu_usage *usage, void *device,
                          int (*list)(void *, unsigned *, struct vf_nvml_process *))
{
    unsigned count = MOST - usage->process_count;
    if (list && count && list(device, &count, usage->processes + usage->process_count) == 0 &&
        count <= MOST - usage->process_count)
        usage->process_count += count;
}

static void add_uses(struct vf_gpu_usage *usage, void *device)
{
    unsigned count = MOST - usage->use_count;
    if (usage->nvml.use && count &&
        usage->nvml.use(device, usage->uses + usage->use_count, &count, usage->looked_us) == 0 &&
        count <= MOST - usage->use_count)
        usage->use_count += count;
}

void vf_gpu_usage_look(struct vf_gpu_usage *usage)
{
    usage->process_count = usage->use_count = 0;
    for (unsigned i = 0; i < usage->device_count; i++) {
        void *device;
        if (usage->nvml.device(i, &device) != 0)
            continue;
        add_processes(usage, device, usage->nvml.computing);
        add_processes(usage, device, usage->nvml.drawing);
        add_uses(usage, device);
    }
    for (unsigned i = 0; i < usage->use_count; i++) {
        if (usage->uses[i].at_us > usage->looked_us)
            usage->looked_us = usage->uses[i].at_us;
    }
}

bool vf_gpu_usage_of(const struct vf_gpu_usage *usage, pid_t pid, int64_t *bytes, double *part)
{
    bool is_found = false;
    *bytes = -1;
    *part = -1;
    for (unsigned i = 0; i < usage->process_count; i++) {
        const struct vf_nvml_process *process = &usage->processes[i];
        if (process->pid != (unsigned)pid)
            continue;
        is_found = true;
        if (process->bytes != BYTES_UNKNOWN && process->bytes < INT64_MAX / 2)
            *bytes = (*bytes > 0 ? *bytes : 0) + (int64_t)process->bytes;
    }
    for (unsigned i = 0; i < usage->use_count; i++) {
        if (usage->uses[i].pid == (unsigned)pid)
            *part = (double)usage->uses[i].processors / 100; /* the last of its device counts */
    }
    return is_found;
}
