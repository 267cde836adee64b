/* SPDX-License-Identifier: MIT */
/* edge.h - the contract between two tasks, and the shared memory in which it is kept.
 *
 * A message belongs to its sender until the receiver is done with it. What both sides have to
 * know of each other stands in two records, each written by one process and read by the other:
 * the outbox page, in the sender's memory, says what has been published; the inbox page, in the
 * receiver's, says what has been taken from the queue and what is done. There is no lock and no
 * counter that both write, so a process that dies leaves nothing to repair. With the transports
 * ipc and tcp the ends share no memory (`is_remote`), and each has a copy of the other's record; the
 * sender's is in its own page, so that what it knows outlives its process.
 *
 *   depth       data messages that wait: published, neither taken nor dropped. The ones in work
 *               do not count.
 *   cell        where an unreleased message stands in the outbox. Its number travels along; a
 *               cell is free again once the receiver has written its sequence into `done`.
 *   sequence    dense on each edge, from 1, over data, gaps and the end.
 *   lane        an edge to one replica of a node, or from one. Edges of one task that bring the
 *               same input are lanes of one source.
 *   round       what a task does with one complete input, or for one message that it makes of
 *               nothing. Rounds are counted from 1.
 *
 * A process that replaces a dead one (resume) finds in the same memory what that had done: each
 * page keeps, beside the numbers that neighbours read, marks of the last complete round, twice, so
 * that one is whole whenever the writer dies: those of round n stand at [n % 2], and count when the
 * task page says that n is complete (task_page.h).
 */
#ifndef VF_ENGINE_EDGE_PAGE_EDGE_H
#define VF_ENGINE_EDGE_PAGE_EDGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/message/message_codec.h"

/* What happens to a message that finds no room. */
enum vf_overflow {
    VF_OVERFLOW_WAIT,        /* the sender waits */
    VF_OVERFLOW_DROP_NEWEST, /* the message that is being published goes */
    VF_OVERFLOW_DROP_OLDEST, /* the one that has waited longest goes */
};

/* Why a sender sleeps, so that the receiver knows when to ring its doorbell. The bits above count
 * how often it did, so that the bell rings once for each time. */
enum vf_waits {
    VF_WAITS_FOR_ROOM = 1,    /* until half of the queue is free, or the receiver sleeps itself */
    VF_WAITS_FOR_RELEASE = 2, /* until something is done */
    VF_WAITS_COUNT = 4,       /* one time */
};

/* When a receiver closed an edge. */
enum vf_closing {
    VF_CLOSED_EARLY = 1,     /* before it had taken the end: something may have been left */
    VF_CLOSED_AFTER_END = 2, /* everything had been taken */
};

/* What the sender has to know again of the message that it published last. */
struct vf_outbox_record {
    uint64_t sequence;
    uint64_t round;           /* in which it was published */
    uint64_t in_round;        /* data messages of that round so far */
    uint64_t data;            /* data messages in all */
    uint64_t answered;        /* highest origin number that was published or declared a gap */
    uint64_t order;           /* highest that was stamped */
    uint8_t has_closed_order; /* 1: nothing more of an order comes on this edge in that round */
    uint8_t is_end;           /* 1: it is; not bool, which may be read only as 0 or 1 */
};

/* What had become of other messages at the end of a round. */
struct vf_outbox_mark {
    uint64_t dropped, refused;
};

struct vf_inbox_mark {
    uint64_t completed;  /* sequence up to which everything taken has been answered */
    uint64_t data_taken; /* as in the page */
};

struct vf_outbox_cell {
    _Atomic uint64_t sequence; /* of what stands here; written last */
    struct vf_envelope envelope;
};

/* What the other side looks at again and again has a line of the cache to itself, in either page, so
 * that what is only counted does not take the line away each time. */
#define VF_PAGE_LINE 64

/* Written by the sender. The cells follow the struct, and the index after them. */
struct vf_outbox_page {
    _Atomic uint64_t published;   /* highest sequence */
    _Atomic uint64_t skip_before; /* data in front of this sequence is dropped if not taken */
    _Atomic uint32_t waits;       /* enum vf_waits */
    uint8_t rest_of_line[VF_PAGE_LINE - 20];
    _Atomic uint64_t data_published; /* messages among them that are data */
    _Atomic uint64_t dropped;        /* data that never got a sequence, for want of room */
    _Atomic uint64_t refused;        /* data that came after the receiver had closed */
    /* Where the ends share no memory: */
    _Atomic uint64_t sent;          /* highest sequence that has left */
    _Atomic uint64_t payload_bytes; /* of the payloads that have, each time */
    _Atomic uint64_t wire_bytes;    /* of what travelled for them (engine/edge/remote/parcel.h) */
    struct vf_outbox_record
        records[2]; /* that of sequence n at [n % 2], written before `published` */
    struct vf_outbox_mark marks[2];
    _Atomic uint64_t joined_at; /* 1 + what its port had emitted when the edge was added to a flow
                                   that ran; 0: nothing yet */
    _Atomic uint64_t left_at;   /* 1 + that when it left the flow; 0: it has not */
};

