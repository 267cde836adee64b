/* SPDX-License-Identifier: MIT */
#include "engine/edge/receive/join.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "engine/base/clock.h"
#include "engine/base/failpoint.h"

/* One input of a task: an edge, or the lanes that come from the replicas of one node.
 *
 * With several lanes, the messages come in the order in which their inputs were handed to the
 * replicas: those of one order after those of the order before, once the replica that had it has
 * marked its last answer, or sent a gap for it. A replica that ends takes its unanswered orders
 * with it; the source goes on with the next that some lane has. */
struct source {
    unsigned input; /* element of the task's inputs */
    struct vf_inbox **lanes;
    size_t count;
    bool is_unordered;        /* the lanes are taken as they come */
    uint64_t expected;        /* order of the next message */
    struct vf_inbox *current; /* lane of the front last lent */
};

struct vf_join {
    struct vf_join_rules rules;
    struct source *sources; /* by input */
    size_t count;
    const struct vf_message **fronts; /* for each source: as last looked at */
    uint64_t *floors;                 /* for each source: no lower origin will come from it */
    struct vf_message **last;         /* for each source: what may serve again */
    size_t ends_reported;             /* sources whose end VF_ENDED has reported */
    uint64_t passed;                  /* of the first source: its last number that was let go of */
};

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
static const struct vf_message *find_first(struct source *source, bool *is_sure)
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

/* Lends the next message; NULL: it has not come yet, or the source has ended. */
static const struct vf_message *source_front(struct source *source)
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

/* Claims the front last lent (inbox.h). Returns false where it had just been dropped. */
static bool source_claim(struct source *source)
{
    return vf_inbox_claim(source->current);
}

/* Takes the front last lent: *message is the caller's, or NULL where it was not claimed and had
 * just been dropped. */
static void source_take(struct source *source, struct vf_message **message)
{
    vf_inbox_take(source->current, message);
    if (*message && (*message)->description.is_last_of_order && !source->is_unordered)
        source->expected = (*message)->description.order + 1;
}

/* Counts what was taken: handed to a node, or without a partner in the join. */
static void source_count(struct source *source, bool is_matched)
{
    vf_inbox_count(source->current, is_matched);
}

/* Whether all lanes have ended; *reason becomes the worst of why. */
static bool source_has_ended(const struct source *source, enum vf_end_reason *reason)
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

/* No lower origin than `floor` will be taken any more. */
static void source_set_floor(struct source *source, uint64_t floor)
{
    vf_inbox_set_floor(source->current, floor, source->expected);
}

/* What was taken until the end of `round` has been answered. */
static void source_end_round(struct source *source, uint64_t floor, uint64_t round)
{
    vf_inbox_set_floor(source->lanes[0], floor, source->expected);
    for (size_t i = 0; i < source->count; i++)
        vf_inbox_end_round(source->lanes[i], round);
}

/* Goes on where a dead process has stopped (inbox.h). Returns the floor it had set. */
static uint64_t source_resume(struct source *source)
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

/* Lends the last data that a dead process had taken and answered, if it is not released; else
 * NULL. */
static const struct vf_message *source_last_answered(const struct source *source)
{
    const struct vf_message *last = NULL;
    for (size_t i = 0; i < source->count; i++) {
        const struct vf_message *of_lane = vf_inbox_last_answered(source->lanes[i]);
        if (of_lane && (!last || of_lane->description.order > last->description.order))
            last = of_lane;
    }
    return last;
}

