/* SPDX-License-Identifier: MIT */
/* session.h - a model that has been opened, and can be run.
 *
 * All of it belongs to one process and one thread; it has threads of its own, so it is created in
 * the process that runs it.
 */
#ifndef VF_NODES_VISION_MODEL_SESSION_H
#define VF_NODES_VISION_MODEL_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/message/message.h"
#include "nodes/vision/model/runtime.h"

struct vf_session;

enum vf_provider {
    VF_PROVIDER_AUTO, /* CUDA where a GPU can be had, else the CPU */
    VF_PROVIDER_CPU,
    VF_PROVIDER_CUDA,
    VF_PROVIDER_TENSORRT,
    VF_PROVIDER_OPENVINO,
};

struct vf_session_wish {
    const char *model, *runtime; /* paths; `runtime` as for vf_runtime_load() */
    enum vf_provider provider;
    unsigned threads;
    bool is_trial; /* it is only looked at: nothing is made faster first */
};

/* What a model says of an input or an output. */
struct vf_tensor_form {
    char *name;
    unsigned element; /* enum vf_element; VF_ELEMENT_UNKNOWN: it is no tensor */
    unsigned rank;
    int64_t shape[VF_MAX_DIMENSIONS]; /* -1: any */
};

/* Numbers, in memory of whoever made them. */
struct vf_tensor {
    unsigned element; /* enum vf_element */
    unsigned rank;
    int64_t shape[VF_MAX_DIMENSIONS];
    void *data;
};

/* Opens a model. Returns a negative errno with what is wrong in `problem`. */
VF_MUST_CHECK int vf_session_create(struct vf_session **session, const struct vf_session_wish *wish,
                                    const struct vf_model_problem *problem);
void vf_session_destroy(struct vf_session **session);

/* Lend what there is until the session is destroyed. */
const struct vf_tensor_form *vf_session_inputs(const struct vf_session *session, size_t *count);
const struct vf_tensor_form *vf_session_outputs(const struct vf_session *session, size_t *count);

/* Returns which provider does the work, never VF_PROVIDER_AUTO, and the release of the library. */
enum vf_provider vf_session_provider(const struct vf_session *session);
const char *vf_session_release(const struct vf_session *session);

/* Returns with which providers the library is built: a bit for each, 1 << VF_PROVIDER_CPU. */
unsigned vf_session_providers(const struct vf_session *session);

/* Returns what the model itself says under `key`, the caller's; NULL: nothing. */
char *vf_session_metadata(const struct vf_session *session, const char *key);

/* Runs the model on a tensor for each input. Lends one for each output until the next call. */
VF_MUST_CHECK int vf_session_run(struct vf_session *session, const struct vf_tensor *inputs,
                                 const struct vf_tensor **outputs,
                                 const struct vf_model_problem *problem);

/* Returns the bytes of all numbers. */
size_t vf_tensor_size(const struct vf_tensor *tensor);

/* Returns the bytes of an element; 0: it is no number. */
size_t vf_element_size(unsigned element);

/* "float32", as numpy has it. */
const char *vf_element_name(unsigned element);

/* "<f4", as struct vf_array has it; NULL: there is none. */
const char *vf_element_dtype(unsigned element);

/* "cpu", as a flow file has it. */
const char *vf_provider_name(enum vf_provider provider);

#endif
