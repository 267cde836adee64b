/* SPDX-License-Identifier: MIT */
/* usage.h - how much of the GPUs processes use, as NVML tells it. */
#ifndef VF_ENGINE_FLOW_GPU_USAGE_H
#define VF_ENGINE_FLOW_GPU_USAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/base/result.h"

struct vf_gpu_usage;

/* -ENODEV: there is no NVML, or no GPU. */
VF_MUST_CHECK int vf_gpu_usage_create(struct vf_gpu_usage **usage);
void vf_gpu_usage_destroy(struct vf_gpu_usage **usage);

/* Asks how things are. */
void vf_gpu_usage_look(struct vf_gpu_usage *usage);

/* Tells how much memory a process had on all GPUs then, in bytes, and which part of their processors,
 * 0 to 1 and more, it used since the look before; negative: unknown. Returns false when it has
 * none. */
bool vf_gpu_usage_of(const struct vf_gpu_usage *usage, pid_t pid, int64_t *bytes, double *part);

#endif
