/* SPDX-License-Identifier: MIT */
/* value_json.h - the values of options as JSON, for programs and people that look at a flow. */
#ifndef VF_ENGINE_NODE_OPTION_VALUE_JSON_H
#define VF_ENGINE_NODE_OPTION_VALUE_JSON_H

#include <jansson.h>

#include "engine/node/option/option.h"

/* Makes an object of all options, the caller's: durations in seconds, amounts of memory in bytes. What
 * is secret, by the option's name or in a URL, becomes "***". Values of kinds that the engine does not
 * know are texts, as a flow file has them; those of kinds that do not print are left out. NULL: out of
 * memory. */
json_t *vf_option_values_json(const struct vf_option_list *options, const void *values);

#endif
