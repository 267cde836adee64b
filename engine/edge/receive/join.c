/* SPDX-License-Identifier: MIT */
#include "engine/edge/receive/join_inside.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "engine/base/clock.h"
#include "engine/base/failpoint.h"

/* Finds the source of an inbox's input, or begins it. */
static struct vf_join_source *source_for(struct vf_join *join, const struct vf_edge_terms *terms,
                                         size_t lanes)
{
    for (size_t i = 0; i < join->count; i++) {
        if (join->sources[i].input == terms->input)
            return &join->sources[i];
    }
    struct vf_join_source *source = &join->sources[join->count];
    source->all = calloc(lanes, sizeof(struct vf_inbox *));
    if (!source->all)
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
    made->later_floors = calloc(count + 1, sizeof(*made->later_floors));
    made->last = calloc(count + 1, sizeof(struct vf_message *));
    made->newest = calloc(count + 1, sizeof(*made->newest));
    if (!made->sources || !made->fronts || !made->floors || !made->later_floors || !made->last ||
        !made->newest)
        goto fail;
    for (size_t i = 0; i < count; i++) {
        if (vf_inbox_terms(inboxes[i])->is_abandoned)
            continue;
        struct vf_join_source *source = source_for(made, vf_inbox_terms(inboxes[i]), count);
        if (!source)
            goto fail;
        assert(source->all);
        source->all[source->all_count++] = inboxes[i];
    }
    for (size_t i = 0; i < made->count; i++)
        vf_join_source_begin(&made->sources[i]);
    return VF_OK;
fail:
    vf_join_destroy(join);
    return -ENOMEM;
}

void vf_join_destroy(struct vf_join **join)
{
    if (!*join)
        return;
    for (size_t i = 0; (*join)->last && (*join)->newest && i < (*join)->count; i++) {
        free((void *)(*join)->sources[i].all);
        vf_join_forget_last(*join, i);
    }
    free((*join)->sources);
    free((void *)(*join)->fronts);
    free((*join)->floors);
    free((*join)->later_floors);
    free((*join)->last);
    free((*join)->newest);
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
    if (source != 0 || vf_join_has_ticks(join) || last_number(message) <= join->passed)
        return;
    join->passed = last_number(message);
    join->passed_ns = vf_message_time_ns(&message->description);
}

/* Takes the front away for good. */
static void discard(struct vf_join *join, size_t i)
{
    struct vf_join_source *source = &join->sources[i];
    struct vf_message *message;
    vf_join_source_take(source, &message);
    if (!message)
        return;
    note_passed(join, i, message);
    if (!vf_join_has_ticks(join))
        vf_join_source_set_floor(source,
                                 is_gap(message) ? last_number(message) + 1 : last_number(message));
    if (!is_gap(message))
        vf_join_source_count(source, false);
    vf_message_destroy(&message);
}

/* Lends the first message that is data or a gap that matters; NULL: none yet, or ended. */
const struct vf_message *vf_join_front_of(struct vf_join *join, size_t i)
{
    for (;;) {
        const struct vf_message *message = vf_join_source_front(&join->sources[i]);
        if (!message || !is_gap(message) || join->rules.by == VF_JOIN_BY_ORIGIN)
            return message;
        if (join->rules.is_divided || (join->rules.hands_out_orders && message->description.order))
            return message;
        discard(join, i);
    }
}

/* Returns VF_END if the join is over now that some source has nothing to give, else -EAGAIN. */
int vf_join_wait_or_end(const struct vf_join *join, struct vf_joined *joined)
{
    size_t ended = 0;
    for (size_t i = 0; i < join->count; i++) {
        enum vf_end_reason why;
        if (!vf_join_source_has_ended(&join->sources[i], &why))
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
        if (!vf_join_front_of(join, i) && vf_join_source_has_ended(&join->sources[i], &why))
            return true;
    }
    return false;
}

