/* SPDX-License-Identifier: MIT */
/* print.h - a tree written as YAML or JSON, so that it is read again as the same. */
#ifndef VF_ENGINE_FLOW_FILE_PRINT_H
#define VF_ENGINE_FLOW_FILE_PRINT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "engine/base/result.h"
#include "engine/flow/file/tree.h"

/* Writes a tree as YAML. With `is_final` its texts have no variables: each dollar sign is written
 * twice. Returns -EIO when it cannot be written, -ENOMEM. */
VF_MUST_CHECK int vf_flow_print_yaml(FILE *out, const struct vf_tree *tree, bool is_final);

/* Returns the tree as JSON, the caller's own: whole numbers, true and false as such, other texts as
 * strings. NULL: out of memory. */
json_t *vf_flow_to_json(const struct vf_tree *tree, bool is_final);

#endif
