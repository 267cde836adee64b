/* SPDX-License-Identifier: MIT */
#include "engine/message/message.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"

#define MOST_MADE (UINT64_C(1) << 53) /* a message each nanosecond for a hundred days */
#define FARTHEST (INT64_MAX / 4)      /* of times that are computed with */

static void release_private(struct vf_payload *payload)
{
    free(payload->data);
    free(payload);
}

int vf_payload_create(struct vf_payload **payload, size_t size)
{
    *payload = calloc(1, sizeof(**payload));
    if (!*payload)
        return -ENOMEM;
    (*payload)->release = release_private;
    (*payload)->size = size;
    atomic_init(&(*payload)->holders, 1);
    /* Media libraries read whole vectors: aligned, and never nothing. */
    size_t aligned = (size + 127) & ~(size_t)63;
    (*payload)->data = aligned < size ? NULL : aligned_alloc(64, aligned);
    if (!(*payload)->data) {
        vf_payload_drop(payload);
        return -ENOMEM;
    }
    return VF_OK;
}

struct vf_payload *vf_payload_hold(struct vf_payload *payload)
{
    atomic_fetch_add_explicit(&payload->holders, 1, memory_order_relaxed);
    return payload;
}

void vf_payload_drop(struct vf_payload **payload)
{
    struct vf_payload *dropped = *payload;
    *payload = NULL;
    if (!dropped)
        return;
    /* The only holder needs no lock: nobody else can add one, and who let go before released what it
     * wrote to this load. */
    if (atomic_load_explicit(&dropped->holders, memory_order_acquire) == 1 ||
        atomic_fetch_sub_explicit(&dropped->holders, 1, memory_order_acq_rel) == 1)
        dropped->release(dropped);
}

int vf_message_create(struct vf_message **message, enum vf_value_type type,
                      struct vf_payload **payload)
{
    *message = calloc(1, sizeof(**message));
    if (!*message)
        return -ENOMEM;
    (*message)->description = (struct vf_description){
        .version = VF_MESSAGE_VERSION,
        .kind = VF_MESSAGE_DATA,
        .type = (uint16_t)type,
        .timestamp = VF_NO_TIMESTAMP,
        .source_time_ns = VF_NO_TIMESTAMP,
        .time_base = {0, 1},
        .payload_size = *payload ? (*payload)->size : 0,
    };
    (*message)->payload = *payload;
    *payload = NULL;
    return VF_OK;
}

static size_t variant_size(uint16_t type)
{
    switch (type) {
    case VF_VALUE_VIDEO:
        return sizeof(struct vf_video);
    case VF_VALUE_AUDIO:
        return sizeof(struct vf_audio);
    case VF_VALUE_PACKET:
        return sizeof(struct vf_packet);
    case VF_VALUE_ARRAY:
        return sizeof(struct vf_array);
    default:
        return 0;
    }
}

void vf_description_put(struct vf_description *place, const struct vf_description *from)
{
    memcpy(place, from, offsetof(struct vf_description, source));
    size_t length = strnlen(from->source, VF_SOURCE_SIZE);
    memcpy(place->source, from->source, length);
    if (length < VF_SOURCE_SIZE)
        place->source[length] = '\0';
    size_t size = variant_size(place->type);
    if (size)
        memcpy(&place->video, &from->video, size);
}

int vf_message_clone(struct vf_message **clone, const struct vf_message *message)
{
    *clone = malloc(sizeof(**clone));
    if (!*clone)
        return -ENOMEM;
    vf_description_put(&(*clone)->description, &message->description);
    (*clone)->payload = message->payload;
    (*clone)->is_received = message->is_received;
    if (message->payload)
        vf_payload_hold(message->payload);
    return VF_OK;
}

void vf_message_destroy(struct vf_message **message)
{
    if (!*message)
        return;
    vf_payload_drop(&(*message)->payload);
    free(*message);
    *message = NULL;
}

int vf_message_create_json(struct vf_message **message, const char *text, size_t length)
{
    struct vf_payload *payload;
    int err = vf_payload_create(&payload, length);
    if (err)
        return err;
    memcpy(payload->data, text, length);
    err = vf_message_create(message, VF_VALUE_JSON, &payload);
    vf_payload_drop(&payload);
    return err;
}

