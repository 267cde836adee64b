/* SPDX-License-Identifier: MIT */
#include "engine/edge/send/sender.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/edge/page/task_page.h"
#include "engine/edge/remote/parcel.h"
#include "engine/edge/remote/recap.h"
#include "engine/wire/socket_number.h"

#define LINGER_MS 1000
#define RESEND_AFTER_NS (2 * VF_NS_PER_S) /* without news of what was sent */

int vf_sender_init(struct vf_sender *sender, const struct vf_edge_end *end)
{
    *sender =
        (struct vf_sender){.terms = end->terms, .doorbell = end->doorbell, .is_over = end->is_over};
    return vf_outbox_create(&sender->outbox, end->terms);
}

int vf_sender_connect(struct vf_sender *sender, struct vf_wires *wires)
{
    if (!sender->terms->is_remote)
        return VF_OK;
    int number = vf_socket_from_task_id((int)sender->terms->receiver);
    return vf_wire_connect(&sender->wire, wires, number, LINGER_MS);
}

/* Whether nothing has to reach the receiver any more. */
static bool has_arrived(const struct vf_sender *sender)
{
    return vf_outbox_is_closed(sender->outbox) ||
           atomic_load(&sender->terms->inbox->received) >= vf_outbox_published(sender->outbox);
}

void vf_sender_finish(struct vf_sender *sender, bool is_aborting)
{
    if (sender->wire && (is_aborting || has_arrived(sender)))
        vf_wire_abandon(&sender->wire);
    vf_wire_destroy(&sender->wire);
    vf_parcel_forget(sender->terms, &sender->kept);
    vf_outbox_destroy(&sender->outbox);
}

void vf_sender_take_over(struct vf_sender *sender, uint64_t rounds)
{
    vf_outbox_take_over(sender->outbox, rounds);
    vf_outbox_set_sent(sender->outbox, vf_outbox_published(sender->outbox));
}

bool vf_sender_is_on(const struct vf_sender *sender, unsigned port)
{
    return sender->terms->sender_port == port && !sender->terms->is_leaving;
}

static void count_bytes(struct vf_outbox_page *page, const struct vf_payload *payload,
                        const struct vf_payload *part)
{
    vf_page_add(&page->payload_bytes, payload->size);
    vf_page_add(&page->wire_bytes, part->size);
}

/* By sockets: sends what has not left yet, each payload from where it lies. Where the oldest is
 * dropped, nothing leaves before the receiver wants it, because then it could not be dropped; but for
 * what had left already, up to `again`. */
static int push_again(struct vf_sender *sender, uint64_t again)
{
    const struct vf_envelope *next;
    struct vf_payload *payload;
    int err = VF_OK;
    while (!err && (next = vf_outbox_next_to_send(sender->outbox, &payload)) != NULL) {
        struct vf_envelope envelope;
        if (sender->terms->overflow == VF_OVERFLOW_DROP_OLDEST && next->sequence > again &&
            atomic_load(&sender->terms->inbox->asleep_at) < vf_outbox_sent(sender->outbox))
            break;
        memcpy(&envelope, next, vf_envelope_size(next));
        struct vf_payload *part =
            payload ? vf_parcel_pack(sender->terms, &sender->kept, &envelope, payload) : NULL;
        envelope.offset = 0;
        vf_outbox_set_sent(sender->outbox, envelope.sequence);
        size_t size = vf_envelope_size(&envelope);
        err = part ? vf_wire_send_payload(sender->wire, &envelope, size, part)
                   : vf_wire_send(sender->wire, &envelope, size);
        if (part && !err)
            count_bytes(sender->terms->outbox, payload, part);
        vf_payload_drop(&part);
    }
    return err;
}

static int push(struct vf_sender *sender)
{
    return push_again(sender, 0);
}

static int send_recap(struct vf_sender *sender)
{
    const struct vf_edge_terms *terms = sender->terms;
    struct vf_recap recap = {
        .magic = VF_RECAP_MAGIC,
        .edge = terms->id,
        .process = atomic_load(&terms->inbox->process),
        .sequence = vf_outbox_sent(sender->outbox),
        .data = vf_outbox_data_sent(sender->outbox),
        .count = vf_outbox_unreleased_sent(sender->outbox),
    };
    return vf_wire_send(sender->wire, &recap, sizeof(recap));
}

