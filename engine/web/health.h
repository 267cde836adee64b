/* SPDX-License-Identifier: MIT */
/* health.h - whether a run is as it should be, for those who watch over it: a load balancer, an
 * orchestrator of containers. */
#ifndef VF_ENGINE_WEB_HEALTH_H
#define VF_ENGINE_WEB_HEALTH_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/account/standstill.h"
#include "engine/web/web.h"

#define VF_WEB_STALL_NS (10 * VF_NS_PER_S) /* without any move for so long, a run is not ready */

/* Returns {"status": "ok"}; or {"status": "not ready", "reasons": [...]}, sentences that name no task.
 * It is the caller's; NULL: out of memory. `standstill` has been looked at now and then. */
json_t *vf_web_readiness(const struct vf_web_spec *spec, const struct vf_standstill *standstill,
                         int64_t now_ns, bool *is_ready);

#endif
