/* SPDX-License-Identifier: MIT */
#include "engine/edge/receive/gather.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "engine/base/failpoint.h"
#include "engine/edge/receive/gather_inside.h"

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
    made->fronts = calloc(count + 1, sizeof(const struct vf_message *));
    made->floors = calloc(count + 1, sizeof(*made->floors));
    made->last = calloc(count + 1, sizeof(struct vf_message *));
    if (!made->sources || !made->fronts || !made->floors || !made->last)
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
    free((void *)(*gather)->fronts);
    free((*gather)->floors);
    free((*gather)->last);
    free(*gather);
    *gather = NULL;
}

static bool is_gap(const struct vf_message *message)
{
    return message->description.kind == VF_MESSAGE_GAP;
}

static uint64_t last_number(const struct vf_message *message)
{
    const struct vf_description *description = &message->description;
    return is_gap(message) ? description->gap_last : description->origin.number;
}

/* What is gathered has the origin of its first message: nothing will have this one. */
static void note_passed(struct vf_gather *gather, size_t source, const struct vf_message *message)
{
    if (source == 0 && last_number(message) > gather->passed)
        gather->passed = last_number(message);
}

void vf_gather_discard(struct vf_gather *gather, size_t i)
{
    struct vf_source *source = &gather->sources[i];
    struct vf_message *message;
    vf_source_take(source, &message);
    if (!message)
        return;
    note_passed(gather, i, message);
    vf_source_set_floor(source, is_gap(message) ? last_number(message) + 1 : last_number(message));
    if (!is_gap(message))
        vf_source_count(source, false);
    vf_message_destroy(&message);
}

const struct vf_message *vf_gather_front(struct vf_gather *gather, size_t i)
{
    for (;;) {
        const struct vf_message *message = vf_source_front(&gather->sources[i]);
        if (!message || !is_gap(message) || gather->rules.gathering == VF_GATHER_ORIGIN)
            return message;
        if (gather->rules.hands_out_orders && message->description.order)
            return message;
        vf_gather_discard(gather, i);
    }
}

int vf_gather_wait_or_end(const struct vf_gather *gather, struct vf_gathered *gathered)
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

void vf_gather_discard_partners(struct vf_gather *gather)
{
    enum vf_end_reason why;
    bool has_ended = false;
    for (size_t i = 0; i < gather->count; i++)
        has_ended = has_ended ||
                    (!vf_gather_front(gather, i) && vf_source_has_ended(&gather->sources[i], &why));
    for (size_t i = 0; has_ended && i < gather->count; i++) {
        while (vf_gather_front(gather, i))
            vf_gather_discard(gather, i);
    }
}

size_t vf_gather_look(struct vf_gather *gather)
{
    size_t ready = 0;
    for (size_t i = 0; i < gather->count; i++) {
        gather->fronts[i] = vf_gather_front(gather, i);
        ready += gather->fronts[i] != NULL;
    }
    return ready;
}

bool vf_gather_take_all(struct vf_gather *gather, struct vf_message **items)
{
    for (size_t i = 0; i < gather->count; i++) {
        (void)VF_FAILPOINT("take.input");
        if (!vf_source_claim(&gather->sources[i]))
            return false;
    }
    for (size_t i = 0; i < gather->count; i++) {
        vf_source_take(&gather->sources[i], &items[gather->sources[i].input]);
        vf_source_count(&gather->sources[i], true);
    }
    return true;
}

/* Looks at all sources. Returns the lowest origin that can still be complete, and how many of them
 * have data of it. */
static uint64_t find_target(struct vf_gather *gather, size_t *ready)
{
    uint64_t target = 0;
    (void)vf_gather_look(gather);
    *ready = 0;
    for (size_t i = 0; i < gather->count; i++) {
        const struct vf_message *message = gather->fronts[i];
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
        while (gather->fronts[i] && last_number(gather->fronts[i]) < target) {
            vf_gather_discard(gather, i);
            gather->fronts[i] = vf_gather_front(gather, i);
            has_discarded = true;
        }
    }
    return has_discarded;
}

/* Of one source alone, nothing can be too late. */
static int gather_single(struct vf_gather *gather, struct vf_gathered *gathered)
{
    const struct vf_message *message;
    while ((message = vf_gather_front(gather, 0)) != NULL) {
        if (is_gap(message))
            vf_gather_discard(gather, 0);
        else if (vf_gather_take_all(gather, gathered->items))
            return VF_OK;
    }
    return vf_gather_wait_or_end(gather, gathered);
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
            vf_gather_discard_partners(gather);
            return vf_gather_wait_or_end(gather, gathered);
        }
        if (vf_gather_take_all(gather, gathered->items))
            return VF_OK;
    }
}

