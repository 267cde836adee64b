/* SPDX-License-Identifier: MIT */
#include "engine/edge/receive/join_source.h"

/* Lends the front of a lane; ends are taken on the way. */
static const struct vf_message *lane_front(struct vf_inbox *lane)
{
    const struct vf_message *front = vf_inbox_front(lane);
    if (!front || front->description.kind != VF_MESSAGE_END)
        return front;
    struct vf_message *end;
    vf_inbox_take(lane, &end);
    vf_message_destroy(&end);
    return NULL; /* nothing comes after an end */
}

/* Lends the front with the lowest order, or the one published first; `current` is its lane.
 * *is_sure says that no lane can still bring a lower one. Each lane is looked at once: its sender
 * may drop what was seen at any time. */
static const struct vf_message *find_first(struct vf_join_source *source, bool *is_sure)
{
    const struct vf_message *first = NULL;
    int64_t lowest = 0;
    *is_sure = true;
    for (size_t i = 0; i < source->count; i++) {
        const struct vf_message *front = lane_front(source->lanes[i]);
        if (!front) {
            *is_sure = *is_sure && vf_inbox_has_ended(source->lanes[i], NULL);
            continue;
        }
        int64_t rank = source->is_unordered ? front->description.publish_time_ns
                                            : (int64_t)front->description.order;
        if (!first || rank < lowest) {
            first = front;
            source->current = source->lanes[i];
            lowest = rank;
        }
    }
    return first;
}

const struct vf_message *vf_join_source_front(struct vf_join_source *source)
{
    if (source->count == 1) {
        source->current = source->lanes[0];
        return lane_front(source->current);
    }
    bool is_sure;
    const struct vf_message *first = find_first(source, &is_sure);
    if (!first || source->is_unordered)
        return first;
    if (source->expected == 0)
        source->expected = 1;
    if (first->description.order > source->expected && !is_sure)
        return NULL; /* the replica that has the expected one is still at it */
    source->expected = first->description.order;
    return first;
}

bool vf_join_source_claim(struct vf_join_source *source)
{
    return vf_inbox_claim(source->current);
}

void vf_join_source_take(struct vf_join_source *source, struct vf_message **message)
{
    vf_inbox_take(source->current, message);
    if (*message && (*message)->description.is_last_of_order && !source->is_unordered)
        source->expected = (*message)->description.order + 1;
}

void vf_join_source_count(struct vf_join_source *source, bool is_matched)
{
    vf_inbox_count(source->current, is_matched);
}

bool vf_join_source_has_ended(const struct vf_join_source *source, enum vf_end_reason *reason)
{
    for (size_t i = 0; i < source->count; i++) {
        enum vf_end_reason why;
        if (!vf_inbox_has_ended(source->lanes[i], &why))
            return false;
        if (i == 0 || why > *reason)
            *reason = why;
    }
    return true;
}

void vf_join_source_set_floor(struct vf_join_source *source, uint64_t floor)
{
    vf_inbox_set_floor(source->current, floor, source->expected);
}

void vf_join_source_end_round(struct vf_join_source *source, uint64_t floor, uint64_t round)
{
    vf_inbox_set_floor(source->lanes[0], floor, source->expected);
    for (size_t i = 0; i < source->count; i++)
        vf_inbox_end_round(source->lanes[i], round);
}

uint64_t vf_join_source_resume(struct vf_join_source *source)
{
    uint64_t floor = 0;
    for (size_t i = 0; i < source->count; i++) {
        const struct vf_inbox_page *page = vf_inbox_terms(source->lanes[i])->inbox;
        uint64_t of_lane = atomic_load(&page->floor);
        uint64_t expected = atomic_load(&page->expected);
        if (of_lane > floor)
            floor = of_lane;
        if (expected > source->expected)
            source->expected = expected;
    }
    return floor;
}

const struct vf_message *vf_join_source_last_answered(const struct vf_join_source *source)
{
    const struct vf_message *last = NULL;
    for (size_t i = 0; i < source->count; i++) {
        const struct vf_message *of_lane = vf_inbox_last_answered(source->lanes[i]);
        if (of_lane && (!last || of_lane->description.order > last->description.order))
            last = of_lane;
    }
    return last;
}
