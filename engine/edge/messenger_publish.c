/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/failpoint.h"
#include "engine/base/log.h"
#include "engine/edge/messenger_inside.h"

#define LONGEST_GOODBYE_NS (10 * VF_NS_PER_S)

bool vf_messenger_is_read(const struct vf_messenger *messenger, unsigned port)
{
    return vf_fan_out_is_read(messenger->fan_out, port);
}

bool vf_messenger_is_abandoned(const struct vf_messenger *messenger)
{
    return vf_fan_out_is_abandoned(messenger->fan_out);
}

/* Fills in what the node left open in an answer to a tick, which may have had no input. */
static void complete_tick(const struct vf_messenger *messenger, struct vf_description *answer)
{
    struct vf_rational rate = messenger->wires->rules.rate;
    if (answer->origin.stream)
        return;
    answer->origin.stream = messenger->wires->rules.stream;
    answer->origin.number = messenger->answering.number;
    answer->event_time_ns = answer->publish_time_ns;
    if (answer->time_base.num == 0) {
        answer->time_base = (struct vf_rational){rate.den, rate.num};
        answer->timestamp = (int64_t)messenger->answering.number - 1;
        answer->duration = 1;
    }
}

int64_t vf_messenger_stamp(struct vf_messenger *messenger)
{
    messenger->stamped_ns = vf_clock_now_ns();
    return messenger->stamped_ns;
}

/* Takes the time of a message that is published, which is a sign of life, too. */
static int64_t take_time(struct vf_messenger *messenger)
{
    int64_t now = messenger->stamped_ns ? messenger->stamped_ns : vf_clock_now_ns();
    messenger->stamped_ns = 0;
    atomic_store_explicit(&messenger->wires->page->alive_ns, now, memory_order_relaxed);
    return now;
}

/* Fills in what the node left open. */
static void complete(struct vf_messenger *messenger, unsigned port, struct vf_description *answer)
{
    const struct vf_message *input = vf_messenger_answered(messenger);
    answer->publish_time_ns = take_time(messenger);
    if (messenger->wires->in_count == 0 && port < messenger->port_count) {
        answer->origin.stream = messenger->wires->task << 8 | port;
        vf_made_add(&messenger->made[port], answer);
        answer->origin.number = messenger->made[port].count;
        answer->event_time_ns = answer->publish_time_ns;
    } else if (messenger->joined.is_tick) {
        complete_tick(messenger, answer);
    } else if (input && !answer->origin.stream) {
        answer->origin = input->description.origin;
        answer->event_time_ns = input->description.event_time_ns;
        if (answer->time_base.num == 0) {
            answer->time_base = input->description.time_base;
            answer->timestamp = input->description.timestamp;
            answer->duration = input->description.duration;
        }
    }
}

static void count_emitted(struct vf_messenger *messenger, unsigned port)
{
    struct vf_task_page *page = messenger->wires->page;
    unsigned place = port < VF_PAGE_PORTS ? port : VF_PAGE_PORTS - 1;
    if (port < messenger->port_count && messenger->recounted[port])
        messenger->recounted[port]--; /* the process before has counted it */
    else
        vf_page_add(&page->emitted[place], 1);
    if (messenger->wires->in_count == 0 && port == 0)
        vf_page_add(&page->frame, 1);
}

/* Returns -EAGAIN where a payload that is released would help. */
static int try_to_allocate(struct vf_messenger *messenger, size_t size, struct vf_payload **payload)
{
    vf_fan_out_reap(messenger->fan_out);
    int err = vf_arena_allocate(messenger->wires->arena, size, payload);
    if (err == -EAGAIN) {
        vf_fan_out_reap_all(messenger->fan_out);
        err = vf_arena_allocate(messenger->wires->arena, size, payload);
    }
    if (err == -EAGAIN && !messenger->never_drops)
        err = VF_DROPPED;
    else if (err == -EAGAIN && !vf_fan_out_has_unreleased(messenger->fan_out))
        err = -ENOMEM; /* the node itself keeps them all: no sleep would help */
    return err;
}