/* Sends again what has left after `sequence` and is not done, and what comes after it. */
static int repeat(struct vf_sender *sender, uint64_t sequence)
{
    uint64_t sent = vf_outbox_sent(sender->outbox);
    vf_outbox_reap_all(sender->outbox);
    if (sequence < sent)
        vf_outbox_set_sent(sender->outbox, sequence);
    int err = push_again(sender, sent);
    if (vf_outbox_sent(sender->outbox) < sent)
        vf_outbox_set_sent(sender->outbox, sent);
    return err ? err : send_recap(sender);
}

int vf_sender_recap(struct vf_sender *sender)
{
    return sender->terms->is_remote ? repeat(sender, atomic_load(&sender->terms->inbox->received))
                                    : VF_OK;
}

/* Brings what has just been put to the receiver; one that shares memory need only be woken, if it
 * sleeps for it. */
static int send(struct vf_sender *sender, bool is_awaited)
{
    uint64_t one = 1;
    if (sender->terms->is_remote)
        return push(sender);
    if (is_awaited && write(sender->doorbell, &one, sizeof(one)) < 0 && errno != EAGAIN)
        return -errno;
    return VF_OK;
}

int vf_sender_put(struct vf_sender *sender, struct vf_envelope *envelope,
                  struct vf_payload *payload)
{
    return send(sender, vf_outbox_put(sender->outbox, envelope, payload));
}

int vf_sender_put_gap(struct vf_sender *sender, const struct vf_gap *gap)
{
    struct vf_envelope envelope;
    bool is_awaited;
    int err = vf_outbox_put_gap(sender->outbox, gap, &envelope, &is_awaited);
    return err ? err : send(sender, is_awaited);
}

int vf_sender_put_end(struct vf_sender *sender, enum vf_end_reason reason)
{
    struct vf_envelope envelope;
    bool is_awaited;
    if (vf_outbox_has_ended(sender->outbox) || vf_outbox_is_closed(sender->outbox))
        return VF_OK;
    int err = vf_outbox_put_end(sender->outbox, reason, &envelope, &is_awaited);
    return err ? err : send(sender, is_awaited);
}

int vf_sender_hear(struct vf_sender *sender, const struct vf_acknowledgement *told, size_t size)
{
    int err =
        vf_acknowledgement_apply(told, size, sender->terms, vf_outbox_published(sender->outbox));
    if (err)
        return err;
    return told->has_lost ? repeat(sender, 0) : push(sender);
}

bool vf_sender_is_needed(const struct vf_sender *sender)
{
    if (!sender->terms->is_remote || !sender->terms->is_replaceable)
        return false;
    vf_outbox_reap_all(sender->outbox);
    return vf_outbox_has_unreleased(sender->outbox);
}

bool vf_sender_has_unreceived(const struct vf_sender *sender)
{
    return sender->terms->is_remote && !has_arrived(sender);
}

bool vf_sender_awaits_news(const struct vf_sender *sender)
{
    return sender->terms->is_remote &&
           (vf_outbox_has_unreleased(sender->outbox) || !has_arrived(sender));
}

/* What the receiver reported may have been lost on its way. */
static int ask(struct vf_sender *sender, int64_t now_ns)
{
    if (!vf_outbox_has_unreleased(sender->outbox) || vf_outbox_is_closed(sender->outbox) ||
        now_ns - sender->asked_ns < RESEND_AFTER_NS)
        return VF_OK;
    bool is_first = !sender->asked_ns;
    sender->asked_ns = now_ns;
    return is_first ? VF_OK : send_recap(sender);
}

int vf_sender_nudge(struct vf_sender *sender, int64_t now_ns)
{
    /* What the receiver said last may have been lost with it. */
    if (sender->terms->is_remote && atomic_load(sender->is_over))
        atomic_store(&sender->terms->inbox->is_closed, VF_CLOSED_EARLY);
    if (!sender->terms->is_remote)
        return VF_OK;
    vf_outbox_reap(sender->outbox);
    int err = ask(sender, now_ns);
    if (err || !vf_sender_has_unreceived(sender))
        return err;
    uint64_t received = atomic_load(&sender->terms->inbox->received);
    bool is_late = received == sender->received && vf_outbox_sent(sender->outbox) > received &&
                   now_ns - sender->received_change_ns > RESEND_AFTER_NS;
    if (!is_late && received == sender->received)
        return VF_OK;
    sender->received = received;
    sender->received_change_ns = now_ns;
    if (is_late)
        vf_outbox_set_sent(sender->outbox, received);
    return push(sender);
}
