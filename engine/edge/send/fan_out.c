/* SPDX-License-Identifier: MIT */
#include "engine/edge/send/fan_out.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "engine/base/clock.h"
#include "engine/base/failpoint.h"
#include "engine/edge/send/sender.h"
#include "engine/edge/send/spread.h"

struct vf_fan_out {
    struct vf_senders senders;
    struct vf_spread *spreads;
    size_t spread_count;
    int result; /* of the message being published */
};

/* Finds the spread of an edge, or makes it; *spread becomes NULL where there is none. */
static int join_spread(struct vf_fan_out *fan_out, const struct vf_edge_terms *terms,
                       struct vf_spread **spread)
{
    *spread = NULL;
    if (!terms->spread || terms->is_leaving)
        return VF_OK;
    for (size_t i = 0; i < fan_out->spread_count; i++) {
        if (fan_out->spreads[i].number == terms->spread)
            *spread = &fan_out->spreads[i];
    }
    if (!*spread) {
        *spread = &fan_out->spreads[fan_out->spread_count++];
        **spread = (struct vf_spread){.number = terms->spread};
    }
    return vf_spread_add_lane(*spread, terms->lane, terms->sender_port);
}

int vf_fan_out_create(struct vf_fan_out **fan_out, const struct vf_edge_end *edges, size_t count)
{
    struct vf_fan_out *made = calloc(1, sizeof(*made));
    *fan_out = made;
    if (!made)
        return -ENOMEM;
    made->senders.items = calloc(count + 1, sizeof(*made->senders.items));
    made->spreads = calloc(count + 1, sizeof(*made->spreads));
    int err = made->senders.items && made->spreads ? VF_OK : -ENOMEM;
    for (size_t i = 0; !err && i < count; i++) {
        struct vf_sender *sender = &made->senders.items[made->senders.count++];
        err = vf_sender_init(sender, &edges[i]);
        if (!err)
            err = join_spread(made, edges[i].terms, &sender->spread);
    }
    if (err)
        vf_fan_out_destroy(fan_out, true);
    return err;
}

int vf_fan_out_connect(struct vf_fan_out *fan_out, struct vf_wires *wires)
{
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        int err = vf_sender_connect(&fan_out->senders.items[i], wires);
        if (err)
            return err;
    }
    return VF_OK;
}

void vf_fan_out_destroy(struct vf_fan_out **fan_out, bool is_aborting)
{
    if (!*fan_out)
        return;
    for (size_t i = 0; i < (*fan_out)->senders.count; i++)
        vf_sender_finish(&(*fan_out)->senders.items[i], is_aborting);
    for (size_t i = 0; i < (*fan_out)->spread_count; i++)
        vf_spread_finish(&(*fan_out)->spreads[i]);
    free((*fan_out)->senders.items);
    free((*fan_out)->spreads);
    free(*fan_out);
    *fan_out = NULL;
}

bool vf_fan_out_is_read(const struct vf_fan_out *fan_out, unsigned port)
{
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        const struct vf_sender *sender = &fan_out->senders.items[i];
        if (vf_sender_is_on(sender, port) && !vf_outbox_is_closed(sender->outbox))
            return true;
    }
    return false;
}

bool vf_fan_out_is_abandoned(const struct vf_fan_out *fan_out)
{
    size_t closed = 0, count = 0;
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        const struct vf_sender *sender = &fan_out->senders.items[i];
        count += !sender->terms->is_leaving;
        closed += !sender->terms->is_leaving && vf_outbox_is_closed(sender->outbox);
    }
    return closed > 0 && closed == count;
}

bool vf_fan_out_has_unreleased(const struct vf_fan_out *fan_out)
{
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        if (vf_outbox_has_unreleased(fan_out->senders.items[i].outbox))
            return true;
    }
    return false;
}

bool vf_fan_out_has_borrowed(struct vf_fan_out *fan_out)
{
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        if (vf_outbox_has_borrowed(fan_out->senders.items[i].outbox))
            return true;
    }
    return false;
}

/* Makes room for a message on this edge, where its drop policy may. Returns whether there is
 * some. */
static bool make_room(const struct vf_fan_out *fan_out, const struct vf_sender *sender)
{
    uint32_t lane;
    if (sender->spread)
        return !vf_spread_begins_order(sender->spread, sender->terms->sender_port) ||
               vf_spread_choose_lane(sender->spread, &fan_out->senders, &lane);
    if (vf_outbox_has_room(sender->outbox))
        return true;
    if (sender->terms->overflow != VF_OVERFLOW_DROP_OLDEST)
        return false;
    vf_outbox_drop_oldest(sender->outbox);
    return vf_outbox_has_room(sender->outbox);
}

