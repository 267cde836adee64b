/* SPDX-License-Identifier: MIT */
/* read_all.h - reads bytes that another process sends, all of them or none, until a moment. */
#ifndef VF_ENGINE_BASE_READ_ALL_H
#define VF_ENGINE_BASE_READ_ALL_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"

/* Reads exactly `size` bytes. Returns -ETIMEDOUT at `deadline_ns` (vf_clock_now_ns()), or -EPIPE when
 * there are no more. */
VF_MUST_CHECK int vf_read_all(int fd, void *bytes, size_t size, int64_t deadline_ns);

#endif
