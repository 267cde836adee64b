/* SPDX-License-Identifier: MIT */
#include "engine/message/description_json.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/display.h"

json_t *vf_text_to_json(const char *text, size_t size)
{
    char *copy = strndup(text, size);
    char *utf8 = copy ? vf_display_utf8(copy) : NULL;
    json_t *string = utf8 ? json_string(utf8) : NULL;
    free(copy);
    free(utf8);
    return string;
}

static json_t *describe_video(const struct vf_video *video)
{
    return json_pack("{s:s, s:i, s:i, s:o, s:b}", "type", "video", "width", video->width, "height",
                     video->height, "format", vf_text_to_json(video->format, sizeof(video->format)),
                     "key", video->is_key);
}

static json_t *describe_audio(const struct vf_audio *audio)
{
    return json_pack("{s:s, s:i, s:i, s:i, s:o, s:o}", "type", "audio", "samples", audio->samples,
                     "sample_rate", audio->sample_rate, "channels", audio->channels, "format",
                     vf_text_to_json(audio->format, sizeof(audio->format)), "layout",
                     vf_text_to_json(audio->layout, sizeof(audio->layout)));
}

static json_t *describe_packet(const struct vf_packet *packet)
{
    return json_pack("{s:s, s:o, s:I, s:b}", "type", "packet", "codec",
                     vf_text_to_json(packet->codec, sizeof(packet->codec)), "bytes",
                     (json_int_t)packet->data_size, "key", packet->is_key);
}

static json_t *describe_array(const struct vf_array *array)
{
    json_t *shape = json_array();
    for (uint32_t i = 0; i < array->dimensions && i < VF_MAX_DIMENSIONS; i++)
        json_array_append_new(shape, json_integer((json_int_t)array->shape[i]));
    return json_pack("{s:s, s:o, s:o}", "type", "array", "dtype",
                     vf_text_to_json(array->dtype, sizeof(array->dtype)), "shape", shape);
}

json_t *vf_description_to_json(const struct vf_description *description)
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
    case VF_VALUE_JSON:
        return json_pack("{s:s}", "type", "value");
    default:
        return json_pack("{s:s}", "type", "none");
    }
}
