/* SPDX-License-Identifier: MIT */
#include "nodes/program/protocol.h"

#include <errno.h>
#include <string.h>

#include "engine/message/message_codec.h"

#define VALUE_OFFSET offsetof(struct vf_client_description, video)
#define VALUE_SIZE (sizeof(struct vf_client_description) - VALUE_OFFSET)

/* vflow-process(7) has these numbers. */
_Static_assert(sizeof(struct vf_client_head) == 16, "the head of a message");
_Static_assert(VALUE_OFFSET == 352 && VALUE_SIZE == 216, "a description");
_Static_assert(offsetof(struct vf_client_description, source) == 96, "a description");
_Static_assert(offsetof(struct vf_client_input, description) == 56, "an input");
_Static_assert(offsetof(struct vf_client_emit, description) == 40, "an output");
_Static_assert(sizeof(struct vf_client_welcome) == 64, "the welcome");
_Static_assert(sizeof(struct vf_video) == 160 && offsetof(struct vf_video, planes) == 64, "video");
_Static_assert(sizeof(struct vf_audio) == 88 && offsetof(struct vf_audio, plane) == 64, "sound");
_Static_assert(sizeof(struct vf_array) == 80 && offsetof(struct vf_array, shape) == 16, "arrays");
_Static_assert(sizeof(struct vf_packet) == 216 && offsetof(struct vf_packet, layout) == 176,
               "packets");
_Static_assert(VALUE_SIZE == sizeof(((struct vf_description *)0)->packet),
               "the packet is the largest of the values");

void vf_client_describe(struct vf_client_description *to, const struct vf_description *from)
{
    to->type = from->type;
    to->timestamp = from->timestamp;
    to->duration = from->duration;
    to->time_base = from->time_base;
    to->origin_number = from->origin.number;
    to->origin_stream = from->origin.stream;
    to->event_time_ns = from->event_time_ns;
    to->source_id = from->source_id;
    to->source_time_ns = from->source_time_ns;
    to->payload_size = from->payload_size;
    to->extras_offset = from->extras_offset;
    to->extras_size = from->extras_size;
    memcpy(to->source, from->source, sizeof(to->source));
    memcpy(&to->packet, &from->packet, VALUE_SIZE);
}

void vf_client_take_description(struct vf_description *to, const struct vf_client_description *from)
{
    to->type = from->type;
    to->timestamp = from->timestamp;
    to->duration = from->duration;
    to->time_base = from->time_base;
    to->source_id = from->source_id;
    to->source_time_ns = from->source_time_ns;
    to->payload_size = from->payload_size;
    memcpy(to->source, from->source, sizeof(to->source));
    memcpy(&to->packet, &from->packet, VALUE_SIZE);
}

static const char *check_emit(const struct vf_client_emit *emit, size_t size,
                              const struct vf_client_bounds *bounds)
{
    struct vf_description description = {.version = VF_MESSAGE_VERSION, .kind = VF_MESSAGE_DATA};
    uint64_t payload_size = emit->description.payload_size;
    if (emit->port >= bounds->output_count)
        return "an output that it does not have";
    if (emit->is_in_slot > 1)
        return "a payload in an unknown place";
    if (!emit->is_in_slot && payload_size > VF_CLIENT_MAX_INLINE)
        return "a payload that is too long to follow its message";
    if (size != sizeof(*emit) + (emit->is_in_slot ? 0 : payload_size))
        return "a message of the wrong length";
    if (emit->is_in_slot &&
        (emit->offset >= bounds->arena_size || payload_size > bounds->arena_size - emit->offset))
        return "a payload beyond its arena";
    if (emit->description.time_base.num < 0 || emit->description.time_base.den < 0 ||
        (emit->description.time_base.num && !emit->description.time_base.den))
        return "an impossible time base";
    vf_client_take_description(&description, &emit->description);
    return vf_description_check(&description);
}

static const char *check_release(const struct vf_client_release *release, size_t size)
{
    if (size < sizeof(*release) || release->count > VF_CLIENT_MAX_LEASES ||
        size != sizeof(*release) + release->count * sizeof(release->leases[0]))
        return "a message of the wrong length";
    return NULL;
}

static const char *check_error(const struct vf_client_error *error, size_t size)
{
    if (size < sizeof(*error) || error->text_size > VF_CLIENT_MAX_MESSAGE ||
        error->details_size > VF_CLIENT_MAX_MESSAGE ||
        size != sizeof(*error) + error->text_size + error->details_size)
        return "a message of the wrong length";
    return error->text_size ? NULL : "an error without a text";
}

static const char *check_hello(const struct vf_client_hello *hello)
{
    if (hello->magic != VF_CLIENT_MAGIC)
        return "something that is no greeting";
    return hello->version == VF_CLIENT_VERSION ? NULL : "another version of the protocol";
}

static size_t size_of(unsigned type)
{
    switch (type) {
    case VF_CLIENT_HELLO:
        return sizeof(struct vf_client_hello);
    case VF_CLIENT_READY:
    case VF_CLIENT_DONE:
    case VF_CLIENT_ALIVE:
    case VF_CLIENT_END:
        return sizeof(struct vf_client_head);
    case VF_CLIENT_ALLOCATE:
        return sizeof(struct vf_client_allocate);
    case VF_CLIENT_FREE:
        return sizeof(struct vf_client_free);
    case VF_CLIENT_PASS:
    case VF_CLIENT_DROP:
        return sizeof(struct vf_client_pass);
    case VF_CLIENT_EXPECT:
        return sizeof(struct vf_client_expect);
    default:
        return 0; /* of any size, or unknown */
    }
}

static const char *check_body(const union vf_client_message *message, size_t size,
                              const struct vf_client_bounds *bounds)
{
    switch (message->head.type) {
    case VF_CLIENT_HELLO:
        return check_hello(&message->hello);
    case VF_CLIENT_PASS:
    case VF_CLIENT_DROP:
        return message->pass.port < bounds->output_count ? NULL : "an output that it does not have";
    case VF_CLIENT_EXPECT:
        return message->expect.port < bounds->output_count ? NULL
                                                           : "an output that it does not have";
    case VF_CLIENT_EMIT:
        return size < sizeof(message->emit) ? "a message of the wrong length"
                                            : check_emit(&message->emit, size, bounds);
    case VF_CLIENT_RELEASE:
        return check_release(&message->release, size);
    case VF_CLIENT_ERROR:
        return check_error(&message->error, size);
    default:
        return size_of(message->head.type) ? NULL : "a message of an unknown type";
    }
}

int vf_client_check(const union vf_client_message *message, size_t size,
                    const struct vf_client_bounds *bounds, const char **complaint)
{
    size_t wanted = size < sizeof(message->head) ? 0 : size_of(message->head.type);
    if (size < sizeof(message->head) || message->head.size != size || (wanted && wanted != size))
        *complaint = "a message of the wrong length";
    else
        *complaint = check_body(message, size, bounds);
    return *complaint ? -EBADMSG : VF_OK;
}