/* For when some source has nothing to give: one that has ended makes its partners pointless, so
 * they are let go of, in case the join goes on to the last end. Returns VF_END or -EAGAIN. */
int vf_join_wait_for_partners(struct vf_join *join, struct vf_joined *joined)
{
    bool is_pointless = has_any_ended(join);
    for (size_t i = 0; is_pointless && i < join->count; i++) {
        while (vf_join_front_of(join, i))
            discard(join, i);
    }
    return vf_join_wait_or_end(join, joined);
}

/* Looks at the front of each source. Its sender may drop it at any time, so what was seen is judged
 * as it was seen, and looked at again only once it was let go of or could not be claimed. Returns
 * how many there are. */
static size_t look(struct vf_join *join)
{
    size_t ready = 0;
    for (size_t i = 0; i < join->count; i++) {
        join->fronts[i] = vf_join_front_of(join, i);
        ready += join->fronts[i] != NULL;
    }
    return ready;
}

/* Whether the front of a source is a part of what is joined, rather than later, or nothing. */
static bool takes_part(const struct vf_join *join, size_t i)
{
    const struct vf_message *front = join->fronts[i];
    return !join->rules.leads || i == 0 ||
           (front && !is_gap(front) && front->description.origin.number == join->floors[0]);
}

/* Takes the front of each source, as last looked at. Returns false, with nothing taken, when the
 * sender of one had just dropped it: the others stay in front, and may find another partner. */
static bool take_all(struct vf_join *join, struct vf_message **items)
{
    for (size_t i = 0; i < join->count; i++) {
        (void)VF_FAILPOINT("take.input");
        if (takes_part(join, i) && !vf_join_source_claim(&join->sources[i]))
            return false;
    }
    for (size_t i = 0; i < join->count; i++) {
        if (!takes_part(join, i))
            continue;
        vf_join_source_take(&join->sources[i], &items[join->sources[i].input]);
        vf_join_source_count(&join->sources[i], true);
    }
    join->led = join->floors[0];
    return true;
}

/* Whether nothing of the first source is left that may have the number of a front. */
static bool comes_alone(const struct vf_join *join, const struct vf_message *front)
{
    enum vf_end_reason why;
    uint64_t number = front->description.origin.number;
    bool is_over = !join->fronts[0] && vf_join_source_has_ended(&join->sources[0], &why);
    return !is_gap(front) && (is_over || number <= join->led || number < join->floors[0]);
}

/* Takes a message that is not the first of what was handed out last, or belongs to what is not there
 * any more. Returns false when there is none. */
static bool take_alone(struct vf_join *join, struct vf_message **items)
{
    for (size_t i = 1; join->rules.has_several && i < join->count; i++) {
        const struct vf_message *front = join->fronts[i];
        if (!front || !comes_alone(join, front) || !vf_join_source_claim(&join->sources[i]))
            continue;
        vf_join_source_take(&join->sources[i], &items[join->sources[i].input]);
        vf_join_source_count(&join->sources[i], true);
        return true;
    }
    return false;
}

/* Whether more may come of what was handed out last. */
static bool may_have_more(const struct vf_join *join)
{
    enum vf_end_reason why;
    for (size_t i = 1; join->rules.has_several && i < join->count; i++) {
        bool is_over = !join->fronts[i] && vf_join_source_has_ended(&join->sources[i], &why);
        if (join->floors[i] <= join->led && !is_over)
            return true;
    }
    return false;
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
        else if (join->floors[i] < join->later_floors[i])
            join->floors[i] = join->later_floors[i];
        if (join->floors[i] > target && (i == 0 || !join->rules.leads)) {
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
            join->fronts[i] = vf_join_front_of(join, i);
            has_discarded = true;
        }
    }
    return has_discarded;
}

/* Where the first source leads: whether each other one has what belongs to its front, or nothing
 * will come of it. */
