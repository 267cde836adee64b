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

#endif