int vf_message_create_integer(struct vf_message **message, int64_t value)
{
    char text[24];
    int length = snprintf(text, sizeof(text), "%" PRId64, value);
    return vf_message_create_json(message, text, (size_t)length);
}

const char *vf_message_json(const struct vf_message *message, size_t *length)
{
    if (message->description.type != VF_VALUE_JSON || !message->payload)
        return NULL;
    *length = message->payload->size;
    return (const char *)message->payload->data;
}

void vf_message_follow(struct vf_message *message, const struct vf_message *source)
{
    message->description.origin = source->description.origin;
    message->description.event_time_ns = source->description.event_time_ns;
    message->description.timestamp = source->description.timestamp;
    message->description.duration = source->description.duration;
    message->description.time_base = source->description.time_base;
    vf_message_copy_source(&message->description, &source->description);
}

/* FNV-1a, never 0. */
static uint64_t identify(const char *path)
{
    uint64_t value = 14695981039346656037U;
    for (; *path; path++)
        value = (value ^ (uint8_t)*path) * 1099511628211U;
    return value ? value : 1;
}

static size_t find_last_part(const char *path, size_t length)
{
    while (length && path[length - 1] != '/')
        length--;
    return length;
}

/* Returns where the piece of a path begins that has room, up to `length`: with a folder, or else
 * with a character. */
static size_t shorten(const char *path, size_t begin, size_t length)
{
    if (length - begin < VF_SOURCE_SIZE)
        return begin;
    begin = length - (VF_SOURCE_SIZE - 1);
    const char *slash = memchr(path + begin - 1, '/', length - begin + 1);
    if (slash)
        return (size_t)(slash + 1 - path);
    while (begin < length && ((unsigned char)path[begin] & 0xC0) == 0x80)
        begin++;
    return begin;
}

void vf_message_set_source(struct vf_description *description, const char *path,
                           size_t folder_length)
{
    bool is_url = strstr(path, "://") != NULL;
    size_t length = is_url ? strcspn(path, "?#") : strlen(path); /* letters of a file's name */
    while (length && path[length - 1] == '/')
        length--;
    size_t begin = is_url || folder_length > length ? find_last_part(path, length) : folder_length;
    while (begin < length && path[begin] == '/')
        begin++;
    begin = shorten(path, begin, length);
    memset(description->source, 0, VF_SOURCE_SIZE);
    memcpy(description->source, path + begin, length - begin);
    description->source_id = *path ? identify(path) : 0;
}

void vf_message_copy_source(struct vf_description *description, const struct vf_description *from)
{
    description->source_id = from->source_id;
    description->source_time_ns = from->source_time_ns;
    memcpy(description->source, from->source, VF_SOURCE_SIZE);
}

bool vf_message_extras_fit(const struct vf_message *message)
{
    const struct vf_description *description = &message->description;
    uint64_t size = message->payload ? message->payload->size : 0;
    return description->extras_offset <= size &&
           description->extras_size <= size - description->extras_offset;
}

static bool has_base(struct vf_rational time_base)
{
    return time_base.num > 0 && time_base.den > 0;
}

/* Returns how many ticks a time is, rounded, as the same time always is. */
static int64_t ticks_in(int64_t time_ns, struct vf_rational base)
{
    return llround((double)time_ns / VF_NS_PER_S * base.den / base.num);
}

void vf_message_delay(struct vf_description *description, int64_t delay_ns)
{
    if (description->kind != VF_MESSAGE_DATA || !has_base(description->time_base))
        return;
    int64_t ticks = ticks_in(delay_ns, description->time_base);
    if (description->timestamp != VF_NO_TIMESTAMP)
        description->timestamp += ticks;
    bool is_packet = description->type == VF_VALUE_PACKET;
    if (is_packet && description->packet.decode_timestamp != VF_NO_TIMESTAMP)
        description->packet.decode_timestamp += ticks;
}

