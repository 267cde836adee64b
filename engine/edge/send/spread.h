/* SPDX-License-Identifier: MIT */
/* spread.h - the edges to the replicas of one node: which of them gets the next message.
 *
 * Each message goes to the lane with most room, and is stamped with a dense order. Several ports
 * may lead to the same replicas: then what is published on each for one input goes the same way,
 * under the same order.
 */
#ifndef VF_ENGINE_EDGE_SEND_SPREAD_H
#define VF_ENGINE_EDGE_SEND_SPREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/edge/send/sender.h"

#define VF_NO_LANE UINT32_MAX

/* Starts as {.number = ...}. */
struct vf_spread {
    uint32_t number;
    uint64_t order;  /* of the last message, or set of messages, that was given away */
    uint32_t lane;   /* the one that got it; VF_NO_LANE: it was dropped */
    uint32_t next;   /* where to look first for the following one */
    uint32_t lanes;  /* how many there are */
    unsigned *rooms; /* for each lane: messages that all its edges have room for */
    bool *lacks;     /* for each port: its message of this order has not been sent */
    uint32_t ports;  /* how many there may be */
};

/* The senders among which a spread finds its lanes. */
struct vf_senders {
    struct vf_sender *items;
    size_t count;
};

/* Makes room for one lane more, to which `port` leads. */
VF_MUST_CHECK int vf_spread_add_lane(struct vf_spread *spread, uint32_t lane, unsigned port);
void vf_spread_finish(struct vf_spread *spread);

/* Returns whether `port` begins a new order: the present one has had its message of it. */
bool vf_spread_begins_order(const struct vf_spread *spread, unsigned port);

/* Returns whether `port` is the first of those that lead to the same replicas. */
bool vf_spread_is_led_by(const struct vf_spread *spread, const struct vf_senders *senders,
                         unsigned port);

/* Chooses the lane with most room, in turn where several have. Returns false when none has any. */
bool vf_spread_choose_lane(const struct vf_spread *spread, const struct vf_senders *senders,
                           uint32_t *chosen);

/* Begins an order that goes to `lane`, unless the present one still lacks this port. Returns the
 * sender that `port` has to use for it; NULL: the order is dropped. The other lanes need not
 * answer for origin `number` any more. */
struct vf_sender *vf_spread_take_lane(struct vf_spread *spread, const struct vf_senders *senders,
                                      unsigned port, uint32_t lane, uint64_t number);

/* Gives a gap to one lane, as an order of its own, whatever *gap says of that, on all ports that lead
 * there. -EAGAIN: no lane has room. */
VF_MUST_CHECK int vf_spread_put_gap(struct vf_spread *spread, const struct vf_senders *senders,
                                    const struct vf_gap *gap);

/* Goes on where a dead process has stopped, once the outboxes have (outbox.h): with the order that
 * was stamped last, as far as it was served. */
void vf_spread_resume(struct vf_spread *spread, const struct vf_senders *senders);

/* Returns whether every lane of `port` is closed. */
bool vf_spread_is_closed(const struct vf_spread *spread, const struct vf_senders *senders,
                         unsigned port);

#endif
