/* SPDX-License-Identifier: MIT */
#include "engine/edge/dispatch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/edge/outbox.h"
#include "engine/wire/socket_number.h"

#define LINGER_MS 1000
#define NO_LANE UINT32_MAX
#define RESEND_AFTER_NS (2 * VF_NS_PER_S) /* without news of what was sent */

/* One out-edge. */
struct sender {
    struct vf_outbox *outbox;
    struct vf_wire *wire;
    const struct vf_edge_terms *terms;
    uint64_t gap_due; /* origin number up to which nothing more will be published; 0: none due */
    bool is_refused;  /* by its group, for the message being published */
    bool is_pending;  /* waits for room, likewise */
    bool has_ended;
    uint64_t sent;              /* over TCP: highest sequence that has left */
    uint64_t received;          /* likewise: that the receiver had told of at... */
    int64_t received_change_ns; /* ...the time this last changed, or something was sent again */
    bool owes_order;       /* of a replica: nothing says yet that the present order is complete */
    struct spread *spread; /* of whose lanes this is one; NULL: none */
};

/* The edges to the replicas of one node. Several ports may lead to them: then what is published
 * on each for one input goes the same way. */
struct spread {
    uint32_t number;
    uint64_t order;  /* of the last message, or set of messages, that was given away */
    uint32_t lane;   /* the one that got it; NO_LANE: it was dropped */
    uint32_t next;   /* where to look first for the following one */
    uint32_t lanes;  /* how many there are */
    unsigned *rooms; /* for each lane: messages that all its edges have room for */
    uint64_t served; /* ports that have sent their message of this order: bit 0 is port 0 */
};

struct vf_dispatch {
    struct sender *senders;
    size_t count;
    struct spread *spreads;
    size_t spread_count;
    int result; /* of the message being published */
};

/* Finds the spread of an edge, or makes it; *spread becomes NULL where there is none. */
static int join_spread(struct vf_dispatch *dispatch, const struct vf_edge_terms *terms,
                       struct spread **spread)
{
    *spread = NULL;
    for (size_t i = 0; terms->spread && i < dispatch->spread_count; i++) {
        if (dispatch->spreads[i].number == terms->spread)
            *spread = &dispatch->spreads[i];
    }
    if (!terms->spread)
        return VF_OK;
    if (!*spread) {
        *spread = &dispatch->spreads[dispatch->spread_count++];
        (*spread)->number = terms->spread;
        (*spread)->served = UINT64_MAX; /* so that the first message begins an order */
    }
    if (terms->lane < (*spread)->lanes)
        return VF_OK;
    unsigned *rooms = realloc((*spread)->rooms, (terms->lane + 1) * sizeof(*rooms));
    if (!rooms)
        return -ENOMEM;
    (*spread)->rooms = rooms;
    (*spread)->lanes = terms->lane + 1;
    return VF_OK;
}

int vf_dispatch_create(struct vf_dispatch **dispatch, const struct vf_edge_end *edges, size_t count)
{
    *dispatch = calloc(1, sizeof(**dispatch));
    if (!*dispatch)
        return -ENOMEM;
    (*dispatch)->senders = calloc(count + 1, sizeof(*(*dispatch)->senders));
    (*dispatch)->spreads = calloc(count + 1, sizeof(*(*dispatch)->spreads));
    int err = (*dispatch)->senders && (*dispatch)->spreads ? VF_OK : -ENOMEM;
    for (size_t i = 0; !err && i < count; i++) {
        struct sender *sender = &(*dispatch)->senders[i];
        sender->terms = edges[i].terms;
        err = join_spread(*dispatch, edges[i].terms, &sender->spread);
        if (!err)
            err = vf_outbox_create(&sender->outbox, edges[i].terms);
        (*dispatch)->count++;
    }
    if (err)
        vf_dispatch_destroy(dispatch, true);
    return err;
}

int vf_dispatch_connect(struct vf_dispatch *dispatch, struct vf_wires *wires)
{
    for (size_t i = 0; i < dispatch->count; i++) {
        struct sender *sender = &dispatch->senders[i];
        int number = vf_socket_from_task_id((int)sender->terms->receiver);
        int err = vf_wire_connect(&sender->wire, wires, number, LINGER_MS);
        if (err)
            return err;
    }
    return VF_OK;
}

/* Whether nothing has to reach the receiver any more. */
static bool has_arrived(const struct sender *sender)
{
    return vf_outbox_is_closed(sender->outbox) ||
           atomic_load(&sender->terms->inbox->received) >= vf_outbox_published(sender->outbox);
}