static bool can_lead(struct vf_join *join, uint64_t target)
{
    enum vf_end_reason why;
    if (!join->rules.leads || !join->fronts[0] || is_gap(join->fronts[0]))
        return false;
    for (size_t i = 1; i < join->count; i++) {
        bool is_over = !join->fronts[i] && vf_join_source_has_ended(&join->sources[i], &why);
        if (!takes_part(join, i) && join->floors[i] <= target && !is_over)
            return false;
    }
    return true;
}

/* Whether the others bring nothing more. */
static bool are_drained(struct vf_join *join)
{
    enum vf_end_reason why;
    for (size_t i = 1; join->rules.has_several && i < join->count; i++) {
        while (join->fronts[i] && is_gap(join->fronts[i])) {
            discard(join, i);
            join->fronts[i] = vf_join_front_of(join, i);
        }
        if (join->fronts[i] || !vf_join_source_has_ended(&join->sources[i], &why))
            return false;
    }
    return true;
}

/* Where the first source leads, its end alone is the end; of what comes by itself, the end of all: a
 * node may tell of something when it ends. */
static int wait_for_leader(struct vf_join *join, struct vf_joined *joined)
{
    enum vf_end_reason why;
    bool is_over = !join->fronts[0] && vf_join_source_has_ended(&join->sources[0], &why);
    return is_over && are_drained(join) ? vf_join_wait_or_end(join, joined) : -EAGAIN;
}

/* Of one source alone, nothing can be too late. */
static int join_single(struct vf_join *join, struct vf_joined *joined)
{
    const struct vf_message *message;
    while ((message = vf_join_front_of(join, 0)) != NULL) {
        if (is_gap(message))
            discard(join, 0);
        else if (take_all(join, joined->items))
            return VF_OK;
    }
    return vf_join_wait_or_end(join, joined);
}

static int join_by_origin(struct vf_join *join, struct vf_joined *joined)
{
    for (;;) {
        size_t ready;
        uint64_t target = find_target(join, &ready);
        if (take_alone(join, joined->items))
            return VF_OK;
        if (target > 0 && target - 1 > joined->passed && !may_have_more(join))
            joined->passed = target - 1;
        if (discard_below(join, target))
            continue;
        if (ready < join->count && !can_lead(join, target))
            return join->rules.leads ? wait_for_leader(join, joined)
                                     : vf_join_wait_for_partners(join, joined);
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
            return vf_join_wait_for_partners(join, joined);
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
        ended += vf_join_source_has_ended(&join->sources[i], &why);
    bool is_new = join->rules.reports_ends && ended > join->ends_reported && ended < join->count;
    join->ends_reported = ended;
    return is_new;
}

/* Returns whether the front of a source may be handed out now. */
static bool may_take(const struct vf_join *join, size_t i)
{
    return !join->rules.may_take ||
           join->rules.may_take(join->rules.context, join->sources[i].input);
}

/* Looks at all sources. Returns the one whose front was published first, of those that may be taken;
 * the number of sources: there is none. */
static size_t find_first_to_come(struct vf_join *join)
{
    size_t first = join->count;
    int64_t earliest = INT64_MAX;
    (void)look(join);
    for (size_t i = 0; i < join->count; i++) {
        const struct vf_message *front = join->fronts[i];
        if (front && join->sources[i].input + 1 == join->preferred)
            return i;
        if (!front || front->description.publish_time_ns >= earliest || !may_take(join, i))
            continue;
        earliest = front->description.publish_time_ns;
        first = i;
    }
    return first;
}

static int join_by_arrival(struct vf_join *join, struct vf_joined *joined)
{
    for (;;) {
        size_t i = find_first_to_come(join);
        if (i == join->count)
            return has_new_end(join) ? VF_ENDED : vf_join_wait_or_end(join, joined);
        struct vf_join_source *first = &join->sources[i];
        joined->input = first->input;
        if (is_gap(join->fronts[i])) {
            joined->number = last_number(join->fronts[i]);
            joined->order = 0;
            discard(join, i);
            return VF_PASSED;
        }
        vf_join_source_take(first, &joined->items[first->input]);
        if (!joined->items[first->input])
            continue;
        join->preferred = 0;
        vf_join_source_count(first, true);
        return VF_OK;
    }
}

bool vf_join_is_held(struct vf_join *join)
{
    bool has_some = false;
    for (size_t i = 0; i < join->count; i++) {
        bool has_front = join->rules.may_take && vf_join_front_of(join, i);
        if (has_front && may_take(join, i))
            return false;
        has_some = has_some || has_front;
    }
    return has_some;
}

void vf_join_prefer(struct vf_join *join, unsigned input)
{
    join->preferred = input + 1;
}

/* Timestamp, or where there is none the time at which the producer emitted the origin. */
static int64_t time_of(const struct vf_message *message)
{
    int64_t time_ns = vf_message_time_ns(&message->description);
    return time_ns == VF_NO_TIMESTAMP ? message->description.event_time_ns : time_ns;
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
            return vf_join_wait_for_partners(join, joined);
        if (take_all(join, joined->items))
            return VF_OK;
    }
}

