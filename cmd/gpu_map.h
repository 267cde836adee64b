/* SPDX-License-Identifier: MIT */
/* gpu_map.h - the GPUs of a run, as commands ask for them and show them. */
#ifndef VF_CMD_GPU_MAP_H
#define VF_CMD_GPU_MAP_H

#include "cmd/command.h"
#include "engine/base/exit_status.h"
#include "engine/flow/gpu/gpu.h"

/* The flag: --gpus. `field` is a char *, NULL without it. */
#define VF_GPU_FLAG(type, field)                                                           \
    VF_FLAG(0, "gpus", "LIST", "GPUs to use instead of those found, such as 0,1, or none", \
            VF_TEXT(type, field))

/* Gives the tasks of `plan` their GPUs. Fills in *gpus, the caller's also after a failure. Says
 * what is wrong, and returns the exit status. */
VF_MUST_CHECK enum vf_exit_status vf_gpu_map_allocate(struct vf_gpu_list *gpus,
                                                      struct vf_plan *plan, const char *named);

/* Prints on standard output which task has which GPU; nothing where none asks for one. */
void vf_gpu_map_print(const struct vf_gpu_list *gpus, const struct vf_plan *plan);

#endif
