/* SPDX-License-Identifier: MIT */
/* untrusted.h - all that a flow would do outside of itself, as a list. */
#ifndef VF_CMD_UNTRUSTED_H
#define VF_CMD_UNTRUSTED_H

#include <jansson.h>
#include <stdbool.h>

#include "engine/base/result.h"
#include "engine/flow/flow.h"

/* Makes the list, one line for each thing and each node, sorted; opens nothing. *deeds is the
 * caller's, an array of objects: does, name, node, option, and needs_allow_unsafe. Returns -ENOMEM. */
VF_MUST_CHECK int vf_untrusted_list(const struct vf_flow *flow, json_t **deeds);

/* Prints it as lines. */
void vf_untrusted_print(const json_t *deeds);

#endif