/* Keeps the last message of a source that is not too late for `lead_ns`. Returns whether it is
 * sure that no later one will still be in time. */
static bool advance_last(struct vf_join *join, size_t i, int64_t lead_ns)
{
    struct vf_join_source *source = &join->sources[i];
    const struct vf_message *front;
    enum vf_end_reason why;
    while ((front = vf_join_front_of(join, i)) != NULL) {
        struct vf_message *taken;
        if (is_later(join, time_of(front), lead_ns))
            return true;
        vf_join_source_take(source, &taken);
        if (!taken)
            continue; /* dropped meanwhile: what is kept may still serve */
        vf_join_source_count(source, true);
        vf_message_destroy(&join->last[i]);
        join->last[i] = taken;
    }
    return vf_join_source_has_ended(source, &why);
}

/* Gives the lead, which is claimed, and the last of each other source. */
static int give_with_last(struct vf_join *join, struct vf_message **items)
{
    for (size_t i = 1; i < join->count; i++) {
        int err = vf_message_clone(&items[join->sources[i].input], join->last[i]);
        if (err)
            return err;
    }
    vf_join_source_take(&join->sources[0], &items[join->sources[0].input]);
    vf_join_source_count(&join->sources[0], true);
    return VF_OK;
}

/* The first source leads; the others give their nearest message, or their last again. */
static int join_with_last(struct vf_join *join, struct vf_joined *joined)
{
    const struct vf_message *lead;
    while ((lead = vf_join_front_of(join, 0)) != NULL) {
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
        else if (vf_join_source_claim(&join->sources[0]))
            return give_with_last(join, joined->items);
    }
    enum vf_end_reason why;
    if (!vf_join_source_has_ended(&join->sources[0], &why))
        return -EAGAIN;
    for (size_t i = 1; i < join->count && join->rules.end == VF_JOIN_END_ALL; i++) {
        while (vf_join_front_of(join, i))
            discard(join, i);
    }
    return vf_join_wait_or_end(join, joined);
}

static int join_next(struct vf_join *join, struct vf_joined *joined)
{
    joined->is_tick = vf_join_has_ticks(join);
    if (join->rules.end == VF_JOIN_END_ANY && has_any_ended(join))
        return vf_join_wait_or_end(join, joined);
    switch (join->rules.by) {
    case VF_JOIN_BY_ORIGIN:
        return join->count == 1 ? join_single(join, joined) : join_by_origin(join, joined);
    case VF_JOIN_BY_ORDER:
        return join_by_order(join, joined);
    case VF_JOIN_BY_TIME:
        return join->rules.repeats_last ? join_with_last(join, joined) : join_near(join, joined);
    case VF_JOIN_BY_LATEST:
        return vf_join_has_ticks(join) ? vf_join_at_ticks(join, joined) : vf_join_led(join, joined);
    case VF_JOIN_BY_ARRIVAL:
    default:
        return join_by_arrival(join, joined);
    }
}

