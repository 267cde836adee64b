/* SPDX-License-Identifier: MIT */
#include "engine/edge/messenger.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/base/failpoint.h"
#include "engine/base/log.h"
#include "engine/edge/messenger_inside.h"
#include "engine/edge/remote/parcel.h"
#include "engine/wire/socket_number.h"

#define LONGEST_NAP_NS VF_NS_PER_S /* between two signs of life */
#define SELDOM_NS VF_NS_PER_MS     /* between two messages: a wake-up costs little beside that */
#define LONG_NS (2 * VF_NS_PER_MS) /* for others to have run: they do not only pass messages on */
#define SLEEPS_AFTER 15            /* without a yield, when one took that long */
#define STOP_WIRE 1U               /* bits of what vf_wire_wait() found */
#define DATA_WIRE 2U

static void look_at_edges(struct vf_messenger *messenger)
{
    const struct vf_task_wires *wires = messenger->wires;
    messenger->port_count = 1;
    messenger->never_drops = true;
    for (size_t i = 0; i < wires->out_count; i++) {
        const struct vf_edge_terms *terms = wires->out[i].terms;
        if (terms->sender_port >= messenger->port_count)
            messenger->port_count = terms->sender_port + 1;
        if (terms->overflow != VF_OVERFLOW_WAIT && !terms->is_leaving)
            messenger->never_drops = false;
        messenger->has_changed |= terms->is_added || terms->is_leaving;
    }
}

/* An answer that nobody had room for would keep those to all other inputs waiting, also those that
 * its reader waits for: so an input is taken only if there is room for its answer. */
static bool has_room_for(void *context, unsigned input)
{
    const struct vf_messenger *messenger = context;
    unsigned owed = messenger->ahead ? vf_ahead_count(messenger->ahead, input) : 0;
    if (messenger->answering.is_open && messenger->answering.answers == input + 1)
        owed++;
    return vf_fan_out_room(messenger->fan_out, input + 1) > owed;
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
    struct vf_join_rules rules = wires->rules;
    if (rules.is_divided) {
        rules.may_take = has_room_for;
        rules.context = messenger;
    }
    int err = vf_join_create(&messenger->join, messenger->inboxes, wires->in_count, &rules);
    return err || !wires->looks_ahead ? err
                                      : vf_ahead_create(&messenger->ahead, wires->looks_ahead,
                                                        wires->input_count, wires->in_count);
}

static int bind_wires(struct vf_messenger *messenger)
{
    const struct vf_task_wires *wires = messenger->wires;
    int task = (int)wires->task;
    char corner[16];
    if (!messenger->is_remote)
        return VF_OK;
    vf_wires_keep_memory();
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
    made->is_remote = wires->address.directory != NULL;
    made->acknowledgers = calloc(wires->in_count + 1, sizeof(struct vf_acknowledger *));
    made->back_wires = calloc(wires->in_count + 1, sizeof(struct vf_wire *));
    made->kept = calloc(wires->in_count + 1, sizeof(struct vf_squeeze_kept *));
    made->inboxes = calloc(wires->in_count + 1, sizeof(struct vf_inbox *));
    made->inputs.items = calloc(wires->input_count + 1, sizeof(struct vf_message *));
    look_at_edges(made);
    made->made = calloc(made->port_count, sizeof(*made->made));
    made->recounted = calloc(made->port_count, sizeof(*made->recounted));
    made->held = calloc(made->port_count, sizeof(struct vf_message *));
    made->joined.items = made->inputs.items;
    int err = -ENOMEM;
    if (made->acknowledgers && made->back_wires && made->kept && made->inboxes &&
        made->inputs.items && made->made && made->recounted && made->held)
        err = create_inboxes(made);
    if (!err)
        err = vf_fan_out_create(&made->fan_out, wires->out, wires->out_count);
    if (!err && wires->is_resumed && !vf_messenger_must_gather(made))
        err = vf_messenger_resume(made);
    if (!err)
        err = VF_FAILPOINT("resume.bind");
    if (!err)
        err = bind_wires(made);
    if (err)
        vf_messenger_destroy(messenger);
    return err;
}

