/* SPDX-License-Identifier: MIT */
/* flow_json.h - what does not change of a run while its flow is the same, for its page: the tasks with
 * their options, the edges, and where they are drawn (layout/layers.h). */
#ifndef VF_ENGINE_WEB_FLOW_JSON_H
#define VF_ENGINE_WEB_FLOW_JSON_H

#include <jansson.h>
#include <stdbool.h>

#include "engine/web/web.h"

/* Returns the object that vflow-http(7) describes as the answer to /api/v1/flow, the caller's; NULL:
 * out of memory. */
json_t *vf_web_flow_json(const struct vf_web_spec *spec, bool has_control);

#endif
