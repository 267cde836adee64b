/* SPDX-License-Identifier: MIT */
/* explanation.h - what will run the model of a node: `vflow explain`. */
#ifndef VF_NODES_VISION_MODEL_EXPLANATION_H
#define VF_NODES_VISION_MODEL_EXPLANATION_H

#include <stdbool.h>

#include "engine/base/result.h"
#include "engine/base/text.h"
#include "engine/node/node.h"

/* Returns whether a node runs models. */
static inline bool vf_model_is_run_by(const struct vf_node *node)
{
    return vf_option_find(&node->options, "runtime") && vf_option_find(&node->options, "provider");
}

/* Adds what does the work of such a node, "on the CPU, by ONNX Runtime 1.28.2", as far as it is known
 * since its options were checked: nothing is opened or loaded for it. `has_gpu`: its task gets one. */
VF_MUST_CHECK int vf_model_explain(const struct vf_node *node, const void *options, bool has_gpu,
                                   struct vf_text *text);

#endif
