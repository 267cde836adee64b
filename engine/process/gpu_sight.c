/* SPDX-License-Identifier: MIT */
#include "engine/process/gpu_sight.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ORDER "CUDA_DEVICE_ORDER"
#define VISIBLE "CUDA_VISIBLE_DEVICES"

static int set(const char *variable, const char *value)
{
    const char *present = getenv(variable);
    if (present && strcmp(present, value) == 0)
        return VF_OK;
    return setenv(variable, value, 1) == 0 ? VF_OK : -errno;
}

int vf_gpu_sight_set(const char *gpu_id)
{
    int err = set(ORDER, "PCI_BUS_ID");
    return err ? err : set(VISIBLE, gpu_id);
}

static int keep(char **value, const char *variable)
{
    const char *present = getenv(variable);
    *value = present ? strdup(present) : NULL;
    return present && !*value ? -ENOMEM : VF_OK;
}

/* glibc keeps the text of each value that was ever set: to set one again takes no memory. */
static void restore(const char *variable, char **value)
{
    if (*value)
        (void)!setenv(variable, *value, 1);
    else
        unsetenv(variable);
    free(*value);
    *value = NULL;
}

int vf_gpu_sight_hide(struct vf_gpu_sight *before)
{
    int err = keep(&before->order, ORDER);
    if (!err)
        err = keep(&before->visible, VISIBLE);
    if (err) {
        free(before->order);
        before->order = NULL;
        return err;
    }
    err = vf_gpu_sight_set("");
    if (err)
        vf_gpu_sight_show(before);
    return err;
}

void vf_gpu_sight_show(struct vf_gpu_sight *before)
{
    restore(ORDER, &before->order);
    restore(VISIBLE, &before->visible);
}
