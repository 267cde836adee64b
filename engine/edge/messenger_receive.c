/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/edge/messenger_inside.h"
#include "engine/edge/remote/parcel.h"
#include "engine/edge/remote/recap.h"

#define FEW 6 /* messages that malloc() keeps at hand, with what else the round needs */

/* What comes through the data socket. */
union incoming {
    struct vf_envelope envelope;
    struct vf_recap recap;
};

static int find_input(const struct vf_messenger *messenger, const union incoming *incoming,
                      size_t size, size_t *input)
{
    _Static_assert(offsetof(struct vf_envelope, edge) == offsetof(struct vf_recap, edge),
                   "both say at once what edge they are of");
    size_t i = 0, count = messenger->wires->in_count;
    while (i < count && messenger->wires->in[i].terms->id != incoming->envelope.edge)
        i++;
    *input = i;
    if (i < count && size >= offsetof(struct vf_envelope, description))
        return VF_OK;
    vf_log(VF_LOG_ERROR, "something came that belongs to no input; ignored");
    return -EBADMSG;
}

/* A sender has another process, or this task has. */
static void hear_recap(const struct vf_messenger *messenger, size_t input,
                       const struct vf_recap *recap)
{
    struct vf_inbox *inbox = messenger->inboxes[input];
    vf_inbox_hear_recap(inbox, recap);
    /* A new process of the sender knows nothing of what the one before was asked. */
    if (messenger->acknowledgers[input])
        vf_acknowledger_repeat(messenger->acknowledgers[input], !vf_inbox_has_gathered(inbox));
}

static int accept_message(const struct vf_messenger *messenger, size_t input,
                          struct vf_envelope *envelope, size_t size, struct vf_payload **part)
{
    int err = vf_parcel_open(messenger->wires->in[input].terms, &messenger->kept[input], envelope,
                             size, part);
    if (!err)
        err = vf_inbox_accept(messenger->inboxes[input], envelope, size, part);
    if (!err && messenger->acknowledgers[input])
        vf_acknowledger_expect(messenger->acknowledgers[input], envelope->cell, envelope->sequence);
    return err;
}

static int accept(const struct vf_messenger *messenger, union incoming *incoming, size_t size,
                  struct vf_payload **part)
{
    size_t input;
    int err = find_input(messenger, incoming, size, &input);
    if (!err && size == sizeof(incoming->recap) && incoming->recap.magic == VF_RECAP_MAGIC)
        hear_recap(messenger, input, &incoming->recap);
    else if (!err)
        err = accept_message(messenger, input, &incoming->envelope, size, part);
    return err;
}

int vf_messenger_pump(struct vf_messenger *messenger)
{
    union incoming incoming;
    struct vf_payload *part;
    size_t size;
    int count = 0;
    while (vf_wire_receive_payload(messenger->data, &incoming, sizeof(incoming), &size, &part) ==
           VF_OK) {
        int err = accept(messenger, &incoming, size, &part);
        vf_payload_drop(&part);
        if (err && err != -EBADMSG)
            return err;
        count++;
    }
    messenger->has_data = false;
    return count;
}

/* How many messages to read at once from each sender. Where only one sends, and all of it is handed
 * out in its order, a few will do: their memory is used again soon, while the caches have it. Where
 * messages are compared, all have to be there. */
static int most_at_once(const struct vf_messenger *messenger)
{
    bool is_line = messenger->wires->in_count == 1 && !messenger->ahead &&
                   messenger->wires->rules.by == VF_JOIN_BY_ORIGIN;
    return is_line ? FEW : INT_MAX;
}

/* Reads what stands in the senders' outboxes. Returns how many messages, or an error. */
static int collect(struct vf_messenger *messenger)
{
    int count = 0, most = most_at_once(messenger);
    for (size_t i = 0; i < messenger->wires->in_count; i++) {
        if (messenger->wires->in[i].terms->is_abandoned)
            continue;
        int found = vf_inbox_collect_some(messenger->inboxes[i], most);
        if (found < 0)
            return found;
        count += found;
    }
    return count;
}

