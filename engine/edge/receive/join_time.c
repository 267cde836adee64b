/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "engine/base/clock.h"
#include "engine/edge/receive/join_inside.h"

/* Time stamp, or where there is none the time at which the producer emitted the origin. What its
 * sender says may be anything: what no 64 bits hold is the first or the last time. */
static int64_t time_of(const struct vf_message *message)
{
    const struct vf_description *description = &message->description;
    if (description->timestamp == VF_NO_TIMESTAMP || description->time_base.den == 0 ||
        description->time_base.num == 0)
        return description->event_time_ns;
    __extension__ typedef __int128 wide;
    wide time = (wide)description->timestamp * description->time_base.num * VF_NS_PER_S /
                description->time_base.den;
    return time > INT64_MAX ? INT64_MAX : time < INT64_MIN ? INT64_MIN : (int64_t)time;
}

/* Tells whether `time` is later than `other` by more than the tolerance. */
static bool is_later(const struct vf_join *join, int64_t time, int64_t other)
{
    int64_t apart;
    if (__builtin_sub_overflow(time, other, &apart))
        return time > other;
    return apart > join->rules.tolerance_ns;
}

int vf_join_near(struct vf_join *join, struct vf_joined *joined)
{
    for (;;) {
        size_t ready = vf_join_look(join);
        int64_t latest = INT64_MIN;
        for (size_t i = 0; i < join->count; i++) {
            if (join->fronts[i] && time_of(join->fronts[i]) > latest)
                latest = time_of(join->fronts[i]);
        }
        bool has_discarded = false;
        for (size_t i = 0; i < join->count; i++) {
            if (!join->fronts[i] || !is_later(join, latest, time_of(join->fronts[i])))
                continue;
            vf_join_discard(join, i);
            has_discarded = true;
        }
        if (has_discarded)
            continue;
        if (ready < join->count) {
            vf_join_discard_partners(join);
            return vf_join_wait_or_end(join, joined);
        }
        if (vf_join_take_all(join, joined->items))
            return VF_OK;
    }
}

/* Keeps the last message of a source that is not too late for `lead_ns`. Returns whether it is
 * sure that no later one will still be in time. */
static bool advance_last(struct vf_join *join, size_t i, int64_t lead_ns)
{
    struct vf_source *source = &join->sources[i];
    const struct vf_message *front;
    enum vf_end_reason why;
    while ((front = vf_join_front(join, i)) != NULL) {
        struct vf_message *taken;
        if (is_later(join, time_of(front), lead_ns))
            return true;
        vf_source_take(source, &taken);
        if (!taken)
            continue; /* dropped meanwhile: what is kept may still serve */
        vf_source_count(source, true);
        vf_message_destroy(&join->last[i]);
        join->last[i] = taken;
    }
    return vf_source_has_ended(source, &why);
}

/* Gives the lead, which is claimed, and the last of each other source. */
static int give_with_last(struct vf_join *join, struct vf_message **items)
{
    for (size_t i = 1; i < join->count; i++) {
        int err = vf_message_clone(&items[join->sources[i].input], join->last[i]);
        if (err)
            return err;
    }
    vf_source_take(&join->sources[0], &items[join->sources[0].input]);
    vf_source_count(&join->sources[0], true);
    return VF_OK;
}

int vf_join_with_last(struct vf_join *join, struct vf_joined *joined)
{
    const struct vf_message *lead;
    while ((lead = vf_join_front(join, 0)) != NULL) {
        bool is_sure = true, is_complete = true;
        int64_t lead_ns = time_of(lead);
        for (size_t i = 1; i < join->count; i++) {
            is_sure = advance_last(join, i, lead_ns) && is_sure;
            is_complete = is_complete && join->last[i];
        }
        if (!is_sure)
            return -EAGAIN;
        if (!is_complete)
            vf_join_discard(join, 0);
        else if (vf_source_claim(&join->sources[0]))
            return give_with_last(join, joined->items);
    }
    enum vf_end_reason why;
    if (!vf_source_has_ended(&join->sources[0], &why))
        return -EAGAIN;
    for (size_t i = 1; i < join->count && join->rules.end == VF_JOIN_END_ALL; i++) {
        while (vf_join_front(join, i))
            vf_join_discard(join, i);
    }
    return vf_join_wait_or_end(join, joined);
}
