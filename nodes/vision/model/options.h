/* SPDX-License-Identifier: MIT */
/* options.h - what the nodes that run a model are told of it. */
#ifndef VF_NODES_VISION_MODEL_OPTIONS_H
#define VF_NODES_VISION_MODEL_OPTIONS_H

#include "engine/node/option/option.h"
#include "nodes/vision/model/model.h"

struct vf_reach;

struct vf_model_options {
    char *file, *card, *runtime, *tensor;
    enum vf_provider provider;
    int threads;
};

/* Rows of an options struct, for its field `model`. */
#define VF_MODEL_OPTION(type)                                                                  \
    {                                                                                          \
        "model", "The model, a file of ONNX", VF_INPUT_PATH(type, model.file), .is_main = true \
    }
#define VF_CARD_OPTION(type)                                                                      \
    {                                                                                             \
        "card",                                                                                   \
            "What the model takes and tells, {family: yolo, size: 640x640}, see "                 \
            "vflow-models(7); goes before what stands in a file beside the model, whose name is " \
            "that of the model with .yaml after it",                                              \
            VF_JSON_OBJECT(type, model.card), .fallback = "{}"                                    \
    }
#define VF_TENSOR_OPTION(type)                                                         \
    {                                                                                  \
        "tensor", "Output of the model that is handed on as tensor; empty: the first", \
            VF_TEXT(type, model.tensor), .fallback = ""                                \
    }
#define VF_PROVIDER_OPTION(type)                                                                 \
    {                                                                                            \
        "provider", "What does the work",                                                        \
            VF_CHOICE(                                                                           \
                type, model.provider,                                                            \
                {"auto", VF_PROVIDER_AUTO, "CUDA where the node has a GPU, else the CPU"},       \
                {"cpu", VF_PROVIDER_CPU, "The CPU"},                                             \
                {"cuda", VF_PROVIDER_CUDA, "A GPU of NVIDIA's"},                                 \
                {"tensorrt", VF_PROVIDER_TENSORRT, "The same by TensorRT, which starts slowly"}, \
                {"openvino", VF_PROVIDER_OPENVINO, "Intel's OpenVINO"}),                         \
            .fallback = "auto"                                                                   \
    }
#define VF_MODEL_THREADS_OPTION(type)                                                          \
    {                                                                                          \
        "threads", "Threads that calculate on the CPU; 0: as many as the flow has processors", \
            VF_INTEGER(type, model.threads), VF_RANGE(0, 1024), .fallback = "0"                \
    }
#define VF_RUNTIME_OPTION(type)                                                                   \
    {                                                                                             \
        "runtime",                                                                                \
            "The library ONNX Runtime, libonnxruntime.so; empty: VFLOW_ONNXRUNTIME, or where it " \
            "is usually installed",                                                               \
            VF_TEXT(type, model.runtime), .fallback = ""                                          \
    }

/* Makes the wish for a model. What the options lend is lent. */
struct vf_model_wish vf_model_options_wish(const struct vf_model_options *options, int batch);

/* For check(): opens the model in another process, and sees whether it fits. Returns as that does. A
 * model that is not there is a mistake of its own. */
VF_MUST_CHECK int vf_model_options_check(const struct vf_model_options *options,
                                         const struct vf_model_wish *wish, char *problem,
                                         size_t size);

/* For reach(). */
void vf_model_options_reach(const struct vf_model_options *options, const struct vf_reach *reach);

/* For open(): opens the model, and says what does the work, or logs why it cannot. */
struct vf_node_run;
VF_MUST_CHECK int vf_model_options_open(struct vf_model **model,
                                        const struct vf_model_options *options,
                                        const struct vf_model_wish *wish, struct vf_node_run *run);

/* Runs the model, and logs why it failed. */
VF_MUST_CHECK int vf_model_options_run(struct vf_model *model,
                                       const struct vf_model_options *options, unsigned count,
                                       struct vf_node_run *run);

#endif
