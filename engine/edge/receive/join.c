/* SPDX-License-Identifier: MIT */
#include "engine/edge/receive/join.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "engine/base/failpoint.h"
#include "engine/edge/receive/join_inside.h"

/* Finds the source of an inbox's input, or begins it. */
static struct vf_source *source_for(struct vf_join *join, const struct vf_edge_terms *terms,
                                    size_t lanes)
{
    for (size_t i = 0; i < join->count; i++) {
        if (join->sources[i].input == terms->input)
            return &join->sources[i];
    }
    struct vf_source *source = &join->sources[join->count];
    source->lanes = calloc(lanes, sizeof(struct vf_inbox *));
    if (!source->lanes)
        return NULL;
    source->input = terms->input;
    source->is_unordered = terms->is_unordered;
    join->count++;
    return source;
}

int vf_join_create(struct vf_join **join, struct vf_inbox *const *inboxes, size_t count,
                   const struct vf_join_rules *rules)
{
    struct vf_join *made = calloc(1, sizeof(*made));
    *join = made;
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
    vf_join_destroy(join);
    return -ENOMEM;
}

void vf_join_destroy(struct vf_join **join)
{
    if (!*join)
        return;
    for (size_t i = 0; (*join)->last && i < (*join)->count; i++) {
        free((void *)(*join)->sources[i].lanes);
        vf_message_destroy(&(*join)->last[i]);
    }
    free((*join)->sources);
    free((void *)(*join)->fronts);
    free((*join)->floors);
    free((*join)->last);
    free(*join);
    *join = NULL;
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

/* What is joined has the origin of its first message: nothing will have this one. */
static void note_passed(struct vf_join *join, size_t source, const struct vf_message *message)
{
    if (source == 0 && last_number(message) > join->passed)
        join->passed = last_number(message);
}

void vf_join_discard(struct vf_join *join, size_t i)
{
    struct vf_source *source = &join->sources[i];
    struct vf_message *message;
    vf_source_take(source, &message);
    if (!message)
        return;
    note_passed(join, i, message);
    vf_source_set_floor(source, is_gap(message) ? last_number(message) + 1 : last_number(message));
    if (!is_gap(message))
        vf_source_count(source, false);
    vf_message_destroy(&message);
}

const struct vf_message *vf_join_front(struct vf_join *join, size_t i)
{
    for (;;) {
        const struct vf_message *message = vf_source_front(&join->sources[i]);
        if (!message || !is_gap(message) || join->rules.by == VF_JOIN_BY_ORIGIN)
            return message;
        if (join->rules.hands_out_orders && message->description.order)
            return message;
        vf_join_discard(join, i);
    }
}

int vf_join_wait_or_end(const struct vf_join *join, struct vf_joined *joined)
{
    size_t ended = 0;
    for (size_t i = 0; i < join->count; i++) {
        enum vf_end_reason why;
        if (!vf_source_has_ended(&join->sources[i], &why))
            continue;
        if (ended++ == 0 || why > joined->reason)
            joined->reason = why;
    }
    bool needs_all = join->rules.end == VF_JOIN_END_ALL || (join->rules.by == VF_JOIN_BY_ARRIVAL &&
                                                            join->rules.end == VF_JOIN_END_BY_NEED);
    return ended == join->count || (ended > 0 && !needs_all) ? VF_END : -EAGAIN;
}

void vf_join_discard_partners(struct vf_join *join)
{
    enum vf_end_reason why;
    bool has_ended = false;
    for (size_t i = 0; i < join->count; i++)
        has_ended =
            has_ended || (!vf_join_front(join, i) && vf_source_has_ended(&join->sources[i], &why));
    for (size_t i = 0; has_ended && i < join->count; i++) {
        while (vf_join_front(join, i))
            vf_join_discard(join, i);
    }
}

size_t vf_join_look(struct vf_join *join)
{
    size_t ready = 0;
    for (size_t i = 0; i < join->count; i++) {
        join->fronts[i] = vf_join_front(join, i);
        ready += join->fronts[i] != NULL;
    }
    return ready;
}

bool vf_join_take_all(struct vf_join *join, struct vf_message **items)
{
    for (size_t i = 0; i < join->count; i++) {
        (void)VF_FAILPOINT("take.input");
        if (!vf_source_claim(&join->sources[i]))
            return false;
    }
    for (size_t i = 0; i < join->count; i++) {
        vf_source_take(&join->sources[i], &items[join->sources[i].input]);
        vf_source_count(&join->sources[i], true);
    }
    return true;
}

/* Looks at all sources. Returns the lowest origin that can still be complete, and how many of them
 * have data of it. */
static uint64_t find_target(struct vf_join *join, size_t *ready)
{
    uint64_t target = 0;
    (void)vf_join_look(join);
    *ready = 0;
    for (size_t i = 0; i < join->count; i++) {
        const struct vf_message *message = join->fronts[i];
        if (message)
            join->floors[i] = is_gap(message) ? message->description.gap_last + 1
                                              : message->description.origin.number;
        if (join->floors[i] > target) {
            target = join->floors[i];
            *ready = 0;
        }
        if (message && !is_gap(message) && join->floors[i] == target)
            ++*ready;
    }
    return target;
}

static bool discard_below(struct vf_join *join, uint64_t target)
{
    bool has_discarded = false;
    for (size_t i = 0; i < join->count; i++) {
        while (join->fronts[i] && last_number(join->fronts[i]) < target) {
            vf_join_discard(join, i);
            join->fronts[i] = vf_join_front(join, i);
            has_discarded = true;
        }
    }
    return has_discarded;
}

/* Of one source alone, nothing can be too late. */
static int join_single(struct vf_join *join, struct vf_joined *joined)
{
    const struct vf_message *message;
    while ((message = vf_join_front(join, 0)) != NULL) {
        if (is_gap(message))
            vf_join_discard(join, 0);
        else if (vf_join_take_all(join, joined->items))
            return VF_OK;
    }
    return vf_join_wait_or_end(join, joined);
}

static int join_by_origin(struct vf_join *join, struct vf_joined *joined)
{
    for (;;) {
        size_t ready;
        uint64_t target = find_target(join, &ready);
        if (target > 0 && target - 1 > joined->passed)
            joined->passed = target - 1;
        if (discard_below(join, target))
            continue;
        if (ready < join->count) {
            vf_join_discard_partners(join);
            return vf_join_wait_or_end(join, joined);
        }
        if (vf_join_take_all(join, joined->items))
            return VF_OK;
    }
}

/* Takes a gap that all sources of a replica show for one order. */
static int pass_order(struct vf_join *join, struct vf_joined *joined)
{
    for (size_t i = 0; i < join->count; i++) {
        joined->order = join->fronts[i]->description.order;
        if (i == 0)
            joined->number = last_number(join->fronts[i]);
        vf_join_discard(join, i);
    }
    return VF_PASSED;
}

static int join_by_order(struct vf_join *join, struct vf_joined *joined)
{
    for (;;) {
        size_t ready = vf_join_look(join), gaps = 0;
        for (size_t i = 0; i < join->count; i++)
            gaps += join->fronts[i] && is_gap(join->fronts[i]);
        if (ready < join->count) {
            vf_join_discard_partners(join);
            return vf_join_wait_or_end(join, joined);
        }
        if (gaps)
            return pass_order(join, joined);
        if (vf_join_take_all(join, joined->items))
            return VF_OK;
    }
}

/* Tells of each end once, but of the last: that is the end of all. */
static bool has_new_end(struct vf_join *join)
{
    enum vf_end_reason why;
    size_t ended = 0;
    for (size_t i = 0; i < join->count; i++)
        ended += vf_source_has_ended(&join->sources[i], &why);
    bool is_new = join->rules.tells_ends && ended > join->ends_told && ended < join->count;
    join->ends_told = ended;
    return is_new;
}

static int join_each(struct vf_join *join, struct vf_joined *joined)
{
    for (;;) {
        struct vf_source *first = NULL;
        int64_t earliest = INT64_MAX;
        for (size_t i = 0; i < join->count; i++) {
            const struct vf_message *message = vf_join_front(join, i);
            if (!message || message->description.publish_time_ns >= earliest)
                continue;
            earliest = message->description.publish_time_ns;
            first = &join->sources[i];
        }
        if (!first)
            return has_new_end(join) ? VF_ENDED : vf_join_wait_or_end(join, joined);
        vf_source_take(first, &joined->items[first->input]);
        if (!joined->items[first->input])
            continue;
        vf_source_count(first, true);
        return VF_OK;
    }
}

static bool has_any_ended(struct vf_join *join)
{
    enum vf_end_reason why;
    for (size_t i = 0; i < join->count; i++) {
        if (!vf_join_front(join, i) && vf_source_has_ended(&join->sources[i], &why))
            return true;
    }
    return false;
}

static int join_next(struct vf_join *join, struct vf_joined *joined)
{
    if (join->rules.end == VF_JOIN_END_ANY && has_any_ended(join))
        return vf_join_wait_or_end(join, joined);
    switch (join->rules.by) {
    case VF_JOIN_BY_ORIGIN:
        return join->count == 1 ? join_single(join, joined) : join_by_origin(join, joined);
    case VF_JOIN_BY_ORDER:
        return join_by_order(join, joined);
    case VF_JOIN_BY_TIME:
        return join->rules.repeats_last ? vf_join_with_last(join, joined)
                                        : vf_join_near(join, joined);
    case VF_JOIN_BY_ARRIVAL:
    default:
        return join_each(join, joined);
    }
}

int vf_join_next(struct vf_join *join, struct vf_joined *joined)
{
    int result = join_next(join, joined);
    if (join->passed > joined->passed)
        joined->passed = join->passed;
    return result;
}

bool vf_join_has_ended(const struct vf_join *join, unsigned input)
{
    enum vf_end_reason why;
    for (size_t i = 0; i < join->count; i++) {
        if (join->sources[i].input == input)
            return vf_source_has_ended(&join->sources[i], &why);
    }
    return false;
}

void vf_join_end_round(struct vf_join *join, uint64_t round)
{
    for (size_t i = 0; i < join->count; i++)
        vf_source_end_round(&join->sources[i], join->floors[i], round);
}

int vf_join_resume(struct vf_join *join, uint64_t *passed)
{
    int err = VF_OK;
    for (size_t i = 0; !err && i < join->count; i++) {
        join->floors[i] = vf_source_resume(&join->sources[i]);
        const struct vf_message *last = vf_source_last_answered(&join->sources[i]);
        if (last && i > 0 && join->rules.repeats_last)
            err = vf_message_clone(&join->last[i], last);
    }
    if (join->count && join->floors[0] && join->rules.by == VF_JOIN_BY_ORIGIN)
        join->passed = join->floors[0] - 1;
    *passed = join->passed;
    return err;
}
