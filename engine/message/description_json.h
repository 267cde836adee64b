/* SPDX-License-Identifier: MIT */
/* description_json.h - what form the value of a message has, as JSON. */
#ifndef VF_ENGINE_MESSAGE_DESCRIPTION_JSON_H
#define VF_ENGINE_MESSAGE_DESCRIPTION_JSON_H

#include <jansson.h>
#include <stddef.h>

#include "engine/message/message.h"

/* Makes an object that says it: {"type": "video", "width": 640, ...}; of a JSON value, only that it
 * is one. It is the caller's; NULL: out of memory. */
json_t *vf_description_to_json(const struct vf_description *description);

/* Makes JSON of a text in a place of `size` bytes, which it need not fill. What is no UTF-8, as
 * names of files may be, is shown as vf_display_utf8() says. It is the caller's; NULL: memory is
 * short. */
json_t *vf_text_to_json(const char *text, size_t size);

#endif