/* Counts a message that is about to be published as come again, if the process before published it
 * on this edge or, for the first lane of a spread, on any lane. Returns whether it did. */
static bool consume_repeat(struct vf_fan_out *fan_out, const struct vf_sender *sender)
{
    if (!sender->spread)
        return vf_outbox_consume_repeat(sender->outbox);
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        const struct vf_sender *lane = &fan_out->senders.items[i];
        if (lane->spread == sender->spread && vf_sender_is_on(lane, sender->terms->sender_port) &&
            vf_outbox_consume_repeat(lane->outbox))
            return true;
    }
    return false;
}

static void refuse_group(struct vf_fan_out *fan_out, const struct vf_edge_terms *full)
{
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        struct vf_sender *sender = &fan_out->senders.items[i];
        if (vf_sender_is_on(sender, full->sender_port) && sender->terms->group == full->group &&
            sender->terms->overflow != VF_OVERFLOW_WAIT)
            sender->is_refused = true;
    }
}

int vf_fan_out_offer(struct vf_fan_out *fan_out, unsigned port, struct vf_envelope *envelope,
                     struct vf_payload *payload)
{
    fan_out->result = VF_OK;
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        struct vf_sender *sender = &fan_out->senders.items[i];
        /* The first lane of a spread stands for all. */
        bool is_asked =
            vf_sender_is_on(sender, port) && (!sender->spread || sender->terms->lane == 0);
        sender->is_refused = false;
        sender->is_pending = is_asked && !consume_repeat(fan_out, sender);
    }
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        const struct vf_sender *sender = &fan_out->senders.items[i];
        if (sender->is_pending && sender->terms->overflow != VF_OVERFLOW_WAIT &&
            !vf_outbox_is_closed(sender->outbox) && !make_room(fan_out, sender))
            refuse_group(fan_out, sender->terms);
    }
    return vf_fan_out_retry(fan_out, envelope, payload);
}

/* Notes that a gap is due on an edge, unless one further on is. */
static void owe(struct vf_sender *sender, const struct vf_gap *gap)
{
    if (gap->number > sender->gap_due.number)
        sender->gap_due = *gap;
}

static void drop(struct vf_fan_out *fan_out, struct vf_sender *sender, const struct vf_gap *gap)
{
    vf_outbox_count_dropped(sender->outbox, 1);
    owe(sender, gap);
    fan_out->result = VF_DROPPED;
}

/* The gap that is there if a message is not. */
static struct vf_gap gap_of(const struct vf_envelope *envelope)
{
    const struct vf_description *description = &envelope->description;
    return (struct vf_gap){.number = description->origin.number,
                           .time_ns = vf_message_time_ns(description)};
}

/* Gives a message to one lane of a spread. Returns -EAGAIN when none has room. */
static int spread_message(struct vf_fan_out *fan_out, struct vf_sender *first,
                          struct vf_envelope *envelope, struct vf_payload *payload)
{
    struct vf_spread *spread = first->spread;
    unsigned port = first->terms->sender_port;
    uint64_t number = envelope->description.origin.number;
    uint64_t own_order = envelope->description.order;
    uint32_t lane = spread->lane;
    if (vf_spread_begins_order(spread, port) && first->is_refused)
        lane = VF_NO_LANE;
    else if (vf_spread_begins_order(spread, port) &&
             !vf_spread_choose_lane(spread, &fan_out->senders, &lane))
        return -EAGAIN;
    struct vf_sender *chosen = vf_spread_take_lane(spread, &fan_out->senders, port, lane, number);
    first->is_pending = false;
    if (!chosen) {
        const struct vf_gap gap = gap_of(envelope);
        drop(fan_out, first, &gap);
        return VF_OK;
    }
    envelope->description.order = spread->order;
    int err = vf_sender_put(chosen, envelope, payload);
    envelope->description.order = own_order;
    return err;
}

static bool is_closed(const struct vf_fan_out *fan_out, const struct vf_sender *sender)
{
    return sender->spread
               ? vf_spread_is_closed(sender->spread, &fan_out->senders, sender->terms->sender_port)
               : vf_outbox_is_closed(sender->outbox);
}