void vf_dispatch_destroy(struct vf_dispatch **dispatch, bool is_aborting)
{
    if (!*dispatch)
        return;
    for (size_t i = 0; i < (*dispatch)->count; i++) {
        struct sender *sender = &(*dispatch)->senders[i];
        if (is_aborting || (sender->outbox && has_arrived(sender)))
            vf_wire_abandon(&sender->wire);
        vf_wire_destroy(&sender->wire);
        vf_outbox_destroy(&sender->outbox);
    }
    for (size_t i = 0; i < (*dispatch)->spread_count; i++)
        free((*dispatch)->spreads[i].rooms);
    free((*dispatch)->senders);
    free((*dispatch)->spreads);
    free(*dispatch);
    *dispatch = NULL;
}

static bool is_on(const struct sender *sender, unsigned port)
{
    return sender->terms->sender_port == port;
}

bool vf_dispatch_is_read(const struct vf_dispatch *dispatch, unsigned port)
{
    for (size_t i = 0; i < dispatch->count; i++) {
        const struct sender *sender = &dispatch->senders[i];
        if (is_on(sender, port) && !vf_outbox_is_closed(sender->outbox))
            return true;
    }
    return false;
}

bool vf_dispatch_is_abandoned(const struct vf_dispatch *dispatch)
{
    size_t closed = 0;
    for (size_t i = 0; i < dispatch->count; i++)
        closed += vf_outbox_is_closed(dispatch->senders[i].outbox);
    return closed > 0 && closed == dispatch->count;
}

bool vf_dispatch_has_unreleased(const struct vf_dispatch *dispatch)
{
    for (size_t i = 0; i < dispatch->count; i++) {
        if (vf_outbox_has_unreleased(dispatch->senders[i].outbox))
            return true;
    }
    return false;
}

/* Over TCP: sends what has not left yet, each payload from where it lies. Where the oldest is
 * dropped, nothing leaves before the receiver wants it, because then it could not be dropped. */
static int push(struct sender *sender)
{
    const struct vf_envelope *next;
    struct vf_payload *payload;
    int err = VF_OK;
    while (!err && (next = vf_outbox_after(sender->outbox, sender->sent, &payload)) != NULL) {
        struct vf_envelope envelope;
        if (sender->terms->overflow == VF_OVERFLOW_DROP_OLDEST &&
            atomic_load(&sender->terms->inbox->wanted) < sender->sent)
            break;
        memcpy(&envelope, next, vf_envelope_size(next));
        if (payload)
            envelope.arena = VF_ARENA_PART;
        envelope.offset = 0;
        sender->sent = envelope.sequence;
        vf_outbox_set_sent(sender->outbox, sender->sent);
        size_t size = vf_envelope_size(&envelope);
        err = payload ? vf_wire_send_payload(sender->wire, &envelope, size, payload)
                      : vf_wire_send(sender->wire, &envelope, size);
    }
    return err;
}

/* Sends what has just been put, unless the receiver will find it by itself. */
static int send(struct sender *sender, const struct vf_envelope *envelope, bool must_send)
{
    if (sender->terms->is_remote)
        return push(sender);
    return must_send ? vf_wire_send(sender->wire, envelope, vf_envelope_size(envelope)) : VF_OK;
}

static uint64_t bit_of(unsigned port)
{
    return (uint64_t)1 << (port & 63);
}

/* Chooses the lane with most room, in turn where several have. Returns false when none has any. */
static bool choose_lane(const struct vf_dispatch *dispatch, const struct spread *spread,
                        uint32_t *chosen)
{
    unsigned most = 0;
    for (uint32_t lane = 0; lane < spread->lanes; lane++)
        spread->rooms[lane] = UINT32_MAX;
    for (size_t i = 0; i < dispatch->count; i++) {
        const struct sender *sender = &dispatch->senders[i];
        if (sender->spread != spread)
            continue;
        bool is_closed = vf_outbox_is_closed(sender->outbox);
        unsigned room = is_closed ? 0 : vf_outbox_room(sender->outbox);
        if (room < spread->rooms[sender->terms->lane])
            spread->rooms[sender->terms->lane] = room;
    }
    for (uint32_t i = 0; i < spread->lanes; i++) {
        uint32_t lane = (spread->next + i) % spread->lanes;
        if (spread->rooms[lane] > most) {
            most = spread->rooms[lane];
            *chosen = lane;
        }
    }
    return most > 0;
}

/* Whether `port` begins a new order: the present one has had its message of it. */
static bool begins_order(const struct spread *spread, unsigned port)
{
    return spread->served & bit_of(port);
}

