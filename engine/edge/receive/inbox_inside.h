/* SPDX-License-Identifier: MIT */
/* inbox_inside.h - what the files of inbox.h share. Nobody else includes it.
 *
 * inbox.c has what is done with messages once they are here, inbox_collect.c how they come in,
 * inbox_resume.c what a new process makes of an old one's page.
 */
#ifndef VF_ENGINE_EDGE_RECEIVE_INBOX_INSIDE_H
#define VF_ENGINE_EDGE_RECEIVE_INBOX_INSIDE_H

#include "engine/edge/receive/inbox.h"

/* A payload that lies in another task's arena, or came inline; the last drop releases its cell. */
struct vf_arrival {
    struct vf_payload payload;
    struct vf_inbox *inbox;
    uint64_t sequence;
    uint32_t cell;
    struct vf_payload *part; /* where the bytes came in; NULL: in an arena, or inline */
    uint8_t inline_bytes[];
};

/* A message that waits. Ends and gaps have no payload, so the cell is noted here too. */
struct vf_waiting {
    struct vf_message *message;
    uint64_t sequence;
    uint32_t cell;
    bool is_claimed; /* by this process, or by one that died: it can no longer be dropped */
};

struct vf_inbox {
    const struct vf_edge_terms *terms;
    const struct vf_arena_view *arenas;
    int doorbell;
    struct vf_waiting *queue; /* a ring */
    uint32_t first, count, capacity;
    uint64_t received, taken;
    uint64_t seen; /* what the sender says it has published, when nothing more of it was found */
    _Atomic uint32_t rung;       /* the sender's `waits` for which its bell was rung last */
    struct vf_waiting *retained; /* answered by a process that died, and not released yet */
    uint32_t retained_count;
    bool has_ended;
    bool is_abandoned; /* nothing is written into the page any more */
    enum vf_end_reason end_reason;
};

/* Adds to a number of the page that only this task writes. */
static inline void vf_inbox_add(_Atomic uint64_t *number, uint64_t more)
{
    atomic_fetch_add_explicit(number, more, memory_order_relaxed);
}

/* Whether the sender has replaced it by a newer one. Ends and gaps are never dropped. */
bool vf_inbox_is_dropped(const struct vf_inbox *inbox, const struct vf_waiting *waiting);

/* The highest sequence there is to be read in the sender's outbox. */
uint64_t vf_inbox_published(const struct vf_inbox *inbox);

/* Gives up a message that was dropped. */
void vf_inbox_skip(const struct vf_inbox *inbox, struct vf_message **dropped);

/* Writes that a message is done, whatever became of it. */
void vf_inbox_mark_done(struct vf_inbox *inbox, uint32_t cell, uint64_t sequence);

/* What an honest sender may say. */
struct vf_envelope_bounds vf_inbox_bounds(const struct vf_inbox *inbox);

/* Counts something that an honest sender does not say, and tells now and then. */
void vf_inbox_leave_out(const struct vf_inbox *inbox, const char *complaint);

/* Makes a message of an envelope that was checked. Takes *part. */
VF_MUST_CHECK int vf_inbox_wrap(struct vf_inbox *inbox, const struct vf_envelope *envelope,
                                struct vf_payload **part, struct vf_waiting *made);

#endif