/* Ends the edges whose senders are lost with their hosts, once all that came from there is taken
 * in. */
static int end_lost(struct vf_messenger *messenger)
{
    int err = VF_OK;
    for (size_t i = 0; !err && messenger->is_remote && i < messenger->wires->in_count; i++) {
        const struct vf_edge_end *end = &messenger->wires->in[i];
        if (end->terms->is_remote && atomic_load(end->is_over) == VF_OVER_LOST)
            err = vf_inbox_lose(messenger->inboxes[i]);
    }
    return err;
}

/* Takes in what is there. Returns how much, or an error. */
static int take_in(struct vf_messenger *messenger)
{
    int count = collect(messenger);
    if (count == 0 && messenger->has_data)
        count = vf_messenger_pump(messenger);
    if (count != 0)
        return count;
    return end_lost(messenger);
}

/* Says to the senders that this task sleeps. Returns false when one has published more
 * meanwhile. */
static bool fall_asleep(struct vf_messenger *messenger)
{
    bool has_nothing = true;
    for (size_t i = 0; i < messenger->wires->in_count; i++) {
        if (!messenger->wires->in[i].terms->is_abandoned)
            has_nothing = vf_inbox_fall_asleep(messenger->inboxes[i]) && has_nothing;
    }
    vf_messenger_wake_senders(messenger);
    return has_nothing;
}

static bool yield_for_input(struct vf_messenger *messenger)
{
    vf_messenger_wake_senders(messenger);
    return vf_messenger_yield(messenger, &messenger->input_pace);
}

/* How long to sleep at most: until the deadline, or something is to be joined although nothing
 * comes. */
static int longest_sleep_ms(const struct vf_messenger *messenger, int64_t deadline_ns)
{
    int64_t due_ns = vf_join_due_ns(messenger->join), now_ns = vf_clock_now_ns();
    if (deadline_ns < due_ns)
        due_ns = deadline_ns;
    if (due_ns <= now_ns)
        return 0;
    int64_t left_ns = due_ns - now_ns;
    int longest_ms = vf_messenger_longest_sleep_ms(messenger);
    if (left_ns >= longest_ms * VF_NS_PER_MS)
        return longest_ms;
    return (int)((left_ns + VF_NS_PER_MS - 1) / VF_NS_PER_MS);
}

/* Sleeps until something comes, or what else is awaited is ready, and not longer than until the
 * deadline. Meanwhile the task is in `state`. */
static int sleep_as(struct vf_messenger *messenger, enum vf_task_state state,
                    struct vf_messenger_awaited *awaited, int64_t deadline_ns)
{
    struct vf_task_page *page = messenger->wires->page;
    int64_t since = vf_clock_now_ns();
    /* Gaps that found no cell are tried again when one is free, and so is what is held back until
     * there is room for its answer. */
    bool has_gaps = vf_fan_out_has_gap_due(messenger->fan_out);
    bool is_held = vf_join_is_held(messenger->join);
    int err = VF_OK;
    atomic_store(&page->state, state);
    if (has_gaps || is_held)
        vf_fan_out_set_need(messenger->fan_out, is_held ? VF_NEED_ANY_ROOM : VF_NEED_RELEASE);
    if (has_gaps)
        err = vf_fan_out_send_gaps(messenger->fan_out);
    if (!err)
        err = vf_messenger_acknowledge(messenger, true);
    bool is_over = !err && awaited->fd < 0 && !has_gaps && !is_held && yield_for_input(messenger);
    if (!err && !is_over && fall_asleep(messenger) &&
        !(is_held && !vf_join_is_held(messenger->join)))
        err = vf_messenger_sleep_with(messenger, true, longest_sleep_ms(messenger, deadline_ns),
                                      awaited);
    if (has_gaps || is_held)
        vf_fan_out_set_need(messenger->fan_out, VF_NEED_NOTHING);
    atomic_store(&page->state, VF_TASK_BUSY);
    vf_messenger_end_wait(messenger, VF_TRACE_AWAIT_INPUT, since);
    if (!err)
        err = vf_fan_out_nudge(messenger->fan_out);
    return err < 0 ? err : VF_OK;
}

