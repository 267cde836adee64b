/* SPDX-License-Identifier: MIT */
/* descriptors.h - many file descriptors at once. */
#ifndef VF_ENGINE_BASE_DESCRIPTORS_H
#define VF_ENGINE_BASE_DESCRIPTORS_H

#include <stddef.h>

/* Closes those in a list, which it sorts, by one system call for each run of numbers without a gap.
 * Negative ones are none. */
void vf_descriptors_close(int *fds, size_t count);

#endif
