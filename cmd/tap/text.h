/* SPDX-License-Identifier: MIT */
/* text.h - messages as JSON, as bytes, and as numpy has arrays. */
#ifndef VF_CMD_TAP_TEXT_H
#define VF_CMD_TAP_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/message/message.h"

/* Each writes one message to standard output, and returns a negative errno when that fails. */

/* A JSON object in a line: task, number, timestamp, source, age (seconds since the frame that it
 * belongs to was read), what kind of value it is, and `value`, unless that is a picture, sound or a
 * packet. */
VF_MUST_CHECK int vf_tap_print_json(const char *task, const struct vf_description *description,
                                    const uint8_t *bytes);

/* The bytes of its value: of pictures the planes, one after the other, without gaps. */
VF_MUST_CHECK int vf_tap_print_raw(const struct vf_description *description, const uint8_t *bytes);

/* A .npy file (numpy.org/doc/stable/reference/generated/numpy.lib.format.html): of an array, or of a
 * picture in gray, rgb24 or bgr24 (-ENOTSUP: in another format). */
VF_MUST_CHECK int vf_tap_print_npy(const struct vf_description *description, const uint8_t *bytes);

#endif