static int sleep_waiting(struct vf_messenger *messenger, struct vf_messenger_awaited *awaited,
                         int64_t deadline_ns)
{
    return sleep_as(messenger, VF_TASK_WAITING, awaited, deadline_ns);
}

/* Takes in what is there; sleeps if that was nothing. */
static int wait_for_input(struct vf_messenger *messenger)
{
    struct vf_messenger_awaited nothing = {.fd = -1};
    int count = take_in(messenger);
    if (count == 0)
        count = sleep_waiting(messenger, &nothing, INT64_MAX);
    return count < 0 ? count : VF_OK;
}

int vf_messenger_await_input(struct vf_messenger *messenger, int fd, bool is_at_work)
{
    struct vf_messenger_awaited awaited = {.fd = fd};
    int err = VF_OK;
    while (!err && !awaited.is_ready) {
        int count = take_in(messenger);
        if (count < 0)
            return count;
        if (vf_messenger_must_halt(messenger))
            return VF_END;
        if (vf_join_can_go_on(messenger->join) || vf_messenger_must_give_way(messenger))
            return VF_DROPPED;
        if (count == 0 && is_at_work)
            return sleep_as(messenger, VF_TASK_BUSY, &awaited, INT64_MAX);
        if (count == 0)
            err = sleep_waiting(messenger, &awaited, INT64_MAX);
    }
    return err;
}

int vf_messenger_look_ahead(struct vf_messenger *messenger, unsigned count, int64_t deadline_ns)
{
    struct vf_messenger_awaited nothing = {.fd = -1};
    bool is_all = true;
    for (;;) {
        int ready =
            messenger->ahead ? vf_ahead_take(messenger->ahead, messenger->join, count, &is_all) : 0;
        if (ready < 0 || ready == (int)count || is_all || vf_messenger_must_halt(messenger) ||
            vf_messenger_must_give_way(messenger))
            return ready;
        int found = take_in(messenger);
        if (found == 0 && vf_clock_now_ns() >= deadline_ns)
            return ready;
        if (found == 0)
            found = sleep_waiting(messenger, &nothing, deadline_ns);
        if (found < 0)
            return found;
    }
}

struct vf_message *const *vf_messenger_ahead(const struct vf_messenger *messenger, unsigned number)
{
    return messenger->ahead ? vf_ahead_inputs(messenger->ahead, number) : NULL;
}

/* Records what has come: of each input its message. */
static void trace_inputs(const struct vf_messenger *messenger)
{
    const struct vf_inputs *inputs = &messenger->inputs;
    int64_t now_ns = atomic_load_explicit(&messenger->wires->page->alive_ns, memory_order_relaxed);
    for (unsigned i = 0; i < inputs->count; i++) {
        if (inputs->items[i])
            vf_trace_receive(messenger->wires->trace, now_ns, i,
                             &inputs->items[i]->description.origin);
    }
}

/* Opens the round of what was found: an input, else an order without one (VF_PASSED), or the end of
 * an input (VF_ENDED). vf_messenger_release() closes it. */
static void begin_answer(struct vf_messenger *messenger, int found)
{
    struct vf_task_page *page = messenger->wires->page;
    const struct vf_message *input = vf_messenger_answered(messenger);
    messenger->answering.is_open = true;
    bool is_tick = found == VF_OK && messenger->joined.is_tick;
    messenger->answering.number = found == VF_PASSED || is_tick ? messenger->joined.number : 0;
    messenger->answering.order = found == VF_PASSED ? messenger->joined.order : 0;
    messenger->answering.answers = 0;
    if (messenger->wires->rules.is_divided && found != VF_ENDED)
        messenger->answering.answers =
            1 + (messenger->raw ? messenger->raw_input : messenger->joined.input);
    atomic_store_explicit(&page->answers, messenger->answering.answers, memory_order_release);
    if (input || is_tick) {
        if (!is_tick)
            messenger->answering.number = input->description.origin.number;
        messenger->answering.order = input ? input->description.order : 0;
        atomic_store_explicit(&page->frame, messenger->answering.number, memory_order_relaxed);
        vf_page_add(&page->inputs, 1);
        trace_inputs(messenger);
    }
    vf_messenger_begin_round(messenger);
}

