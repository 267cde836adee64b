/* SPDX-License-Identifier: MIT */
#include "engine/edge/messenger.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/edge/acknowledgement.h"
#include "engine/edge/gather.h"
#include "engine/edge/outbox.h"
#include "engine/wire/socket_number.h"
#include "engine/wire/wire.h"

/* A wake-up that got lost, which no known path allows, costs this much and no more. */
#define LONGEST_SLEEP_MS 100
#define LINGER_MS 1000
#define LONGEST_GOODBYE_NS (10 * VF_NS_PER_S)

struct vf_messenger {
    const struct vf_task_wires *wires;
    struct vf_wires *context;
    struct vf_wire *data, *stop;
    struct vf_dispatch *dispatch;
    struct vf_inbox **inboxes;
    struct vf_acknowledger **acknowledgers; /* over TCP: one for each inbox */
    struct vf_wire **back_wires;            /* likewise: to the senders' termination sockets */
    bool is_remote;
    struct vf_gather *gather;
    struct vf_inputs inputs;
    struct vf_message *raw;
    struct vf_gathered gathered;
    struct vf_message **held; /* of a replica: for each port, the answer that may be the last */
    uint64_t *counted;        /* messages a producer made, by port */
    size_t port_count;
    bool may_wait; /* no out-edge drops */
    _Atomic unsigned stop_level;
    pthread_t owner;
};

static void look_at_edges(struct vf_messenger *messenger)
{
    const struct vf_task_wires *wires = messenger->wires;
    messenger->port_count = 1;
    messenger->may_wait = true;
    for (size_t i = 0; i < wires->out_count; i++) {
        const struct vf_edge_terms *terms = wires->out[i].terms;
        if (terms->sender_port >= messenger->port_count)
            messenger->port_count = terms->sender_port + 1;
        if (terms->overflow != VF_OVERFLOW_WAIT)
            messenger->may_wait = false;
    }
}

static int create_inboxes(struct vf_messenger *messenger)
{
    const struct vf_task_wires *wires = messenger->wires;
    for (size_t i = 0; i < wires->in_count; i++) {
        int err = vf_inbox_create(&messenger->inboxes[i], wires->in[i].terms, &wires->arenas,
                                  wires->in[i].doorbell);
        if (err)
            return err;
    }
    return vf_gather_create(&messenger->gather, messenger->inboxes, wires->in_count, &wires->rules);
}

static int bind_wires(struct vf_messenger *messenger)
{
    const struct vf_task_wires *wires = messenger->wires;
    int task = (int)wires->task;
    char corner[16];
    snprintf(corner, sizeof(corner), "%d.keys", vf_socket_from_task_id(task));
    int err = vf_wires_create(&messenger->context, &wires->address, corner);
    if (!err)
        err = vf_wire_bind(&messenger->data, messenger->context, vf_socket_from_task_id(task));
    if (!err)
        err = vf_wire_bind(&messenger->stop, messenger->context,
                           vf_termination_socket_from_task_id(task));
    return err;
}

int vf_messenger_create(struct vf_messenger **messenger, const struct vf_task_wires *wires)
{
    struct vf_messenger *made = calloc(1, sizeof(*made));
    *messenger = made;
    if (!made)
        return -ENOMEM;
    made->wires = wires;
    made->owner = pthread_self();
    made->inputs.count = wires->input_count;
    made->is_remote = wires->address.host != NULL;
    made->acknowledgers = calloc(wires->in_count + 1, sizeof(struct vf_acknowledger *));
    made->back_wires = calloc(wires->in_count + 1, sizeof(struct vf_wire *));
    made->inboxes = calloc(wires->in_count + 1, sizeof(struct vf_inbox *));
    made->inputs.items = calloc(wires->input_count + 1, sizeof(struct vf_message *));
    look_at_edges(made);
    made->counted = calloc(made->port_count, sizeof(*made->counted));
    made->held = calloc(made->port_count, sizeof(struct vf_message *));
    made->gathered.items = made->inputs.items;
    int err = -ENOMEM;
    if (made->acknowledgers && made->back_wires && made->inboxes && made->inputs.items &&
        made->counted && made->held)
        err = create_inboxes(made);
    if (!err)
        err = vf_dispatch_create(&made->dispatch, wires->out, wires->out_count);
    if (!err)
        err = bind_wires(made);
    if (err)
        vf_messenger_destroy(messenger);
    return err;
}

