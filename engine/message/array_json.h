/* SPDX-License-Identifier: MIT */
/* array_json.h - arrays as JSON: lists of lists, as deep as they have dimensions. */
#ifndef VF_ENGINE_MESSAGE_ARRAY_JSON_H
#define VF_ENGINE_MESSAGE_ARRAY_JSON_H

#include <jansson.h>

#include "engine/message/message.h"

/* More numbers than that are no text that anybody reads. */
#define VF_ARRAY_JSON_LIMIT 65536

/* Makes lists of the numbers of an array, which are the caller's. Floats are as short as their type
 * allows, and null where they are not finite. NULL, after saying why: there are too many, or memory
 * is short. */
json_t *vf_array_to_json(const struct vf_message *message);

#endif