/* Finds the source of an inbox's input, or begins it. */
static struct source *source_for(struct vf_join *join, const struct vf_edge_terms *terms,
                                 size_t lanes)
{
    for (size_t i = 0; i < join->count; i++) {
        if (join->sources[i].input == terms->input)
            return &join->sources[i];
    }
    struct source *source = &join->sources[join->count];
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
        struct source *source = source_for(made, vf_inbox_terms(inboxes[i]), count);
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

/* Takes the front away for good. */
static void discard(struct vf_join *join, size_t i)
{
    struct source *source = &join->sources[i];
    struct vf_message *message;
    source_take(source, &message);
    if (!message)
        return;
    note_passed(join, i, message);
    source_set_floor(source, is_gap(message) ? last_number(message) + 1 : last_number(message));
    if (!is_gap(message))
        source_count(source, false);
    vf_message_destroy(&message);
}

/* Lends the first message that is data or a gap that matters; NULL: none yet, or ended. */
static const struct vf_message *front_of(struct vf_join *join, size_t i)
{
    for (;;) {
        const struct vf_message *message = source_front(&join->sources[i]);
        if (!message || !is_gap(message) || join->rules.by == VF_JOIN_BY_ORIGIN)
            return message;
        if (join->rules.hands_out_orders && message->description.order)
            return message;
        discard(join, i);
    }
}

/* Returns VF_END if the join is over now that some source has nothing to give, else -EAGAIN. */
static int wait_or_end(const struct vf_join *join, struct vf_joined *joined)
{
    size_t ended = 0;
    for (size_t i = 0; i < join->count; i++) {
        enum vf_end_reason why;
        if (!source_has_ended(&join->sources[i], &why))
            continue;
        if (ended++ == 0 || why > joined->reason)
            joined->reason = why;
    }
    bool needs_all = join->rules.end == VF_JOIN_END_ALL || (join->rules.by == VF_JOIN_BY_ARRIVAL &&
                                                            join->rules.end == VF_JOIN_END_BY_NEED);
    return ended == join->count || (ended > 0 && !needs_all) ? VF_END : -EAGAIN;
}

static bool has_any_ended(struct vf_join *join)
{
    enum vf_end_reason why;
    for (size_t i = 0; i < join->count; i++) {
        if (!front_of(join, i) && source_has_ended(&join->sources[i], &why))
            return true;
    }
    return false;
}

/* For when some source has nothing to give: one that has ended makes its partners pointless, so
 * they are let go of, in case the join goes on to the last end. Returns VF_END or -EAGAIN. */
static int wait_for_partners(struct vf_join *join, struct vf_joined *joined)
{
    bool is_pointless = has_any_ended(join);
    for (size_t i = 0; is_pointless && i < join->count; i++) {
        while (front_of(join, i))
            discard(join, i);
    }
    return wait_or_end(join, joined);
}

/* Looks at the front of each source. Its sender may drop it at any time, so what was seen is judged
 * as it was seen, and looked at again only once it was let go of or could not be claimed. Returns
 * how many there are. */
static size_t look(struct vf_join *join)
{
    size_t ready = 0;
    for (size_t i = 0; i < join->count; i++) {
        join->fronts[i] = front_of(join, i);
        ready += join->fronts[i] != NULL;
    }
    return ready;
}

/* Takes the front of each source, as last looked at. Returns false, with nothing taken, when the
 * sender of one had just dropped it: the others stay in front, and may find another partner. */
static bool take_all(struct vf_join *join, struct vf_message **items)
{
    for (size_t i = 0; i < join->count; i++) {
        (void)VF_FAILPOINT("take.input");
        if (!source_claim(&join->sources[i]))
            return false;
    }
    for (size_t i = 0; i < join->count; i++) {
        source_take(&join->sources[i], &items[join->sources[i].input]);
        source_count(&join->sources[i], true);
    }
    return true;
}

/* Looks at all sources. Returns the lowest origin that can still be complete, and how many of them
 * have data of it. */
static uint64_t find_target(struct vf_join *join, size_t *ready)
{
    uint64_t target = 0;
    (void)look(join);
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
            discard(join, i);
            join->fronts[i] = front_of(join, i);
            has_discarded = true;
        }
    }
    return has_discarded;
}

/* Of one source alone, nothing can be too late. */
static int join_single(struct vf_join *join, struct vf_joined *joined)
{
    const struct vf_message *message;
    while ((message = front_of(join, 0)) != NULL) {
        if (is_gap(message))
            discard(join, 0);
        else if (take_all(join, joined->items))
            return VF_OK;
    }
    return wait_or_end(join, joined);
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
        if (ready < join->count)
            return wait_for_partners(join, joined);
        if (take_all(join, joined->items))
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
        discard(join, i);
    }
    return VF_PASSED;
}

static int join_by_order(struct vf_join *join, struct vf_joined *joined)
{
    for (;;) {
        size_t ready = look(join), gaps = 0;
        for (size_t i = 0; i < join->count; i++)
            gaps += join->fronts[i] && is_gap(join->fronts[i]);
        if (ready < join->count)
            return wait_for_partners(join, joined);
        if (gaps)
            return pass_order(join, joined);
        if (take_all(join, joined->items))
            return VF_OK;
    }
}

/* Tells of each end once, but of the last: that is the end of all. */
static bool has_new_end(struct vf_join *join)
{
    enum vf_end_reason why;
    size_t ended = 0;
    for (size_t i = 0; i < join->count; i++)
        ended += source_has_ended(&join->sources[i], &why);
    bool is_new = join->rules.reports_ends && ended > join->ends_reported && ended < join->count;
    join->ends_reported = ended;
    return is_new;
}

static int join_by_arrival(struct vf_join *join, struct vf_joined *joined)
{
    for (;;) {
        struct source *first = NULL;
        int64_t earliest = INT64_MAX;
        for (size_t i = 0; i < join->count; i++) {
            const struct vf_message *message = front_of(join, i);
            if (!message || message->description.publish_time_ns >= earliest)
                continue;
            earliest = message->description.publish_time_ns;
            first = &join->sources[i];
        }
        if (!first)
            return has_new_end(join) ? VF_ENDED : wait_or_end(join, joined);
        source_take(first, &joined->items[first->input]);
        if (!joined->items[first->input])
            continue;
        source_count(first, true);
        return VF_OK;
    }
}

