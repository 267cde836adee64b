/* SPDX-License-Identifier: MIT */
/* messenger_ahead.h - what a task has taken of its inputs before it is their turn.
 *
 * It is still handed out one after the other, each in a round of its own, which ends with the place
 * up to which that input had been taken: so a new process is given again all that was not answered.
 */
#ifndef VF_ENGINE_EDGE_MESSENGER_AHEAD_H
#define VF_ENGINE_EDGE_MESSENGER_AHEAD_H

#include "engine/edge/receive/join.h"

struct vf_ahead;

/* Makes room for `most` inputs of `input_count` messages, from `inbox_count` inboxes. */
VF_MUST_CHECK int vf_ahead_create(struct vf_ahead **ahead, unsigned most, unsigned input_count,
                                  size_t inbox_count);

/* Lets go of what was taken. Does nothing when *ahead is NULL. */
void vf_ahead_destroy(struct vf_ahead **ahead);

/* Says that what was taken will not be handed out any more. */
void vf_ahead_give_up(struct vf_ahead *ahead, struct vf_join *join);

/* Gives the next input, or what else vf_join_next() returns: what was taken first, else what the join
 * has. */
VF_MUST_CHECK int vf_ahead_next(struct vf_ahead *ahead, struct vf_join *join,
                                struct vf_joined *joined);

/* Takes what the join has, until `count` inputs are there. *is_all says that no more are to be had
 * for now, whatever comes: there is no room, or nothing follows. Returns how many there are, or an
 * error. */
VF_MUST_CHECK int vf_ahead_take(struct vf_ahead *ahead, struct vf_join *join, unsigned count,
                                bool *is_all);

/* Lends the messages of the input that comes after `number` others; NULL: it has not been taken. */
struct vf_message *const *vf_ahead_inputs(const struct vf_ahead *ahead, unsigned number);

/* Returns how many of what was taken have a message of an input. */
unsigned vf_ahead_count(const struct vf_ahead *ahead, unsigned input);

/* The place up to which the input given last had been taken, for vf_join_end_round(). */
const struct vf_inbox_mark *vf_ahead_place(const struct vf_ahead *ahead);

#endif
