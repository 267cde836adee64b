/* SPDX-License-Identifier: MIT */
#include "engine/edge/gather.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "engine/base/clock.h"

struct vf_gather {
    struct vf_gather_rules rules;
    struct vf_source *sources; /* by input */
    size_t count;
    uint64_t *floors;         /* for each source: no lower origin will come from it */
    struct vf_message **last; /* for each source: what may serve again */
};

/* Finds the source of an inbox's input, or begins it. */
static struct vf_source *source_for(struct vf_gather *gather, const struct vf_edge_terms *terms,
                                    size_t lanes)
{
    for (size_t i = 0; i < gather->count; i++) {
        if (gather->sources[i].input == terms->input)
            return &gather->sources[i];
    }
    struct vf_source *source = &gather->sources[gather->count];
    source->lanes = calloc(lanes, sizeof(struct vf_inbox *));
    if (!source->lanes)
        return NULL;
    source->input = terms->input;
    source->is_unordered = terms->is_unordered;
    gather->count++;
    return source;
}

int vf_gather_create(struct vf_gather **gather, struct vf_inbox *const *inboxes, size_t count,
                     const struct vf_gather_rules *rules)
{
    struct vf_gather *made = calloc(1, sizeof(*made));
    *gather = made;
    if (!made)
        return -ENOMEM;
    made->rules = *rules;
    made->sources = calloc(count + 1, sizeof(*made->sources));
    made->floors = calloc(count + 1, sizeof(*made->floors));
    made->last = calloc(count + 1, sizeof(struct vf_message *));
    if (!made->sources || !made->floors || !made->last)
        goto fail;
    for (size_t i = 0; i < count; i++) {
        struct vf_source *source = source_for(made, vf_inbox_terms(inboxes[i]), count);
        if (!source)
            goto fail;
        assert(source->lanes);
        source->lanes[source->count++] = inboxes[i];
    }
    return VF_OK;
fail:
    vf_gather_destroy(gather);
    return -ENOMEM;
}

void vf_gather_destroy(struct vf_gather **gather)
{
    if (!*gather)
        return;
    for (size_t i = 0; (*gather)->last && i < (*gather)->count; i++) {
        free((void *)(*gather)->sources[i].lanes);
        vf_message_destroy(&(*gather)->last[i]);
    }
    free((*gather)->sources);
    free((*gather)->floors);
    free((*gather)->last);
    free(*gather);
    *gather = NULL;
}

/* Takes the front away for good. */
static void discard(struct vf_source *source)
{
    struct vf_message *message;
    vf_source_take(source, &message);
    if (message && message->description.kind == VF_MESSAGE_DATA)
        vf_source_count(source, false);
    vf_message_destroy(&message);
}

static bool is_gap(const struct vf_message *message)
{
    return message->description.kind == VF_MESSAGE_GAP;
}

/* Lends the first message that is data or a gap that matters; NULL: none yet, or ended. */
static const struct vf_message *front(const struct vf_gather *gather, size_t i)
{
    for (;;) {
        const struct vf_message *message = vf_source_front(&gather->sources[i]);
        if (!message || !is_gap(message) || gather->rules.gathering == VF_GATHER_ORIGIN)
            return message;
        if (gather->rules.hands_out_orders && message->description.order)
            return message;
        discard(&gather->sources[i]);
    }
}

/* Says whether, now that some source has nothing to give, the gathering is over. */
static int wait_or_end(const struct vf_gather *gather, struct vf_gathered *gathered)
{
    size_t ended = 0;
    for (size_t i = 0; i < gather->count; i++) {
        enum vf_end_reason why;
        if (!vf_source_has_ended(&gather->sources[i], &why))
            continue;
        if (ended++ == 0 || why > gathered->reason)
            gathered->reason = why;
    }
    bool needs_all =
        gather->rules.end == VF_GATHER_END_ALL ||
        (gather->rules.gathering == VF_GATHER_EACH && gather->rules.end == VF_GATHER_END_BY_NEED);
    return ended == gather->count || (ended > 0 && !needs_all) ? VF_END : -EAGAIN;
}

/* A source that has ended makes its partners pointless, if the gathering goes on to the last
 * end: they are let go of. */
