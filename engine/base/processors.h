/* SPDX-License-Identifier: MIT */
/* processors.h - how many processors this process may use.
 *
 * That is at most what its affinity mask has, and the quota of each control group that it is in,
 * which need not be a whole number.
 */
#ifndef VF_ENGINE_BASE_PROCESSORS_H
#define VF_ENGINE_BASE_PROCESSORS_H

struct vf_control_group_sources;

/* Returns how many, more than 0. `sources` may be NULL: where the kernel has them. */
double vf_processors_available(const struct vf_control_group_sources *sources);

#endif
