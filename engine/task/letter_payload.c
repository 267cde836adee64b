/* SPDX-License-Identifier: MIT */
#include "engine/task/letter_payload.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/text.h"
#include "engine/node/picture_file.h"

#define NPY_ALIGNMENT 64
#define NPY_MAGIC "\x93NUMPY\x01" /* version 1.0 */
#define NPY_LENGTH_AT 8           /* two bytes, the lower first; the header's text follows */
#define NPY_HEADER_AT 10

/* The header of a NumPy file: a Python dictionary, up to where the numbers begin. */
static void print_npy_header(struct vf_text *text, const struct vf_array *array)
{
    vf_text_append(text, NPY_MAGIC "\0\0\0", NPY_HEADER_AT);
    vf_text_print(text, "{'descr': '%.*s', 'fortran_order': False, 'shape': (",
                  (int)sizeof(array->dtype), array->dtype);
    for (uint32_t i = 0; i < array->dimensions && i < VF_MAX_DIMENSIONS; i++)
        vf_text_print(text, "%" PRIu64 "%s", array->shape[i],
                      array->dimensions == 1      ? ","
                      : i + 1 < array->dimensions ? ", "
                                                  : "");
    vf_text_print(text, "), }");
    while (!text->failed && (text->length + 1) % NPY_ALIGNMENT)
        vf_text_append(text, " ", 1);
    vf_text_append(text, "\n", 1);
    if (text->failed)
        return;
    size_t length = text->length - NPY_HEADER_AT;
    text->bytes[NPY_LENGTH_AT] = (char)(length & 0xff);
    text->bytes[NPY_LENGTH_AT + 1] = (char)(length >> 8);
}

static int make_npy(struct vf_letter_payload *payload, const struct vf_array *array)
{
    struct vf_text file = {0};
    print_npy_header(&file, array);
    if (payload->size)
        vf_text_append(&file, (const char *)payload->bytes, payload->size);
    size_t size = file.length;
    payload->made = (uint8_t *)vf_text_take(&file);
    if (!payload->made)
        return -ENOMEM;
    payload->bytes = payload->made;
    payload->size = size;
    return VF_OK;
}

/* Of a packet, what the codec made; not what a decoder has to know beforehand. */
static void choose_packet(struct vf_letter_payload *payload, const struct vf_packet *packet)
{
    if (packet->data_offset > payload->size ||
        packet->data_size > payload->size - packet->data_offset)
        return;
    payload->bytes += packet->data_offset;
    payload->size = (size_t)packet->data_size;
}

static void make_picture(struct vf_letter_payload *payload, const struct vf_message *message)
{
    size_t size;
    if (vf_picture_file_make(message, VF_PICTURE_PNG, 100, &payload->made, &size) < 0)
        return;
    payload->extension = "png";
    payload->bytes = payload->made;
    payload->size = size;
}

int vf_letter_payload_init(struct vf_letter_payload *payload, const struct vf_message *message)
{
    const struct vf_description *description = &message->description;
    *payload = (struct vf_letter_payload){0};
    if (!message->payload)
        return VF_OK;
    payload->extension = "raw";
    payload->bytes = message->payload->data;
    payload->size = message->payload->size;
    switch (description->type) {
    case VF_VALUE_VIDEO:
        make_picture(payload, message);
        return VF_OK;
    case VF_VALUE_PACKET:
        payload->extension = "packet";
        choose_packet(payload, &description->packet);
        return VF_OK;
    case VF_VALUE_ARRAY:
        payload->extension = "npy";
        return make_npy(payload, &description->array);
    case VF_VALUE_JSON:
        payload->extension = "txt";
        return VF_OK;
    default:
        return VF_OK;
    }
}

void vf_letter_payload_finish(struct vf_letter_payload *payload)
{
    free(payload->made);
    *payload = (struct vf_letter_payload){0};
}
