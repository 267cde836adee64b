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
    if (vf_picture_file_make(message, &payload->made, &size) < 0)
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

static json_t *describe_video(const struct vf_video *video)
{
    return json_pack("{s:s%, s:i, s:i}", "format", video->format,
                     strnlen(video->format, sizeof(video->format)), "width", video->width, "height",
                     video->height);
}

static json_t *describe_audio(const struct vf_audio *audio)
{
    return json_pack("{s:s%, s:s%, s:i, s:i, s:i}", "format", audio->format,
                     strnlen(audio->format, sizeof(audio->format)), "layout", audio->layout,
                     strnlen(audio->layout, sizeof(audio->layout)), "sample_rate",
                     audio->sample_rate, "channels", audio->channels, "samples", audio->samples);
}

static json_t *describe_packet(const struct vf_packet *packet)
{
    return json_pack("{s:s%, s:I, s:I, s:b}", "codec", packet->codec,
                     strnlen(packet->codec, sizeof(packet->codec)), "data_size",
                     (json_int_t)packet->data_size, "extradata_size",
                     (json_int_t)packet->extradata_size, "is_key", packet->is_key != 0);
}

static json_t *describe_array(const struct vf_array *array)
{
    json_t *shape = json_array();
    for (uint32_t i = 0; i < array->dimensions && i < VF_MAX_DIMENSIONS; i++)
        json_array_append_new(shape, json_integer((json_int_t)array->shape[i]));
    return json_pack("{s:s%, s:o}", "dtype", array->dtype,
                     strnlen(array->dtype, sizeof(array->dtype)), "shape", shape);
}

static json_t *describe_value(const struct vf_description *description)
{
    switch (description->type) {
    case VF_VALUE_VIDEO:
        return describe_video(&description->video);
    case VF_VALUE_AUDIO:
        return describe_audio(&description->audio);
    case VF_VALUE_PACKET:
        return describe_packet(&description->packet);
    case VF_VALUE_ARRAY:
        return describe_array(&description->array);
    default:
        return json_object();
    }
}

json_t *vf_letter_payload_describe(const struct vf_message *message)
{
    static const char *const names[] = {
        [VF_VALUE_NONE] = "none",     [VF_VALUE_VIDEO] = "video", [VF_VALUE_AUDIO] = "audio",
        [VF_VALUE_PACKET] = "packet", [VF_VALUE_ARRAY] = "array", [VF_VALUE_JSON] = "value",
    };
    uint16_t type = message->description.type;
    json_t *described = describe_value(&message->description);
    if (json_object_set_new(described, "type",
                            json_string(type < VF_COUNT(names) ? names[type] : "?")) != 0) {
        json_decref(described);
        return NULL;
    }
    return described;
}
