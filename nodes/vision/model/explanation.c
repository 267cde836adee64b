/* SPDX-License-Identifier: MIT */
#include "nodes/vision/model/explanation.h"

#include <errno.h>
#include <stddef.h>

#include "nodes/vision/model/model.h"
#include "nodes/vision/model/options.h"

/* The rows of options.h are all in one struct, wherever a node has it. */
static const struct vf_model_options *find_options(const struct vf_node *node, const void *options)
{
    const struct vf_option *model = vf_option_find(&node->options, "model");
    const char *file = (const char *)options + model->offset;
    return (const void *)(file - offsetof(struct vf_model_options, file));
}

/* Returns what does the work, VF_PROVIDER_AUTO being settled. */
static enum vf_provider settle(enum vf_provider asked, const struct vf_model_facts *facts,
                               bool has_gpu)
{
    bool has_cuda = facts->providers & 1U << VF_PROVIDER_CUDA;
    if (asked != VF_PROVIDER_AUTO)
        return asked;
    return has_gpu && has_cuda ? VF_PROVIDER_CUDA : VF_PROVIDER_CPU;
}

static void add_place(struct vf_text *text, enum vf_provider provider)
{
    static const char *const places[] = {
        [VF_PROVIDER_CPU] = "the CPU",
        [VF_PROVIDER_CUDA] = "its GPU (cuda)",
        [VF_PROVIDER_TENSORRT] = "its GPU (tensorrt)",
        [VF_PROVIDER_OPENVINO] = "what OpenVINO finds (openvino)",
    };
    vf_text_print(text, "on %s", places[provider]);
}

/* Adds what could be had, or why what one may expect is not. */
static void add_remark(struct vf_text *text, enum vf_provider asked,
                       const struct vf_model_facts *facts, bool has_gpu)
{
    bool has_cuda = facts->providers & 1U << VF_PROVIDER_CUDA;
    bool needs_gpu = asked == VF_PROVIDER_CUDA || asked == VF_PROVIDER_TENSORRT;
    if (asked == VF_PROVIDER_AUTO && has_gpu && !has_cuda)
        vf_text_print(text, ", which is built without cuda: its GPU has nothing to do");
    else if (asked == VF_PROVIDER_AUTO && has_cuda && !has_gpu)
        vf_text_print(text, ", which can use a GPU, too: gpu: any gives the node one");
    else if (needs_gpu && !has_gpu)
        vf_text_print(text, ", but the node has no GPU: gpu: any gives it one");
}

int vf_model_explain(const struct vf_node *node, const void *options, bool has_gpu,
                     struct vf_text *text)
{
    const struct vf_model_options *asked = find_options(node, options);
    struct vf_model_facts facts;
    if (!vf_model_examined(asked->file, asked->runtime, &facts)) {
        if (asked->provider == VF_PROVIDER_AUTO)
            vf_text_print(text, "on %s",
                          has_gpu ? "its GPU, if ONNX Runtime can use it, else on "
                                    "the CPU"
                                  : "the CPU");
        else
            add_place(text, asked->provider);
        vf_text_print(text,
                      *asked->runtime ? ", by %s, which was not loaded to look"
                                      : ", by ONNX Runtime, which was not asked%s",
                      *asked->runtime ? asked->runtime : "");
    } else {
        add_place(text, settle(asked->provider, &facts, has_gpu));
        vf_text_print(text, ", by ONNX Runtime %s", facts.release);
        add_remark(text, asked->provider, &facts, has_gpu);
    }
    return text->failed ? -ENOMEM : VF_OK;
}