/* Of a flow that was changed: closes the edges that nobody reads any more, and ends those that have
 * left. */
static int settle_edges(struct vf_messenger *messenger)
{
    const struct vf_task_page *page = messenger->wires->page;
    uint64_t emitted[VF_PAGE_PORTS];
    int err;
    for (size_t i = 0; i < messenger->wires->in_count; i++) {
        if (messenger->wires->in[i].terms->is_abandoned)
            vf_inbox_close(messenger->inboxes[i]);
    }
    if (!messenger->has_changed)
        return VF_OK;
    for (size_t port = 0; port < VF_PAGE_PORTS; port++) {
        emitted[port] = atomic_load(&page->emitted[port]);
        if (port < messenger->port_count)
            emitted[port] -= messenger->recounted[port];
    }
    do
        err = vf_fan_out_settle(messenger->fan_out, emitted, VF_PAGE_PORTS);
    while (vf_messenger_wait(messenger, VF_NEED_RELEASE, &err));
    return err;
}

/* By sockets: makes the wires by which the senders are told what has become of their messages. */
static int connect_back(struct vf_messenger *messenger)
{
    const struct vf_task_wires *wires = messenger->wires;
    int err = VF_OK;
    for (size_t i = 0; !err && i < wires->in_count; i++) {
        const struct vf_edge_terms *terms = wires->in[i].terms;
        if (!terms->is_remote)
            continue;
        int number = vf_termination_socket_from_task_id((int)terms->sender);
        err = vf_wire_connect(&messenger->back_wires[i], messenger->context, number,
                              VF_MESSENGER_BACK_LINGER_MS);
        if (!err)
            err = vf_acknowledger_create(&messenger->acknowledgers[i], terms,
                                         messenger->back_wires[i]);
    }
    return err;
}

int vf_messenger_connect(struct vf_messenger *messenger)
{
    const struct vf_task_wires *wires = messenger->wires;
    int err = VF_FAILPOINT("resume.connect");
    if (!err)
        err = connect_back(messenger);
    if (!err && wires->is_resumed && vf_messenger_must_gather(messenger))
        err = vf_messenger_gather(messenger);
    if (!err)
        err = settle_edges(messenger);
    if (!err && messenger->is_remote)
        err = vf_fan_out_connect(messenger->fan_out, messenger->context);
    if (!err && messenger->is_remote && wires->is_resumed)
        err = vf_fan_out_recap(messenger->fan_out);
    return err;
}

/* By sockets: reports to the senders what has become of their messages. */
int vf_messenger_acknowledge(struct vf_messenger *messenger, bool is_hungry)
{
    for (size_t i = 0; i < messenger->wires->in_count; i++) {
        int err = messenger->acknowledgers[i]
                      ? vf_acknowledger_tell(messenger->acknowledgers[i], is_hungry)
                      : VF_OK;
        if (err)
            return err;
    }
    return VF_OK;
}

void vf_messenger_drop_inputs(struct vf_messenger *messenger)
{
    for (unsigned i = 0; i < messenger->inputs.count; i++)
        vf_message_destroy(&messenger->inputs.items[i]);
    vf_message_destroy(&messenger->raw);
}

/* How far the flow has been asked to stop, as far as it is known. */
static enum vf_stop_level stop_level(const struct vf_messenger *messenger)
{
    unsigned asked = atomic_load_explicit(messenger->wires->stop_level, memory_order_acquire);
    unsigned heard = atomic_load_explicit(&messenger->heard_level, memory_order_relaxed);
    return asked > heard ? asked : heard;
}

static void destroy_back_wires(struct vf_messenger *messenger)
{
    bool is_aborting = stop_level(messenger) == VF_STOP_ABORT;
    for (size_t i = 0; i < messenger->wires->in_count; i++) {
        vf_acknowledger_destroy(&messenger->acknowledgers[i]);
        if (is_aborting)
            vf_wire_abandon(&messenger->back_wires[i]);
        vf_wire_destroy(&messenger->back_wires[i]);
    }
}

/* What was sent on lies in the memory of a task before, which uses it again as soon as this one is
 * done with it: so not before the tasks downstream are. By sockets, what they are not done with may
 * have to be sent again. */
