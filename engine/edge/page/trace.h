/* SPDX-License-Identifier: MIT */
/* trace.h - what a task did last, in shared memory that only it writes: a ring of events.
 *
 * It is always on: an event costs a few stores, and its times are those that the task has read
 * anyway. A ring holds about the last ten seconds of a task that
 * makes fifteen hundred events a second.
 * A task that makes more is recorded in turns: one part of the ring event by event, the next in
 * bursts (one event for all that was shorter than VF_TRACE_GRAIN_NS), so that the ring always
 * reaches back some seconds, and always shows some rounds as they were.
 *
 * One thread of one process writes. Anybody reads, at any time: what is overwritten meanwhile is
 * left out.
 */
#ifndef VF_ENGINE_EDGE_PAGE_TRACE_H
#define VF_ENGINE_EDGE_PAGE_TRACE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/clock.h"
#include "engine/message/message.h"

#define VF_TRACE_EVENTS 16384U              /* that a ring holds; a power of 2 */
#define VF_TRACE_PARTS 8U                   /* of a ring: each is recorded in one of the two ways */
#define VF_TRACE_SPAN_NS (10 * VF_NS_PER_S) /* that a ring of bursts reaches back at least */
#define VF_TRACE_GRAIN_NS (VF_TRACE_SPAN_NS / VF_TRACE_EVENTS)

enum vf_trace_kind {
    VF_TRACE_NONE,
    VF_TRACE_BEGIN, /* a moment: a process began at the task; `number` is its id */
    VF_TRACE_TAKE,  /* from the end of one call of the node to the begin of the next, unless that
                       follows at once */
    VF_TRACE_WORK,  /* a call of the node; `number`, `stream`: the origin of what it works on */
    VF_TRACE_AWAIT_INPUT, /* asleep until something comes */
    VF_TRACE_AWAIT_ROOM,  /* asleep until a reader makes room, or lets go of memory */
    VF_TRACE_RECEIVE,     /* a moment: a message came to the input `place` */
    VF_TRACE_SEND,        /* a moment: a message went out of the port `place` */
    VF_TRACE_BURST,       /* `count` calls of the node, at work for `busy_ns` in all */
    VF_TRACE_KINDS,       /* how many there are */
};

struct vf_trace_event {
    enum vf_trace_kind kind;
    unsigned place;
    int64_t begin_ns, end_ns; /* as vf_clock_now_ns() counts; of a moment the same */
    int64_t timestamp_ns;     /* of the message that was sent, VF_NO_TIMESTAMP: it has none */
    uint64_t number;
    uint32_t stream;
    uint32_t count, busy_ns; /* of a burst */
};

/* As it is in memory: events are packed, since a ring is to hold many. */
struct vf_trace_ring {
    _Atomic uint64_t written; /* events, since the run began */
    _Atomic uint64_t words[VF_TRACE_EVENTS][4];
};

/* The writing side, of one process. */
struct vf_trace {
    struct vf_trace_ring *ring; /* borrowed; NULL: nothing is recorded */
    struct vf_trace_event burst;
    int64_t part_ns; /* when the present part of the ring was begun */
    bool is_coarse;  /* it is recorded in bursts */
};

/* Begins to write after what other processes have written. `now_ns` is the present time. */
void vf_trace_begin(struct vf_trace *trace, struct vf_trace_ring *ring, int64_t now_ns);

/* Records an event. Does nothing without a ring; `trace` may be NULL. */
void vf_trace_add(struct vf_trace *trace, const struct vf_trace_event *event);

/* Adds a call of the node to the burst that is being recorded. */
void vf_trace_add_to_burst(struct vf_trace *trace, int64_t begin_ns, int64_t end_ns,
                           uint64_t number);

/* Records a call of the node, a wait, or what lies between two calls. Without `origin` only those
 * that are not WORK. */
static inline void vf_trace_slice(struct vf_trace *trace, enum vf_trace_kind kind, int64_t begin_ns,
                                  int64_t end_ns, const struct vf_origin *origin)
{
    struct vf_trace_event event = {.kind = kind, .begin_ns = begin_ns, .end_ns = end_ns};
    if (trace && trace->is_coarse && end_ns - begin_ns < VF_TRACE_GRAIN_NS) {
        if (kind == VF_TRACE_WORK)
            vf_trace_add_to_burst(trace, begin_ns, end_ns, origin->number);
        return;
    }
    if (origin) {
        event.number = origin->number;
        event.stream = origin->stream;
    }
    vf_trace_add(trace, &event);
}

/* Record that a message came to an input, or goes out of a port when it is published, unless that is
 * part of a burst. */
static inline void vf_trace_receive(struct vf_trace *trace, int64_t at_ns, unsigned place,
                                    const struct vf_origin *origin)
{
    struct vf_trace_event event = {.kind = VF_TRACE_RECEIVE,
                                   .place = place,
                                   .begin_ns = at_ns,
                                   .end_ns = at_ns,
                                   .number = origin->number,
                                   .stream = origin->stream};
    if (trace && !trace->is_coarse)
        vf_trace_add(trace, &event);
}

static inline void vf_trace_send(struct vf_trace *trace, unsigned place,
                                 const struct vf_description *description)
{
    struct vf_trace_event event = {.kind = VF_TRACE_SEND,
                                   .place = place,
                                   .begin_ns = description->publish_time_ns,
                                   .end_ns = description->publish_time_ns,
                                   .number = description->origin.number,
                                   .stream = description->origin.stream};
    if (!trace || trace->is_coarse)
        return;
    event.timestamp_ns = vf_message_time_ns(description);
    vf_trace_add(trace, &event);
}

/* Writes out a burst that has begun. */
void vf_trace_flush(struct vf_trace *trace);

/* Copies the events from number *next of the ring on, as many as `events` holds, and advances
 * *next behind them. Those that are overwritten are skipped; what is no event, because a process
 * wrote at random, is left out. Returns how many there are; 0: no more, for now. */
size_t vf_trace_read(const struct vf_trace_ring *ring, uint64_t *next,
                     struct vf_trace_event *events, size_t capacity);

#endif
