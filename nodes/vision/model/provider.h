/* SPDX-License-Identifier: MIT */
/* provider.h - what does the work of a model: the CPU, or a GPU by one of several libraries. */
#ifndef VF_NODES_VISION_MODEL_PROVIDER_H
#define VF_NODES_VISION_MODEL_PROVIDER_H

#include <stdbool.h>

#include "nodes/vision/model/onnx_api.h"
#include "nodes/vision/model/session.h"

/* Returns whether the library is built with it. */
bool vf_provider_is_there(const struct vf_ort *api, enum vf_provider provider);

/* Returns whether the task has been given a GPU of NVIDIA's. */
bool vf_provider_sees_gpu(void);

/* Has sessions with these options use it. What it cannot do falls to the CPU. */
struct vf_ort_status *vf_provider_use(const struct vf_ort *api,
                                      struct vf_ort_session_options *options,
                                      enum vf_provider provider);

#endif
