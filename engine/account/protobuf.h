/* SPDX-License-Identifier: MIT */
/* protobuf.h - writes the fields of a protobuf message
 * (protobuf.dev/programming-guides/encoding). */
#ifndef VF_ENGINE_ACCOUNT_PROTOBUF_H
#define VF_ENGINE_ACCOUNT_PROTOBUF_H

#include <stdint.h>

#include "engine/base/text.h"

/* Adds field number `field` to a message: an integer, a fixed64, a string, or a message that has
 * been made before. */
void vf_protobuf_integer(struct vf_text *message, unsigned field, uint64_t value);
void vf_protobuf_fixed64(struct vf_text *message, unsigned field, uint64_t value);
void vf_protobuf_string(struct vf_text *message, unsigned field, const char *value);
void vf_protobuf_message(struct vf_text *message, unsigned field, const struct vf_text *value);

#endif