/* Puts a pending message on its edge, or says why it need not. */
static int put_pending(struct vf_fan_out *fan_out, struct vf_sender *sender,
                       struct vf_envelope *envelope, struct vf_payload *payload)
{
    if (is_closed(fan_out, sender)) {
        vf_outbox_count_refused(sender->outbox);
        sender->is_pending = false;
        return VF_OK;
    }
    if (sender->spread)
        return spread_message(fan_out, sender, envelope, payload);
    if (!sender->is_refused && !vf_outbox_has_room(sender->outbox))
        return -EAGAIN;
    sender->is_pending = false;
    if (!sender->is_refused)
        return vf_sender_put(sender, envelope, payload);
    const struct vf_gap gap = gap_of(envelope);
    drop(fan_out, sender, &gap);
    return VF_OK;
}

int vf_fan_out_retry(struct vf_fan_out *fan_out, struct vf_envelope *envelope,
                     struct vf_payload *payload)
{
    bool must_wait = false;
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        struct vf_sender *sender = &fan_out->senders.items[i];
        if (!sender->is_pending)
            continue;
        (void)VF_FAILPOINT("publish.edge");
        int err = put_pending(fan_out, sender, envelope, payload);
        must_wait = must_wait || err == -EAGAIN;
        if (err && err != -EAGAIN)
            return err;
    }
    return must_wait ? -EAGAIN : fan_out->result;
}

void vf_fan_out_drop(struct vf_fan_out *fan_out, unsigned port, const struct vf_gap *gap)
{
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        struct vf_sender *sender = &fan_out->senders.items[i];
        if (vf_sender_is_on(sender, port) && (!sender->spread || sender->terms->lane == 0))
            drop(fan_out, sender, gap);
    }
}

void vf_fan_out_refuse(struct vf_fan_out *fan_out, unsigned port)
{
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        const struct vf_sender *sender = &fan_out->senders.items[i];
        if (vf_sender_is_on(sender, port) && (!sender->spread || sender->terms->lane == 0))
            vf_outbox_count_refused(sender->outbox);
    }
}

void vf_fan_out_close_origins(struct vf_fan_out *fan_out, unsigned answers,
                              const struct vf_gap *gap)
{
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        struct vf_sender *sender = &fan_out->senders.items[i];
        if (!sender->terms->is_leaving && sender->terms->answers == answers)
            owe(sender, gap);
    }
}

/* Returns the room of an edge, or of all lanes of a spread if it is the first of them. */
static unsigned room_on(const struct vf_fan_out *fan_out, const struct vf_sender *sender)
{
    if (!sender->spread)
        return vf_outbox_room(sender->outbox);
    unsigned room = 0;
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        const struct vf_sender *lane = &fan_out->senders.items[i];
        if (lane->spread == sender->spread && vf_sender_is_on(lane, sender->terms->sender_port) &&
            !vf_outbox_is_closed(lane->outbox))
            room += vf_outbox_room(lane->outbox);
    }
    return room;
}

unsigned vf_fan_out_room(struct vf_fan_out *fan_out, unsigned answers)
{
    unsigned least = UINT_MAX;
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        const struct vf_sender *sender = &fan_out->senders.items[i];
        const struct vf_edge_terms *terms = sender->terms;
        bool is_asked = terms->answers == answers && terms->overflow == VF_OVERFLOW_WAIT &&
                        !terms->is_leaving && (!sender->spread || terms->lane == 0);
        if (!is_asked || is_closed(fan_out, sender))
            continue;
        unsigned room = room_on(fan_out, sender);
        least = room < least ? room : least;
    }
    return least;
}

bool vf_fan_out_has_gap_due(const struct vf_fan_out *fan_out)
{
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        if (fan_out->senders.items[i].gap_due.number)
            return true;
    }
    return false;
}

/* What is owed on the first of the ports that lead to the same replicas decides for all. */
static int spread_gap(const struct vf_fan_out *fan_out, const struct vf_sender *sender)
{
    struct vf_spread *spread = sender->spread;
    bool is_leading = vf_spread_is_led_by(spread, &fan_out->senders, sender->terms->sender_port);
    if (!is_leading || !vf_outbox_owes(sender->outbox, sender->gap_due.number))
        return VF_OK; /* another port, or another lane, reports it */
    return vf_spread_put_gap(spread, &fan_out->senders, &sender->gap_due);
}

static int send_gap(struct vf_fan_out *fan_out, struct vf_sender *sender)
{
    if (!sender->terms->carries_gaps || vf_outbox_is_closed(sender->outbox))
        return VF_OK;
    if (sender->spread)
        return spread_gap(fan_out, sender);
    return vf_sender_put_gap(sender, &sender->gap_due);
}

