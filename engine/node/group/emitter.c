/* SPDX-License-Identifier: MIT */
/* emitter - where a member's messages go: to its readers at once, and out of the group.
 *
 * A reader runs before the callback that emits goes on, so no more than one message is between
 * two members, except in front of a join.
 */
#include <errno.h>
#include <stdint.h>

#include "engine/node/group/parts.h"

static struct vf_member_run *member_of(const struct vf_emitter *emitter)
{
    return (struct vf_member_run *)(uintptr_t)emitter;
}

static struct vf_emitter *outside(const struct vf_emitter *emitter)
{
    return member_of(emitter)->group->outer->emitter;
}

static const struct vf_message *first_input(const struct vf_member_run *member)
{
    for (size_t i = 0; i < member->member->source_count; i++) {
        if (member->inputs[i])
            return member->inputs[i];
    }
    return NULL;
}

static bool is_from(const struct vf_group_source *source, const struct vf_member_run *sender,
                    unsigned port)
{
    return source->from == VF_GROUP_MEMBER && source->port == port &&
           &sender->group->members[source->member] == sender;
}

/* Fills in what the node left open, as the task does for what goes outside. */
static void complete(const struct vf_member_run *member, struct vf_description *answer)
{
    const struct vf_message *input = first_input(member);
    if (!input || answer->origin.stream)
        return;
    answer->origin = input->description.origin;
    answer->event_time_ns = input->description.event_time_ns;
    if (answer->time_base.num == 0) {
        answer->time_base = input->description.time_base;
        answer->timestamp = input->description.timestamp;
        answer->duration = input->description.duration;
    }
}

/* Counts how a message got to its readers: it is over when all of them have ended. */
struct delivery {
    bool is_taken, is_refused;
    bool is_dropped;
    int failure;
};

static void note(struct delivery *delivery, int result)
{
    delivery->is_taken |= result == VF_OK || result == VF_DROPPED;
    delivery->is_refused |= result == VF_END;
    delivery->is_dropped |= result == VF_DROPPED;
    if (result < 0 && !delivery->failure)
        delivery->failure = result;
}

static int result_of(const struct delivery *delivery)
{
    if (delivery->failure)
        return delivery->failure;
    if (delivery->is_refused && !delivery->is_taken)
        return VF_END;
    return delivery->is_dropped ? VF_DROPPED : VF_OK;
}

static int emit_outside(struct vf_emitter *emitter, unsigned port, const struct vf_message *message)
{
    struct vf_message *clone;
    int err = vf_message_clone(&clone, message);
    if (err)
        return err;
    int result = emitter->emit(emitter, port, &clone);
    vf_message_destroy(&clone);
    return result;
}

/* Hands a message to every member that reads it. */
static void deliver_inside(struct vf_member_run *sender, unsigned port, struct vf_message *message,
                           struct delivery *delivery)
{
    struct vf_group_run *group = sender->group;
    bool was_received = message->is_received;
    message->is_received = true; /* others look at it, too: nobody may write */
    for (size_t i = 0; i < group->group->member_count && !delivery->failure; i++) {
        struct vf_member_run *reader = &group->members[i];
        for (size_t j = 0; j < reader->member->source_count && !delivery->failure; j++) {
            if (is_from(&reader->member->sources[j], sender, port))
                note(delivery, vf_group_offer(reader, j, message));
        }
    }
    message->is_received = was_received;
}

static bool is_output(const struct vf_member_run *member, size_t output, unsigned port)
{
    const struct vf_group_output *known = &member->group->group->outputs[output];
    return known->port == port && &member->group->members[known->member] == member;
}

static int emit(struct vf_emitter *emitter, unsigned port, struct vf_message **output)
{
    struct vf_member_run *member = member_of(emitter);
    struct delivery delivery = {0};
    complete(member, &(*output)->description);
    for (unsigned i = 0; i < member->group->group->output_count; i++) {
        if (is_output(member, i, port))
            note(&delivery, emit_outside(outside(emitter), i, *output));
    }
    deliver_inside(member, port, *output, &delivery);
    int result = result_of(&delivery);
    if (result >= 0)
        vf_message_destroy(output);
    return result;
}