int vf_messenger_connect(struct vf_messenger *messenger)
{
    const struct vf_task_wires *wires = messenger->wires;
    int err = vf_dispatch_connect(messenger->dispatch, messenger->context);
    for (size_t i = 0; !err && messenger->is_remote && i < wires->in_count; i++) {
        const struct vf_edge_terms *terms = wires->in[i].terms;
        int number = vf_termination_socket_from_task_id((int)terms->sender);
        err = vf_wire_connect(&messenger->back_wires[i], messenger->context, number, LINGER_MS);
        if (!err)
            err = vf_acknowledger_create(&messenger->acknowledgers[i], terms,
                                         messenger->back_wires[i]);
    }
    return err;
}

/* Over TCP: tells the senders what has become of their messages. */
static int acknowledge(struct vf_messenger *messenger, bool is_hungry)
{
    for (size_t i = 0; messenger->is_remote && i < messenger->wires->in_count; i++) {
        int err = messenger->acknowledgers[i]
                      ? vf_acknowledger_tell(messenger->acknowledgers[i], is_hungry)
                      : VF_OK;
        if (err)
            return err;
    }
    return VF_OK;
}

static void drop_inputs(struct vf_messenger *messenger)
{
    for (unsigned i = 0; i < messenger->inputs.count; i++)
        vf_message_destroy(&messenger->inputs.items[i]);
    vf_message_destroy(&messenger->raw);
}

/* Tells the senders that nothing more will be taken. */
static void close_back_wires(struct vf_messenger *messenger)
{
    if (acknowledge(messenger, false) < 0)
        vf_log(VF_LOG_WARNING, "cannot tell the senders of the end");
    bool is_aborting = atomic_load(&messenger->stop_level) == VF_STOP_ABORT;
    for (size_t i = 0; i < messenger->wires->in_count; i++) {
        vf_acknowledger_destroy(&messenger->acknowledgers[i]);
        /* A sender that has ended listens no more. */
        if (is_aborting || vf_inbox_has_ended(messenger->inboxes[i], NULL))
            vf_wire_abandon(&messenger->back_wires[i]);
        vf_wire_destroy(&messenger->back_wires[i]);
    }
}

void vf_messenger_destroy(struct vf_messenger **messenger)
{
    struct vf_messenger *gone = *messenger;
    if (!gone)
        return;
    if (gone->inputs.items)
        drop_inputs(gone);
    for (size_t i = 0; gone->held && i < gone->port_count; i++)
        vf_message_destroy(&gone->held[i]);
    vf_gather_destroy(&gone->gather); /* which may keep messages */
    for (size_t i = 0; gone->inboxes && i < gone->wires->in_count; i++) {
        if (gone->inboxes[i])
            vf_inbox_close(gone->inboxes[i]);
    }
    if (gone->acknowledgers && gone->back_wires)
        close_back_wires(gone);
    for (size_t i = 0; gone->inboxes && i < gone->wires->in_count; i++)
        vf_inbox_destroy(&gone->inboxes[i]);
    vf_dispatch_destroy(&gone->dispatch, atomic_load(&gone->stop_level) == VF_STOP_ABORT);
    vf_wire_destroy(&gone->data);
    vf_wire_destroy(&gone->stop);
    vf_wires_destroy(&gone->context);
    free(gone->inboxes);
    free(gone->acknowledgers);
    free(gone->back_wires);
    free(gone->inputs.items);
    free(gone->counted);
    free(gone->held);
    free(gone);
    *messenger = NULL;
}

/* What comes to the termination socket. */
union control {
    uint32_t magic;
    struct vf_stop_message stop;
    struct vf_acknowledgement acknowledgement;
};