int vf_fan_out_send_gaps(struct vf_fan_out *fan_out)
{
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        struct vf_sender *sender = &fan_out->senders.items[i];
        if (!sender->gap_due.number)
            continue;
        int err = send_gap(fan_out, sender);
        if (err != -EAGAIN)
            sender->gap_due = (struct vf_gap){0};
        if (err && err != -EAGAIN)
            return err;
    }
    return VF_OK;
}

int vf_fan_out_end(struct vf_fan_out *fan_out, enum vf_end_reason reason)
{
    int result = VF_OK;
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        int err = vf_sender_put_end(&fan_out->senders.items[i], reason);
        if (err)
            result = err;
    }
    return result;
}

/* What the port of an edge has made, as vf_fan_out_settle() is told it. */
static uint64_t made_for(const struct vf_sender *sender, const uint64_t *emitted, size_t ports)
{
    return sender->terms->sender_port < ports ? emitted[sender->terms->sender_port] : 0;
}

int vf_fan_out_settle(struct vf_fan_out *fan_out, const uint64_t *emitted, size_t ports)
{
    int result = VF_OK;
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        struct vf_sender *sender = &fan_out->senders.items[i];
        const struct vf_edge_terms *terms = sender->terms;
        uint64_t made = made_for(sender, emitted, ports);
        if (terms->is_added && !atomic_load(&terms->outbox->joined_at))
            atomic_store(&terms->outbox->joined_at, made + 1);
        if (!terms->is_leaving)
            continue;
        if (!atomic_load(&terms->outbox->left_at))
            atomic_store(&terms->outbox->left_at, made + vf_outbox_repeated(sender->outbox) + 1);
        int err = vf_sender_put_end(sender, VF_END_INTERRUPTED);
        if (err)
            result = err;
    }
    return result;
}

bool vf_fan_out_is_remote(const struct vf_fan_out *fan_out, unsigned port)
{
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        const struct vf_sender *sender = &fan_out->senders.items[i];
        if (vf_sender_is_on(sender, port) && !sender->terms->is_remote)
            return false;
    }
    return true;
}

bool vf_fan_out_is_seen(const struct vf_fan_out *fan_out, unsigned port, uint32_t arena)
{
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        const struct vf_edge_terms *terms = fan_out->senders.items[i].terms;
        if (terms->sees && !terms->is_remote && vf_sender_is_on(&fan_out->senders.items[i], port) &&
            (arena >= terms->sees_count || !terms->sees[arena]))
            return false;
    }
    return true;
}

void vf_fan_out_reap(struct vf_fan_out *fan_out)
{
    for (size_t i = 0; i < fan_out->senders.count; i++)
        vf_outbox_reap(fan_out->senders.items[i].outbox);
}

void vf_fan_out_reap_all(struct vf_fan_out *fan_out)
{
    for (size_t i = 0; i < fan_out->senders.count; i++)
        vf_outbox_reap_all(fan_out->senders.items[i].outbox);
}

int vf_fan_out_hear(struct vf_fan_out *fan_out, const struct vf_acknowledgement *told, size_t size)
{
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        struct vf_sender *sender = &fan_out->senders.items[i];
        if (size >= offsetof(struct vf_acknowledgement, received) &&
            sender->terms->id == told->edge && sender->terms->is_remote)
            return vf_sender_hear(sender, told, size);
    }
    return -EBADMSG;
}

bool vf_fan_out_has_unreceived(const struct vf_fan_out *fan_out)
{
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        if (vf_sender_has_unreceived(&fan_out->senders.items[i]))
            return true;
    }
    return false;
}

bool vf_fan_out_awaits_news(const struct vf_fan_out *fan_out)
{
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        if (vf_sender_awaits_news(&fan_out->senders.items[i]))
            return true;
    }
    return false;
}

bool vf_fan_out_is_needed(const struct vf_fan_out *fan_out)
{
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        if (vf_sender_is_needed(&fan_out->senders.items[i]))
            return true;
    }
    return false;
}

int vf_fan_out_recap(struct vf_fan_out *fan_out)
{
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        int err = vf_sender_recap(&fan_out->senders.items[i]);
        if (err)
            return err;
    }
    return VF_OK;
}

int vf_fan_out_nudge(struct vf_fan_out *fan_out)
{
    int64_t now = vf_clock_now_ns();
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        int err = vf_sender_nudge(&fan_out->senders.items[i], now);
        if (err)
            return err;
    }
    return VF_OK;
}

