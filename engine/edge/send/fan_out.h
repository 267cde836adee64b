/* SPDX-License-Identifier: MIT */
/* fan_out.h - all the out-edges of one task: who gets a message, and who hears of a gap.
 *
 * Never sleeps: it says whether some edge still has to wait for room, and is asked again.
 *
 * Towards the replicas of a node a message goes to the lane with most room, and is stamped with
 * a dense `order`. Each replica stamps its answers with the order of what it was given, marks the
 * last of them, or sends a gap of that order; so whoever reads them can restore it (join.h).
 */
#ifndef VF_ENGINE_EDGE_SEND_FAN_OUT_H
#define VF_ENGINE_EDGE_SEND_FAN_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/edge/page/edge.h"
#include "engine/edge/remote/acknowledgement.h"
#include "engine/edge/send/outbox.h"
#include "engine/wire/wire.h"

struct vf_fan_out;

/* Borrows `edges` until the fan-out is destroyed. */
VF_MUST_CHECK int vf_fan_out_create(struct vf_fan_out **fan_out, const struct vf_edge_end *edges,
                                    size_t count);
VF_MUST_CHECK int vf_fan_out_connect(struct vf_fan_out *fan_out, struct vf_wires *wires);

/* With `is_aborting`, or where the receiver has closed, what it was sent may be lost. */
void vf_fan_out_destroy(struct vf_fan_out **fan_out, bool is_aborting);

/* Returns whether some task still reads `port`. */
bool vf_fan_out_is_read(const struct vf_fan_out *fan_out, unsigned port);

/* Returns whether there are readers, but every one of them has closed its edge. */
bool vf_fan_out_is_abandoned(const struct vf_fan_out *fan_out);

/* Returns whether some published message is not released yet. */
bool vf_fan_out_has_unreleased(const struct vf_fan_out *fan_out);

/* Returns whether some of that lies in another task's memory. */
bool vf_fan_out_has_borrowed(struct vf_fan_out *fan_out);

/* Publishes a message on the edges of `port` that have room, once their drop policies have been
 * applied: edges of one group get it all or none. `payload` may be NULL. Returns VF_OK, or
 * VF_DROPPED when an edge refused it; -EAGAIN in front of both when some edge has to wait: then
 * vf_fan_out_retry() with the same envelope and payload until it answers otherwise. */
VF_MUST_CHECK int vf_fan_out_offer(struct vf_fan_out *fan_out, unsigned port,
                                   struct vf_envelope *envelope, struct vf_payload *payload);
VF_MUST_CHECK int vf_fan_out_retry(struct vf_fan_out *fan_out, struct vf_envelope *envelope,
                                   struct vf_payload *payload);

/* Counts the message with which *gap ends as dropped on every edge of `port`. */
void vf_fan_out_drop(struct vf_fan_out *fan_out, unsigned port, const struct vf_gap *gap);

/* Counts a message as refused on every edge of `port`, whose readers have all closed theirs. */
void vf_fan_out_refuse(struct vf_fan_out *fan_out, unsigned port);

/* Notes that nothing more will be published up to the end of *gap on the edges that answer this (struct
 * vf_edge_terms): it is due. */
void vf_fan_out_close_origins(struct vf_fan_out *fan_out, unsigned answers,
                              const struct vf_gap *gap);

/* Returns how many messages every edge that answers this and waits for room has room for. */
unsigned vf_fan_out_room(struct vf_fan_out *fan_out, unsigned answers);

/* Publishes the gaps that are due, except where no cell is free. */
VF_MUST_CHECK int vf_fan_out_send_gaps(struct vf_fan_out *fan_out);
bool vf_fan_out_has_gap_due(const struct vf_fan_out *fan_out);

/* Says that a round of the task begins, which may stand for an order of a replica; and that it is
 * complete (outbox.h). */
void vf_fan_out_begin_round(struct vf_fan_out *fan_out, uint64_t round);
void vf_fan_out_end_round(struct vf_fan_out *fan_out, uint64_t round);

/* Takes over how far each edge had come, and no message (outbox.h). */
void vf_fan_out_take_over(struct vf_fan_out *fan_out, uint64_t rounds);

