/* SPDX-License-Identifier: MIT */
/* yaml.h - JSON printed as people write YAML. */
#ifndef VF_CMD_EXPORT_YAML_H
#define VF_CMD_EXPORT_YAML_H

#include <jansson.h>

#include "engine/base/text.h"

/* Adds an object as a document of YAML, its keys in the order in which they were set: texts of several
 * lines as blocks, and in quotes what would be read as anything but a text. */
void vf_yaml_print(struct vf_text *out, const json_t *object);

#endif