void vf_fan_out_set_need(struct vf_fan_out *fan_out, enum vf_fan_out_need need)
{
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        const struct vf_sender *sender = &fan_out->senders.items[i];
        struct vf_outbox *outbox = sender->outbox;
        /* Of a spread, the first lane is pending, and any will do. */
        bool is_in_need = need == VF_NEED_ANY_ROOM ||
                          (need == VF_NEED_ROOM && (sender->is_pending || sender->spread));
        if (is_in_need)
            vf_outbox_wait_for_room(outbox);
        else if (need == VF_NEED_RELEASE)
            vf_outbox_wait_for_release(outbox);
        else
            vf_outbox_wait_no_more(outbox);
    }
}

void vf_fan_out_begin_round(struct vf_fan_out *fan_out, uint64_t round)
{
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        fan_out->senders.items[i].owes_order = true;
        vf_outbox_begin_round(fan_out->senders.items[i].outbox, round);
    }
}

void vf_fan_out_end_round(struct vf_fan_out *fan_out, uint64_t round)
{
    for (size_t i = 0; i < fan_out->senders.count; i++)
        vf_outbox_end_round(fan_out->senders.items[i].outbox, round);
}

/* Of an edge, or of all lanes of a spread if it is the first of them. */
static uint64_t repeated_on(struct vf_fan_out *fan_out, const struct vf_sender *sender)
{
    if (!sender->spread)
        return vf_outbox_repeated(sender->outbox);
    uint64_t repeated = 0;
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        const struct vf_sender *lane = &fan_out->senders.items[i];
        if (lane->spread == sender->spread && vf_sender_is_on(lane, sender->terms->sender_port))
            repeated += vf_outbox_repeated(lane->outbox);
    }
    return repeated;
}

uint64_t vf_fan_out_repeated(struct vf_fan_out *fan_out, unsigned port)
{
    uint64_t most = 0;
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        const struct vf_sender *sender = &fan_out->senders.items[i];
        uint64_t repeated = vf_sender_is_on(sender, port) ? repeated_on(fan_out, sender) : 0;
        most = repeated > most ? repeated : most;
    }
    return most;
}

void vf_fan_out_forget_repeated(struct vf_fan_out *fan_out, unsigned port)
{
    uint64_t most = vf_fan_out_repeated(fan_out, port);
    for (size_t i = 0; most && i < fan_out->senders.count; i++) {
        const struct vf_sender *sender = &fan_out->senders.items[i];
        if (!vf_sender_is_on(sender, port) || (sender->spread && sender->terms->lane != 0))
            continue;
        vf_outbox_count_dropped(sender->outbox, most - repeated_on(fan_out, sender));
    }
    for (size_t i = 0; most && i < fan_out->senders.count; i++) {
        if (vf_sender_is_on(&fan_out->senders.items[i], port))
            vf_outbox_forget_repeated(fan_out->senders.items[i].outbox);
    }
}

void vf_fan_out_take_over(struct vf_fan_out *fan_out, uint64_t rounds)
{
    for (size_t i = 0; i < fan_out->senders.count; i++)
        vf_sender_take_over(&fan_out->senders.items[i], rounds);
}

int vf_fan_out_close_order(struct vf_fan_out *fan_out, unsigned port, const struct vf_gap *gap)
{
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        struct vf_sender *sender = &fan_out->senders.items[i];
        if (!vf_sender_is_on(sender, port) || !sender->owes_order ||
            vf_outbox_is_closed(sender->outbox))
            continue;
        int err =
            vf_outbox_has_closed_order(sender->outbox) ? VF_OK : vf_sender_put_gap(sender, gap);
        if (err)
            return err;
        sender->owes_order = false;
    }
    return VF_OK;
}

void vf_fan_out_note_last_answer(struct vf_fan_out *fan_out, unsigned port)
{
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        if (vf_sender_is_on(&fan_out->senders.items[i], port))
            fan_out->senders.items[i].owes_order = false;
    }
}

int vf_fan_out_resume(struct vf_fan_out *fan_out, uint64_t rounds, vf_outbox_lend *lend,
                      void *context)
{
    for (size_t i = 0; i < fan_out->senders.count; i++) {
        int err = vf_outbox_resume(fan_out->senders.items[i].outbox, rounds, lend, context);
        if (err)
            return err;
    }
    for (size_t i = 0; i < fan_out->spread_count; i++)
        vf_spread_resume(&fan_out->spreads[i], &fan_out->senders);
    return VF_OK;
}

struct vf_payload *vf_fan_out_hold_payload(const struct vf_fan_out *fan_out, uint32_t arena,
                                           uint64_t offset)
{
    struct vf_payload *found = NULL;
    for (size_t i = 0; !found && i < fan_out->senders.count; i++)
        found = vf_outbox_hold_payload(fan_out->senders.items[i].outbox, arena, offset);
    return found;
}