int vf_messenger_allocate(struct vf_messenger *messenger, size_t size, struct vf_payload **payload)
{
    int err;
    *payload = NULL;
    do
        err = try_to_allocate(messenger, size, payload);
    while (vf_messenger_wait(messenger, VF_NEED_RELEASE, &err));
    if (err == -ENOMEM)
        vf_log(VF_LOG_ERROR, "no memory for %zu bytes in the task's arena", size);
    return err;
}

/* Whether the receivers of `port` can read a payload where it lies: in a flow that was changed, a
 * receiver may know nothing of the task that made it. */
static bool is_readable(const struct vf_messenger *messenger, unsigned port,
                        const struct vf_payload *payload)
{
    if (!payload->arena) {
        /* A new process finds what it has been sent itself, which has a name, or what is in an
         * arena. */
        bool is_found = payload->offset || !messenger->wires->is_replaceable;
        return payload->size <= VF_INLINE_LIMIT ||
               (is_found && vf_fan_out_is_remote(messenger->fan_out, port));
    }
    return payload->arena == messenger->wires->task ||
           vf_fan_out_is_seen(messenger->fan_out, port, payload->arena);
}

/* Moves a payload into the arena whose receivers could not read it elsewhere. */
static int move_into_arena(struct vf_messenger *messenger, unsigned port, struct vf_message *output)
{
    struct vf_payload *former = output->payload;
    if (!former || is_readable(messenger, port, former))
        return VF_OK;
    struct vf_payload *shared;
    int err = vf_messenger_allocate(messenger, former->size, &shared);
    if (err)
        return err;
    memcpy(shared->data, former->data, former->size);
    output->payload = shared;
    vf_payload_drop(&former);
    return VF_OK;
}

static void address(struct vf_envelope *envelope, const struct vf_message *output)
{
    struct vf_payload *payload = output->payload;
    vf_description_put(&envelope->description, &output->description);
    envelope->description.payload_size = payload ? payload->size : 0;
    envelope->arena = payload ? payload->arena : 0;
    envelope->offset = payload ? payload->offset : 0;
    if (payload && !payload->arena && payload->size > VF_INLINE_LIMIT)
        envelope->arena = VF_ARENA_PART;
    else if (payload && !payload->arena)
        memcpy(envelope->inline_bytes, payload->data, payload->size);
}

/* Publishes an addressed message, as soon as every edge that waits has room. */
static int fan_out_message(struct vf_messenger *messenger, unsigned port,
                           struct vf_envelope *envelope, struct vf_payload *payload)
{
    int err = vf_fan_out_offer(messenger->fan_out, port, envelope, payload);
    while (vf_messenger_wait(messenger, VF_NEED_ROOM, &err))
        err = vf_fan_out_retry(messenger->fan_out, envelope, payload);
    return err;
}

/* Counts a message for which there was no memory. */
static void drop_described(struct vf_messenger *messenger, unsigned port,
                           const struct vf_description *description)
{
    const struct vf_gap gap = {.number = description->origin.number,
                               .time_ns = vf_message_time_ns(description)};
    vf_fan_out_drop(messenger->fan_out, port, &gap);
}

/* Publishes a message that is complete. */
static int hand_over(struct vf_messenger *messenger, unsigned port, struct vf_message *output)
{
    struct vf_envelope envelope;
    if (!vf_messenger_is_read(messenger, port)) {
        vf_fan_out_refuse(messenger->fan_out, port);
        return vf_fan_out_is_abandoned(messenger->fan_out) ? VF_END : VF_OK;
    }
    int result = move_into_arena(messenger, port, output);
    if (result == VF_DROPPED)
        drop_described(messenger, port, &output->description);
    if (result != VF_OK)
        return result;
    address(&envelope, output);
    /* Inline bytes are in the envelope; only what lies elsewhere has to be kept. */
    return fan_out_message(messenger, port, &envelope, envelope.arena ? output->payload : NULL);
}

