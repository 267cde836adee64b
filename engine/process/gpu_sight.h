/* SPDX-License-Identifier: MIT */
/* gpu_sight.h - which GPUs a process sees: CUDA_VISIBLE_DEVICES, counted as CUDA_DEVICE_ORDER=PCI_BUS_ID
 * counts.
 */
#ifndef VF_ENGINE_PROCESS_GPU_SIGHT_H
#define VF_ENGINE_PROCESS_GPU_SIGHT_H

#include "engine/base/result.h"

/* Lets this process, and those that it starts, see one GPU; "": none. Where that is so already, nothing
 * is written: a process that has just been forked shares its memory with its parent, and each page that
 * it writes to is copied. Returns a negative errno. */
VF_MUST_CHECK int vf_gpu_sight_set(const char *gpu_id);

/* What the variables were; NULL: unset. Starts as {0}. */
struct vf_gpu_sight {
    char *order, *visible;
};

/* Hides all GPUs from processes that are forked from now on, until they are shown again; so most of them
 * have nothing to set. For programs whose other threads do not read the environment meanwhile. Returns a
 * negative errno, and then nothing is hidden. */
VF_MUST_CHECK int vf_gpu_sight_hide(struct vf_gpu_sight *before);
void vf_gpu_sight_show(struct vf_gpu_sight *before);

#endif