/* Takes a gap that all sources of a replica show for one order. */
static int pass_order(struct vf_gather *gather, struct vf_gathered *gathered)
{
    for (size_t i = 0; i < gather->count; i++) {
        gathered->order = gather->fronts[i]->description.order;
        if (i == 0)
            gathered->number = last_number(gather->fronts[i]);
        vf_gather_discard(gather, i);
    }
    return VF_PASSED;
}

static int gather_by_order(struct vf_gather *gather, struct vf_gathered *gathered)
{
    for (;;) {
        size_t ready = vf_gather_look(gather), gaps = 0;
        for (size_t i = 0; i < gather->count; i++)
            gaps += gather->fronts[i] && is_gap(gather->fronts[i]);
        if (ready < gather->count) {
            vf_gather_discard_partners(gather);
            return vf_gather_wait_or_end(gather, gathered);
        }
        if (gaps)
            return pass_order(gather, gathered);
        if (vf_gather_take_all(gather, gathered->items))
            return VF_OK;
    }
}

/* Tells of each end once, but of the last: that is the end of all. */
static bool has_new_end(struct vf_gather *gather)
{
    enum vf_end_reason why;
    size_t ended = 0;
    for (size_t i = 0; i < gather->count; i++)
        ended += vf_source_has_ended(&gather->sources[i], &why);
    bool is_new = gather->rules.tells_ends && ended > gather->ends_told && ended < gather->count;
    gather->ends_told = ended;
    return is_new;
}

static int gather_each(struct vf_gather *gather, struct vf_gathered *gathered)
{
    for (;;) {
        struct vf_source *first = NULL;
        int64_t earliest = INT64_MAX;
        for (size_t i = 0; i < gather->count; i++) {
            const struct vf_message *message = vf_gather_front(gather, i);
            if (!message || message->description.publish_time_ns >= earliest)
                continue;
            earliest = message->description.publish_time_ns;
            first = &gather->sources[i];
        }
        if (!first)
            return has_new_end(gather) ? VF_ENDED : vf_gather_wait_or_end(gather, gathered);
        vf_source_take(first, &gathered->items[first->input]);
        if (!gathered->items[first->input])
            continue;
        vf_source_count(first, true);
        return VF_OK;
    }
}

static bool has_any_ended(struct vf_gather *gather)
{
    enum vf_end_reason why;
    for (size_t i = 0; i < gather->count; i++) {
        if (!vf_gather_front(gather, i) && vf_source_has_ended(&gather->sources[i], &why))
            return true;
    }
    return false;
}

static int gather_next(struct vf_gather *gather, struct vf_gathered *gathered)
{
    if (gather->rules.end == VF_GATHER_END_ANY && has_any_ended(gather))
        return vf_gather_wait_or_end(gather, gathered);
    switch (gather->rules.gathering) {
    case VF_GATHER_ORIGIN:
        return gather->count == 1 ? gather_single(gather, gathered)
                                  : gather_by_origin(gather, gathered);
    case VF_GATHER_ORDER:
        return gather_by_order(gather, gathered);
    case VF_GATHER_TIME:
        return gather->rules.repeats_last ? vf_gather_with_last(gather, gathered)
                                          : vf_gather_near(gather, gathered);
    case VF_GATHER_EACH:
    default:
        return gather_each(gather, gathered);
    }
}

int vf_gather_next(struct vf_gather *gather, struct vf_gathered *gathered)
{
    int result = gather_next(gather, gathered);
    if (gather->passed > gathered->passed)
        gathered->passed = gather->passed;
    return result;
}

bool vf_gather_has_ended(const struct vf_gather *gather, unsigned input)
{
    enum vf_end_reason why;
    for (size_t i = 0; i < gather->count; i++) {
        if (gather->sources[i].input == input)
            return vf_source_has_ended(&gather->sources[i], &why);
    }
    return false;
}

void vf_gather_end_round(struct vf_gather *gather, uint64_t round)
{
    for (size_t i = 0; i < gather->count; i++)
        vf_source_end_round(&gather->sources[i], gather->floors[i], round);
}

int vf_gather_resume(struct vf_gather *gather, uint64_t *passed)
{
    int err = VF_OK;
    for (size_t i = 0; !err && i < gather->count; i++) {
        gather->floors[i] = vf_source_resume(&gather->sources[i]);
        const struct vf_message *last = vf_source_last_answered(&gather->sources[i]);
        if (last && i > 0 && gather->rules.repeats_last)
            err = vf_message_clone(&gather->last[i], last);
    }
    if (gather->count && gather->floors[0] && gather->rules.gathering == VF_GATHER_ORIGIN)
        gather->passed = gather->floors[0] - 1;
    *passed = gather->passed;
    return err;
}
