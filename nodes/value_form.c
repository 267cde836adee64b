/* SPDX-License-Identifier: MIT */
/* value_form - what form frames, sound, packets and arrays have, as JSON. */
#include <stdlib.h>
#include <string.h>

#include "nodes/value_text.h"

json_t *vf_value_string(const char *text, size_t size)
{
    size_t length = strnlen(text, size);
    json_t *string = json_stringn(text, length);
    char *copy = string ? NULL : strndup(text, length);
    if (!copy)
        return string;
    for (char *at = copy; *at; at++) {
        if (*at & '\x80')
            *at = '?';
    }
    string = json_string(copy);
    free(copy);
    return string;
}

static json_t *describe_video(const struct vf_video *video)
{
    return json_pack("{s:s, s:i, s:i, s:o, s:b}", "type", "video", "width", video->width, "height",
                     video->height, "format", vf_value_string(video->format, sizeof(video->format)),
                     "key", video->is_key);
}

static json_t *describe_audio(const struct vf_audio *audio)
{
    return json_pack("{s:s, s:i, s:i, s:i, s:o}", "type", "audio", "samples", audio->samples,
                     "sample_rate", audio->sample_rate, "channels", audio->channels, "format",
                     vf_value_string(audio->format, sizeof(audio->format)));
}

static json_t *describe_packet(const struct vf_packet *packet)
{
    return json_pack("{s:s, s:o, s:I, s:b}", "type", "packet", "codec",
                     vf_value_string(packet->codec, sizeof(packet->codec)), "bytes",
                     (json_int_t)packet->data_size, "key", packet->is_key);
}

static json_t *describe_array(const struct vf_array *array)
{
    json_t *shape = json_array();
    for (uint32_t i = 0; i < array->dimensions && i < VF_MAX_DIMENSIONS; i++)
        json_array_append_new(shape, json_integer((json_int_t)array->shape[i]));
    return json_pack("{s:s, s:o, s:o}", "type", "array", "dtype",
                     vf_value_string(array->dtype, sizeof(array->dtype)), "shape", shape);
}

json_t *vf_value_describe(const struct vf_description *description)
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