static void hear(struct vf_messenger *messenger, const union control *control, size_t size)
{
    int err = -EBADMSG;
    if (size == sizeof(control->stop) && control->magic == VF_STOP_MAGIC &&
        control->stop.level <= VF_STOP_ABORT) {
        if (control->stop.level > atomic_load(&messenger->stop_level))
            atomic_store(&messenger->stop_level, control->stop.level);
        return;
    }
    if (size >= sizeof(control->magic) && size <= sizeof(*control) &&
        control->magic == VF_ACKNOWLEDGEMENT_MAGIC)
        err = vf_dispatch_hear(messenger->dispatch, &control->acknowledgement, size);
    if (err)
        vf_log(VF_LOG_WARNING, "something came to the termination socket that makes no sense; "
                               "ignored");
}

enum vf_stop_level vf_messenger_termination_requested(struct vf_messenger *messenger)
{
    union control control;
    size_t size;
    while (pthread_equal(messenger->owner, pthread_self()) &&
           vf_wire_receive(messenger->stop, &control, sizeof(control), &size) == VF_OK)
        hear(messenger, &control, size);
    return atomic_load(&messenger->stop_level);
}

static bool must_halt(struct vf_messenger *messenger)
{
    return vf_messenger_termination_requested(messenger) >= VF_STOP_HALT;
}

enum vf_end_reason vf_messenger_end_reason(const struct vf_messenger *messenger)
{
    unsigned level = atomic_load(&messenger->stop_level);
    bool is_producer = messenger->wires->in_count == 0;
    enum vf_end_reason reason = messenger->gathered.reason;
    if (level == VF_STOP_ABORT)
        reason = VF_END_FAILED;
    else if (reason == VF_END_COMPLETE && (level == VF_STOP_HALT || (level && is_producer)))
        reason = VF_END_INTERRUPTED;
    return reason;
}

/* The message that the present answer's origin and times come from; NULL: a producer's. */
static const struct vf_message *answered(const struct vf_messenger *messenger)
{
    if (messenger->raw)
        return messenger->raw;
    for (unsigned i = 0; i < messenger->inputs.count; i++) {
        if (messenger->inputs.items[i])
            return messenger->inputs.items[i];
    }
    return NULL;
}

static void clear_doorbell(const struct vf_messenger *messenger)
{
    uint64_t rings;
    ssize_t count = read(messenger->wires->doorbell, &rings, sizeof(rings));
    (void)count; /* nobody rang */
}

static void add_time(_Atomic int64_t *sum, int64_t since_ns)
{
    atomic_fetch_add_explicit(sum, vf_clock_now_ns() - since_ns, memory_order_relaxed);
}

/* Sleeps until a neighbour has made room, or a stop comes. The caller has said that it waits and
 * looked once more since. */
static int sleep_blocked(struct vf_messenger *messenger)
{
    struct vf_task_page *page = messenger->wires->page;
    int64_t since = vf_clock_now_ns();
    uint32_t state = atomic_exchange(&page->state, VF_TASK_BLOCKED);
    struct vf_wire *const stops[] = {messenger->stop};
    int err = acknowledge(messenger, false);
    if (!err)
        err = vf_wire_wait(stops, 1, messenger->wires->doorbell, LONGEST_SLEEP_MS);
    clear_doorbell(messenger);
    (void)vf_messenger_termination_requested(messenger);
    if (!err)
        err = vf_dispatch_nudge(messenger->dispatch);
    atomic_store(&page->state, state);
    add_time(&page->blocked_ns, since);
    return err ? err : vf_dispatch_send_gaps(messenger->dispatch);
}

static int find_inbox(const struct vf_messenger *messenger, const struct vf_envelope *envelope,
                      size_t size, struct vf_inbox **inbox)
{
    *inbox = NULL;
    for (size_t i = 0;
         size >= offsetof(struct vf_envelope, description) && i < messenger->wires->in_count; i++) {
        if (messenger->wires->in[i].terms->id == envelope->edge)
            *inbox = messenger->inboxes[i];
    }
    if (!*inbox)
        vf_log(VF_LOG_ERROR, "something came that belongs to no input; ignored");
    return *inbox ? VF_OK : -EBADMSG;
}

