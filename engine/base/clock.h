/* SPDX-License-Identifier: MIT */
/* clock.h - time, in nanoseconds. */
#ifndef VF_ENGINE_BASE_CLOCK_H
#define VF_ENGINE_BASE_CLOCK_H

#include <stdint.h>

#define VF_NS_PER_S 1000000000LL
#define VF_NS_PER_MS 1000000LL
#define VF_NS_PER_US 1000LL

/* Returns the time since some fixed moment (CLOCK_MONOTONIC, one clock for all processes). */
int64_t vf_clock_now_ns(void);

#define VF_CLOCK_UTC_SIZE 32

/* Prints a moment of the clock on the wall, in nanoseconds since 1970, as
 * "2026-01-31T12:00:00.000Z". */
void vf_clock_print_utc(char text[VF_CLOCK_UTC_SIZE], int64_t since_1970_ns);

/* Returns the time since 1970 in nanoseconds. */
int64_t vf_clock_since_1970_ns(void);

#endif