/* Goes on where a dead process has stopped: vf_outbox_resume() on every edge. */
VF_MUST_CHECK int vf_fan_out_resume(struct vf_fan_out *fan_out, uint64_t rounds,
                                    vf_outbox_lend *lend, void *context);

/* Returns how many messages the process before had published on `port` that this one has not made
 * again. */
uint64_t vf_fan_out_repeated(struct vf_fan_out *fan_out, unsigned port);

/* This process will not make them again: what only some edges have got is dropped on the others. */
void vf_fan_out_forget_repeated(struct vf_fan_out *fan_out, unsigned port);

/* Returns a hold on a payload at that place that some edge already holds; NULL: none does. */
struct vf_payload *vf_fan_out_hold_payload(const struct vf_fan_out *fan_out, uint32_t arena,
                                           uint64_t offset);

/* For a replica: notes that the last answer on `port` to its present order was marked as such. */
void vf_fan_out_note_last_answer(struct vf_fan_out *fan_out, unsigned port);

/* For a replica: publishes *gap on each edge of `port` without a last answer to its order. Returns
 * -EAGAIN where some edge has no free cell: ask again. */
VF_MUST_CHECK int vf_fan_out_close_order(struct vf_fan_out *fan_out, unsigned port,
                                         const struct vf_gap *gap);

/* Publishes the end on every edge that has not got it. -EAGAIN: some edge has no free cell. */
VF_MUST_CHECK int vf_fan_out_end(struct vf_fan_out *fan_out, enum vf_end_reason reason);

/* In a flow that was changed, once all edges go on where they stopped. Notes for each that came with
 * the change from which message of its port on it is there, and ends those that leave: `emitted` has
 * for each of `ports` how many messages it has made, but for those that the process before had begun
 * a round with. -EAGAIN: some edge has no free cell. */
VF_MUST_CHECK int vf_fan_out_settle(struct vf_fan_out *fan_out, const uint64_t *emitted,
                                    size_t ports);

/* Returns whether no receiver of `port` shares memory with this task: it gets the bytes along. */
bool vf_fan_out_is_remote(const struct vf_fan_out *fan_out, unsigned port);

/* Returns whether every receiver of `port` that shares memory can read that arena. */
bool vf_fan_out_is_seen(const struct vf_fan_out *fan_out, unsigned port, uint32_t arena);

/* Drops the holds on payloads that the receivers are done with, as vf_outbox_reap() does. */
void vf_fan_out_reap(struct vf_fan_out *fan_out);
void vf_fan_out_reap_all(struct vf_fan_out *fan_out);

/* For edges whose ends share no memory. Takes what a receiver reported, and sends what was waiting
 * for that; -EBADMSG for what cannot be. */
VF_MUST_CHECK int vf_fan_out_hear(struct vf_fan_out *fan_out, const struct vf_acknowledgement *told,
                                  size_t size);

/* For those edges: says to all receivers how far this task is, for which another process has been
 * (remote/recap.h). */
VF_MUST_CHECK int vf_fan_out_recap(struct vf_fan_out *fan_out);

/* For those edges: sends again what was lost, where a receiver has not acknowledged it for long. */
VF_MUST_CHECK int vf_fan_out_nudge(struct vf_fan_out *fan_out);

/* For those edges: returns whether some message has not been received yet. */
bool vf_fan_out_has_unreceived(const struct vf_fan_out *fan_out);

/* Whether some receiver over sockets has still to say what has become of a message: it is asked again
 * after a while, by vf_fan_out_nudge(). */
bool vf_fan_out_awaits_news(const struct vf_fan_out *fan_out);

/* For those edges: returns whether a receiver that is replaced might have to be sent something
 * again. */
bool vf_fan_out_is_needed(const struct vf_fan_out *fan_out);

/* Says to the receivers for what this task sleeps, or that it does no longer. Look again before
 * sleeping. */
enum vf_fan_out_need {
    VF_NEED_NOTHING,
    VF_NEED_ROOM, /* for the message being published, where it has found none: others do not ring */
    VF_NEED_ANY_ROOM, /* anywhere */
    VF_NEED_RELEASE,
};
void vf_fan_out_set_need(struct vf_fan_out *fan_out, enum vf_fan_out_need need);

#endif
