/* SPDX-License-Identifier: MIT */
/* A libnvidia-ml.so.1 of a machine with two GPUs, of which the second is split into instances,
 * and a third that cannot be asked. */
#include <stdio.h>
#include <stdlib.h>

#define WRONG 1

static int devices[3], instances[2];

int nvmlInit_v2(void);
int nvmlShutdown(void);
int nvmlDeviceGetCount_v2(unsigned *count);
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device);
int nvmlDeviceGetName(void *device, char *name, unsigned size);
int nvmlDeviceGetUUID(void *device, char *uuid, unsigned size);
int nvmlDeviceGetMaxMigDeviceCount(void *device, unsigned *count);
int nvmlDeviceGetMigDeviceHandleByIndex(void *device, unsigned index, void **instance);

/* A process that uses the first device: $FAKE_NVML_PROCESS. */
struct process {
    unsigned pid;
    unsigned long long bytes;
    unsigned instance, compute_instance;
};
struct use {
    unsigned pid;
    unsigned long long at_us;
    unsigned processors, memory, encoder, decoder;
};
int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned *count, struct process *list);
int nvmlDeviceGetProcessUtilization(void *device, struct use *list, unsigned *count,
                                    unsigned long long since_us);

static unsigned process_on(const void *device)
{
    const char *pid = getenv("FAKE_NVML_PROCESS");
    return pid && device == &devices[0] ? (unsigned)strtoul(pid, NULL, 10) : 0;
}

int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned *count, struct process *list)
{
    *count = process_on(device) ? 1 : 0;
    if (*count)
        list[0] = (struct process){.pid = process_on(device), .bytes = 512ULL << 20};
    return 0;
}

int nvmlDeviceGetProcessUtilization(void *device, struct use *list, unsigned *count,
                                    unsigned long long since_us)
{
    *count = process_on(device) ? 1 : 0;
    if (*count)
        list[0] = (struct use){.pid = process_on(device), .at_us = since_us + 1, .processors = 37};
    return *count ? 0 : WRONG;
}

int nvmlInit_v2(void)
{
    return 0;
}

int nvmlShutdown(void)
{
    return 0;
}

int nvmlDeviceGetCount_v2(unsigned *count)
{
    *count = 3;
    return 0;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device)
{
    *device = &devices[index];
    return index == 2 ? WRONG : 0;
}

int nvmlDeviceGetName(void *device, char *name, unsigned size)
{
    (void)device;
    snprintf(name, size, "Fake (with brackets)");
    return 0;
}

int nvmlDeviceGetUUID(void *device, char *uuid, unsigned size)
{
    int *asked = device;
    if (asked >= instances && asked < instances + 2)
        snprintf(uuid, size, "MIG-%d", (int)(asked - instances));
    else
        snprintf(uuid, size, "GPU-%d", (int)(asked - devices));
    return 0;
}

int nvmlDeviceGetMaxMigDeviceCount(void *device, unsigned *count)
{
    *count = device == &devices[1] ? 7 : 0;
    return 0;
}

int nvmlDeviceGetMigDeviceHandleByIndex(void *device, unsigned index, void **instance)
{
    if (device != &devices[1] || index > 1)
        return WRONG;
    *instance = &instances[index];
    return 0;
}