/* Opens the round that a producer has for each message. What an answer owes is settled with its
 * input. */
static void begin_message(struct vf_messenger *messenger)
{
    if (messenger->wires->in_count == 0)
        vf_messenger_begin_round(messenger);
}

/* Closes it, unless publishing failed. Returns `result`, or an error of the gaps. */
static int end_message(struct vf_messenger *messenger, int result)
{
    if (messenger->wires->in_count || result < 0)
        return result;
    vf_messenger_end_round(messenger, 0);
    int err = vf_fan_out_send_gaps(messenger->fan_out);
    return err ? err : result;
}

/* Publishes a message without taking it. */
static int publish(struct vf_messenger *messenger, unsigned port, struct vf_message *output)
{
    complete(messenger, port, &output->description);
    count_emitted(messenger, port);
    vf_trace_send(messenger->wires->trace, port, &output->description);
    vf_tap_offer(messenger->wires->tap, port, output);
    if (vf_messenger_stop_level(messenger) >= VF_STOP_HALT)
        return VF_END;
    begin_message(messenger);
    return end_message(messenger, hand_over(messenger, port, output));
}

/* Publishes what a replica still holds for `port`. */
static int let_go_held(struct vf_messenger *messenger, unsigned port, bool is_last)
{
    struct vf_message **held = &messenger->held[port];
    if (!*held)
        return VF_OK;
    (*held)->description.is_last_of_order = is_last;
    int result = publish(messenger, port, *held);
    if (result >= 0)
        vf_message_destroy(held);
    return result;
}

/* A replica does not know before its callback returns which answer is the last, so it always
 * holds one back. */
static int hold_back(struct vf_messenger *messenger, unsigned port, struct vf_message **output)
{
    int result = let_go_held(messenger, port, false);
    if (result < 0)
        return result;
    messenger->stamped_ns = 0; /* it gets its time when it is let go */
    (*output)->description.order = vf_messenger_answered(messenger)->description.order;
    messenger->held[port] = *output;
    *output = NULL;
    return result;
}

static bool holds_back(const struct vf_messenger *messenger, unsigned port)
{
    return messenger->wires->is_replica && port < messenger->port_count &&
           vf_messenger_answered(messenger);
}

int vf_messenger_publish(struct vf_messenger *messenger, unsigned port, struct vf_message **output)
{
    if (holds_back(messenger, port))
        return hold_back(messenger, port, output);
    int result = publish(messenger, port, *output);
    if (result >= 0)
        vf_message_destroy(output);
    return result;
}

int vf_messenger_publish_copy(struct vf_messenger *messenger, unsigned port,
                              struct vf_message *output)
{
    struct vf_payload *payload = output->payload;
    struct vf_message *held = NULL;
    int result;
    if (holds_back(messenger, port)) {
        result = vf_message_clone(&held, output);
        if (result == VF_OK)
            result = hold_back(messenger, port, &held);
        vf_message_destroy(&held);
        return result;
    }
    if (payload)
        vf_payload_hold(payload);
    result = publish(messenger, port, output);
    vf_payload_drop(&output->payload); /* it may be in another place now */
    output->payload = payload;
    return result;
}

/* What a replica has answered to its order becomes complete; a port without an answer says so. */
static int release_order(struct vf_messenger *messenger)
{
    for (unsigned port = 0; port < messenger->port_count; port++) {
        bool has_last = messenger->held[port] != NULL;
        int result = let_go_held(messenger, port, true);
        if (result < 0 || result == VF_END)
            return result;
        if (has_last)
            vf_fan_out_note_last_answer(messenger->fan_out, port);
    }
    int err = VF_OK;
    const struct vf_gap gap = {messenger->answering.number, VF_NO_TIMESTAMP,
                               messenger->answering.order};
    for (unsigned port = 0; !err && port < messenger->port_count; port++) {
        do
            err = vf_fan_out_close_order(messenger->fan_out, port, &gap);
        while (vf_messenger_wait(messenger, VF_NEED_RELEASE, &err));
    }
    return err;
}

