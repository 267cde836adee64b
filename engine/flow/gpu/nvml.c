/* SPDX-License-Identifier: MIT */
#include "engine/flow/gpu/nvml.h"

#include <dlfcn.h>
#include <string.h>

/* A function's address comes as that of an object, which C does not convert. */
static bool find_function(void *library, const char *name, void *place)
{
    void *address = dlsym(library, name);
    memcpy(place, &address, sizeof(address));
    return address != NULL;
}

bool vf_nvml_load(struct vf_nvml *nvml)
{
    *nvml = (struct vf_nvml){0};
    void *library = dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return false;
    (void)(find_function(library, "nvmlDeviceGetMaxMigDeviceCount", &nvml->instance_limit) &&
           find_function(library, "nvmlDeviceGetMigDeviceHandleByIndex", &nvml->instance));
    (void)find_function(library, "nvmlDeviceGetComputeRunningProcesses_v3", &nvml->computing);
    (void)find_function(library, "nvmlDeviceGetGraphicsRunningProcesses_v3", &nvml->drawing);
    (void)find_function(library, "nvmlDeviceGetProcessUtilization", &nvml->use);
    return find_function(library, "nvmlInit_v2", &nvml->init) &&
           find_function(library, "nvmlShutdown", &nvml->shutdown) &&
           find_function(library, "nvmlDeviceGetCount_v2", &nvml->count) &&
           find_function(library, "nvmlDeviceGetHandleByIndex_v2", &nvml->device) &&
           find_function(library, "nvmlDeviceGetName", &nvml->name) &&
           find_function(library, "nvmlDeviceGetUUID", &nvml->uuid);
}