/* Reads what has come through the wire. Returns how many envelopes, or an error. */
static int pump(struct vf_messenger *messenger)
{
    struct vf_envelope envelope;
    struct vf_payload *part;
    struct vf_inbox *inbox;
    size_t size;
    int count = 0;
    while (vf_wire_receive_payload(messenger->data, &envelope, sizeof(envelope), &size, &part) ==
           VF_OK) {
        int err = find_inbox(messenger, &envelope, size, &inbox);
        if (!err)
            err = vf_inbox_accept(inbox, &envelope, size, &part);
        vf_payload_drop(&part);
        if (err && err != -EBADMSG)
            return err;
        count++;
    }
    return count;
}

/* Returns how many messages were found, or an error. */
static int recover(struct vf_messenger *messenger, bool everything)
{
    int count = 0;
    for (size_t i = 0; i < messenger->wires->in_count; i++) {
        int found = vf_inbox_recover(messenger->inboxes[i], everything);
        if (found < 0)
            return found;
        count += found;
    }
    return count;
}

/* Sleeps until something comes. */
static int sleep_waiting(struct vf_messenger *messenger)
{
    struct vf_task_page *page = messenger->wires->page;
    struct vf_wire *const wires[] = {messenger->data, messenger->stop};
    int64_t since = vf_clock_now_ns();
    bool has_gaps = vf_dispatch_has_gap_due(
        messenger->dispatch); /* which found no cell, and look again when one is free */
    int err = VF_OK;
    atomic_store(&page->state, VF_TASK_WAITING);
    if (has_gaps) {
        vf_dispatch_set_waits(messenger->dispatch, VF_WAITS_FOR_RELEASE);
        err = vf_dispatch_send_gaps(messenger->dispatch);
    }
    if (!err)
        err = acknowledge(messenger, true);
    if (!err)
        err = vf_wire_wait(wires, 2, has_gaps ? messenger->wires->doorbell : -1, LONGEST_SLEEP_MS);
    if (has_gaps) {
        vf_dispatch_set_waits(messenger->dispatch, 0);
        clear_doorbell(messenger);
    }
    atomic_store(&page->state, VF_TASK_BUSY);
    add_time(&page->waiting_ns, since);
    bool is_late = vf_clock_now_ns() - since >= LONGEST_SLEEP_MS * VF_NS_PER_MS;
    if (!err)
        err = vf_dispatch_nudge(messenger->dispatch);
    if (!err && is_late)
        err = recover(messenger, true);
    return err < 0 ? err : VF_OK;
}

/* Takes in what is there; sleeps if that was nothing. */
static int wait_for_input(struct vf_messenger *messenger)
{
    int count = pump(messenger);
    if (count == 0)
        count = recover(messenger, false);
    if (count == 0)
        count = sleep_waiting(messenger);
    return count < 0 ? count : VF_OK;
}

static void note_input(struct vf_messenger *messenger)
{
    struct vf_task_page *page = messenger->wires->page;
    const struct vf_message *input = answered(messenger);
    atomic_store_explicit(&page->frame, input->description.origin.number, memory_order_relaxed);
    atomic_fetch_add_explicit(&page->inputs, 1, memory_order_relaxed);
}

/* Answers an order with nothing, on every port. */
static int close_order(struct vf_messenger *messenger, uint64_t number, uint64_t order)
{
    struct vf_dispatch *dispatch = messenger->dispatch;
    for (unsigned port = 0; port < messenger->port_count; port++) {
        int err = vf_dispatch_close_order(dispatch, port, number, order);
        while (err == -EAGAIN) {
            vf_dispatch_set_waits(dispatch, VF_WAITS_FOR_RELEASE);
            err = vf_dispatch_close_order(dispatch, port, number, order);
            if (err == -EAGAIN && must_halt(messenger))
                err = VF_END;
            else if (err == -EAGAIN && sleep_blocked(messenger) < 0)
                err = -EIO;
            vf_dispatch_set_waits(dispatch, 0);
        }
        if (err)
            return err;
    }
    return VF_OK;
}