/* Timestamp, or where there is none the time at which the producer emitted the origin. What its
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

/* Returns whether `time` is later than `other` by more than the tolerance. */
static bool is_later(const struct vf_join *join, int64_t time, int64_t other)
{
    int64_t apart;
    if (__builtin_sub_overflow(time, other, &apart))
        return time > other;
    return apart > join->rules.tolerance_ns;
}

/* All within the tolerance of the latest; what is older than that is let go of. */
static int join_near(struct vf_join *join, struct vf_joined *joined)
{
    for (;;) {
        size_t ready = look(join);
        int64_t latest = INT64_MIN;
        for (size_t i = 0; i < join->count; i++) {
            if (join->fronts[i] && time_of(join->fronts[i]) > latest)
                latest = time_of(join->fronts[i]);
        }
        bool has_discarded = false;
        for (size_t i = 0; i < join->count; i++) {
            if (!join->fronts[i] || !is_later(join, latest, time_of(join->fronts[i])))
                continue;
            discard(join, i);
            has_discarded = true;
        }
        if (has_discarded)
            continue;
        if (ready < join->count)
            return wait_for_partners(join, joined);
        if (take_all(join, joined->items))
            return VF_OK;
    }
}

/* Keeps the last message of a source that is not too late for `lead_ns`. Returns whether it is
 * sure that no later one will still be in time. */
static bool advance_last(struct vf_join *join, size_t i, int64_t lead_ns)
{
    struct source *source = &join->sources[i];
    const struct vf_message *front;
    enum vf_end_reason why;
    while ((front = front_of(join, i)) != NULL) {
        struct vf_message *taken;
        if (is_later(join, time_of(front), lead_ns))
            return true;
        source_take(source, &taken);
        if (!taken)
            continue; /* dropped meanwhile: what is kept may still serve */
        source_count(source, true);
        vf_message_destroy(&join->last[i]);
        join->last[i] = taken;
    }
    return source_has_ended(source, &why);
}

/* Gives the lead, which is claimed, and the last of each other source. */
static int give_with_last(struct vf_join *join, struct vf_message **items)
{
    for (size_t i = 1; i < join->count; i++) {
        int err = vf_message_clone(&items[join->sources[i].input], join->last[i]);
        if (err)
            return err;
    }
    source_take(&join->sources[0], &items[join->sources[0].input]);
    source_count(&join->sources[0], true);
    return VF_OK;
}

/* The first source leads; the others give their nearest message, or their last again. */
static int join_with_last(struct vf_join *join, struct vf_joined *joined)
{
    const struct vf_message *lead;
    while ((lead = front_of(join, 0)) != NULL) {
        bool is_sure = true, is_complete = true;
        int64_t lead_ns = time_of(lead);
        for (size_t i = 1; i < join->count; i++) {
            is_sure = advance_last(join, i, lead_ns) && is_sure;
            is_complete = is_complete && join->last[i];
        }
        if (!is_sure)
            return -EAGAIN;
        if (!is_complete)
            discard(join, 0);
        else if (source_claim(&join->sources[0]))
            return give_with_last(join, joined->items);
    }
    enum vf_end_reason why;
    if (!source_has_ended(&join->sources[0], &why))
        return -EAGAIN;
    for (size_t i = 1; i < join->count && join->rules.end == VF_JOIN_END_ALL; i++) {
        while (front_of(join, i))
            discard(join, i);
    }
    return wait_or_end(join, joined);
}

static int join_next(struct vf_join *join, struct vf_joined *joined)
{
    if (join->rules.end == VF_JOIN_END_ANY && has_any_ended(join))
        return wait_or_end(join, joined);
    switch (join->rules.by) {
    case VF_JOIN_BY_ORIGIN:
        return join->count == 1 ? join_single(join, joined) : join_by_origin(join, joined);
    case VF_JOIN_BY_ORDER:
        return join_by_order(join, joined);
    case VF_JOIN_BY_TIME:
        return join->rules.repeats_last ? join_with_last(join, joined) : join_near(join, joined);
    case VF_JOIN_BY_ARRIVAL:
    default:
        return join_by_arrival(join, joined);
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
            return source_has_ended(&join->sources[i], &why);
    }
    return false;
}

void vf_join_end_round(struct vf_join *join, uint64_t round)
{
    for (size_t i = 0; i < join->count; i++)
        source_end_round(&join->sources[i], join->floors[i], round);
}

int vf_join_resume(struct vf_join *join, uint64_t *passed)
{
    int err = VF_OK;
    for (size_t i = 0; !err && i < join->count; i++) {
        join->floors[i] = source_resume(&join->sources[i]);
        const struct vf_message *last = source_last_answered(&join->sources[i]);
        if (last && i > 0 && join->rules.repeats_last)
            err = vf_message_clone(&join->last[i], last);
    }
    if (join->count && join->floors[0] && join->rules.by == VF_JOIN_BY_ORIGIN)
        join->passed = join->floors[0] - 1;
    *passed = join->passed;
    return err;
}
