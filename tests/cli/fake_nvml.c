/* SPDX-License-Identifier: MIT */
/* A libnvidia-ml.so.1 of a machine with two GPUs, of which the second is split into instances,
 * and a third that cannot be asked. */
#include <stdio.h>

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
