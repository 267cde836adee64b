/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "engine/base/clock.h"
#include "engine/edge/gather_inside.h"

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

int vf_gather_near(struct vf_gather *gather, struct vf_gathered *gathered)
{
    for (;;) {
        int64_t latest = INT64_MIN;
        size_t ready = 0;
        for (size_t i = 0; i < gather->count; i++) {
            const struct vf_message *message = vf_gather_front(gather, i);
            ready += message != NULL;
            if (message && time_of(message) > latest)
                latest = time_of(message);
        }
        bool has_discarded = false;
        for (size_t i = 0; i < gather->count; i++) {
            const struct vf_message *message = vf_gather_front(gather, i);
            if (!message || latest - time_of(message) <= gather->rules.tolerance_ns)
                continue;
            vf_gather_discard(gather, i);
            has_discarded = true;
        }
        if (has_discarded)
            continue;
        if (ready < gather->count) {
            vf_gather_discard_partners(gather);
            return vf_gather_wait_or_end(gather, gathered);
        }
        if (vf_gather_take_all(gather, gathered->items))
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
    while ((message = vf_gather_front(gather, i)) != NULL) {
        if (time_of(message) > lead_ns + gather->rules.tolerance_ns)
            return true;
        vf_message_destroy(&gather->last[i]);
        vf_source_take(source, &gather->last[i]);
        if (gather->last[i])
            vf_source_count(source, true);
    }
    return vf_source_has_ended(source, &why);
}

int vf_gather_with_last(struct vf_gather *gather, struct vf_gathered *gathered)
{
    const struct vf_message *lead;
    while ((lead = vf_gather_front(gather, 0)) != NULL) {
        bool is_sure = true, is_complete = true;
        for (size_t i = 1; i < gather->count; i++) {
            is_sure = advance_last(gather, i, time_of(lead)) && is_sure;
            is_complete = is_complete && gather->last[i];
        }
        if (!is_sure)
            return -EAGAIN;
        if (!is_complete) {
            vf_gather_discard(gather, 0);
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
        while (vf_gather_front(gather, i))
            vf_gather_discard(gather, i);
    }
    return vf_gather_wait_or_end(gather, gathered);
}