static int passthrough(struct vf_emitter *emitter, unsigned port, unsigned input)
{
    struct vf_member_run *member = member_of(emitter);
    struct delivery delivery = {0};
    if (input >= member->member->source_count || !member->inputs[input])
        return -EINVAL;
    const struct vf_group_source *source = &member->member->sources[input];
    for (unsigned i = 0; i < member->group->group->output_count; i++) {
        if (!is_output(member, i, port))
            continue;
        if (source->from == VF_GROUP_OUTSIDE && member->group->has_inputs)
            note(&delivery, outside(emitter)->passthrough(outside(emitter), i, source->port));
        else
            note(&delivery, emit_outside(outside(emitter), i, member->inputs[input]));
    }
    deliver_inside(member, port, member->inputs[input], &delivery);
    return result_of(&delivery);
}

static int drop(struct vf_emitter *emitter, unsigned port)
{
    const struct vf_member_run *member = member_of(emitter);
    int err = VF_OK;
    for (unsigned i = 0; i < member->group->group->output_count && !err; i++) {
        if (is_output(member, i, port))
            err = outside(emitter)->drop(outside(emitter), i);
    }
    return err;
}

static bool is_read(const struct vf_emitter *emitter, unsigned port)
{
    const struct vf_member_run *member = member_of(emitter);
    const struct vf_group_run *group = member->group;
    for (unsigned i = 0; i < group->group->output_count; i++) {
        if (is_output(member, i, port) && outside(emitter)->is_read(outside(emitter), i))
            return true;
    }
    for (size_t i = 0; i < group->group->member_count; i++) {
        const struct vf_member_run *reader = &group->members[i];
        for (size_t j = 0; j < reader->member->source_count && !reader->has_ended; j++) {
            if (is_from(&reader->member->sources[j], member, port))
                return true;
        }
    }
    return false;
}

static int allocate(struct vf_emitter *emitter, size_t size, struct vf_payload **payload)
{
    return outside(emitter)->allocate(outside(emitter), size, payload);
}

static int try_allocate(struct vf_emitter *emitter, size_t size, struct vf_payload **payload)
{
    return outside(emitter)->try_allocate(outside(emitter), size, payload);
}

static int sleep_until(struct vf_emitter *emitter, int64_t deadline_ns)
{
    return outside(emitter)->sleep_until(outside(emitter), deadline_ns);
}

/* What follows inside of a group is not known to it: the callback is to return. */
static int await_input(struct vf_emitter *emitter, int fd, bool is_at_work)
{
    (void)emitter;
    (void)fd;
    (void)is_at_work;
    return VF_DROPPED;
}

static int look_ahead(struct vf_emitter *emitter, unsigned count, int64_t deadline_ns)
{
    (void)emitter;
    (void)count;
    (void)deadline_ns;
    return 0;
}

static struct vf_message *const *ahead(const struct vf_emitter *emitter, unsigned number)
{
    (void)emitter;
    (void)number;
    return NULL;
}

static int await(struct vf_emitter *emitter, int fd, int64_t deadline_ns)
{
    return outside(emitter)->await(outside(emitter), fd, deadline_ns);
}

static int arena(const struct vf_emitter *emitter, uint32_t number, size_t *size)
{
    return outside(emitter)->arena(outside(emitter), number, size);
}

static void waited(struct vf_emitter *emitter, int64_t since_ns)
{
    outside(emitter)->waited(outside(emitter), since_ns);
}

static bool stop_requested(struct vf_emitter *emitter)
{
    return outside(emitter)->stop_requested(outside(emitter));
}

static bool is_ending(struct vf_emitter *emitter)
{
    return outside(emitter)->is_ending(outside(emitter));
}

static void report_error(struct vf_emitter *emitter, const char *line)
{
    outside(emitter)->report_error(outside(emitter), line);
}

static void count_error(struct vf_emitter *emitter)
{
    outside(emitter)->count_error(outside(emitter));
}