static void discard_partners(struct vf_gather *gather)
{
    enum vf_end_reason why;
    bool has_ended = false;
    for (size_t i = 0; i < gather->count; i++)
        has_ended =
            has_ended || (!front(gather, i) && vf_source_has_ended(&gather->sources[i], &why));
    for (size_t i = 0; has_ended && i < gather->count; i++) {
        while (front(gather, i))
            discard(&gather->sources[i]);
    }
}

/* Takes the front of each source. Returns false, with nothing taken, when the sender of one had
 * just dropped it: then its partners are lost too. */
static bool take_all(const struct vf_gather *gather, struct vf_message **items)
{
    bool is_complete = true;
    for (size_t i = 0; i < gather->count; i++) {
        struct vf_message **item = &items[gather->sources[i].input];
        vf_source_take(&gather->sources[i], item);
        is_complete = is_complete && *item;
    }
    for (size_t i = 0; i < gather->count; i++) {
        struct vf_message **item = &items[gather->sources[i].input];
        if (*item)
            vf_source_count(&gather->sources[i], is_complete);
        if (!is_complete)
            vf_message_destroy(item);
    }
    return is_complete;
}

/* Returns the lowest origin that can still be complete, and how many sources have data of it. */
static uint64_t find_target(struct vf_gather *gather, size_t *ready)
{
    uint64_t target = 0;
    *ready = 0;
    for (size_t i = 0; i < gather->count; i++) {
        const struct vf_message *message = front(gather, i);
        if (message)
            gather->floors[i] = is_gap(message) ? message->description.gap_last + 1
                                                : message->description.origin.number;
        if (gather->floors[i] > target) {
            target = gather->floors[i];
            *ready = 0;
        }
        if (message && !is_gap(message) && gather->floors[i] == target)
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
            uint64_t last = is_gap(message) ? description->gap_last : description->origin.number;
            if (last >= target)
                break;
            discard(&gather->sources[i]);
            has_discarded = true;
        }
    }
    return has_discarded;
}

static int gather_by_origin(struct vf_gather *gather, struct vf_gathered *gathered)
{
    for (;;) {
        size_t ready;
        uint64_t target = find_target(gather, &ready);
        if (target > 0 && target - 1 > gathered->passed)
            gathered->passed = target - 1;
        if (discard_below(gather, target))
            continue;
        if (ready < gather->count) {
            discard_partners(gather);
            return wait_or_end(gather, gathered);
        }
        if (take_all(gather, gathered->items))
            return VF_OK;
    }
}

/* Takes a gap that all sources of a replica show for one order. */
static int pass_order(struct vf_gather *gather, struct vf_gathered *gathered)
{
    for (size_t i = 0; i < gather->count; i++) {
        const struct vf_message *message = front(gather, i);
        gathered->order = message->description.order;
        gathered->number =
            is_gap(message) ? message->description.gap_last : message->description.origin.number;
        discard(&gather->sources[i]);
    }
    return VF_PASSED;
}

static int gather_by_order(struct vf_gather *gather, struct vf_gathered *gathered)
{
    for (;;) {
        size_t ready = 0, gaps = 0;
        for (size_t i = 0; i < gather->count; i++) {
            const struct vf_message *message = front(gather, i);
            ready += message != NULL;
            gaps += message && is_gap(message);
        }
        if (ready < gather->count) {
            discard_partners(gather);
            return wait_or_end(gather, gathered);
        }
        if (gaps)
            return pass_order(gather, gathered);
        if (take_all(gather, gathered->items))
            return VF_OK;
    }
}

static int gather_each(struct vf_gather *gather, struct vf_gathered *gathered)
{
    for (;;) {
        struct vf_source *first = NULL;
        int64_t earliest = INT64_MAX;
        for (size_t i = 0; i < gather->count; i++) {
            const struct vf_message *message = front(gather, i);
            if (!message || message->description.publish_time_ns >= earliest)
                continue;
            earliest = message->description.publish_time_ns;
            first = &gather->sources[i];
        }
        if (!first)
            return wait_or_end(gather, gathered);
        vf_source_take(first, &gathered->items[first->input]);
        if (!gathered->items[first->input])
            continue;
        vf_source_count(first, true);
        return VF_OK;
    }
}

/* Time stamp, or where there is none the time at which the producer emitted the origin. */
static int64_t time_of(const struct vf_message *message)
{
    const struct vf_description *description = &message->description;
    if (description->timestamp == VF_NO_TIMESTAMP || description->time_base.den == 0 ||
        description->time_base.num == 0)
        return description->event_time_ns;
    __extension__ typedef __int128 wide;
    return (int64_t)((wide)description->timestamp * description->time_base.num * VF_NS_PER_S /
                     description->time_base.den);
}

