/* SPDX-License-Identifier: MIT */
/* join_source.h - one input of a task, in the order in which its messages are to be joined.
 *
 * Joins see it as one row of messages, whether it is an edge or the lanes of several replicas.
 */
#ifndef VF_ENGINE_EDGE_RECEIVE_JOIN_SOURCE_H
#define VF_ENGINE_EDGE_RECEIVE_JOIN_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/edge/receive/inbox.h"

/* One input of a task: an edge, or the lanes that come from the replicas of one node.
 *
 * With several lanes, the messages come in the order in which their inputs were handed to the
 * replicas: those of one order after those of the order before, once the replica that had it has
 * marked its last answer, or sent a gap for it. A replica that ends takes its unanswered orders
 * with it; the source goes on with the next that some lane has.
 *
 * In a flow that was changed while it ran, others come after these: turn after turn, each once all
 * lanes of the turn before have ended. */
struct vf_join_source {
    unsigned input;        /* element of the task's inputs */
    struct vf_inbox **all; /* turn after turn */
    size_t all_count;
    struct vf_inbox **lanes; /* those whose turn it is */
    size_t count;
    bool is_unordered;        /* the lanes are taken as they come */
    uint64_t expected;        /* order of the next message */
    struct vf_inbox *current; /* lane of the front last lent */
    int64_t gap_ns; /* timestamp of the last gap that had one; VF_NO_TIMESTAMP: none had */
};

/* Puts the lanes that it was given into `all` into their turns, before anything else. */
void vf_join_source_begin(struct vf_join_source *source);

/* Lends the next message; NULL: it has not come yet, or the source has ended. */
const struct vf_message *vf_join_source_front(struct vf_join_source *source);

/* Claims the front last lent (inbox.h). Returns false where it had just been dropped. */
bool vf_join_source_claim(struct vf_join_source *source);

/* Takes the front last lent: *message is the caller's, or NULL where it was not claimed and had
 * just been dropped. */
void vf_join_source_take(struct vf_join_source *source, struct vf_message **message);

/* Counts what was taken: handed to a node, or without a partner in the join. */
void vf_join_source_count(struct vf_join_source *source, bool is_matched);

/* Whether all lanes have ended, of the last turn; *reason becomes the worst of why. */
bool vf_join_source_has_ended(const struct vf_join_source *source, enum vf_end_reason *reason);

/* No lower origin than `floor` will be taken any more. */
void vf_join_source_set_floor(struct vf_join_source *source, uint64_t floor);

/* How far each lane has been taken: `marks` has one for each of `all`. */
void vf_join_source_mark(const struct vf_join_source *source, struct vf_inbox_mark *marks);

/* What was taken until `marks`, or until now where those are NULL, has been answered at the end of
 * `round`. */
void vf_join_source_end_round(struct vf_join_source *source, uint64_t floor, uint64_t round,
                              const struct vf_inbox_mark *marks);

/* Goes on where a dead process has stopped (inbox.h). Returns the floor it had set. */
uint64_t vf_join_source_resume(struct vf_join_source *source);

/* Lends the last data that a dead process had taken and answered, if it is not released; else
 * NULL. */
const struct vf_message *vf_join_source_last_answered(const struct vf_join_source *source);

#endif
