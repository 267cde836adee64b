/* SPDX-License-Identifier: MIT */
/* probe.h - asks this machine which GPUs it has. */
#ifndef VF_ENGINE_FLOW_GPU_PROBE_H
#define VF_ENGINE_FLOW_GPU_PROBE_H

#include <stdint.h>

#include "engine/base/result.h"
#include "engine/base/text.h"

/* Adds a line for each GPU to `listing`, as `nvidia-smi -L` prints them: from NVML, the driver's
 * library, where it can be loaded, else from that program. Both run in a process of their own,
 * which is given `limit_ns`. No answer, which is logged, and no GPU are no failure. */
VF_MUST_CHECK int vf_gpu_probe(struct vf_text *listing, int64_t limit_ns);

#endif