static int pass_order(struct vf_messenger *messenger)
{
    vf_dispatch_begin_order(messenger->dispatch);
    return close_order(messenger, messenger->gathered.number, messenger->gathered.order);
}

int vf_messenger_receive(struct vf_messenger *messenger, const struct vf_inputs **inputs)
{
    int err = vf_messenger_release(messenger);
    while (!err) {
        uint64_t passed = messenger->gathered.passed;
        if (must_halt(messenger))
            return VF_END;
        err = vf_gather_next(messenger->gather, &messenger->gathered);
        if (messenger->gathered.passed > passed && !messenger->wires->is_replica)
            vf_dispatch_pass(messenger->dispatch, messenger->gathered.passed);
        if (err == VF_PASSED) {
            err = pass_order(messenger);
            continue;
        }
        if (err == VF_OK) {
            note_input(messenger);
            vf_dispatch_begin_order(messenger->dispatch);
            *inputs = &messenger->inputs;
            return acknowledge(messenger, false);
        }
        if (err != -EAGAIN)
            return err;
        err = vf_dispatch_send_gaps(messenger->dispatch);
        if (!err)
            err = wait_for_input(messenger);
    }
    return err;
}

/* Takes whatever is at the front of an input. */
static bool take_any(struct vf_messenger *messenger)
{
    for (size_t i = 0; i < messenger->wires->in_count && !messenger->raw; i++) {
        if (!vf_inbox_front(messenger->inboxes[i]))
            continue;
        vf_inbox_take(messenger->inboxes[i], &messenger->raw);
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
        if (must_halt(messenger) || have_all_ended(messenger))
            return VF_END;
        err = wait_for_input(messenger);
        if (err)
            return err;
    }
    if (messenger->raw->description.kind == VF_MESSAGE_END &&
        messenger->raw->description.end_reason > messenger->gathered.reason)
        messenger->gathered.reason = messenger->raw->description.end_reason;
    note_input(messenger);
    *message = messenger->raw;
    return VF_OK;
}

bool vf_messenger_is_read(const struct vf_messenger *messenger, unsigned port)
{
    return vf_dispatch_is_read(messenger->dispatch, port);
}

