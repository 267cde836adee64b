/* SPDX-License-Identifier: MIT */
/* inbox.h - the receiver's half of an edge: what has arrived and waits, and what is done.
 *
 * Knows neither sockets nor sleep. It collects envelopes from the sender's outbox, or is given them
 * as they come through the wire, checks them, puts them in order without loss or repetition, and
 * lets them be taken one by one. One thread, but payloads may be dropped from any.
 */
#ifndef VF_ENGINE_EDGE_RECEIVE_INBOX_H
#define VF_ENGINE_EDGE_RECEIVE_INBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/edge/page/edge.h"
#include "engine/message/message.h"

/* The arenas that may be named on an edge, by task id; size 0: that one may not. */
struct vf_arena_view {
    uint8_t *const *bytes; /* NULL in it: not mapped yet */
    const size_t *sizes;
    uint32_t count;
    uint8_t *(*map)(void *context, uint32_t arena); /* enters one in `bytes`; NULL: it cannot */
    void *context;
};

struct vf_inbox;
struct vf_recap;

/* `doorbell` is the sender's eventfd. Borrows everything until the inbox is destroyed. */
VF_MUST_CHECK int vf_inbox_create(struct vf_inbox **inbox, const struct vf_edge_terms *terms,
                                  const struct vf_arena_view *arenas, int doorbell);

/* Leaves the page as it is from now on, whatever is released: another process will go on with
 * it. */
void vf_inbox_abandon(struct vf_inbox *inbox);

/* After every message that was taken has been destroyed. */
void vf_inbox_destroy(struct vf_inbox **inbox);

const struct vf_edge_terms *vf_inbox_terms(const struct vf_inbox *inbox);

/* Accepts one envelope that came through the wire; repetitions are ignored, and by sockets what
 * comes after a hole, because it will be sent again. Returns -EBADMSG for one that does not hold:
 * it is left out, counted and logged. Takes *part, the payload that came after it
 * (NULL: none), in every case. */
VF_MUST_CHECK int vf_inbox_accept(struct vf_inbox *inbox, const struct vf_envelope *envelope,
                                  size_t size, struct vf_payload **part);

/* Of an edge whose ends share no memory: takes its end in, as failed, after what has arrived, because
 * its sender is lost with its host. Does nothing where the end has arrived. */
VF_MUST_CHECK int vf_inbox_lose(struct vf_inbox *inbox);

/* Reads from the sender's outbox what it has published, and leaves out what does not hold. Returns
 * how many messages that were; by sockets always none. The second reads no more than `most` at once:
 * what is left stays in the outbox, where it costs no memory here. */
VF_MUST_CHECK int vf_inbox_collect(struct vf_inbox *inbox);
VF_MUST_CHECK int vf_inbox_collect_some(struct vf_inbox *inbox, int most);

/* Says that the receiver sleeps until more is published, so that the sender wakes it then. Returns
 * false when it has been published already: collect it first. */
bool vf_inbox_fall_asleep(struct vf_inbox *inbox);

/* Wakes a sender that could go on: the receiver is about to sleep, for whatever reason. */
void vf_inbox_wake_sender(struct vf_inbox *inbox);

/* Lends the message that has waited longest; NULL: none. It still counts as waiting, so the sender
 * may drop it: it stays readable until the next call, but the next call may lend another. */
const struct vf_message *vf_inbox_front(struct vf_inbox *inbox);

/* Makes the front last lent the receiver's, so that its sender can no longer drop it. It stays in
 * front until it is taken. Returns false where the sender had dropped it meanwhile: look again. */
bool vf_inbox_claim(struct vf_inbox *inbox);

/* Takes the front last lent out of the queue: *message is the caller's. NULL where it was not
 * claimed and the sender had dropped it meanwhile: look at the next. Destroying the last message
 * with its payload releases it. */
void vf_inbox_take(struct vf_inbox *inbox, struct vf_message **message);

/* Counts what vf_inbox_take() gave: handed to a node, or without a partner in the join. */
void vf_inbox_count(struct vf_inbox *inbox, bool is_matched);

/* Returns whether the end has been taken, and why it came. */
bool vf_inbox_has_ended(const struct vf_inbox *inbox, enum vf_end_reason *reason);

/* Returns how far it has been taken. */
struct vf_inbox_mark vf_inbox_mark(const struct vf_inbox *inbox);

/* Says that all that was taken until now, or until `mark`, has been answered: what a new process, in
 * place of this one, is not to be given again. */
void vf_inbox_end_round(struct vf_inbox *inbox, uint64_t round);
void vf_inbox_end_round_at(struct vf_inbox *inbox, uint64_t round, struct vf_inbox_mark mark);

/* Says that what was taken after `mark` is not going to be handed to a node: it counts as without a
 * partner. */
void vf_inbox_give_up(struct vf_inbox *inbox, struct vf_inbox_mark mark);

/* Says that no lower origin than `floor` will be taken, and no lower order than `expected`. */
void vf_inbox_set_floor(struct vf_inbox *inbox, uint64_t floor, uint64_t expected);

/* Takes over how far a dead process had come, and none of its messages: to close the edge, where
 * nothing of what it had is to be found again. */
void vf_inbox_take_over(struct vf_inbox *inbox);

/* Of an edge whose ends share no memory, in a process that goes on for another: has what comes kept, and
 * not queued, until vf_inbox_resume(). `process` is its number, from 2, and its sender has to be asked
 * to send again what is not done (acknowledgement.h). */
VF_MUST_CHECK int vf_inbox_begin_gathering(struct vf_inbox *inbox, uint64_t process);

/* Takes what the sender says of that. Ignores what is said to another process, and of more than has
 * come. */
void vf_inbox_hear_recap(struct vf_inbox *inbox, const struct vf_recap *recap);

/* Returns whether all has come that was sent before. */
bool vf_inbox_has_gathered(const struct vf_inbox *inbox);

/* Goes on where a dead process has stopped after `rounds` complete rounds; before anything else but
 * gathering. What that had not answered waits again; what it had answered but not released is kept
 * until vf_inbox_forget_answered(). */
VF_MUST_CHECK int vf_inbox_resume(struct vf_inbox *inbox, uint64_t rounds);
void vf_inbox_forget_answered(struct vf_inbox *inbox);

/* Of what is kept so, lends the data that was taken last; NULL: none is. */
const struct vf_message *vf_inbox_last_answered(const struct vf_inbox *inbox);

/* Returns a hold on a payload that came by this edge and lies at that place; NULL: none. */
struct vf_payload *vf_inbox_hold_payload(const struct vf_inbox *inbox, uint32_t arena,
                                         uint64_t offset);

/* Says that nothing more will be taken: the sender is told, and what was not taken counts as done.
 * What was taken stays the receiver's until it is released. */
void vf_inbox_close(struct vf_inbox *inbox);

#endif