static void complain(struct vf_emitter *emitter, const char *text, const char *details)
{
    outside(emitter)->complain(outside(emitter), text, details);
}

static void report_output(struct vf_emitter *emitter, const char *line)
{
    outside(emitter)->report_output(outside(emitter), line);
}

static void detail(struct vf_emitter *emitter, const char *key, json_t *value)
{
    outside(emitter)->detail(outside(emitter), key, value);
}

static void note_medium(struct vf_emitter *emitter, bool is_output, const struct vf_medium *medium)
{
    outside(emitter)->note_medium(outside(emitter), is_output, medium);
}

static void expect(struct vf_emitter *emitter, unsigned port, uint64_t messages)
{
    outside(emitter)->expect(outside(emitter), port, messages);
}

static void note_provider(struct vf_emitter *emitter, const char *provider)
{
    outside(emitter)->note_provider(outside(emitter), provider);
}

static void begin_source(struct vf_emitter *emitter, const char *name, uint64_t number,
                         uint64_t count)
{
    outside(emitter)->begin_source(outside(emitter), name, number, count);
}

static void expect_no_end(struct vf_emitter *emitter)
{
    outside(emitter)->expect_no_end(outside(emitter));
}

static void send_live(struct vf_emitter *emitter)
{
    outside(emitter)->send_live(outside(emitter));
}

/* The task counts what leaves the group, which is not what this member made. */
static const struct vf_made *made(const struct vf_emitter *emitter, unsigned port)
{
    static const struct vf_made none = {.timestamp = VF_NO_TIMESTAMP};
    (void)emitter;
    (void)port;
    return &none;
}

/* Inside, only one comes at a time: none of them ends before the others. */
static bool has_ended(const struct vf_emitter *emitter, unsigned input)
{
    (void)emitter;
    (void)input;
    return false;
}

/* Who takes each is in no group. */
static int64_t passed_ns(const struct vf_emitter *emitter, unsigned input)
{
    (void)emitter;
    (void)input;
    return VF_NO_TIMESTAMP;
}

static enum vf_end_reason end_reason(const struct vf_emitter *emitter)
{
    return outside(emitter)->end_reason(outside(emitter));
}

static bool ends_by_stop(const struct vf_emitter *emitter)
{
    return outside(emitter)->ends_by_stop(outside(emitter));
}

static bool comes_live(const struct vf_emitter *emitter)
{
    return outside(emitter)->comes_live(outside(emitter));
}

static uint64_t expected(const struct vf_emitter *emitter)
{
    return outside(emitter)->expected(outside(emitter));
}

static void tell_run(struct vf_emitter *emitter, const struct vf_notice *notice)
{
    outside(emitter)->tell_run(outside(emitter), notice);
}

/* Only producers hear of the run, and none is in a group. */
static int hear_run(struct vf_emitter *emitter, uint64_t number, bool waits, json_t **event)
{
    return outside(emitter)->hear_run(outside(emitter), number, waits, event);
}

const struct vf_emitter vf_group_emitter = {
    .emit = emit,
    .passthrough = passthrough,
    .drop = drop,
    .allocate = allocate,
    .try_allocate = try_allocate,
    .sleep_until = sleep_until,
    .await = await,
    .await_input = await_input,
    .look_ahead = look_ahead,
    .ahead = ahead,
    .arena = arena,
    .waited = waited,
    .is_read = is_read,
    .stop_requested = stop_requested,
    .is_ending = is_ending,
    .report_error = report_error,
    .count_error = count_error,
    .complain = complain,
    .report_output = report_output,
    .detail = detail,
    .note_medium = note_medium,
    .expect = expect,
    .expect_no_end = expect_no_end,
    .begin_source = begin_source,
    .note_provider = note_provider,
    .send_live = send_live,
    .made = made,
    .has_ended = has_ended,
    .passed_ns = passed_ns,
    .end_reason = end_reason,
    .ends_by_stop = ends_by_stop,
    .comes_live = comes_live,
    .expected = expected,
    .tell_run = tell_run,
    .hear_run = hear_run,
};
