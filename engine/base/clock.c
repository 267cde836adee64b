/* SPDX-License-Identifier: MIT */
#include "engine/base/clock.h"

#include <stdio.h>
#include <time.h>

int64_t vf_clock_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * VF_NS_PER_S + now.tv_nsec;
}

int64_t vf_clock_since_1970_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * VF_NS_PER_S + now.tv_nsec;
}

void vf_clock_print_utc(char text[VF_CLOCK_UTC_SIZE], int64_t since_1970_ns)
{
    time_t seconds = (time_t)(since_1970_ns / VF_NS_PER_S);
    struct tm utc;
    gmtime_r(&seconds, &utc);
    size_t length = strftime(text, VF_CLOCK_UTC_SIZE - 6, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text + length, VF_CLOCK_UTC_SIZE - length, ".%03dZ",
             (int)(since_1970_ns % VF_NS_PER_S / VF_NS_PER_MS));
}
