/* SPDX-License-Identifier: MIT */
#include "engine/account/protobuf.h"

#include <string.h>

enum wire_type { VARINT = 0, FIXED64 = 1, BYTES = 2 };

#define LONGEST_VARINT 10

static void append_varint(struct vf_text *message, uint64_t value)
{
    char bytes[LONGEST_VARINT];
    size_t length = 0;
    for (; value >= 0x80; value >>= 7)
        bytes[length++] = (char)(value | 0x80);
    bytes[length++] = (char)value;
    vf_text_append(message, bytes, length);
}

static void append_key(struct vf_text *message, unsigned field, enum wire_type type)
{
    append_varint(message, (uint64_t)field << 3 | type);
}

static void append_bytes(struct vf_text *message, unsigned field, const char *bytes, size_t length)
{
    append_key(message, field, BYTES);
    append_varint(message, length);
    vf_text_append(message, bytes, length);
}

void vf_protobuf_integer(struct vf_text *message, unsigned field, uint64_t value)
{
    append_key(message, field, VARINT);
    append_varint(message, value);
}

void vf_protobuf_fixed64(struct vf_text *message, unsigned field, uint64_t value)
{
    char bytes[sizeof(value)];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(value >> (8 * i));
    append_key(message, field, FIXED64);
    vf_text_append(message, bytes, sizeof(bytes));
}

void vf_protobuf_string(struct vf_text *message, unsigned field, const char *value)
{
    append_bytes(message, field, value, strlen(value));
}

void vf_protobuf_message(struct vf_text *message, unsigned field, const struct vf_text *value)
{
    append_bytes(message, field, value->length ? value->bytes : "", value->length);
}
