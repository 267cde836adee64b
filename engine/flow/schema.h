/* SPDX-License-Identifier: MIT */
/* schema.h - the JSON schema of flow files, for editors. */
#ifndef VF_ENGINE_FLOW_SCHEMA_H
#define VF_ENGINE_FLOW_SCHEMA_H

#include <jansson.h>

struct vf_node_list;

/* Describes every flow that can be made of `nodes`, which must all be there (vf_node_bring_all()).
 * Returns the caller's own; NULL: out of memory. */
json_t *vf_flow_schema(const struct vf_node_list *nodes);

#endif