int vf_join_next(struct vf_join *join, struct vf_joined *joined)
{
    int result = join_next(join, joined);
    joined->passed_ns = join->passed > joined->passed ? join->passed_ns : VF_NO_TIMESTAMP;
    if (join->passed > joined->passed)
        joined->passed = join->passed;
    return result;
}

bool vf_join_can_go_on(struct vf_join *join)
{
    for (size_t i = 0; i < join->count; i++) {
        if (vf_join_front_of(join, i))
            return true;
    }
    return has_any_ended(join);
}

static const struct vf_join_source *find_source(const struct vf_join *join, unsigned input)
{
    for (size_t i = 0; i < join->count; i++) {
        if (join->sources[i].input == input)
            return &join->sources[i];
    }
    return NULL;
}

bool vf_join_has_ended(const struct vf_join *join, unsigned input)
{
    const struct vf_join_source *source = find_source(join, input);
    enum vf_end_reason why;
    return source && vf_join_source_has_ended(source, &why);
}

int64_t vf_join_gap_ns(const struct vf_join *join, unsigned input)
{
    const struct vf_join_source *source = find_source(join, input);
    return source ? source->gap_ns : VF_NO_TIMESTAMP;
}

bool vf_join_can_look_ahead(const struct vf_join *join)
{
    return join->rules.by != VF_JOIN_BY_LATEST;
}

void vf_join_mark(const struct vf_join *join, struct vf_inbox_mark *marks)
{
    for (size_t i = 0; i < join->count; marks += join->sources[i++].all_count)
        vf_join_source_mark(&join->sources[i], marks);
}

void vf_join_end_round(struct vf_join *join, uint64_t round, const struct vf_inbox_mark *marks)
{
    for (size_t i = 0; i < join->count; i++) {
        vf_join_source_end_round(&join->sources[i], join->floors[i], round, marks);
        marks = marks ? marks + join->sources[i].all_count : NULL;
    }
}

void vf_join_give_up(struct vf_join *join, const struct vf_inbox_mark *marks)
{
    for (size_t i = 0; i < join->count; marks += join->sources[i++].all_count) {
        for (size_t lane = 0; lane < join->sources[i].all_count; lane++)
            vf_inbox_give_up(join->sources[i].all[lane], marks[lane]);
    }
}

/* The floor of a source that a dead process had set may lie behind what that had taken before it
 * answered what was in front: until that is taken again, it is the floor. */
static void resume_floor(struct vf_join *join, size_t i)
{
    const struct vf_message *front;
    uint64_t floor = vf_join_source_resume(&join->sources[i]);
    join->floors[i] = join->later_floors[i] = floor;
    if (join->rules.by != VF_JOIN_BY_ORIGIN)
        return;
    front = vf_join_source_front(&join->sources[i]);
    if (front && !is_gap(front) && front->description.origin.number < floor)
        join->floors[i] = front->description.origin.number;
}

int vf_join_resume(struct vf_join *join, uint64_t *passed)
{
    int err = VF_OK;
    for (size_t i = 0; !err && i < join->count; i++) {
        resume_floor(join, i);
        const struct vf_message *last = vf_join_source_last_answered(&join->sources[i]);
        bool is_kept = join->rules.by == VF_JOIN_BY_LATEST ? i > 0 || vf_join_has_ticks(join)
                                                           : i > 0 && join->rules.repeats_last;
        if (last && is_kept)
            err = vf_message_clone(&join->last[i], last);
        join->newest[i] =
            (struct vf_join_newest){.came_ns = vf_clock_now_ns(), .number = 1, .is_counted = true};
    }
    if (join->count && join->floors[0] && join->rules.by == VF_JOIN_BY_ORIGIN)
        join->passed = join->floors[0] - 1;
    join->led = join->rules.leads ? join->floors[0] : 0;
    *passed = join->passed;
    return err;
}