/* Whether a message for this edge has no room, after all has been done that may make some. */
static bool is_full(const struct vf_dispatch *dispatch, const struct sender *sender)
{
    uint32_t lane;
    if (sender->spread)
        return begins_order(sender->spread, sender->terms->sender_port) &&
               !choose_lane(dispatch, sender->spread, &lane);
    if (vf_outbox_has_room(sender->outbox))
        return false;
    if (sender->terms->overflow != VF_OVERFLOW_DROP_OLDEST)
        return true;
    vf_outbox_drop_oldest(sender->outbox);
    return !vf_outbox_has_room(sender->outbox);
}

static void refuse_group(struct vf_dispatch *dispatch, const struct vf_edge_terms *full)
{
    for (size_t i = 0; i < dispatch->count; i++) {
        struct sender *sender = &dispatch->senders[i];
        if (is_on(sender, full->sender_port) && sender->terms->group == full->group &&
            sender->terms->overflow != VF_OVERFLOW_WAIT)
            sender->is_refused = true;
    }
}

int vf_dispatch_offer(struct vf_dispatch *dispatch, unsigned port, struct vf_envelope *envelope,
                      struct vf_payload *payload)
{
    dispatch->result = VF_OK;
    for (size_t i = 0; i < dispatch->count; i++) {
        struct sender *sender = &dispatch->senders[i];
        /* The first lane of a spread stands for all. */
        bool is_asked = is_on(sender, port) && (!sender->spread || sender->terms->lane == 0);
        sender->is_refused = false;
        sender->is_pending = is_asked;
    }
    for (size_t i = 0; i < dispatch->count; i++) {
        const struct sender *sender = &dispatch->senders[i];
        if (sender->is_pending && sender->terms->overflow != VF_OVERFLOW_WAIT &&
            !vf_outbox_is_closed(sender->outbox) && is_full(dispatch, sender))
            refuse_group(dispatch, sender->terms);
    }
    return vf_dispatch_retry(dispatch, envelope, payload);
}

static void drop(struct vf_dispatch *dispatch, struct sender *sender, uint64_t number)
{
    vf_outbox_count_dropped(sender->outbox);
    if (number > sender->gap_due)
        sender->gap_due = number;
    dispatch->result = VF_DROPPED;
}

static int put(struct sender *sender, struct vf_envelope *envelope, struct vf_payload *payload)
{
    bool must_send = vf_outbox_put(sender->outbox, envelope, payload);
    return send(sender, envelope, must_send);
}

/* Begins an order that goes to `lane`, unless the present one still lacks this port; what the
 * port sends for it needs no other lane's answer. */
static void take_lane(struct vf_dispatch *dispatch, struct spread *spread, unsigned port,
                      uint32_t lane, uint64_t number)
{
    if (begins_order(spread, port)) {
        spread->order += lane != NO_LANE;
        spread->lane = lane;
        spread->next = lane != NO_LANE ? lane + 1 : spread->next;
        spread->served = 0;
    }
    spread->served |= bit_of(port);
    for (size_t i = 0; i < dispatch->count && spread->lane != NO_LANE; i++) {
        const struct sender *sender = &dispatch->senders[i];
        if (sender->spread == spread && is_on(sender, port) && sender->terms->lane != spread->lane)
            vf_outbox_answer(sender->outbox, number);
    }
}

static struct sender *sender_of(const struct vf_dispatch *dispatch, const struct spread *spread,
                                unsigned port)
{
    for (size_t i = 0; i < dispatch->count; i++) {
        struct sender *sender = &dispatch->senders[i];
        if (sender->spread == spread && is_on(sender, port) && sender->terms->lane == spread->lane)
            return sender;
    }
    return NULL;
}

/* Gives a message to one lane of a spread. Returns -EAGAIN when none has room. */
static int spread_message(struct vf_dispatch *dispatch, struct sender *first,
                          struct vf_envelope *envelope, struct vf_payload *payload)
{
    struct spread *spread = first->spread;
    unsigned port = first->terms->sender_port;
    uint64_t number = envelope->description.origin.number;
    uint64_t own_order = envelope->description.order;
    uint32_t lane = spread->lane;
    if (begins_order(spread, port) && first->is_refused)
        lane = NO_LANE;
    else if (begins_order(spread, port) && !choose_lane(dispatch, spread, &lane))
        return -EAGAIN;
    take_lane(dispatch, spread, port, lane, number);
    struct sender *chosen = sender_of(dispatch, spread, port);
    first->is_pending = false;
    if (!chosen) {
        drop(dispatch, first, number);
        return VF_OK;
    }
    envelope->description.order = spread->order;
    int err = put(chosen, envelope, payload);
    envelope->description.order = own_order;
    return err;
}

