/* SPDX-License-Identifier: MIT */
/* A join by latest: whatever is newest of each source, and nothing waits for one. */
#include <errno.h>

#include "engine/base/clock.h"
#include "engine/edge/receive/join_inside.h"

void vf_join_forget_last(struct vf_join *join, size_t i)
{
    if (join->last[i] && join->newest[i].lane && !join->newest[i].is_counted)
        vf_inbox_count(join->newest[i].lane, false);
    vf_message_destroy(&join->last[i]);
}

/* Takes all that has come of a source, and keeps the last of it. */
static void keep_newest(struct vf_join *join, size_t i)
{
    while (vf_join_front_of(join, i)) {
        struct vf_message *taken;
        vf_join_source_take(&join->sources[i], &taken);
        if (!taken)
            continue;
        vf_join_forget_last(join, i);
        join->last[i] = taken;
        join->newest[i] = (struct vf_join_newest){.lane = join->sources[i].current,
                                                  .came_ns = vf_clock_now_ns(),
                                                  .number = join->newest[i].number + 1};
    }
}

/* Takes in what has come of a source, and lets go of what is left of one that has gone, once it has
 * been handed out. A source that is complete with a single message, as a still picture is, has not
 * gone. */
static void update(struct vf_join *join, size_t i)
{
    const struct vf_join_newest *newest = &join->newest[i];
    int64_t limit = join->rules.gone_after_ns;
    enum vf_end_reason why;
    keep_newest(join, i);
    if (!join->last[i] || !newest->is_counted || !join->rules.forgets)
        return;
    bool has_ended = vf_join_source_has_ended(&join->sources[i], &why);
    bool is_still = has_ended && why == VF_END_COMPLETE && newest->number == 1;
    bool is_silent = limit && vf_clock_now_ns() - newest->came_ns > limit;
    if (!is_still && (has_ended || is_silent))
        vf_join_forget_last(join, i);
}

/* Lends the time of a tick to a message. */
static void set_tick(const struct vf_join *join, struct vf_description *description)
{
    const struct vf_rational rate = join->rules.rate;
    description->origin = (struct vf_origin){join->tick + 1, join->rules.stream, 0};
    description->timestamp = (int64_t)join->tick;
    description->time_base = (struct vf_rational){rate.den, rate.num};
    description->duration = 1;
    if (description->type == VF_VALUE_VIDEO)
        description->video.frame_rate = rate;
}

/* Gives the newest of a source, which may serve again. */
static int give_newest(struct vf_join *join, size_t i, struct vf_message **item)
{
    if (!join->last[i])
        return VF_OK;
    int err = vf_message_clone(item, join->last[i]);
    if (err)
        return err;
    if (vf_join_has_ticks(join))
        set_tick(join, &(*item)->description);
    if (!join->newest[i].is_counted)
        vf_inbox_count(join->newest[i].lane, true);
    join->newest[i].is_counted = true;
    return VF_OK;
}

/* Looks at the sources from `first` on. Returns whether there is enough of them to begin with;
 * *is_hopeless says that there never will be. */
static bool is_complete(struct vf_join *join, size_t first, bool *is_hopeless)
{
    enum vf_end_reason why;
    size_t there = 0;
    *is_hopeless = false;
    for (size_t i = first; i < join->count; i++) {
        update(join, i);
        there += join->last[i] != NULL;
        *is_hopeless = *is_hopeless || (!join->last[i] && !join->rules.may_lack &&
                                        vf_join_source_has_ended(&join->sources[i], &why));
    }
    return join->rules.may_lack || there + first == join->count;
}

/* The first source leads; the others give their newest. */
int vf_join_led(struct vf_join *join, struct vf_joined *joined)
{
    bool is_hopeless;
    bool is_ready = is_complete(join, 1, &is_hopeless);
    if (is_hopeless)
        return vf_join_wait_for_partners(join, joined);
    while (is_ready && vf_join_front_of(join, 0)) {
        if (!vf_join_source_claim(&join->sources[0]))
            continue;
        for (size_t i = 1; i < join->count; i++) {
            int err = give_newest(join, i, &joined->items[join->sources[i].input]);
            if (err)
                return err;
        }
        vf_join_source_take(&join->sources[0], &joined->items[join->sources[0].input]);
        vf_join_source_count(&join->sources[0], true);
        return VF_OK;
    }
    enum vf_end_reason why;
    return vf_join_source_has_ended(&join->sources[0], &why) ? vf_join_wait_or_end(join, joined)
                                                             : -EAGAIN;
}

/* Moment of the next tick. */
static int64_t next_tick_ns(const struct vf_join *join)
{
    __extension__ typedef __int128 wide;
    wide since = (wide)join->tick * join->rules.rate.den * VF_NS_PER_S / join->rules.rate.num;
    return join->zero_ns + (int64_t)since;
}

/* Ticks begin with the first message. A new process goes on with the number after that of the one
 * that died. */
static void begin_ticks(struct vf_join *join)
{
    join->tick = join->floors[0];
    join->zero_ns = 0;
    join->zero_ns = vf_clock_now_ns() - next_tick_ns(join);
    join->has_begun = true;
}

/* Leaves out those that have gone by while the node was at work. */
static void skip_ticks(struct vf_join *join, int64_t now_ns)
{
    __extension__ typedef __int128 wide;
    wide number =
        (wide)(now_ns - join->zero_ns) * join->rules.rate.num / join->rules.rate.den / VF_NS_PER_S;
    if (number > (wide)join->tick)
        join->tick = (uint64_t)number;
}

/* Whether nothing is left that has not been handed out, and nothing more comes. */
static bool is_over(const struct vf_join *join)
{
    enum vf_end_reason why;
    for (size_t i = 0; i < join->count; i++) {
        bool is_unused = join->last[i] && !join->newest[i].is_counted;
        if (is_unused || !vf_join_source_has_ended(&join->sources[i], &why))
            return false;
    }
    return true;
}

static bool has_any(const struct vf_join *join)
{
    for (size_t i = 0; i < join->count; i++) {
        if (join->last[i])
            return true;
    }
    return false;
}

/* At each tick, whatever has come. */
int vf_join_at_ticks(struct vf_join *join, struct vf_joined *joined)
{
    bool is_hopeless;
    bool is_ready = is_complete(join, 0, &is_hopeless);
    if (is_hopeless || is_over(join))
        return vf_join_wait_or_end(join, joined);
    if (!join->has_begun && is_ready && has_any(join))
        begin_ticks(join);
    int64_t now_ns = vf_clock_now_ns();
    if (!join->has_begun || now_ns < next_tick_ns(join))
        return -EAGAIN;
    skip_ticks(join, now_ns);
    for (size_t i = 0; i < join->count; i++) {
        int err = give_newest(join, i, &joined->items[join->sources[i].input]);
        if (err)
            return err;
    }
    joined->number = ++join->tick;
    join->floors[0] = join->tick;
    return VF_OK;
}

int64_t vf_join_due_ns(const struct vf_join *join)
{
    return join->has_begun ? next_tick_ns(join) : INT64_MAX;
}
