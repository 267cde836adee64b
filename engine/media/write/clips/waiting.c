/* SPDX-License-Identifier: MIT */
#include "engine/media/write/clips/waiting.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/message/message.h"

static int make_room(struct vf_waiting *waiting)
{
    if (waiting->end < waiting->room)
        return VF_OK;
    size_t count = vf_waiting_count(waiting);
    if (waiting->first > waiting->room / 2) {
        memmove(waiting->items, waiting->items + waiting->first, count * sizeof(*waiting->items));
        waiting->first = 0;
        waiting->end = count;
        return VF_OK;
    }
    size_t room = waiting->room ? 2 * waiting->room : 256;
    struct vf_waiting_item *items = realloc(waiting->items, room * sizeof(*items));
    if (!items)
        return -ENOMEM;
    waiting->items = items;
    waiting->room = room;
    return VF_OK;
}

int vf_waiting_copy(struct vf_message **made, const struct vf_message *message)
{
    struct vf_payload *payload = NULL;
    int err = VF_OK;
    if (message->payload)
        err = vf_payload_create(&payload, message->payload->size);
    if (!err && payload)
        memcpy(payload->data, message->payload->data, payload->size);
    if (!err)
        err = vf_message_create(made, message->description.type, &payload);
    if (!err)
        (*made)->description = message->description;
    vf_payload_drop(&payload);
    return err;
}

/* What has no time belongs to what came before it. */
static int64_t time_of(const struct vf_waiting *waiting, const struct vf_message *message)
{
    struct vf_description dated = message->description;
    dated.timestamp = vf_message_known_time(&dated);
    int64_t time_ns = vf_message_time_ns(&dated);
    if (time_ns != VF_NO_TIMESTAMP)
        return time_ns;
    return waiting->has_come ? waiting->newest_ns : 0;
}

int vf_waiting_push(struct vf_waiting *waiting, const struct vf_message *message)
{
    struct vf_waiting_item item = {.time_ns = time_of(waiting, message)};
    item.is_key =
        message->description.type == VF_VALUE_PACKET && message->description.packet.is_key;
    int err = make_room(waiting);
    if (!err)
        err = vf_waiting_copy(&item.message, message);
    if (err)
        return err;
    waiting->items[waiting->end++] = item;
    waiting->bytes += item.message->payload ? item.message->payload->size : 0;
    if (!waiting->has_come || item.time_ns > waiting->newest_ns)
        waiting->newest_ns = item.time_ns;
    waiting->has_come = true;
    return VF_OK;
}

size_t vf_waiting_count(const struct vf_waiting *waiting)
{
    return waiting->end - waiting->first;
}

const struct vf_waiting_item *vf_waiting_at(const struct vf_waiting *waiting, size_t number)
{
    return &waiting->items[waiting->first + number];
}

void vf_waiting_drop(struct vf_waiting *waiting, size_t count)
{
    for (; count && waiting->first < waiting->end; count--) {
        struct vf_waiting_item *item = &waiting->items[waiting->first++];
        waiting->bytes -= item->message->payload ? item->message->payload->size : 0;
        vf_message_destroy(&item->message);
    }
}

void vf_waiting_finish(struct vf_waiting *waiting)
{
    vf_waiting_drop(waiting, vf_waiting_count(waiting));
    free(waiting->items);
    *waiting = (struct vf_waiting){0};
}