static bool are_lanes_closed(const struct vf_dispatch *dispatch, const struct sender *first)
{
    for (size_t i = 0; i < dispatch->count; i++) {
        const struct sender *sender = &dispatch->senders[i];
        if (sender->spread == first->spread && is_on(sender, first->terms->sender_port) &&
            !vf_outbox_is_closed(sender->outbox))
            return false;
    }
    return true;
}

/* Puts a pending message on its edge, or says why it need not. */
static int settle_sender(struct vf_dispatch *dispatch, struct sender *sender,
                         struct vf_envelope *envelope, struct vf_payload *payload)
{
    bool is_closed =
        sender->spread ? are_lanes_closed(dispatch, sender) : vf_outbox_is_closed(sender->outbox);
    if (is_closed)
        vf_outbox_count_refused(sender->outbox);
    else if (sender->spread)
        return spread_message(dispatch, sender, envelope, payload);
    else if (sender->is_refused)
        drop(dispatch, sender, envelope->description.origin.number);
    else if (!vf_outbox_has_room(sender->outbox))
        return -EAGAIN;
    sender->is_pending = false;
    return is_closed || sender->is_refused ? VF_OK : put(sender, envelope, payload);
}

int vf_dispatch_retry(struct vf_dispatch *dispatch, struct vf_envelope *envelope,
                      struct vf_payload *payload)
{
    bool must_wait = false;
    for (size_t i = 0; i < dispatch->count; i++) {
        struct sender *sender = &dispatch->senders[i];
        if (!sender->is_pending)
            continue;
        int err = settle_sender(dispatch, sender, envelope, payload);
        must_wait = must_wait || err == -EAGAIN;
        if (err && err != -EAGAIN)
            return err;
    }
    return must_wait ? -EAGAIN : dispatch->result;
}

void vf_dispatch_drop(struct vf_dispatch *dispatch, unsigned port, uint64_t number)
{
    for (size_t i = 0; i < dispatch->count; i++) {
        struct sender *sender = &dispatch->senders[i];
        if (is_on(sender, port) && (!sender->spread || sender->terms->lane == 0))
            drop(dispatch, sender, number);
    }
}

void vf_dispatch_refuse(struct vf_dispatch *dispatch, unsigned port)
{
    for (size_t i = 0; i < dispatch->count; i++) {
        const struct sender *sender = &dispatch->senders[i];
        if (is_on(sender, port) && (!sender->spread || sender->terms->lane == 0))
            vf_outbox_count_refused(sender->outbox);
    }
}

void vf_dispatch_pass(struct vf_dispatch *dispatch, uint64_t number)
{
    for (size_t i = 0; i < dispatch->count; i++) {
        struct sender *sender = &dispatch->senders[i];
        if (number > sender->gap_due)
            sender->gap_due = number;
    }
}

bool vf_dispatch_has_gap_due(const struct vf_dispatch *dispatch)
{
    for (size_t i = 0; i < dispatch->count; i++) {
        if (dispatch->senders[i].gap_due)
            return true;
    }
    return false;
}

/* Gives a gap to one lane, in its order. */
static int spread_gap(struct vf_dispatch *dispatch, struct sender *sender)
{
    struct spread *spread = sender->spread;
    unsigned port = sender->terms->sender_port;
    uint32_t lane = spread->lane;
    struct vf_envelope envelope;
    bool is_put;
    if (!vf_outbox_owes(sender->outbox, sender->gap_due))
        return VF_OK;
    bool has_lane =
        begins_order(spread, port) ? choose_lane(dispatch, spread, &lane) : lane != NO_LANE;
    if (!has_lane)
        return -EAGAIN;
    uint64_t number = sender->gap_due;
    /* The lane that gets it still owes what the others have now been told of. */
    take_lane(dispatch, spread, port, lane, number);
    struct sender *chosen = sender_of(dispatch, spread, port);
    int err = vf_outbox_put_gap(chosen->outbox, number, spread->order, &envelope, &is_put);
    return err ? err : send(chosen, &envelope, is_put);
}

static int send_gap(struct vf_dispatch *dispatch, struct sender *sender)
{
    struct vf_envelope envelope;
    bool is_put = false;
    if (!sender->terms->carries_gaps || vf_outbox_is_closed(sender->outbox))
        return VF_OK;
    if (sender->spread)
        return spread_gap(dispatch, sender);
    int err = vf_outbox_put_gap(sender->outbox, sender->gap_due, 0, &envelope, &is_put);
    return err ? err : send(sender, &envelope, is_put);
}