static void wait_for_readers(struct vf_messenger *messenger)
{
    int err;
    messenger->is_ending = true;
    do {
        bool is_aborting = stop_level(messenger) == VF_STOP_ABORT;
        bool is_needed =
            vf_fan_out_has_borrowed(messenger->fan_out) || vf_fan_out_is_needed(messenger->fan_out);
        err = !is_aborting && is_needed ? -EAGAIN : VF_OK;
    } while (vf_messenger_wait(messenger, VF_NEED_RELEASE, &err));
}

/* Lets go of all messages but those that the inboxes and outboxes have. */
static void drop_messages(struct vf_messenger *messenger)
{
    if (messenger->inputs.items)
        vf_messenger_drop_inputs(messenger);
    for (size_t i = 0; messenger->held && i < messenger->port_count; i++)
        vf_message_destroy(&messenger->held[i]);
    vf_ahead_destroy(&messenger->ahead);
    vf_join_destroy(&messenger->join); /* which may keep messages */
}

void vf_messenger_close(struct vf_messenger *messenger)
{
    if (messenger->ahead)
        vf_ahead_give_up(messenger->ahead, messenger->join);
    drop_messages(messenger);
    messenger->is_closed = true;
    for (size_t i = 0; i < messenger->wires->in_count; i++)
        vf_inbox_close(messenger->inboxes[i]);
    if (vf_messenger_acknowledge(messenger, false) < 0)
        vf_log(VF_LOG_WARNING, "cannot tell the senders of the end");
    wait_for_readers(messenger);
}

void vf_messenger_destroy(struct vf_messenger **messenger)
{
    struct vf_messenger *gone = *messenger;
    if (!gone)
        return;
    for (size_t i = 0; gone->inboxes && !gone->is_closed && i < gone->wires->in_count; i++) {
        if (gone->inboxes[i])
            vf_inbox_abandon(gone->inboxes[i]);
    }
    drop_messages(gone);
    if (gone->acknowledgers && gone->back_wires)
        destroy_back_wires(gone);
    /* What is left, a new process sends again. */
    bool is_left = !gone->is_closed && gone->wires->is_replaceable;
    vf_fan_out_destroy(&gone->fan_out, is_left || stop_level(gone) == VF_STOP_ABORT);
    vf_wire_destroy(&gone->data);
    vf_wire_destroy(&gone->stop);
    vf_wires_destroy(&gone->context);
    /* What came through here and was sent on may be held by the outboxes, and by ZeroMQ's own
     * threads: when both are gone, nobody lets go of it any more. */
    for (size_t i = 0; gone->inboxes && i < gone->wires->in_count; i++)
        vf_inbox_destroy(&gone->inboxes[i]);
    for (size_t i = 0; gone->kept && i < gone->wires->in_count; i++)
        vf_parcel_forget(gone->wires->in[i].terms, &gone->kept[i]);
    free(gone->kept);
    free(gone->inboxes);
    free(gone->acknowledgers);
    free(gone->back_wires);
    free(gone->inputs.items);
    free(gone->made);
    free(gone->recounted);
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
        if (control->stop.level > atomic_load(&messenger->heard_level)) {
            atomic_store(&messenger->heard_level, control->stop.level);
            atomic_store(&messenger->wires->page->heard_stop, control->stop.level);
        }
        return;
    }
    if (size >= sizeof(control->magic) && size <= sizeof(*control) &&
        control->magic == VF_ACKNOWLEDGEMENT_MAGIC && messenger->is_gathering)
        err = VF_OK; /* it will be asked for again */
    else if (size >= sizeof(control->magic) && size <= sizeof(*control) &&
             control->magic == VF_ACKNOWLEDGEMENT_MAGIC)
        err = vf_fan_out_hear(messenger->fan_out, &control->acknowledgement, size);
    if (err)
        vf_log(VF_LOG_WARNING, "an invalid message came to the termination socket; "
                               "ignored");
}

/* Says that this task does not hang. */
static void show_life(const struct vf_messenger *messenger)
{
    atomic_store_explicit(&messenger->wires->page->alive_ns, vf_clock_now_ns(),
                          memory_order_relaxed);
}

