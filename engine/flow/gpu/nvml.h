/* SPDX-License-Identifier: MIT */
/* nvml.h - the part of NVML, the library of NVIDIA's driver, that is used here; found at run time. */
#ifndef VF_ENGINE_FLOW_GPU_NVML_H
#define VF_ENGINE_FLOW_GPU_NVML_H

#include <stdbool.h>

#define VF_NVML_NAME_SIZE 96 /* NVML asks for as much for a name, and for less for a UUID */

/* What a process has of a device; as NVML has it since version 2. */
struct vf_nvml_process {
    unsigned pid;
    unsigned long long bytes; /* all bits set: unknown */
    unsigned instance, compute_instance;
};

/* How much of a device a process has used lately, in percent. */
struct vf_nvml_use {
    unsigned pid;
    unsigned long long at_us;
    unsigned processors, memory, encoder, decoder;
};

/* Devices are opaque; every function returns 0 for success. */
struct vf_nvml {
    int (*init)(void);
    int (*shutdown)(void);
    int (*count)(unsigned *count);
    int (*device)(unsigned index, void **device);
    int (*name)(void *device, char *name, unsigned size);
    int (*uuid)(void *device, char *uuid, unsigned size);
    /* These may be missing: */
    int (*instance_limit)(void *device, unsigned *count);
    int (*instance)(void *device, unsigned index, void **instance);
    int (*computing)(void *device, unsigned *count, struct vf_nvml_process *processes);
    int (*drawing)(void *device, unsigned *count, struct vf_nvml_process *processes);
    int (*use)(void *device, struct vf_nvml_use *uses, unsigned *count,
               unsigned long long since_us);
};

/* Loads the library. Returns false where there is none, or it lacks something. It is not
 * initialised. */
bool vf_nvml_load(struct vf_nvml *nvml);

#endif
