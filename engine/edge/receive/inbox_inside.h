/* SPDX-License-Identifier: MIT */
/* inbox_inside.h - what the files of the inbox share. Nobody else includes it.
 *
 * inbox.c takes in what comes and hands it out, inbox_resume.c goes on where a dead process stopped.
 */
#ifndef VF_ENGINE_EDGE_RECEIVE_INBOX_INSIDE_H
#define VF_ENGINE_EDGE_RECEIVE_INBOX_INSIDE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/edge/receive/inbox.h"
#include "engine/edge/remote/recap.h"

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
    struct vf_waiting *gathered; /* by cell: what has come since vf_inbox_begin_gathering(); NULL:
                                    this process does not go on for another, or does already */
    bool has_recap;              /* all has that came before the recap */
    struct vf_recap recap;
    bool has_ended;
    bool is_abandoned; /* nothing is written into the page any more */
    enum vf_end_reason end_reason;
};

/* The bounds of what an honest sender may send. */
struct vf_envelope_bounds vf_inbox_bounds(const struct vf_inbox *inbox);

/* Counts what no honest sender sends, and logs it now and then. */
void vf_inbox_leave_out(const struct vf_inbox *inbox, const char *complaint);

/* Marks a message as done, whatever became of it. */
void vf_inbox_mark_done(struct vf_inbox *inbox, uint32_t cell, uint64_t sequence);

/* Makes a message of an envelope that was checked. Takes *part, except on failure. */
VF_MUST_CHECK int vf_inbox_wrap(struct vf_inbox *inbox, const struct vf_envelope *envelope,
                                struct vf_payload **part, struct vf_waiting *made);

/* Gathers one message that came through the wire and was checked. Takes *part, except on failure or
 * where it has it already. */
VF_MUST_CHECK int vf_inbox_gather(struct vf_inbox *inbox, const struct vf_envelope *envelope,
                                  struct vf_payload **part);
void vf_inbox_forget_gathered(struct vf_inbox *inbox);

#endif