/* Reads all that has come to the termination socket. */
static void read_stops(struct vf_messenger *messenger)
{
    union control control;
    size_t size;
    while (vf_wire_receive(messenger->stop, &control, sizeof(control), &size) == VF_OK)
        hear(messenger, &control, size);
    messenger->stops_read_ns = vf_clock_now_ns();
}

enum vf_stop_level vf_messenger_termination_requested(struct vf_messenger *messenger)
{
    int64_t now = vf_clock_now_ns();
    atomic_store_explicit(&messenger->wires->page->alive_ns, now, memory_order_relaxed);
    /* Each look at a socket costs system calls, which small messages would feel. */
    if (messenger->stop && now - messenger->stops_read_ns >= VF_MESSENGER_LOOK_EVERY_NS &&
        pthread_equal(messenger->owner, pthread_self()))
        read_stops(messenger);
    return stop_level(messenger);
}

enum vf_stop_level vf_messenger_stop_level(struct vf_messenger *messenger)
{
    return messenger->stop ? vf_messenger_termination_requested(messenger) : stop_level(messenger);
}

bool vf_messenger_must_halt(struct vf_messenger *messenger)
{
    return vf_messenger_termination_requested(messenger) >= VF_STOP_HALT;
}

bool vf_messenger_must_give_way(const struct vf_messenger *messenger)
{
    const struct vf_task_wires *wires = messenger->wires;
    return wires->give_way && wires->process &&
           atomic_load_explicit(wires->give_way, memory_order_relaxed) == wires->process;
}

enum vf_end_reason vf_messenger_end_reason(const struct vf_messenger *messenger)
{
    unsigned level = stop_level(messenger);
    bool is_producer = messenger->wires->in_count == 0;
    enum vf_end_reason reason = messenger->joined.reason;
    if (level == VF_STOP_ABORT)
        reason = VF_END_FAILED;
    else if (reason == VF_END_COMPLETE && (level == VF_STOP_HALT || (level && is_producer)))
        reason = VF_END_INTERRUPTED;
    return reason;
}

/* The message that the present answer's origin and times come from; NULL: a producer's. */
const struct vf_message *vf_messenger_answered(const struct vf_messenger *messenger)
{
    if (messenger->raw)
        return messenger->raw;
    for (unsigned i = 0; i < messenger->inputs.count; i++) {
        if (messenger->inputs.items[i])
            return messenger->inputs.items[i];
    }
    return NULL;
}

int vf_messenger_longest_sleep_ms(const struct vf_messenger *messenger)
{
    return vf_fan_out_awaits_news(messenger->fan_out) ? VF_MESSENGER_ASK_AFTER_MS
                                                      : VF_MESSENGER_LONGEST_SLEEP_MS;
}

int vf_messenger_sleep_with(struct vf_messenger *messenger, bool awaits_data, int timeout_ms,
                            struct vf_messenger_awaited *awaited)
{
    struct vf_wire *const wires[] = {messenger->stop, messenger->data};
    const int fds[] = {messenger->wires->doorbell, awaited->fd};
    size_t count = !messenger->stop ? 0 : awaits_data ? 2 : 1;
    unsigned ready;
    uint64_t rings;
    int err = vf_wire_wait(wires, count, fds, timeout_ms, &ready);
    if (ready & 1U << count) {
        ssize_t size = read(messenger->wires->doorbell, &rings, sizeof(rings));
        (void)size; /* fails only when nobody rang */
    }
    if (count && ready & STOP_WIRE)
        read_stops(messenger);
    messenger->has_data |= count == 2 && ready & DATA_WIRE;
    awaited->is_ready = ready & 2U << count;
    show_life(messenger);
    return err;
}

int vf_messenger_sleep(struct vf_messenger *messenger, bool awaits_data, int timeout_ms)
{
    struct vf_messenger_awaited nothing = {.fd = -1};
    return vf_messenger_sleep_with(messenger, awaits_data, timeout_ms, &nothing);
}

