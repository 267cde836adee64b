/* SPDX-License-Identifier: MIT */
#include "engine/message/message_codec.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "engine/message/array_items.h"

#define MAX_SIDE 65536 /* pixels */
#define MAX_CHANNELS 64

_Static_assert(sizeof(struct vf_description) % 8 == 0, "sent as it stands");
_Static_assert(offsetof(struct vf_envelope, inline_bytes) ==
                   offsetof(struct vf_envelope, description) + sizeof(struct vf_description),
               "no padding in front of the inline bytes");

static bool is_inline(const struct vf_envelope *envelope)
{
    return envelope->arena == 0;
}

size_t vf_envelope_size(const struct vf_envelope *envelope)
{
    size_t size = offsetof(struct vf_envelope, inline_bytes);
    uint64_t inline_size = is_inline(envelope) ? envelope->description.payload_size : 0;
    return inline_size > SIZE_MAX - size ? SIZE_MAX : size + (size_t)inline_size;
}

size_t vf_envelope_put(struct vf_envelope *place, const struct vf_envelope *from)
{
    size_t head = offsetof(struct vf_envelope, inline_bytes);
    memcpy(place, from, offsetof(struct vf_envelope, description));
    vf_description_put(&place->description, &from->description);
    size_t size = vf_envelope_size(place);
    if (size > head && size <= sizeof(*place))
        memcpy(place->inline_bytes, from->inline_bytes, size - head);
    return size;
}

