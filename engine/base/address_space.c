/* SPDX-License-Identifier: MIT */
#include "engine/base/address_space.h"

#include <stdio.h>
#include <unistd.h>

uint64_t vf_address_space_used(void)
{
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file && fscanf(file, "%llu", &pages) != 1)
        pages = 0;
    if (file)
        fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}