bool vf_messenger_yield(struct vf_messenger *messenger, struct vf_messenger_pace *pace)
{
    int64_t now = vf_clock_now_ns();
    uint64_t rounds = messenger->rounds - pace->rounds;
    bool is_hurried =
        !messenger->is_remote && rounds && (now - pace->asked_ns) / SELDOM_NS < (int64_t)rounds;
    pace->asked_ns = now;
    pace->rounds = messenger->rounds;
    if (!is_hurried || pace->sleeps) {
        pace->sleeps -= pace->sleeps > 0;
        return false;
    }
    sched_yield();
    if (vf_clock_now_ns() - now > LONG_NS)
        pace->sleeps = SLEEPS_AFTER;
    return true;
}

void vf_messenger_end_wait(const struct vf_messenger *messenger, enum vf_trace_kind kind,
                           int64_t since_ns)
{
    struct vf_task_page *page = messenger->wires->page;
    int64_t now = vf_clock_now_ns();
    atomic_fetch_add_explicit(kind == VF_TRACE_AWAIT_ROOM ? &page->blocked_ns : &page->waiting_ns,
                              now - since_ns, memory_order_relaxed);
    vf_trace_slice(messenger->wires->trace, kind, since_ns, now, NULL);
}

/* Lets the senders use what room there is: this task may be waiting for what they do then. */
void vf_messenger_wake_senders(const struct vf_messenger *messenger)
{
    for (size_t i = 0; i < messenger->wires->in_count; i++)
        vf_inbox_wake_sender(messenger->inboxes[i]);
}

/* Sleeps until a neighbour has made room, or a stop comes. The caller has said that it waits and
 * looked again since. */
int vf_messenger_sleep_blocked(struct vf_messenger *messenger)
{
    struct vf_task_page *page = messenger->wires->page;
    int64_t since = vf_clock_now_ns();
    uint32_t state = atomic_exchange(&page->state, VF_TASK_BLOCKED);
    vf_messenger_wake_senders(messenger);
    int err = vf_messenger_acknowledge(messenger, false);
    if (!err)
        err = vf_messenger_sleep(messenger, false, vf_messenger_longest_sleep_ms(messenger));
    if (!err)
        err = vf_fan_out_nudge(messenger->fan_out);
    atomic_store(&page->state, state);
    vf_messenger_end_wait(messenger, VF_TRACE_AWAIT_ROOM, since);
    return err ? err : vf_fan_out_send_gaps(messenger->fan_out);
}

/* Lets the receivers run: they may make room. Returns whether they could: try again. */
static bool yield_for_room(struct vf_messenger *messenger)
{
    struct vf_task_page *page = messenger->wires->page;
    int64_t since = vf_clock_now_ns();
    uint32_t state = atomic_exchange(&page->state, VF_TASK_BLOCKED);
    vf_messenger_wake_senders(messenger);
    bool has_yielded = vf_messenger_yield(messenger, &messenger->room_pace);
    atomic_store(&page->state, state);
    vf_messenger_end_wait(messenger, VF_TRACE_AWAIT_ROOM, since);
    return has_yielded;
}

static void set_need(struct vf_messenger *messenger, enum vf_fan_out_need need)
{
    messenger->need = need;
    vf_fan_out_set_need(messenger->fan_out, need);
}

bool vf_messenger_wait(struct vf_messenger *messenger, enum vf_fan_out_need need, int *err)
{
    /* The attempt was made after the need had been made known, so nothing is missed by sleeping. */
    bool may_sleep = *err == -EAGAIN && messenger->need == need;
    if (*err == -EAGAIN && messenger->need == VF_NEED_NOTHING && need == VF_NEED_ROOM &&
        yield_for_room(messenger))
        return true;
    if (may_sleep && !messenger->is_ending && vf_messenger_must_halt(messenger))
        *err = VF_END;
    else if (may_sleep && vf_messenger_sleep_blocked(messenger) < 0)
        *err = -EIO;
    if (*err == -EAGAIN)
        set_need(messenger, need); /* each time: a receiver rings once for each */
    else if (messenger->need != VF_NEED_NOTHING)
        set_need(messenger, VF_NEED_NOTHING);
    return *err == -EAGAIN;
}

