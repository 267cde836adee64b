/* SPDX-License-Identifier: MIT */
/* message_json.h - a tapped message as JSON. */
#ifndef VF_ENGINE_TAP_MESSAGE_JSON_H
#define VF_ENGINE_TAP_MESSAGE_JSON_H

#include <jansson.h>
#include <stdint.h>

#include "engine/message/message.h"

/* Makes an object, the caller's: task, number, time, source, age (seconds since the frame that it belongs
 * to was read), what kind of value it is, and `value`, unless that is a picture, sound or a packet.
 * NULL: out of memory. */
json_t *vf_tap_message_json(const char *task, const struct vf_description *description,
                            const uint8_t *bytes);

#endif