static int next_joined(struct vf_messenger *messenger)
{
    return messenger->ahead ? vf_ahead_next(messenger->ahead, messenger->join, &messenger->joined)
                            : vf_join_next(messenger->join, &messenger->joined);
}

int vf_messenger_receive(struct vf_messenger *messenger, const struct vf_inputs **inputs)
{
    int err = vf_messenger_release(messenger);
    bool is_first = true; /* then the last call has just shown that this task does not hang */
    while (!err) {
        uint64_t passed = messenger->joined.passed;
        if (is_first ? vf_messenger_stop_level(messenger) >= VF_STOP_HALT
                     : vf_messenger_must_halt(messenger))
            return VF_END;
        is_first = false;
        if (vf_messenger_must_give_way(messenger))
            return VF_GIVE_WAY;
        err = next_joined(messenger);
        if (messenger->joined.passed > passed && !messenger->wires->is_replica &&
            !messenger->wires->answers_late)
            vf_fan_out_close_origins(messenger->fan_out, 0,
                                     &(struct vf_gap){.number = messenger->joined.passed,
                                                      .time_ns = messenger->joined.passed_ns});
        if (err == VF_OK || err == VF_PASSED || err == VF_ENDED)
            begin_answer(messenger, err);
        if (err == VF_PASSED) { /* nobody else has to answer it */
            err = vf_messenger_release(messenger);
            continue;
        }
        if (err == VF_OK) {
            *inputs = &messenger->inputs;
            return vf_messenger_acknowledge(messenger, false);
        }
        if (err != -EAGAIN)
            return err;
        err = vf_fan_out_send_gaps(messenger->fan_out);
        if (!err)
            err = wait_for_input(messenger);
    }
    return err;
}

bool vf_messenger_has_ended(const struct vf_messenger *messenger, unsigned input)
{
    return vf_join_has_ended(messenger->join, input);
}

int64_t vf_messenger_passed_ns(const struct vf_messenger *messenger, unsigned input)
{
    return vf_join_gap_ns(messenger->join, input);
}

/* Takes whatever is at the front of an input. */
static bool take_any(struct vf_messenger *messenger)
{
    for (size_t i = 0; i < messenger->wires->in_count && !messenger->raw; i++) {
        if (!vf_inbox_front(messenger->inboxes[i]))
            continue;
        vf_inbox_take(messenger->inboxes[i], &messenger->raw);
        messenger->raw_input = messenger->wires->in[i].terms->input;
        if (messenger->raw && messenger->raw->description.kind == VF_MESSAGE_DATA)
            vf_inbox_count(messenger->inboxes[i], true);
    }
    return messenger->raw != NULL;
}

static bool have_all_ended(const struct vf_messenger *messenger)
{
    size_t ended = 0;
    for (size_t i = 0; i < messenger->wires->in_count; i++)
        ended += vf_inbox_has_ended(messenger->inboxes[i], NULL);
    return ended == messenger->wires->in_count;
}

int vf_messenger_receive_raw(struct vf_messenger *messenger, const struct vf_message **message)
{
    int err = vf_messenger_release(messenger);
    if (err)
        return err;
    while (!take_any(messenger)) {
        if (vf_messenger_must_halt(messenger) || have_all_ended(messenger))
            return VF_END;
        err = wait_for_input(messenger);
        if (err)
            return err;
    }
    if (messenger->raw->description.kind == VF_MESSAGE_END &&
        messenger->raw->description.end_reason > messenger->joined.reason)
        messenger->joined.reason = messenger->raw->description.end_reason;
    begin_answer(messenger, VF_OK);
    *message = messenger->raw;
    return VF_OK;
}
