/* SPDX-License-Identifier: MIT */
/* value.h - small YAML files that are not flows, as JSON values.
 *
 * For what needs neither places nor settings, such as the card of a model. Every scalar is a text, as
 * it stands; nothing is null. Aliases are refused, and so is what is nested deeply, or large.
 */
#ifndef VF_ENGINE_YAML_VALUE_H
#define VF_ENGINE_YAML_VALUE_H

#include <jansson.h>
#include <stddef.h>

#include "engine/base/result.h"

/* Reads the YAML in `bytes` into *value, the caller's; JSON's null: there is nothing in it. Returns
 * -EINVAL with one line in `problem`, which begins with the line: "3: ...". */
VF_MUST_CHECK int vf_yaml_parse(json_t **value, const char *bytes, size_t length, char *problem,
                                size_t problem_size);

/* The same of a file, with its name at the start of the problem. -ENOENT: there is none. */
VF_MUST_CHECK int vf_yaml_read(json_t **value, const char *path, char *problem,
                               size_t problem_size);

#endif
