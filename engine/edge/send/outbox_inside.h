/* SPDX-License-Identifier: MIT */
/* outbox_inside.h - what the files of outbox.h share. Nobody else includes it.
 *
 * outbox.c has its daily life, outbox_rounds.c what a new process needs to
 * go on where a dead one stopped.
 */
#ifndef VF_ENGINE_EDGE_SEND_OUTBOX_INSIDE_H
#define VF_ENGINE_EDGE_SEND_OUTBOX_INSIDE_H

#include <assert.h>

#include "engine/edge/send/outbox.h"

#define VF_OUTBOX_SPARE_CELLS 2 /* that data leaves free: for a gap and for the end */

/* A published message. */
struct vf_outbox_entry {
    uint64_t sequence;
    uint32_t cell;
};

/* Entries in the order they were published. */
struct vf_outbox_queue {
    struct vf_outbox_entry *items;
    uint32_t first, count, capacity;
};

struct vf_outbox {
    const struct vf_edge_terms *terms;
    struct vf_payload **payloads; /* by cell: what it holds */
    uint32_t *free_cells;         /* last freed first */
    uint32_t free_count;
    struct vf_outbox_queue unreleased;
    struct vf_outbox_queue waiting; /* data that was not taken when last looked */
    uint64_t published, skip_before;
    uint32_t sleeps;   /* how often it has waited, in units of VF_WAITS_COUNT */
    uint64_t sent;     /* by sockets: highest sequence that has left */
    uint64_t lost;     /* up to here nothing is sent any more: it went with a process that died */
    uint64_t answered; /* highest origin number that was published or declared a gap */
    uint64_t order;    /* highest that was stamped */
    uint64_t round;    /* in work */
    uint64_t in_round; /* data messages that were published in it */
    uint64_t repeated; /* of a round that a dead process had begun: data that it had published and
                          that has not come again yet */
    bool has_closed_order; /* in this round, by the process that died or by this one */
    bool has_ended;
};

static inline struct vf_outbox_entry vf_outbox_queue_front(const struct vf_outbox_queue *queue)
{
    return queue->items[queue->first];
}

static inline void vf_outbox_queue_push(struct vf_outbox_queue *queue, struct vf_outbox_entry item)
{
    assert(queue->count < queue->capacity);
    queue->items[(queue->first + queue->count++) % queue->capacity] = item;
}

static inline void vf_outbox_queue_pop(struct vf_outbox_queue *queue)
{
    queue->first = (queue->first + 1) % queue->capacity;
    queue->count--;
}

/* Tells whether the receiver is done with it. */
bool vf_outbox_is_released(const struct vf_outbox *outbox, struct vf_outbox_entry entry);

#endif
