/* SPDX-License-Identifier: MIT */
/* acknowledgement.h - what a receiver reports to its sender where they share no memory.
 *
 * Where tasks exchange messages by sockets, each side keeps the other's page as a copy of its own.
 * The sender's news come with the data. The receiver's, which this is about, travel to the sender's
 * termination socket: how far it has received and taken, which cells are done, and whether it wants
 * more.
 */
#ifndef VF_ENGINE_EDGE_REMOTE_ACKNOWLEDGEMENT_H
#define VF_ENGINE_EDGE_REMOTE_ACKNOWLEDGEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/edge/page/edge.h"
#include "engine/wire/wire.h"

#define VF_ACKNOWLEDGEMENT_MAGIC 0x216b636fu
#define VF_ACKNOWLEDGEMENT_CELLS 32 /* reported in one message */

struct vf_acknowledgement {
    uint32_t magic;
    uint32_t edge;
    uint64_t process; /* as in struct vf_inbox_page, like these: */
    uint64_t received, taken, asleep_at;
    uint32_t is_closed, count;
    uint64_t has_lost; /* 1: what was sent and is not done is to be sent again (recap.h) */
    struct {
        uint64_t sequence;
        uint64_t cell;
    } done[VF_ACKNOWLEDGEMENT_CELLS]; /* the first `count` */
};

struct vf_acknowledger;

/* Tells of the inbox page of `terms`, over a wire to the sender's termination socket. Borrows
 * both until it is destroyed. */
VF_MUST_CHECK int vf_acknowledger_create(struct vf_acknowledger **acknowledger,
                                         const struct vf_edge_terms *terms, struct vf_wire *wire);
void vf_acknowledger_destroy(struct vf_acknowledger **acknowledger);

/* Says that a message has come, or has come again: until it is done, its cell is looked at. */
void vf_acknowledger_expect(struct vf_acknowledger *acknowledger, uint32_t cell, uint64_t sequence);

/* Sends what has changed since the last call, if anything. `is_hungry`: the receiver is about to
 * sleep until something comes. */
VF_MUST_CHECK int vf_acknowledger_tell(struct vf_acknowledger *acknowledger, bool is_hungry);

/* Has everything told the next time, also what has been told before: to a process that may not have
 * heard it. With `has_lost`, that is asked for what the process before this one had received. */
void vf_acknowledger_repeat(struct vf_acknowledger *acknowledger, bool has_lost);

/* Writes what was reported into the sender's copy of the inbox page, `terms->inbox`. Returns
 * -EBADMSG, with nothing written, for what cannot be: a sequence above `published`, a cell beyond
 * the edge. What a process says that has been replaced by another counts no more. */
VF_MUST_CHECK int vf_acknowledgement_apply(const struct vf_acknowledgement *acknowledgement,
                                           size_t size, const struct vf_edge_terms *terms,
                                           uint64_t published);

#endif
