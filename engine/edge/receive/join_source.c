/* SPDX-License-Identifier: MIT */
#include "engine/edge/receive/join_source.h"

#include <stdlib.h>

static uint32_t turn_of(const struct vf_inbox *lane)
{
    return vf_inbox_terms(lane)->turn;
}

static int compare(const void *a, const void *b)
{
    const struct vf_inbox *one = *(struct vf_inbox *const *)a;
    const struct vf_inbox *other = *(struct vf_inbox *const *)b;
    uint32_t first = turn_of(one), second = turn_of(other);
    if (first != second)
        return first < second ? -1 : 1;
    return vf_inbox_terms(one)->id < vf_inbox_terms(other)->id ? -1 : 1;
}

/* Looks how many lanes, from the first of `lanes`, are of its turn. */
static void count_lanes(struct vf_join_source *source)
{
    size_t first = (size_t)(source->lanes - source->all), end = first;
    while (end < source->all_count && turn_of(source->all[end]) == turn_of(source->all[first]))
        end++;
    source->count = end - first;
}

void vf_join_source_begin(struct vf_join_source *source)
{
    source->gap_ns = VF_NO_TIMESTAMP;
    qsort(source->all, source->all_count, sizeof(source->all[0]), compare);
    source->lanes = source->all;
    count_lanes(source);
}

/* Goes on to the next turn, if there is one and the present is over. Returns whether it did. */
static bool go_on(struct vf_join_source *source)
{
    if (source->lanes + source->count == source->all + source->all_count)
        return false;
    for (size_t i = 0; i < source->count; i++) {
        if (!vf_inbox_has_ended(source->lanes[i], NULL))
            return false;
    }
    source->lanes += source->count;
    source->expected = 0;
    count_lanes(source);
    return true;
}

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

static const struct vf_message *front_of_turn(struct vf_join_source *source)
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

const struct vf_message *vf_join_source_front(struct vf_join_source *source)
{
    const struct vf_message *front;
    do
        front = front_of_turn(source);
    while (!front && go_on(source));
    return front;
}

bool vf_join_source_claim(struct vf_join_source *source)
{
    return vf_inbox_claim(source->current);
}

/* What a gap says of the time is there for who asks. */
static void note_gap(struct vf_join_source *source, const struct vf_message *message)
{
    bool is_gap = message && message->description.kind == VF_MESSAGE_GAP;
    int64_t time_ns = is_gap ? vf_message_time_ns(&message->description) : VF_NO_TIMESTAMP;
    if (time_ns != VF_NO_TIMESTAMP)
        source->gap_ns = time_ns;
}

void vf_join_source_take(struct vf_join_source *source, struct vf_message **message)
{
    vf_inbox_take(source->current, message);
    note_gap(source, *message);
    if (*message && (*message)->description.is_last_of_order && !source->is_unordered)
        source->expected = (*message)->description.order + 1;
}

void vf_join_source_count(struct vf_join_source *source, bool is_matched)
{
    vf_inbox_count(source->current, is_matched);
}

bool vf_join_source_has_ended(const struct vf_join_source *source, enum vf_end_reason *reason)
{
    if (source->lanes + source->count != source->all + source->all_count)
        return false;
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

void vf_join_source_mark(const struct vf_join_source *source, struct vf_inbox_mark *marks)
{
    for (size_t i = 0; i < source->all_count; i++)
        marks[i] = vf_inbox_mark(source->all[i]);
}

void vf_join_source_end_round(struct vf_join_source *source, uint64_t floor, uint64_t round,
                              const struct vf_inbox_mark *marks)
{
    vf_inbox_set_floor(source->lanes[0], floor, source->expected);
    for (size_t i = 0; i < source->all_count; i++) {
        if (marks)
            vf_inbox_end_round_at(source->all[i], round, marks[i]);
        else
            vf_inbox_end_round(source->all[i], round);
    }
}

uint64_t vf_join_source_resume(struct vf_join_source *source)
{
    uint64_t floor = 0;
    for (size_t i = 0; i < source->all_count; i++) {
        uint64_t of_lane = atomic_load(&vf_inbox_terms(source->all[i])->inbox->floor);
        if (of_lane > floor)
            floor = of_lane;
    }
    while (go_on(source))
        ;
    for (size_t i = 0; i < source->count; i++) {
        uint64_t expected = atomic_load(&vf_inbox_terms(source->lanes[i])->inbox->expected);
        if (expected > source->expected)
            source->expected = expected;
    }
    return floor;
}

const struct vf_message *vf_join_source_last_answered(const struct vf_join_source *source)
{
    const struct vf_message *last = NULL;
    uint32_t turn = 0; /* of that; a later one counts from the beginning */
    for (size_t i = 0; i < source->all_count; i++) {
        const struct vf_message *of_lane = vf_inbox_last_answered(source->all[i]);
        bool is_later = last && turn_of(source->all[i]) > turn;
        if (!of_lane ||
            (last && !is_later && of_lane->description.order <= last->description.order))
            continue;
        last = of_lane;
        turn = turn_of(source->all[i]);
    }
    return last;
}
