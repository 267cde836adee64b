/* SPDX-License-Identifier: MIT */
#include "nodes/time/history.h"

#include <errno.h>
#include <stdlib.h>

#include "nodes/time/message_time.h"

#define LEAST_CAPACITY 8

static int grow(struct vf_history *history)
{
    size_t capacity = history->capacity ? 2 * history->capacity : LEAST_CAPACITY;
    struct vf_message **ring = calloc(capacity, sizeof(struct vf_message *));
    if (!ring)
        return -ENOMEM;
    for (size_t i = 0; i < history->count; i++)
        ring[i] = history->ring[(history->first + i) % history->capacity];
    free((void *)history->ring);
    history->ring = ring;
    history->first = 0;
    history->capacity = capacity;
    return VF_OK;
}

int vf_history_add(struct vf_history *history, struct vf_message **message)
{
    int err = history->count == history->capacity ? grow(history) : VF_OK;
    if (err)
        return err;
    history->ring[(history->first + history->count++) % history->capacity] = *message;
    *message = NULL;
    return VF_OK;
}

const struct vf_message *vf_history_at(const struct vf_history *history, size_t index)
{
    return history->ring[(history->first + index) % history->capacity];
}

void vf_history_forget(struct vf_history *history, size_t count)
{
    for (; count && history->count; count--) {
        vf_message_destroy(&history->ring[history->first]);
        history->first = (history->first + 1) % history->capacity;
        history->count--;
    }
}

void vf_history_finish(struct vf_history *history)
{
    vf_history_forget(history, history->count);
    free((void *)history->ring);
    *history = (struct vf_history){0};
}

size_t vf_history_count_past(const struct vf_history *history, double now, double seconds)
{
    size_t count = 0;
    while (count < history->count &&
           vf_message_seconds(vf_history_at(history, count)) <= now - seconds + VF_TIME_ROUNDING)
        count++;
    return count ? count - 1 : 0;
}
