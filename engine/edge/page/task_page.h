/* SPDX-License-Identifier: MIT */
/* task_page.h - what a task reports of itself, in shared memory that only it writes.
 *
 * The supervisor reads it at any time, without asking: for the progress line, for the report,
 * and to say at which frame a worker was when it died. Its outboxes and inboxes follow it in the
 * same memory (edge.h).
 */
#ifndef VF_ENGINE_EDGE_PAGE_TASK_PAGE_H
#define VF_ENGINE_EDGE_PAGE_TASK_PAGE_H

#include <stdatomic.h>
#include <stdint.h>

#include "engine/base/histogram.h"
#include "engine/message/message.h"

#define VF_PAGE_PORTS 24  /* counted one by one; what comes on further ports adds to the last */
#define VF_PAGE_INPUTS 33 /* told apart where each output answers one, from number 1 on */
#define VF_PAGE_OUTPUTS 8 /* lines about what was written */
#define VF_PAGE_OUTPUT_SIZE 384 /* bytes of one, with its NUL */
#define VF_PAGE_SOURCE_SIZE 256 /* bytes of a source's name, with its NUL */
#define VF_PAGE_COMPLAINT_SIZE 512
#define VF_PAGE_PROVIDER_SIZE 24

enum vf_task_state {
    VF_TASK_STARTING,
    VF_TASK_OPENING,
    VF_TASK_BUSY,      /* in its node */
    VF_TASK_WAITING,   /* for input */
    VF_TASK_BLOCKED,   /* by a full queue, or for memory to be released */
    VF_TASK_FINISHING, /* its node has had all its input, and is being flushed and closed */
    VF_TASK_ENDED,
    VF_TASK_STATES, /* how many there are */
};

/* What the task had counted when a round was complete (edge.h). */
struct vf_task_mark {
    uint64_t answered, filtered, failed, set_aside;
    uint64_t emitted[VF_PAGE_PORTS];
    struct vf_made made[VF_PAGE_PORTS]; /* of a producer */
    uint64_t
        passed[VF_PAGE_INPUTS]; /* origin number of its input: nothing more will come for it; of
                                        one whose outputs answer one input each, number 1 + input */
};

/* Which of several sources a producer reads. `version` is odd while it is written. */
struct vf_page_source {
    _Atomic uint32_t version;
    uint64_t number, count; /* from 1; 0: there is only one */
    char name[VF_PAGE_SOURCE_SIZE];
};

struct vf_task_page {
    _Atomic uint32_t state;        /* enum vf_task_state */
    _Atomic uint32_t end_reason;   /* enum vf_end_reason, once it has ended */
    _Atomic uint32_t refused_call; /* system call by which its sandbox ended it, and 1; 0: none */
    _Atomic uint32_t heard_stop;   /* enum vf_stop_level that came to its termination socket */
    _Atomic int64_t alive_ns;      /* when it last showed that it does not hang */
    _Atomic uint64_t frame;        /* origin number of what is in work; of a producer: the last */
    _Atomic uint64_t expected[VF_PAGE_PORTS]; /* messages a producer is going to emit, by port; 0:
                                                 unknown */
    _Atomic uint32_t is_endless;              /* a producer that goes on until it is stopped */
    _Atomic uint32_t is_live;                 /* a producer whose messages come as time goes by */
    _Atomic uint64_t inputs;    /* times the node was given input: the sum of these three, and
                                    what is in work */
    _Atomic uint64_t answered;  /* with a message or more; of a consumer: consumed */
    _Atomic uint64_t filtered;  /* answered with none */
    _Atomic uint64_t failed;    /* the node returned an error, or was not given it any more */
    _Atomic uint64_t set_aside; /* among the failed ones: the task goes on without them */
    _Atomic uint64_t unkept;    /* among those: what was to be written of them is not whole */
    _Atomic uint64_t emitted[VF_PAGE_PORTS]; /* messages the node made, by port; dropped or not */
    _Atomic uint64_t rounds;                 /* that are complete */
    _Atomic uint32_t answers; /* 1 + the input that the next one is about, where each output answers
                                 one; 0: it has not begun */
    struct vf_task_mark marks[2]; /* of round n at [n % 2], written before `rounds` */
    _Atomic uint64_t errors;      /* pieces of input that were corrupt or missing */
    _Atomic int64_t started_ns, first_ns, last_ns; /* node opened; first and last message */
    _Atomic int64_t call_ns; /* when the call of the node began that is in work; 0: none is */
    _Atomic int64_t busy_ns, waiting_ns, blocked_ns;
    _Atomic int64_t media_us; /* the latest timestamp of what it took, or of what it made */
    struct vf_histogram work,
        age; /* of messages: time in the node, and from the origin to the end of
                                      that */
    struct vf_page_source source;
    _Atomic uint64_t touched_bytes;         /* of its arena */
    _Atomic uint64_t dropped_lines;         /* of messages for people: nobody read them */
    char complaint[VF_PAGE_COMPLAINT_SIZE]; /* why its node failed, once its process has ended; "":
                                               it has not said so. May lack its NUL */
    char provider[VF_PAGE_PROVIDER_SIZE]; /* what does the work of its node; "": it has not said so.
                                             May lack its NUL */
    _Atomic uint32_t output_count;
    char outputs[VF_PAGE_OUTPUTS][VF_PAGE_OUTPUT_SIZE]; /* valid below `output_count` */
};

/* Adds to a number that only the calling thread writes: readers see the old one or the new. */
static inline void vf_page_add(_Atomic uint64_t *number, uint64_t more)
{
    atomic_store_explicit(number, atomic_load_explicit(number, memory_order_relaxed) + more,
                          memory_order_relaxed);
}

/* Reads a number that another process counts up: whole, but in no order with the others. */
static inline uint64_t vf_page_load(const _Atomic uint64_t *number)
{
    return atomic_load_explicit(number, memory_order_relaxed);
}

#endif
