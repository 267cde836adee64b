/* SPDX-License-Identifier: MIT */
/* runtime.h - finds and loads ONNX Runtime, the library that runs models.
 *
 * It is no part of vflow and nothing is linked with it. Once loaded it stays until the process ends.
 */
#ifndef VF_NODES_VISION_MODEL_RUNTIME_H
#define VF_NODES_VISION_MODEL_RUNTIME_H

#include <stddef.h>

#include "engine/base/result.h"

struct vf_ort;
struct vf_reach;

/* What one line of text tells of a failure. */
struct vf_model_problem {
    char *text;
    size_t size;
};

struct vf_runtime {
    const struct vf_ort *api;
    const char *release; /* "1.28.2" */
};

/* Loads the library `path`; "": the one that the environment names, or one in the usual places.
 * Returns -ELIBACC with what is wrong in `problem`: there is none, or none that can be used. */
VF_MUST_CHECK int vf_runtime_load(struct vf_runtime *runtime, const char *path,
                                  const struct vf_model_problem *problem);

/* Names the folders in which that looks (engine/node/reach.h). */
void vf_runtime_reach(const char *path, const struct vf_reach *reach);

#endif