/* What is emitted has the numbers of the first input: those of others pass nothing. */
static bool is_of_first_input(const struct vf_messenger *messenger, const struct vf_message *input)
{
    const struct vf_task_wires *wires = messenger->wires;
    unsigned first = wires->in[0].terms->input;
    for (size_t i = 1; i < wires->in_count; i++) {
        if (wires->in[i].terms->input < first)
            first = wires->in[i].terms->input;
    }
    return messenger->raw || messenger->inputs.items[first] == input;
}

int vf_messenger_release(struct vf_messenger *messenger)
{
    const struct vf_message *input = vf_messenger_answered(messenger);
    int result = VF_OK;
    if (!messenger->answering.is_open)
        return VF_OK;
    messenger->answering.is_open = false;
    struct vf_gap passed = {.time_ns = VF_NO_TIMESTAMP};
    if (input && is_of_first_input(messenger, input))
        passed = (struct vf_gap){.number = input->description.origin.number,
                                 .time_ns = vf_message_time_ns(&input->description)};
    if (messenger->joined.is_tick || messenger->answering.answers)
        passed = (struct vf_gap){.number = messenger->answering.number, .time_ns = VF_NO_TIMESTAMP};
    if (messenger->wires->is_replica)
        result = release_order(messenger);
    else if (!messenger->wires->answers_late)
        vf_fan_out_close_origins(messenger->fan_out, messenger->answering.answers, &passed);
    if (result >= 0)
        vf_messenger_end_round(messenger, passed.number);
    (void)VF_FAILPOINT("release.inputs");
    vf_messenger_drop_inputs(messenger);
    int err = result < 0 ? result : vf_fan_out_send_gaps(messenger->fan_out);
    return err ? err : result;
}

int vf_messenger_passthrough(struct vf_messenger *messenger, unsigned port, unsigned input)
{
    if (input >= messenger->inputs.count || !messenger->inputs.items[input])
        return -EINVAL;
    struct vf_message forwarded = *messenger->inputs.items[input];
    return vf_messenger_publish_copy(messenger, port, &forwarded);
}

int vf_messenger_drop(struct vf_messenger *messenger, unsigned port)
{
    struct vf_description never_made = {.timestamp = VF_NO_TIMESTAMP};
    complete(messenger, port, &never_made);
    count_emitted(messenger, port);
    begin_message(messenger);
    drop_described(messenger, port, &never_made);
    /* The end of a producer's message sends the gaps, too. */
    return messenger->wires->in_count ? vf_fan_out_send_gaps(messenger->fan_out)
                                      : end_message(messenger, VF_OK);
}

/* By sockets, stays until everything has been received: what would be lost on the way could not be
 * sent again. */
static int wait_until_received(struct vf_messenger *messenger)
{
    int err = VF_OK;
    int64_t deadline = vf_clock_now_ns() + LONGEST_GOODBYE_NS;
    while (!err && vf_fan_out_has_unreceived(messenger->fan_out) &&
           !vf_messenger_must_halt(messenger) && vf_clock_now_ns() < deadline)
        err = vf_messenger_sleep_blocked(messenger);
    return err;
}

int vf_messenger_publish_termination(struct vf_messenger *messenger, enum vf_end_reason reason)
{
    int err;
    messenger->is_ending = true;
    vf_messenger_forget_repeated(messenger);
    do /* a cell is kept free for it, so it hardly ever waits */
        err = vf_fan_out_end(messenger->fan_out, reason);
    while (vf_messenger_wait(messenger, VF_NEED_RELEASE, &err));
    return err ? err : wait_until_received(messenger);
}

int vf_messenger_passthrough_termination(struct vf_messenger *messenger)
{
    return vf_messenger_publish_termination(messenger, vf_messenger_end_reason(messenger));
}
