/* SPDX-License-Identifier: MIT */
/* sender.h - one out-edge of a task: its outbox, and the wire that carries what is put there.
 *
 * Where both ends share memory, there is no wire: messages are read from the outbox, and a receiver
 * that sleeps is woken by its doorbell. By sockets the wire takes everything, each payload from
 * where it lies, and what the receiver reports comes back as acknowledgements.
 */
#ifndef VF_ENGINE_EDGE_SEND_SENDER_H
#define VF_ENGINE_EDGE_SEND_SENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/edge/page/edge.h"
#include "engine/edge/remote/acknowledgement.h"
#include "engine/edge/send/outbox.h"
#include "engine/wire/wire.h"

struct vf_spread;
struct vf_squeeze_kept;

struct vf_sender {
    struct vf_outbox *outbox;
    struct vf_wire *wire;            /* NULL: both share memory */
    struct vf_squeeze_kept *kept;    /* by sockets: for what is sent (parcel.h) */
    const _Atomic uint32_t *is_over; /* struct vf_edge_end */
    int doorbell;                    /* the receiver's */
    const struct vf_edge_terms *terms;
    struct vf_spread *spread; /* of whose lanes this is one; NULL: none */
    struct vf_gap gap_due;    /* up to where nothing more will be published; number 0: none due */
    bool is_refused;          /* by its group, for the message being published */
    bool is_pending;          /* waits for room, with the message being published */
    bool owes_order;   /* of a replica: nothing says yet that the present order is complete */
    uint64_t received; /* by sockets: highest sequence that the receiver had reported at... */
    int64_t received_change_ns; /* ...the time this last changed, or something was sent again */
    int64_t asked_ns; /* by sockets: when the receiver was asked last to report everything again */
};

/* Borrows what `end` names until it is finished. */
VF_MUST_CHECK int vf_sender_init(struct vf_sender *sender, const struct vf_edge_end *end);
VF_MUST_CHECK int vf_sender_connect(struct vf_sender *sender, struct vf_wires *wires);

/* With `is_aborting`, or where everything has arrived, does not wait for the wire. Accepts a
 * zeroed struct. */
void vf_sender_finish(struct vf_sender *sender, bool is_aborting);

/* Takes over how far a dead process had come, and no message (outbox.h). */
void vf_sender_take_over(struct vf_sender *sender, uint64_t rounds);

/* Whether what goes out of `port` goes out here: not on an edge that is leaving. */
bool vf_sender_is_on(const struct vf_sender *sender, unsigned port);

/* Each puts something into the outbox (outbox.h) and sends it. */
VF_MUST_CHECK int vf_sender_put(struct vf_sender *sender, struct vf_envelope *envelope,
                                struct vf_payload *payload);
VF_MUST_CHECK int vf_sender_put_gap(struct vf_sender *sender, const struct vf_gap *gap);
VF_MUST_CHECK int vf_sender_put_end(struct vf_sender *sender, enum vf_end_reason reason);

/* By sockets, in a process that goes on for another: sends what is not done and has not been received,
 * as far as is known, and a recap (recap.h). */
VF_MUST_CHECK int vf_sender_recap(struct vf_sender *sender);

/* By sockets: takes what the receiver reported, and sends what was waiting for that, or what it has
 * lost. -EBADMSG for what cannot be. */
VF_MUST_CHECK int vf_sender_hear(struct vf_sender *sender, const struct vf_acknowledgement *told,
                                 size_t size);

/* By sockets: sends again what was lost, where the receiver has reported nothing for long; and asks
 * it now and then for what it has reported, as long as something is not done. */
VF_MUST_CHECK int vf_sender_nudge(struct vf_sender *sender, int64_t now_ns);

/* By sockets: returns whether some message has not been received yet. */
bool vf_sender_has_unreceived(const struct vf_sender *sender);

/* Whether the receiver, over sockets, has still to say what has become of a message. */
bool vf_sender_awaits_news(const struct vf_sender *sender);

/* By sockets: returns whether something is not done that another process of the receiver might have
 * to be sent again. */
bool vf_sender_is_needed(const struct vf_sender *sender);

#endif