/* Written by the receiver. `done` follows the struct, one number a cell. */
struct vf_inbox_page {
    _Atomic uint64_t taken;     /* highest sequence that has left the queue */
    _Atomic uint64_t asleep_at; /* highest sequence it knew of when it last went to sleep */
    _Atomic uint32_t is_closed; /* enum vf_closing; nothing more will be taken; the rest is done */
    uint8_t rest_of_line[VF_PAGE_LINE - 20];
    _Atomic uint64_t received;   /* highest sequence that has arrived */
    _Atomic uint64_t data_taken; /* data messages that a node was given */
    _Atomic uint64_t unmatched;  /* among those that left the queue: no partner in the join */
    _Atomic uint64_t skipped;    /* data that its sender had replaced before it was taken */
    _Atomic uint64_t data_done;  /* data that arrived and was released, whatever became of it */
    _Atomic uint32_t ended;      /* the end was taken: 1 + enum vf_end_reason */
    _Atomic uint64_t floor;      /* no lower origin than this will be taken any more */
    _Atomic uint64_t expected;   /* nor a lower order, from any lane of the source */
    _Atomic uint64_t invalid;    /* times that the sender's page did not hold: what stood there, or
                                    was missing there, is left out, and none of the above */
    _Atomic uint64_t process;    /* where the ends share no memory: the process that has gone on
                                    with the edge; 0: the first */
    struct vf_inbox_mark marks[2];
};

_Static_assert(offsetof(struct vf_outbox_page, data_published) == VF_PAGE_LINE &&
                   offsetof(struct vf_inbox_page, received) == VF_PAGE_LINE,
               "counts begin on a line of their own");

/* How payloads travel (engine/edge/remote/parcel.h). */
enum vf_edge_form {
    VF_EDGE_RAW,
    VF_EDGE_LZ4,  /* as fewer bytes */
    VF_EDGE_H264, /* pictures with loss, all else as by LZ4 */
};

/* What the two ends of an edge agreed on before the start. */
struct vf_edge_terms {
    uint32_t id;
    uint32_t sender, sender_port;            /* task id, output port */
    uint32_t receiver, input;                /* task id, element of its inputs */
    const char *sender_name, *receiver_name; /* for people; NULL: tasks have numbers alone */
    uint32_t depth;
    uint32_t cells;
    uint32_t group;         /* edges of one port and group get a message all or none */
    uint32_t origin_stream; /* of what travels here: struct vf_origin */
    uint32_t answers;       /* 1 + the input of the sender that it answers here; 0: it is divided no
                               such way */
    uint32_t spread;        /* not 0: a message goes to one lane of those with this number */
    uint32_t lane;          /* in that spread, from 0 */
    int64_t delay_ns;       /* what the receiver adds to the timestamps of data */
    enum vf_overflow overflow;
    enum vf_edge_form form; /* of payloads, where the ends share no memory */
    bool carries_gaps;
    bool is_remote;     /* the ends share no memory: the sender has a copy of the inbox page, which
                          the wire keeps up to date (acknowledgement.h), and the receiver an outbox
                          page in which nothing is published: messages come by the wire */
    bool may_be_hollow; /* the receiver says which pictures it wants (engine/node/wish.h) */
    bool
        is_replaceable; /* another process may go on in place of the receiver's: where the ends share
                            no memory, the sender stays until all it has sent is done */
    bool is_unordered;  /* of the lanes that come from replicas: taken as they come */
    /* Of a flow that was changed while it ran: */
    bool is_added;     /* the edge came with a change */
    bool is_leaving;   /* it has left the flow: its sender ends it, and publishes nothing more, */
    bool is_abandoned; /* and its receiver closes it */
    uint32_t turn;     /* of the edges of one input: what comes by those of a turn is taken before
                          what comes by those of the next, and their ends are not the input's */
    const bool
        *sees; /* the arenas that the receiver can read, by task id, and how many those are; */
    uint32_t sees_count;           /* NULL: whatever its sender can */
    struct vf_outbox_page *outbox; /* writable only in the sender */
    struct vf_inbox_page *inbox;   /* writable only in the receiver */
};

/* What the supervisor says of a task, of which no process is left, and none will come. */
enum vf_over {
    VF_OVER = 1, /* it has said all, or a last worker has for it */
    VF_OVER_LOST /* its host is lost: what has not come from there will not */
};

/* One end of an edge, and what is known of the task at the other. */
struct vf_edge_end {
    const struct vf_edge_terms *terms;
    int doorbell;
    const _Atomic uint32_t *is_over; /* enum vf_over; 0: it is not. Where the ends share memory,
                                        nobody asks */
};

/* What people call the sender or the receiver. */
struct vf_edge_name {
    char text[96];
};
struct vf_edge_name vf_edge_sender_name(const struct vf_edge_terms *terms);
struct vf_edge_name vf_edge_receiver_name(const struct vf_edge_terms *terms);

/* Bytes that the two records need in the pages of their tasks, in multiples of 64. */
size_t vf_outbox_page_size(uint32_t cells);
size_t vf_inbox_page_size(uint32_t cells);

/* The parts after the structs. The index says in which cell a sequence was put; it is right for
 * the last messages that were published, at least one for each cell. */
struct vf_outbox_cell *vf_outbox_page_cell(const struct vf_outbox_page *page, uint32_t cell);
_Atomic uint32_t *vf_outbox_page_index(const struct vf_outbox_page *page, uint32_t cells,
                                       uint64_t sequence);
_Atomic uint64_t *vf_inbox_page_done(const struct vf_inbox_page *page, uint32_t cell);

#endif
