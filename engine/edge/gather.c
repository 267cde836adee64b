/* SPDX-License-Identifier: MIT */
#include "engine/edge/gather.h"

#include <errno.h>
#include <stdlib.h>

struct vf_gather {
    struct vf_inbox *const *inboxes;
    size_t count;
    enum vf_gathering gathering;
    uint64_t *floors; /* for each inbox: no lower origin will come from it */
};

int vf_gather_create(struct vf_gather **gather, struct vf_inbox *const *inboxes, size_t count,
                     enum vf_gathering gathering)
{
    *gather = calloc(1, sizeof(**gather));
    if (!*gather)
        return -ENOMEM;
    **gather = (struct vf_gather){.inboxes = inboxes, .count = count, .gathering = gathering};
    (*gather)->floors = calloc(count + 1, sizeof(*(*gather)->floors));
    if (!(*gather)->floors) {
        vf_gather_destroy(gather);
        return -ENOMEM;
    }
    return VF_OK;
}

void vf_gather_destroy(struct vf_gather **gather)
{
    if (!*gather)
        return;
    free((*gather)->floors);
    free(*gather);
    *gather = NULL;
}

/* Takes the front away for good. */
static void discard(struct vf_inbox *inbox)
{
    struct vf_message *message;
    vf_inbox_take(inbox, &message);
    if (message && message->description.kind == VF_MESSAGE_DATA)
        vf_inbox_count(inbox, false);
    vf_message_destroy(&message);
}

/* Lends the first message that is data or a gap that matters; NULL: none yet, or ended. */
static const struct vf_message *front(const struct vf_gather *gather, size_t i)
{
    for (;;) {
        const struct vf_message *message = vf_inbox_front(gather->inboxes[i]);
        if (!message || message->description.kind == VF_MESSAGE_DATA)
            return message;
        if (message->description.kind == VF_MESSAGE_GAP && gather->gathering == VF_GATHER_ORIGIN)
            return message;
        discard(gather->inboxes[i]);
    }
}

static void note_end(const struct vf_inbox *inbox, size_t *ended, enum vf_end_reason *reason)
{
    enum vf_end_reason why;
    if (!vf_inbox_has_ended(inbox, &why))
        return;
    if (*ended == 0 || why > *reason)
        *reason = why;
    ++*ended;
}

/* Returns the lowest origin that can still be complete, and how many inboxes have data of it. */
static uint64_t find_target(struct vf_gather *gather, size_t *ready)
{
    uint64_t target = 0;
    *ready = 0;
    for (size_t i = 0; i < gather->count; i++) {
        const struct vf_message *message = front(gather, i);
        bool is_gap = message && message->description.kind == VF_MESSAGE_GAP;
        if (message)
            gather->floors[i] =
                is_gap ? message->description.gap_last + 1 : message->description.origin.number;
        if (gather->floors[i] > target) {
            target = gather->floors[i];
            *ready = 0;
        }
        if (message && !is_gap && gather->floors[i] == target)
            ++*ready;
    }
    return target;
}

static bool discard_below(struct vf_gather *gather, uint64_t target)
{
    bool has_discarded = false;
    for (size_t i = 0; i < gather->count; i++) {
        const struct vf_message *message;
        while ((message = front(gather, i)) != NULL) {
            const struct vf_description *description = &message->description;
            uint64_t last = description->kind == VF_MESSAGE_GAP ? description->gap_last
                                                                : description->origin.number;
            if (last >= target)
                break;
            discard(gather->inboxes[i]);
            has_discarded = true;
        }
    }
    return has_discarded;
}

/* Takes the front of each inbox. Returns false, with nothing taken, when the sender of one had
 * just dropped it: then its partners are lost too. */
static bool take_all(const struct vf_gather *gather, struct vf_message **items)
{
    bool is_complete = true;
    for (size_t i = 0; i < gather->count; i++) {
        struct vf_inbox *inbox = gather->inboxes[i];
        struct vf_message **item = &items[vf_inbox_terms(inbox)->input];
        vf_inbox_take(inbox, item);
        is_complete = is_complete && *item;
    }
    for (size_t i = 0; i < gather->count; i++) {
        struct vf_inbox *inbox = gather->inboxes[i];
        struct vf_message **item = &items[vf_inbox_terms(inbox)->input];
        if (*item)
            vf_inbox_count(inbox, is_complete);
        if (!is_complete)
            vf_message_destroy(item);
    }
    return is_complete;
}

static size_t count_ended(const struct vf_gather *gather, enum vf_end_reason *reason)
{
    size_t ended = 0;
    for (size_t i = 0; i < gather->count; i++)
        note_end(gather->inboxes[i], &ended, reason);
    return ended;
}

static int gather_by_origin(struct vf_gather *gather, struct vf_message **items, uint64_t *passed,
                            enum vf_end_reason *reason)
{
    for (;;) {
        size_t ready;
        uint64_t target = find_target(gather, &ready);
        if (target > 0 && target - 1 > *passed)
            *passed = target - 1;
        if (discard_below(gather, target))
            continue;
        if (ready == gather->count) {
            if (take_all(gather, items))
                return VF_OK;
            continue;
        }
        /* The first end makes a complete input impossible. */
        return count_ended(gather, reason) ? VF_END : -EAGAIN;
    }
}

static int gather_by_order(struct vf_gather *gather, struct vf_message **items,
                           enum vf_end_reason *reason)
{
    for (;;) {
        size_t ready = 0;
        for (size_t i = 0; i < gather->count; i++)
            ready += front(gather, i) != NULL;
        if (ready < gather->count)
            return count_ended(gather, reason) ? VF_END : -EAGAIN;
        if (take_all(gather, items))
            return VF_OK;
    }
}

static int gather_each(struct vf_gather *gather, struct vf_message **items,
                       enum vf_end_reason *reason)
{
    for (;;) {
        struct vf_inbox *first = NULL;
        int64_t earliest = INT64_MAX;
        for (size_t i = 0; i < gather->count; i++) {
            const struct vf_message *message = front(gather, i);
            if (message && message->description.publish_time_ns < earliest) {
                earliest = message->description.publish_time_ns;
                first = gather->inboxes[i];
            }
        }
        if (!first)
            return count_ended(gather, reason) == gather->count ? VF_END : -EAGAIN;
        struct vf_message **item = &items[vf_inbox_terms(first)->input];
        vf_inbox_take(first, item);
        if (*item) {
            vf_inbox_count(first, true);
            return VF_OK;
        }
    }
}

int vf_gather_next(struct vf_gather *gather, struct vf_message **items, uint64_t *passed,
                   enum vf_end_reason *reason)
{
    switch (gather->gathering) {
    case VF_GATHER_ORIGIN:
        return gather_by_origin(gather, items, passed, reason);
    case VF_GATHER_ORDER:
        return gather_by_order(gather, items, reason);
    case VF_GATHER_EACH:
    default:
        return gather_each(gather, items, reason);
    }
}
