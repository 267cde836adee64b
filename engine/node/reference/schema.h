/* SPDX-License-Identifier: MIT */
/* schema.h - nodes and their options as JSON schemas, for editors.
 *
 * Each function returns JSON of its own, the caller's; NULL: out of memory.
 */
#ifndef VF_ENGINE_NODE_REFERENCE_SCHEMA_H
#define VF_ENGINE_NODE_REFERENCE_SCHEMA_H

#include <jansson.h>

struct vf_node;
struct vf_option;

/* What a node of this type may say: an entry of "$defs". */
json_t *vf_schema_of_node(const struct vf_node *node);

/* What the value of an option may be. */
json_t *vf_schema_of_option(const struct vf_option *option);

/* The default of an option that has one. */
json_t *vf_schema_of_fallback(const struct vf_option *option);

/* Any text, as it may stand in a table. */
json_t *vf_schema_text(const char *text);

/* A mapping that has `properties`, which it takes, and keys of its author. */
json_t *vf_schema_mapping(json_t *properties);

/* Add something to an object or an array, and return that. Take both, which may be NULL. */
json_t *vf_schema_set(json_t *object, const char *key, json_t *value);
json_t *vf_schema_append(json_t *array, json_t *value);
json_t *vf_schema_merge(json_t *object, json_t *more);

#endif