static bool is_text(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

static bool plane_fits(const struct vf_plane *plane, uint64_t payload_size)
{
    if (plane->rows == 0 || plane->row_bytes == 0 || plane->row_bytes > plane->stride)
        return false;
    uint64_t length = (uint64_t)plane->stride * (plane->rows - 1) + plane->row_bytes;
    return plane->offset <= payload_size && length <= payload_size - plane->offset;
}

static const char *check_hollow(const struct vf_description *description)
{
    if (description->type != VF_VALUE_VIDEO || description->payload_size)
        return "something hollow that is no picture";
    return is_text(description->video.format, sizeof(description->video.format))
               ? NULL
               : "a pixel format without an end";
}

static const char *check_video(const struct vf_video *video, uint64_t payload_size)
{
    if (!is_text(video->format, sizeof(video->format)))
        return "a pixel format without an end";
    if (video->width < 1 || video->height < 1 || video->width > MAX_SIDE ||
        video->height > MAX_SIDE)
        return "a picture of an impossible size";
    if (video->plane_count < 1 || video->plane_count > VF_MAX_PLANES)
        return "a picture with an impossible number of planes";
    for (unsigned i = 0; i < video->plane_count; i++) {
        if (!plane_fits(&video->planes[i], payload_size))
            return "a picture that reaches beyond its payload";
    }
    return NULL;
}

/* Returns whether samples that come later, or that none come, may be announced so. */
static bool is_announcement(const struct vf_audio *audio)
{
    bool has_shape =
        audio->sample_rate > 0 && audio->channels > 0 && audio->channels <= MAX_CHANNELS;
    return !audio->samples && !audio->plane.rows && (has_shape || !audio->sample_rate);
}

static const char *check_audio(const struct vf_audio *audio, uint64_t payload_size)
{
    if (!is_text(audio->format, sizeof(audio->format)) ||
        !is_text(audio->layout, sizeof(audio->layout)))
        return "a sample format without an end";
    if (is_announcement(audio))
        return NULL;
    if (audio->sample_rate < 1 || audio->channels < 1 || audio->channels > MAX_CHANNELS ||
        audio->samples < 1)
        return "sound of an impossible shape";
    if (audio->plane_count != 1 && audio->plane_count != (uint32_t)audio->channels)
        return "sound with an impossible number of planes";
    struct vf_plane all = audio->plane;
    if (all.rows != 1)
        return "sound in several rows";
    all.rows = audio->plane_count; /* one plane after the other, a stride apart */
    if (!plane_fits(&all, payload_size))
        return "sound that reaches beyond its payload";
    return NULL;
}

static const char *check_packet(const struct vf_packet *packet, uint64_t payload_size)
{
    if (!is_text(packet->codec, sizeof(packet->codec)) ||
        !is_text(packet->layout, sizeof(packet->layout)) ||
        !is_text(packet->format, sizeof(packet->format)))
        return "a codec without an end";
    if (packet->extradata_size > packet->data_offset || packet->data_offset > payload_size ||
        packet->data_size > payload_size - packet->data_offset)
        return "a packet that reaches beyond its payload";
    return NULL;
}

static const char *check_array(const struct vf_array *array, uint64_t payload_size)
{
    if (!is_text(array->dtype, sizeof(array->dtype)))
        return "a number type without an end";
    uint64_t bytes = vf_array_item_size(array->dtype);
    if (bytes == 0)
        return "an unknown number type";
    if (array->dimensions > VF_MAX_DIMENSIONS)
        return "an array of too many dimensions";
    for (unsigned i = 0; i < array->dimensions; i++) {
        if (__builtin_mul_overflow(bytes, array->shape[i], &bytes))
            return "an array of an impossible size";
    }
    return bytes == payload_size ? NULL : "an array that does not fill its payload";
}

/* Without a base for its times a message has 0 of them. */
static bool is_time_base(struct vf_rational base)
{
    return base.num >= 0 && base.den >= 0 && (base.den > 0 || base.num == 0);
}

static bool extras_fit(const struct vf_description *description)
{
    uint64_t size = description->payload_size;
    return description->extras_offset % 8 == 0 && description->extras_offset <= size &&
           description->extras_size <= size - description->extras_offset;
}

const char *vf_description_check(const struct vf_description *description)
{
    uint64_t size = description->payload_size;
    if (!is_text(description->source, sizeof(description->source)))
        return "a source without an end";
    if (!is_time_base(description->time_base))
        return "a time base that there cannot be";
    if (description->extras_size && !extras_fit(description))
        return "extras that reach beyond their payload";
    if (description->is_hollow)
        return check_hollow(description);
    switch (description->type) {
    case VF_VALUE_NONE:
        return size ? "a payload of no type" : NULL;
    case VF_VALUE_VIDEO:
        return check_video(&description->video, size);
    case VF_VALUE_AUDIO:
        return check_audio(&description->audio, size);
    case VF_VALUE_PACKET:
        return check_packet(&description->packet, size);
    case VF_VALUE_ARRAY:
        return check_array(&description->array, size);
    case VF_VALUE_JSON:
        return NULL;
    default:
        return "an unknown type of value";
    }
}

static const char *check_place(const struct vf_envelope *envelope, size_t size,
                               const struct vf_envelope_bounds *bounds)
{
    uint64_t payload_size = envelope->description.payload_size;
    if (is_inline(envelope)) {
        if (payload_size > VF_INLINE_LIMIT)
            return "an inline payload that is too long";
        return size == vf_envelope_size(envelope) ? NULL : "a message of the wrong length";
    }
    if (size != offsetof(struct vf_envelope, inline_bytes))
        return "a message of the wrong length";
    if (envelope->arena == VF_ARENA_PART && bounds->part_size)
        return *bounds->part_size == payload_size ? NULL : "a payload of the wrong length";
    if (envelope->arena == VF_ARENA_LZ4) /* it could not be, or does not travel so here */
        return "a payload that is not what LZ4 makes";
    if (envelope->arena == VF_ARENA_H264)
        return "a picture that is not what H.264 makes";
    if (envelope->arena >= bounds->arena_count || bounds->arena_sizes[envelope->arena] == 0)
        return "a payload in an arena that is not there";
    uint64_t arena_size = bounds->arena_sizes[envelope->arena];
    if (envelope->offset > arena_size || arena_size - envelope->offset < VF_PAYLOAD_MARGIN ||
        payload_size > arena_size - envelope->offset - VF_PAYLOAD_MARGIN)
        return "a payload beyond its arena";
    return envelope->offset % 64 == 0 ? NULL : "a payload that is not aligned";
}

static const char *check_kind(const struct vf_description *description)
{
    if (description->version != VF_MESSAGE_VERSION)
        return "another version of the message format";
    if (description->kind == VF_MESSAGE_DATA)
        return vf_description_check(description);
    if (description->payload_size != 0)
        return "a payload where there can be none";
    if (description->kind == VF_MESSAGE_GAP)
        return description->gap_last >= description->origin.number ? NULL : "an empty gap";
    if (description->kind == VF_MESSAGE_END)
        return description->end_reason <= VF_END_FAILED ? NULL : "an end for an unknown reason";
    return "an unknown kind of message";
}

int vf_envelope_check(const struct vf_envelope *envelope, size_t size,
                      const struct vf_envelope_bounds *bounds, const char **complaint)
{
    if (size < offsetof(struct vf_envelope, inline_bytes) || size > sizeof(*envelope))
        *complaint = "a message of the wrong length";
    else if (envelope->magic != VF_ENVELOPE_MAGIC)
        *complaint = "something that is no message";
    else if (envelope->edge != bounds->edge)
        *complaint = "a message of another edge";
    else if (envelope->sequence == 0 || envelope->cell >= bounds->cells)
        *complaint = "a message from no cell of its outbox";
    else
        *complaint = check_kind(&envelope->description);
    if (!*complaint && envelope->description.is_hollow && !bounds->may_be_hollow)
        *complaint = "something hollow, which nobody here asked for";
    if (!*complaint)
        *complaint = check_place(envelope, size, bounds);
    return *complaint ? -EBADMSG : VF_OK;
}