/* All within the tolerance of the latest; what is older than that is let go of. */
static int gather_near(struct vf_gather *gather, struct vf_gathered *gathered)
{
    for (;;) {
        int64_t latest = INT64_MIN;
        size_t ready = 0;
        for (size_t i = 0; i < gather->count; i++) {
            const struct vf_message *message = front(gather, i);
            ready += message != NULL;
            if (message && time_of(message) > latest)
                latest = time_of(message);
        }
        bool has_discarded = false;
        for (size_t i = 0; i < gather->count; i++) {
            const struct vf_message *message = front(gather, i);
            if (!message || latest - time_of(message) <= gather->rules.tolerance_ns)
                continue;
            discard(&gather->sources[i]);
            has_discarded = true;
        }
        if (has_discarded)
            continue;
        if (ready < gather->count) {
            discard_partners(gather);
            return wait_or_end(gather, gathered);
        }
        if (take_all(gather, gathered->items))
            return VF_OK;
    }
}

/* Keeps the last message of a source that is not too late for `lead_ns`. Returns whether it is
 * sure that no later one will still be in time. */
static bool advance_last(struct vf_gather *gather, size_t i, int64_t lead_ns)
{
    struct vf_source *source = &gather->sources[i];
    const struct vf_message *message;
    enum vf_end_reason why;
    while ((message = front(gather, i)) != NULL) {
        if (time_of(message) > lead_ns + gather->rules.tolerance_ns)
            return true;
        vf_message_destroy(&gather->last[i]);
        vf_source_take(source, &gather->last[i]);
        if (gather->last[i])
            vf_source_count(source, true);
    }
    return vf_source_has_ended(source, &why);
}

/* The first source leads; the others give their nearest message, or their last once more. */
static int gather_with_last(struct vf_gather *gather, struct vf_gathered *gathered)
{
    const struct vf_message *lead;
    while ((lead = front(gather, 0)) != NULL) {
        bool is_sure = true, is_complete = true;
        for (size_t i = 1; i < gather->count; i++) {
            is_sure = advance_last(gather, i, time_of(lead)) && is_sure;
            is_complete = is_complete && gather->last[i];
        }
        if (!is_sure)
            return -EAGAIN;
        if (!is_complete) {
            discard(&gather->sources[0]);
            continue;
        }
        for (size_t i = 1; i < gather->count; i++) {
            int err = vf_message_clone(&gathered->items[gather->sources[i].input], gather->last[i]);
            if (err)
                return err;
        }
        vf_source_take(&gather->sources[0], &gathered->items[gather->sources[0].input]);
        if (gathered->items[gather->sources[0].input]) {
            vf_source_count(&gather->sources[0], true);
            return VF_OK;
        }
        for (size_t i = 1; i < gather->count; i++)
            vf_message_destroy(&gathered->items[gather->sources[i].input]);
    }
    enum vf_end_reason why;
    if (!vf_source_has_ended(&gather->sources[0], &why))
        return -EAGAIN;
    for (size_t i = 1; i < gather->count && gather->rules.end == VF_GATHER_END_ALL; i++) {
        while (front(gather, i))
            discard(&gather->sources[i]);
    }
    return wait_or_end(gather, gathered);
}

static bool has_any_ended(const struct vf_gather *gather)
{
    enum vf_end_reason why;
    for (size_t i = 0; i < gather->count; i++) {
        if (!front(gather, i) && vf_source_has_ended(&gather->sources[i], &why))
            return true;
    }
    return false;
}

int vf_gather_next(struct vf_gather *gather, struct vf_gathered *gathered)
{
    if (gather->rules.end == VF_GATHER_END_ANY && has_any_ended(gather))
        return wait_or_end(gather, gathered);
    switch (gather->rules.gathering) {
    case VF_GATHER_ORIGIN:
        return gather_by_origin(gather, gathered);
    case VF_GATHER_ORDER:
        return gather_by_order(gather, gathered);
    case VF_GATHER_TIME:
        return gather->rules.repeats_last ? gather_with_last(gather, gathered)
                                          : gather_near(gather, gathered);
    case VF_GATHER_EACH:
    default:
        return gather_each(gather, gathered);
    }
}
