/* SPDX-License-Identifier: MIT */
/* gpu.h - which GPUs there are, and which task of a plan gets which.
 *
 * They are looked for only when a task asks for one, in a short-lived process of their own: no
 * library of a driver is ever loaded into the caller. What CUDA_VISIBLE_DEVICES hides from the
 * caller stays hidden from its tasks.
 */
#ifndef VF_ENGINE_FLOW_GPU_GPU_H
#define VF_ENGINE_FLOW_GPU_GPU_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "engine/flow/plan/plan.h"

struct vf_gpu {
    char *id;      /* as CUDA_VISIBLE_DEVICES names it: "0", "GPU-8f3c...", "MIG-1b09..." */
    char *uuid;    /* NULL: unknown */
    char *model;   /* "NVIDIA H200"; NULL: unknown */
    int number;    /* counted from 0 in the order of the PCI bus, as nvidia-smi does; -1: none */
    bool is_split; /* into instances (MIG), which are in the list by themselves */
};

struct vf_gpu_list {
    struct vf_gpu *items;
    size_t count;
};

void vf_gpu_list_finish(struct vf_gpu_list *gpus);

/* Reads what `nvidia-smi -L` prints; lines that name no GPU are skipped. */
VF_MUST_CHECK int vf_gpu_list_parse(struct vf_gpu_list *gpus, const char *listing);

/* Reads what a user named: "0,1", UUIDs, or "none". None of them is looked for. Returns -EINVAL,
 * after saying why, for what cannot name a GPU or names one twice. */
VF_MUST_CHECK int vf_gpu_list_name(struct vf_gpu_list *gpus, const char *named);

/* Leaves those that `visible`, a value of CUDA_VISIBLE_DEVICES, names: numbers, UUIDs, and the
 * beginning of a UUID where only one has it; in that order, and as CUDA does up to the first that
 * is not there or comes twice. Instances are taken as they are written. NULL: leaves all that
 * are not split. */
VF_MUST_CHECK int vf_gpu_list_restrict(struct vf_gpu_list *gpus, const char *visible);

/* Gives each task that asks for a GPU one of `gpus`. Numbered ones come first; `any` gets the
 * first that no task has; `shared` goes round those that are left over, or round all. A task that
 * gets none runs on the CPU, which is logged, unless it needs one: then, and for a number that is
 * not there, the result is -ENODEV, after all such tasks have been named. */
VF_MUST_CHECK int vf_gpu_list_assign(const struct vf_gpu_list *gpus, struct vf_plan *plan);

/* Finds those there are and that are visible, or takes those `named` (NULL: none are). Fills in *gpus,
 * the caller's also after a failure. */
VF_MUST_CHECK int vf_gpu_list_find(struct vf_gpu_list *gpus, const char *named);

/* Does all of that where a task asks for a GPU: finds those there are, or takes those `named`
 * (NULL: none are), and assigns them. Fills in *gpus, the caller's also after a failure. */
VF_MUST_CHECK int vf_gpu_allocate(struct vf_gpu_list *gpus, struct vf_plan *plan,
                                  const char *named);

#endif
