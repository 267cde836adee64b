/* SPDX-License-Identifier: MIT */
/* outbox.h - the sender's half of an edge: what it has published and not yet got back.
 *
 * Knows neither sockets nor sleep: it answers whether there is room, puts a message into a cell,
 * and finds out what the receiver has released. One thread.
 */
#ifndef VF_ENGINE_EDGE_SEND_OUTBOX_H
#define VF_ENGINE_EDGE_SEND_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/edge/page/edge.h"

struct vf_outbox;

/* Borrows `terms` until the outbox is destroyed. */
VF_MUST_CHECK int vf_outbox_create(struct vf_outbox **outbox, const struct vf_edge_terms *terms);

/* Drops the hold on every payload that was not released. */
void vf_outbox_destroy(struct vf_outbox **outbox);

/* Returns whether the receiver has closed the edge: what is put there is lost. */
bool vf_outbox_is_closed(const struct vf_outbox *outbox);

/* Returns whether something that was published is not released yet. */
bool vf_outbox_has_unreleased(const struct vf_outbox *outbox);

/* Returns whether some of it lies in another task's memory: what came in and was sent on. */
bool vf_outbox_has_borrowed(struct vf_outbox *outbox);

/* Returns whether one more data message may be put. */
bool vf_outbox_has_room(struct vf_outbox *outbox);

/* Gives up the data message that has waited longest, if there is one that has not been taken. */
void vf_outbox_drop_oldest(struct vf_outbox *outbox);

/* Drops the holds on payloads that the receiver is done with: in the order in which they were sent,
 * which is cheap, or on all, also after one that the receiver keeps. */
void vf_outbox_reap(struct vf_outbox *outbox);
void vf_outbox_reap_all(struct vf_outbox *outbox);

/* Says that this sender sleeps until there is room, whatever that takes; until something is
 * released; or no longer. Look again before sleeping. */
void vf_outbox_wait_for_room(struct vf_outbox *outbox);
void vf_outbox_wait_for_release(struct vf_outbox *outbox);
void vf_outbox_wait_no_more(struct vf_outbox *outbox);

/* Publishes data: `envelope` gets its edge, sequence and cell. Holds `payload`, which may be NULL,
 * until it is released. Needs room. Returns whether a receiver that shares memory sleeps for just
 * this message, and has to be woken. One that is awake finds it by itself. */
bool vf_outbox_put(struct vf_outbox *outbox, struct vf_envelope *envelope,
                   struct vf_payload *payload);

/* Up to where nothing comes. */
struct vf_gap {
    uint64_t number; /* of the last origin */
    int64_t time_ns; /* its timestamp; VF_NO_TIMESTAMP: unknown */
    uint64_t order;  /* of replicas, that it stands in for; 0: none */
};

/* Publishes that nothing will come for origins after the last one answered, up to the end of *gap;
 * does nothing when that is known, unless it stands for something in the order of replicas. Returns
 * VF_OK with *is_awaited as vf_outbox_put() returns it, or -EAGAIN when every cell is taken: ask
 * again later. */
VF_MUST_CHECK int vf_outbox_put_gap(struct vf_outbox *outbox, const struct vf_gap *gap,
                                    struct vf_envelope *envelope, bool *is_awaited);

/* Says which round of its task begins, so that its messages are not taken for those of another; and
 * that it is complete: what was published in it will never come again. */
void vf_outbox_begin_round(struct vf_outbox *outbox, uint64_t round);
void vf_outbox_end_round(struct vf_outbox *outbox, uint64_t round);

/* Takes over how far a dead process had come after `rounds` complete rounds, and none of its
 * messages: to end the edge, where nothing of what it had is to be found again. */
void vf_outbox_take_over(struct vf_outbox *outbox, uint64_t rounds);

/* Goes on where a dead process has stopped, in whose `rounds` complete rounds this edge took part;
 * before anything is put. `lend` finds the payload that lies at a place of an arena, for the cells
 * that hold it, and returns a hold on it. What it does not find was no message of
 * that process: it is left out, or becomes a gap where the ends share no memory and the receiver would
 * wait for it; but for -ENOMEM, which is returned. */
typedef int vf_outbox_lend(void *context, uint32_t arena, uint64_t offset, uint64_t size,
                           struct vf_payload **payload);
VF_MUST_CHECK int vf_outbox_resume(struct vf_outbox *outbox, uint64_t rounds, vf_outbox_lend *lend,
                                   void *context);

/* Returns a hold on a payload at that place which some cell holds; NULL: none does. */
struct vf_payload *vf_outbox_hold_payload(const struct vf_outbox *outbox, uint32_t arena,
                                          uint64_t offset);

/* Returns the highest order that was stamped, and the highest origin number that was answered. */
uint64_t vf_outbox_order(const struct vf_outbox *outbox);
uint64_t vf_outbox_answered(const struct vf_outbox *outbox);

/* Counts the next data message of this round as come again, if that process has published it.
 * Returns whether it has, or the end is published: then it must not be put again. */
bool vf_outbox_consume_repeat(struct vf_outbox *outbox);

/* Returns how many messages of that process have not come again; and gives them up. */
uint64_t vf_outbox_repeated(const struct vf_outbox *outbox);
void vf_outbox_forget_repeated(struct vf_outbox *outbox);

/* Returns whether what closes the order of a replica's round has been published in this round. */
bool vf_outbox_has_closed_order(const struct vf_outbox *outbox);

/* Returns whether the end has been published. */
bool vf_outbox_has_ended(const struct vf_outbox *outbox);

/* Notes that origins up to `number` were answered elsewhere: on another lane. */
void vf_outbox_answer(struct vf_outbox *outbox, uint64_t number);

/* Returns whether a gap up to `number` would say something new. */
bool vf_outbox_owes(const struct vf_outbox *outbox, uint64_t number);

/* Returns how many data messages have room at the moment. */
unsigned vf_outbox_room(struct vf_outbox *outbox);

/* Publishes the end. Returns as vf_outbox_put_gap(). */
VF_MUST_CHECK int vf_outbox_put_end(struct vf_outbox *outbox, enum vf_end_reason reason,
                                    struct vf_envelope *envelope, bool *is_awaited);

/* For edges whose ends share no memory. Notes that what is published up to `sequence` has left, so
 * that the oldest to be dropped comes after it; and returns that sequence. */
void vf_outbox_set_sent(struct vf_outbox *outbox, uint64_t sequence);
uint64_t vf_outbox_sent(const struct vf_outbox *outbox);

/* Returns how many messages up to that sequence are data, and how many of all are not done. */
uint64_t vf_outbox_data_sent(const struct vf_outbox *outbox);
uint64_t vf_outbox_unreleased_sent(const struct vf_outbox *outbox);

/* Lends the first message that has not left and is not released, and its payload (NULL: none);
 * NULL: there is none. */
const struct vf_envelope *vf_outbox_next_to_send(const struct vf_outbox *outbox,
                                                 struct vf_payload **payload);

/* Returns the highest sequence. */
uint64_t vf_outbox_published(const struct vf_outbox *outbox);

/* Counts data messages that were dropped before they got here, and one that was refused. */
void vf_outbox_count_dropped(struct vf_outbox *outbox, uint64_t count);
void vf_outbox_count_refused(struct vf_outbox *outbox);

#endif