/* Fills in what the node left open. */
static void complete(struct vf_messenger *messenger, unsigned port, struct vf_description *answer)
{
    const struct vf_message *input = answered(messenger);
    answer->publish_time_ns = vf_clock_now_ns();
    if (messenger->wires->in_count == 0 && port < messenger->port_count) {
        answer->origin.stream = messenger->wires->task << 8 | port;
        answer->origin.number = ++messenger->counted[port];
        answer->event_time_ns = answer->publish_time_ns;
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

static void count_emitted(const struct vf_messenger *messenger, unsigned port)
{
    struct vf_task_page *page = messenger->wires->page;
    unsigned place = port < VF_PAGE_PORTS ? port : VF_PAGE_PORTS - 1;
    atomic_fetch_add_explicit(&page->emitted[place], 1, memory_order_relaxed);
    if (messenger->wires->in_count == 0 && port == 0)
        atomic_fetch_add_explicit(&page->frame, 1, memory_order_relaxed);
}

int vf_messenger_allocate(struct vf_messenger *messenger, size_t size, struct vf_payload **payload)
{
    struct vf_dispatch *dispatch = messenger->dispatch;
    int err = vf_arena_allocate(messenger->wires->arena, size, payload);
    vf_dispatch_reap(dispatch);
    while (err == -EAGAIN) {
        vf_dispatch_set_waits(dispatch, VF_WAITS_FOR_RELEASE);
        vf_dispatch_reap(dispatch);
        err = vf_arena_allocate(messenger->wires->arena, size, payload);
        if (err == -EAGAIN && must_halt(messenger))
            err = VF_END;
        else if (err == -EAGAIN && !messenger->may_wait)
            err = VF_DROPPED;
        else if (err == -EAGAIN && !vf_dispatch_has_unreleased(dispatch))
            err = -ENOMEM; /* the node itself keeps them all: no sleep would help */
        else if (err == -EAGAIN && sleep_blocked(messenger) < 0)
            err = -EIO;
        vf_dispatch_set_waits(dispatch, 0);
    }
    if (err == -ENOMEM)
        vf_log(VF_LOG_ERROR, "no memory for %zu bytes in the task's arena", size);
    return err;
}

/* Moves a payload that cannot travel with its envelope into the arena. */
static int settle(struct vf_messenger *messenger, struct vf_message *output)
{
    struct vf_payload *private = output->payload;
    if (!private || private->arena || private->size <= VF_INLINE_LIMIT || messenger->is_remote)
        return VF_OK;
    struct vf_payload *shared;
    int err = vf_messenger_allocate(messenger, private->size, &shared);
    if (err)
        return err;
    memcpy(shared->data, private->data, private->size);
    output->payload = shared;
    vf_payload_drop(&private);
    return VF_OK;
}

static void address(struct vf_envelope *envelope, const struct vf_message *output)
{
    struct vf_payload *payload = output->payload;
    envelope->description = output->description;
    envelope->description.payload_size = payload ? payload->size : 0;
    envelope->arena = payload ? payload->arena : 0;
    envelope->offset = payload ? payload->offset : 0;
    if (payload && !payload->arena && payload->size > VF_INLINE_LIMIT)
        envelope->arena = VF_ARENA_PART;
    else if (payload && !payload->arena)
        memcpy(envelope->inline_bytes, payload->data, payload->size);
}

/* Publishes an addressed message, as soon as every edge that waits has room. */
static int dispatch_message(struct vf_messenger *messenger, unsigned port,
                            struct vf_envelope *envelope, struct vf_payload *payload)
{
    struct vf_dispatch *dispatch = messenger->dispatch;
    int err = vf_dispatch_offer(dispatch, port, envelope, payload);
    while (err == -EAGAIN) {
        vf_dispatch_set_waits(dispatch, VF_WAITS_FOR_ROOM | VF_WAITS_FOR_RELEASE);
        err = vf_dispatch_retry(dispatch, envelope, payload);
        if (err == -EAGAIN && must_halt(messenger))
            err = VF_END;
        else if (err == -EAGAIN && sleep_blocked(messenger) < 0)
            err = -EIO;
        vf_dispatch_set_waits(dispatch, 0);
    }
    return err;
}

/* Publishes a message without taking it. */
static int publish(struct vf_messenger *messenger, unsigned port, struct vf_message *output)
{
    struct vf_envelope envelope;
    complete(messenger, port, &output->description);
    count_emitted(messenger, port);
    if (must_halt(messenger))
        return VF_END;
    if (!vf_messenger_is_read(messenger, port)) {
        vf_dispatch_refuse(messenger->dispatch, port);
        return vf_dispatch_is_abandoned(messenger->dispatch) ? VF_END : VF_OK;
    }
    int result = settle(messenger, output);
    if (result == VF_DROPPED) {
        vf_dispatch_drop(messenger->dispatch, port, output->description.origin.number);
    } else if (result == VF_OK) {
        address(&envelope, output);
        /* Inline bytes are in the envelope; only what lies in an arena has to be kept. */
        result =
            dispatch_message(messenger, port, &envelope, envelope.arena ? output->payload : NULL);
    }
    if (result < 0 || messenger->wires->in_count > 0)
        return result; /* what an answer owes is settled with its input */
    int err = vf_dispatch_send_gaps(messenger->dispatch);
    return err ? err : result;
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
    (*output)->description.order = answered(messenger)->description.order;
    messenger->held[port] = *output;
    *output = NULL;
    return result;
}

int vf_messenger_publish(struct vf_messenger *messenger, unsigned port, struct vf_message **output)
{
    if (messenger->wires->is_replica && port < messenger->port_count && answered(messenger))
        return hold_back(messenger, port, output);
    int result = publish(messenger, port, *output);
    if (result >= 0)
        vf_message_destroy(output);
    return result;
}

/* What a replica has answered becomes complete. */
static int release_order(struct vf_messenger *messenger, const struct vf_description *input)
{
    for (unsigned port = 0; port < messenger->port_count; port++) {
        bool has_last = messenger->held[port] != NULL;
        int result = let_go_held(messenger, port, true);
        if (result < 0 || result == VF_END)
            return result;
        if (has_last)
            vf_dispatch_settle_order(messenger->dispatch, port);
    }
    return close_order(messenger, input->origin.number, input->order);
}

int vf_messenger_release(struct vf_messenger *messenger)
{
    const struct vf_message *input = answered(messenger);
    int result = VF_OK;
    if (!input)
        return VF_OK;
    if (messenger->wires->is_replica)
        result = release_order(messenger, &input->description);
    else
        vf_dispatch_pass(messenger->dispatch, input->description.origin.number);
    drop_inputs(messenger);
    int err = result < 0 ? result : vf_dispatch_send_gaps(messenger->dispatch);
    return err ? err : result;
}

int vf_messenger_passthrough(struct vf_messenger *messenger, unsigned port, unsigned input)
{
    struct vf_message *forwarded;
    if (input >= messenger->inputs.count || !messenger->inputs.items[input])
        return -EINVAL;
    int err = vf_message_clone(&forwarded, messenger->inputs.items[input]);
    if (err)
        return err;
    int result = vf_messenger_publish(messenger, port, &forwarded);
    vf_message_destroy(&forwarded);
    return result;
}

int vf_messenger_drop(struct vf_messenger *messenger, unsigned port)
{
    struct vf_description never_made = {0};
    complete(messenger, port, &never_made);
    count_emitted(messenger, port);
    vf_dispatch_drop(messenger->dispatch, port, never_made.origin.number);
    return vf_dispatch_send_gaps(messenger->dispatch);
}

/* Over TCP, stays until everything has been received: what would be lost on the way could not be
 * sent again. */
static int wait_until_received(struct vf_messenger *messenger)
{
    int err = VF_OK;
    int64_t deadline = vf_clock_now_ns() + LONGEST_GOODBYE_NS;
    while (!err && vf_dispatch_has_unreceived(messenger->dispatch) && !must_halt(messenger) &&
           vf_clock_now_ns() < deadline)
        err = sleep_blocked(messenger);
    return err;
}

int vf_messenger_publish_termination(struct vf_messenger *messenger, enum vf_end_reason reason)
{
    int err = vf_dispatch_end(messenger->dispatch, reason);
    while (err == -EAGAIN) { /* a cell is kept free for it, so this hardly happens */
        vf_dispatch_set_waits(messenger->dispatch, VF_WAITS_FOR_RELEASE);
        err = vf_dispatch_end(messenger->dispatch, reason);
        if (err == -EAGAIN && sleep_blocked(messenger) < 0)
            err = -EIO;
        vf_dispatch_set_waits(messenger->dispatch, 0);
    }
    return err ? err : wait_until_received(messenger);
}

int vf_messenger_passthrough_termination(struct vf_messenger *messenger)
{
    return vf_messenger_publish_termination(messenger, vf_messenger_end_reason(messenger));
}

int vf_messenger_sleep_until(struct vf_messenger *messenger, int64_t deadline_ns,
                             enum vf_stop_level level)
{
    struct vf_wire *const stops[] = {messenger->stop};
    for (;;) {
        int64_t left = deadline_ns - vf_clock_now_ns();
        if (vf_messenger_termination_requested(messenger) >= level)
            return VF_END;
        if (left <= 0)
            return VF_OK;
        /* ZeroMQ counts milliseconds; the last one is slept by the clock. */
        struct timespec rest = {.tv_nsec = (long)left};
        if (left < VF_NS_PER_MS)
            nanosleep(&rest, NULL);
        else if (vf_wire_wait(stops, 1, -1,
                              (int)(left / VF_NS_PER_MS > 1000 ? 1000 : left / VF_NS_PER_MS)) < 0)
            return -EIO;
    }
}
