/* SPDX-License-Identifier: MIT */
/* tree_json.h - a part of a flow file as JSON. */
#ifndef VF_ENGINE_FLOW_FILE_TREE_JSON_H
#define VF_ENGINE_FLOW_FILE_TREE_JSON_H

#include "engine/flow/file/tree.h"

/* Returns the text, the caller's: keys sorted, no spaces; NULL: out of memory. What stands in quotes
 * is a text; without them numbers, true and false are what they look like, and nothing is null. */
char *vf_tree_to_json(const struct vf_tree *tree);

#endif
