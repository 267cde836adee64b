/* SPDX-License-Identifier: MIT */
/* write_all.h - write(2) until all is written. */
#ifndef VF_ENGINE_BASE_WRITE_ALL_H
#define VF_ENGINE_BASE_WRITE_ALL_H

#include <stddef.h>

#include "engine/base/result.h"

/* Waits where there is no room. Returns VF_OK, or a negative errno; then some of it may have been
 * written. */
VF_MUST_CHECK int vf_write_all(int fd, const void *bytes, size_t size);

#endif