static bool is_useless(const struct vf_messenger *messenger)
{
    return messenger->wires->in_count == 0 &&
           (vf_messenger_is_abandoned(messenger) || vf_messenger_must_give_way(messenger));
}

bool vf_messenger_is_paused(const struct vf_messenger *messenger)
{
    const _Atomic uint32_t *is_paused = messenger->wires->is_paused;
    return is_paused && atomic_load_explicit(is_paused, memory_order_relaxed) != 0;
}

int vf_messenger_pause(struct vf_messenger *messenger)
{
    struct vf_task_page *page = messenger->wires->page;
    uint32_t state = atomic_load(&page->state);
    int64_t since = vf_clock_now_ns();
    int err = VF_OK;
    atomic_store(&page->state, VF_TASK_WAITING);
    while (!err && vf_messenger_is_paused(messenger)) {
        if (is_useless(messenger) || vf_messenger_termination_requested(messenger) >= VF_STOP_DRAIN)
            err = VF_END;
        else if (vf_messenger_sleep(messenger, false, (int)(LONGEST_NAP_NS / VF_NS_PER_MS)) < 0)
            err = -EIO;
    }
    atomic_store(&page->state, state);
    vf_messenger_end_wait(messenger, VF_TRACE_AWAIT_INPUT, since);
    return err;
}

/* Sleeps until `fd` can be read, the doorbell rings, or a termination socket is to be looked at.
 * Returns whether `fd` can be read. */
static bool await_once(struct vf_messenger *messenger, int fd, int64_t left_ns)
{
    struct pollfd items[] = {{.fd = fd, .events = POLLIN},
                             {.fd = messenger->wires->doorbell, .events = POLLIN}};
    int64_t longest_ns =
        messenger->stop ? VF_MESSENGER_ASK_AFTER_MS * VF_NS_PER_MS : LONGEST_NAP_NS;
    int64_t nap_ns = left_ns < longest_ns ? left_ns : longest_ns;
    struct timespec rest = {.tv_sec = (time_t)(nap_ns / VF_NS_PER_S),
                            .tv_nsec = (long)(nap_ns % VF_NS_PER_S)};
    uint64_t rings;
    int count = ppoll(items, VF_COUNT(items), &rest, NULL);
    if (count > 0 && items[1].revents) {
        ssize_t size = read(messenger->wires->doorbell, &rings, sizeof(rings));
        (void)size; /* fails only when nobody rang */
    }
    if (messenger->stop)
        read_stops(messenger);
    return count > 0 && items[0].revents;
}

int vf_messenger_await(struct vf_messenger *messenger, int fd, int64_t deadline_ns,
                       enum vf_stop_level level)
{
    struct vf_task_page *page = messenger->wires->page;
    uint32_t state = atomic_load(&page->state);
    int err = VF_DROPPED;
    if (state == VF_TASK_FINISHING) /* may take its time, but not for the sake of somebody else */
        atomic_store(&page->state, VF_TASK_BUSY);
    for (int64_t left_ns = 1; err == VF_DROPPED && left_ns > 0;) {
        left_ns = deadline_ns - vf_clock_now_ns();
        if (is_useless(messenger) || stop_level(messenger) >= level)
            err = VF_END;
        else if (await_once(messenger, fd, left_ns > 0 ? left_ns : 0))
            err = VF_OK;
    }
    atomic_store(&page->state, state);
    return err;
}

int vf_messenger_sleep_until(struct vf_messenger *messenger, int64_t deadline_ns,
                             enum vf_stop_level level)
{
    for (;;) {
        int64_t left = deadline_ns - vf_clock_now_ns();
        if (is_useless(messenger) || vf_messenger_termination_requested(messenger) >= level)
            return VF_END;
        if (left <= 0)
            return VF_OK;
        /* poll(2) counts milliseconds; the last one is slept by the clock. */
        struct timespec rest = {.tv_nsec = (long)left};
        int64_t nap = left < LONGEST_NAP_NS ? left : LONGEST_NAP_NS;
        if (left < VF_NS_PER_MS)
            nanosleep(&rest, NULL);
        else if (vf_messenger_sleep(messenger, false, (int)(nap / VF_NS_PER_MS)) < 0)
            return -EIO;
    }
}
