/* SPDX-License-Identifier: MIT */
#include "nodes/vision/model/provider.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;    /* in a flow file */
    const char *library; /* as the library has it */
} providers[] = {
    [VF_PROVIDER_AUTO] = {"auto", ""},
    [VF_PROVIDER_CPU] = {"cpu", "CPUExecutionProvider"},
    [VF_PROVIDER_CUDA] = {"cuda", "CUDAExecutionProvider"},
    [VF_PROVIDER_TENSORRT] = {"tensorrt", "TensorrtExecutionProvider"},
    [VF_PROVIDER_OPENVINO] = {"openvino", "OpenVINOExecutionProvider"},
};

const char *vf_provider_name(enum vf_provider provider)
{
    return providers[provider].name;
}

bool vf_provider_is_there(const struct vf_ort *api, enum vf_provider provider)
{
    char **names = NULL;
    int count = 0;
    bool is_there = false;
    struct vf_ort_status *status = api->providers(&names, &count);
    for (int i = 0; i < count && !status; i++)
        is_there = is_there || strcmp(names[i], providers[provider].library) == 0;
    if (!status)
        status = api->release_providers(names, count);
    if (status)
        api->release_status(status);
    return is_there;
}

bool vf_provider_sees_gpu(void)
{
    const char *visible = getenv("CUDA_VISIBLE_DEVICES");
    return visible && *visible && strcmp(visible, "-1") != 0;
}

/* The task sees no GPU but its own, which is device 0. */
static struct vf_ort_status *use_cuda(const struct vf_ort *api,
                                      struct vf_ort_session_options *options)
{
    struct vf_ort_cuda_options *cuda = NULL;
    struct vf_ort_status *status = api->create_cuda_options(&cuda);
    if (!status)
        status = api->use_cuda(options, cuda);
    if (cuda)
        api->release_cuda_options(cuda);
    return status;
}

static struct vf_ort_status *use_tensorrt(const struct vf_ort *api,
                                          struct vf_ort_session_options *options)
{
    struct vf_ort_tensorrt_options *tensorrt = NULL;
    struct vf_ort_status *status = api->create_tensorrt_options(&tensorrt);
    if (!status)
        status = api->use_tensorrt(options, tensorrt);
    if (tensorrt)
        api->release_tensorrt_options(tensorrt);
    return status;
}

struct vf_ort_status *vf_provider_use(const struct vf_ort *api,
                                      struct vf_ort_session_options *options,
                                      enum vf_provider provider)
{
    struct vf_ort_status *status = NULL;
    switch (provider) {
    case VF_PROVIDER_AUTO:
    case VF_PROVIDER_CPU:
        break;
    case VF_PROVIDER_CUDA:
        return use_cuda(api, options);
    case VF_PROVIDER_TENSORRT: /* what it does not know falls to CUDA first */
        status = use_tensorrt(api, options);
        return status ? status : use_cuda(api, options);
    case VF_PROVIDER_OPENVINO:
        return api->use_provider(options, "OpenVINO", NULL, NULL, 0);
    }
    return status;
}
