/* SPDX-License-Identifier: MIT */
/* Takes arbitrary bytes for a received message, and reads all that one which is accepted names. */
#include <stdint.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/message/message_codec.h"

#define ARENA_SIZE 8192

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const size_t arena_sizes[] = {0, 0, ARENA_SIZE, 64};

/* Of exactly the size that is announced, so that a sanitizer sees the first byte too far. */
static uint8_t arena[ARENA_SIZE];
static volatile uint8_t seen;

static void read_bytes(const uint8_t *bytes, uint64_t size)
{
    for (uint64_t i = 0; i < size; i++)
        seen = bytes[i];
}

static void read_plane(const uint8_t *payload, const struct vf_plane *plane)
{
    for (uint32_t row = 0; row < plane->rows; row++)
        read_bytes(payload + plane->offset + (uint64_t)row * plane->stride, plane->row_bytes);
}

static void read_text(const char *text)
{
    read_bytes((const uint8_t *)text, strlen(text));
}

static void read_video(const uint8_t *payload, const struct vf_video *video)
{
    read_text(video->format);
    for (uint32_t i = 0; i < video->plane_count; i++)
        read_plane(payload, &video->planes[i]);
}

static void read_audio(const uint8_t *payload, const struct vf_audio *audio)
{
    struct vf_plane plane = audio->plane;
    read_text(audio->format);
    read_text(audio->layout);
    for (uint32_t i = 0; i < audio->plane_count; i++, plane.offset += plane.stride)
        read_plane(payload, &plane);
}

static void read_packet(const uint8_t *payload, const struct vf_packet *packet)
{
    read_text(packet->codec);
    read_text(packet->layout);
    read_bytes(payload, packet->extradata_size);
    read_bytes(payload + packet->data_offset, packet->data_size);
}

static void read_value(const uint8_t *payload, const struct vf_description *description)
{
    read_bytes(payload, description->payload_size);
    if (description->type == VF_VALUE_VIDEO)
        read_video(payload, &description->video);
    else if (description->type == VF_VALUE_AUDIO)
        read_audio(payload, &description->audio);
    else if (description->type == VF_VALUE_PACKET)
        read_packet(payload, &description->packet);
    else if (description->type == VF_VALUE_ARRAY)
        read_text(description->array.dtype);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct vf_envelope envelope;
    const struct vf_envelope_bounds bounds = {
        .edge = 3, .cells = 8, .arena_sizes = arena_sizes, .arena_count = VF_COUNT(arena_sizes)};
    const char *complaint;
    memset(&envelope, 0, sizeof(envelope));
    memcpy(&envelope, data, size < sizeof(envelope) ? size : sizeof(envelope));
    if (vf_envelope_check(&envelope, size, &bounds, &complaint) != VF_OK) {
        read_text(complaint);
        return 0;
    }
    if (envelope.description.kind != VF_MESSAGE_DATA)
        return 0;
    if (envelope.arena == 0)
        read_value(envelope.inline_bytes, &envelope.description);
    else if (arena_sizes[envelope.arena] == ARENA_SIZE)
        read_value(arena + envelope.offset, &envelope.description);
    return 0;
}