int vf_dispatch_send_gaps(struct vf_dispatch *dispatch)
{
    for (size_t i = 0; i < dispatch->count; i++) {
        struct sender *sender = &dispatch->senders[i];
        if (!sender->gap_due)
            continue;
        int err = send_gap(dispatch, sender);
        if (err != -EAGAIN)
            sender->gap_due = 0;
        if (err && err != -EAGAIN)
            return err;
    }
    return VF_OK;
}

int vf_dispatch_close_order(struct vf_dispatch *dispatch, unsigned port, uint64_t number,
                            uint64_t order)
{
    for (size_t i = 0; i < dispatch->count; i++) {
        struct sender *sender = &dispatch->senders[i];
        struct vf_envelope envelope;
        bool is_put;
        if (!is_on(sender, port) || !sender->owes_order || vf_outbox_is_closed(sender->outbox))
            continue;
        int err = vf_outbox_put_gap(sender->outbox, number, order, &envelope, &is_put);
        if (!err)
            err = send(sender, &envelope, is_put);
        if (err)
            return err;
        sender->owes_order = false;
    }
    return VF_OK;
}

void vf_dispatch_settle_order(struct vf_dispatch *dispatch, unsigned port)
{
    for (size_t i = 0; i < dispatch->count; i++) {
        if (is_on(&dispatch->senders[i], port))
            dispatch->senders[i].owes_order = false;
    }
}

void vf_dispatch_begin_order(struct vf_dispatch *dispatch)
{
    for (size_t i = 0; i < dispatch->count; i++)
        dispatch->senders[i].owes_order = true;
}

int vf_dispatch_end(struct vf_dispatch *dispatch, enum vf_end_reason reason)
{
    int result = VF_OK;
    for (size_t i = 0; i < dispatch->count; i++) {
        struct sender *sender = &dispatch->senders[i];
        struct vf_envelope envelope;
        if (sender->has_ended || vf_outbox_is_closed(sender->outbox))
            continue;
        int err = vf_outbox_put_end(sender->outbox, reason, &envelope);
        sender->has_ended = err == VF_OK;
        if (!err)
            err = send(sender, &envelope, true);
        if (err)
            result = err;
    }
    return result;
}

void vf_dispatch_reap(struct vf_dispatch *dispatch)
{
    for (size_t i = 0; i < dispatch->count; i++)
        vf_outbox_reap(dispatch->senders[i].outbox);
}

int vf_dispatch_hear(struct vf_dispatch *dispatch, const struct vf_acknowledgement *told,
                     size_t size)
{
    for (size_t i = 0; i < dispatch->count; i++) {
        struct sender *sender = &dispatch->senders[i];
        if (size < sizeof(told->magic) + sizeof(told->edge) || sender->terms->id != told->edge ||
            !sender->terms->is_remote)
            continue;
        int err = vf_acknowledgement_apply(told, size, sender->terms,
                                           vf_outbox_published(sender->outbox));
        return err ? err : push(sender);
    }
    return -EBADMSG;
}

static bool has_unreceived(const struct sender *sender)
{
    return sender->terms->is_remote && !has_arrived(sender);
}

bool vf_dispatch_has_unreceived(const struct vf_dispatch *dispatch)
{
    for (size_t i = 0; i < dispatch->count; i++) {
        if (has_unreceived(&dispatch->senders[i]))
            return true;
    }
    return false;
}

int vf_dispatch_nudge(struct vf_dispatch *dispatch)
{
    int64_t now = vf_clock_now_ns();
    for (size_t i = 0; i < dispatch->count; i++) {
        struct sender *sender = &dispatch->senders[i];
        if (!has_unreceived(sender))
            continue;
        uint64_t received = atomic_load(&sender->terms->inbox->received);
        bool is_late = received == sender->received && sender->sent > received &&
                       now - sender->received_change_ns > RESEND_AFTER_NS;
        if (!is_late && received == sender->received)
            continue;
        sender->received = received;
        sender->received_change_ns = now;
        if (is_late)
            sender->sent = received;
        int err = push(sender);
        if (err)
            return err;
    }
    return VF_OK;
}

void vf_dispatch_set_waits(struct vf_dispatch *dispatch, uint32_t waits)
{
    for (size_t i = 0; i < dispatch->count; i++)
        vf_outbox_set_waits(dispatch->senders[i].outbox, waits);
}