static int64_t decoding_time(const struct vf_description *description)
{
    return description->type == VF_VALUE_PACKET ? description->packet.decode_timestamp
                                                : VF_NO_TIMESTAMP;
}

int64_t vf_message_known_time(const struct vf_description *description)
{
    bool is_timed = description->timestamp != VF_NO_TIMESTAMP;
    return is_timed ? description->timestamp : decoding_time(description);
}

int64_t vf_message_time_ns(const struct vf_description *description)
{
    __extension__ typedef __int128 wide;
    if (description->timestamp == VF_NO_TIMESTAMP || !has_base(description->time_base))
        return VF_NO_TIMESTAMP;
    wide time = (wide)description->timestamp * description->time_base.num * VF_NS_PER_S /
                description->time_base.den;
    return time > INT64_MAX ? INT64_MAX : time <= INT64_MIN ? INT64_MIN + 1 : (int64_t)time;
}

/* Packets are sent in the order in which they are decoded, which may not be that of showing. */
static int64_t time_of(const struct vf_description *description)
{
    int64_t decoded = decoding_time(description);
    return decoded == VF_NO_TIMESTAMP ? description->timestamp : decoded;
}

/* Returns where among the timestamps of a message the source begins that it was read from. */
static int64_t source_start_ns(const struct vf_description *description)
{
    __extension__ typedef __int128 wide;
    struct vf_rational base = description->time_base;
    int64_t time = vf_message_known_time(description);
    if (time == VF_NO_TIMESTAMP || !has_base(base) ||
        description->source_time_ns == VF_NO_TIMESTAMP)
        return VF_NO_TIMESTAMP;
    return (int64_t)((wide)time * base.num * VF_NS_PER_S / base.den) - description->source_time_ns;
}

/* The times that a start is the difference of have been rounded. */
static bool is_other_source(int64_t start_ns, int64_t other_ns)
{
    return start_ns != VF_NO_TIMESTAMP && other_ns != VF_NO_TIMESTAMP &&
           (start_ns > other_ns ? start_ns - other_ns : other_ns - start_ns) > VF_NS_PER_US;
}

/* Returns whether `later` comes after the last timestamp of *made, whose ticks may be others. */
static bool is_behind(const struct vf_made *made, const struct vf_description *later)
{
    __extension__ typedef __int128 wide; /* 64 + 31 + 31 bits are exact in it */
    struct vf_rational a = made->time_base, b = later->time_base;
    int64_t timestamp = time_of(later);
    if (a.num == b.num && a.den == b.den)
        return timestamp > made->timestamp;
    if (!has_base(a) || !has_base(b))
        return false;
    return (wide)timestamp * b.num * a.den > (wide)made->timestamp * a.num * b.den;
}

static int64_t bounded(int64_t time)
{
    return time > FARTHEST ? FARTHEST : time < -FARTHEST ? -FARTHEST : time;
}

bool vf_made_mend(struct vf_made *made)
{
    unsigned char is_rising;
    memcpy(&is_rising, &made->is_rising, sizeof(is_rising)); /* a bool is read only as 0 or 1 */
    made->is_rising = is_rising == 1;
    made->timestamp = bounded(made->timestamp);
    if (made->source_start_ns != VF_NO_TIMESTAMP)
        made->source_start_ns = bounded(made->source_start_ns);
    struct vf_rational base = made->time_base;
    if (base.num < 0 || base.den < 0 || (base.den == 0 && base.num))
        return false;
    return made->count <= MOST_MADE && made->untimed <= made->count;
}

void vf_made_add(struct vf_made *made, const struct vf_description *description)
{
    bool is_first = made->count++ == made->untimed;
    if (time_of(description) == VF_NO_TIMESTAMP) {
        made->untimed++;
        return;
    }
    int64_t start_ns = source_start_ns(description);
    bool is_begin = is_first || is_other_source(made->source_start_ns, start_ns);
    made->is_rising = is_begin || (made->is_rising && is_behind(made, description));
    made->timestamp = time_of(description);
    made->source_start_ns = start_ns;
    made->time_base = description->time_base;
    made->untimed = 0;
}
