/* SPDX-License-Identifier: MIT */
#include "engine/account/timeline.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/account/protobuf.h"
#include "engine/base/clock.h"
#include "engine/edge/page/trace.h"

#define EVENTS_AT_ONCE 1024
#define MOST_ARROWS 32 /* that end at one call */
#define RUN_UUID 1
#define TASK_UUID 0x1000 /* of task 0 */
#define SEQUENCE 1
#define PRIME 0x9e3779b97f4a7c15U /* 2^64 by the golden ratio: Knuth's multiplicative hash */

/* Numbers of Perfetto's fields, by message. */
enum { TRACE_PACKET = 1 };
enum {
    PACKET_CLOCK_SNAPSHOT = 6,
    PACKET_TIMESTAMP = 8,
    PACKET_SEQUENCE = 10,
    PACKET_TRACK_EVENT = 11,
    PACKET_CLOCK = 58,
    PACKET_TRACK = 60,
};
enum { SNAPSHOT_CLOCK = 1 };
enum { CLOCK_NUMBER = 1, CLOCK_TIME = 2 };
enum { TRACK_UUID = 1, TRACK_NAME = 2, TRACK_PROCESS = 3, TRACK_THREAD = 4, TRACK_PARENT = 5 };
enum { PROCESS_PID = 1, PROCESS_NAME = 6 };
enum { THREAD_PID = 1, THREAD_TID = 2, THREAD_NAME = 5 };
enum {
    EVENT_ANNOTATION = 4,
    EVENT_TYPE = 9,
    EVENT_TRACK = 11,
    EVENT_CATEGORY = 22,
    EVENT_NAME = 23,
    EVENT_FLOW = 47,
};
enum { ANNOTATION_NUMBER = 3, ANNOTATION_NAME = 10 };
enum event_type { SLICE_BEGIN = 1, SLICE_END = 2, INSTANT = 3 };
enum clock_number { REALTIME = 1, MONOTONIC = 3, BOOTTIME = 6 };

/* What is known of a task's track. */
struct track {
    uint64_t next; /* event of its ring */
    uint64_t arrows[MOST_ARROWS];
    size_t arrow_count; /* what has come for the next call */
    bool is_described;
};

struct vf_timeline {
    const struct vf_plan *plan;
    const struct vf_run_memory *memory;
    int64_t from_ns;
    bool has_begun;
    struct track *tracks; /* task id i at [i - 1] */
    struct vf_trace_event events[EVENTS_AT_ONCE];
    struct vf_text packet, part, detail; /* in work */
};

int vf_timeline_create(struct vf_timeline **timeline, const struct vf_plan *plan,
                       const struct vf_run_memory *memory, int64_t from_ns)
{
    struct vf_timeline *made = calloc(1, sizeof(*made));
    *timeline = made;
    if (!made)
        return -ENOMEM;
    made->plan = plan;
    made->memory = memory;
    made->from_ns = from_ns;
    made->tracks = calloc(plan->task_count, sizeof(*made->tracks));
    if (!made->tracks)
        vf_timeline_destroy(timeline);
    return *timeline ? VF_OK : -ENOMEM;
}

void vf_timeline_destroy(struct vf_timeline **timeline)
{
    struct vf_timeline *gone = *timeline;
    if (!gone)
        return;
    free(gone->tracks);
    vf_text_finish(&gone->packet);
    vf_text_finish(&gone->part);
    vf_text_finish(&gone->detail);
    free(gone);
    *timeline = NULL;
}

static void empty(struct vf_text *text)
{
    text->length = 0;
}

/* Adds the packet in work, and begins another. */
static void finish_packet(struct vf_timeline *timeline, struct vf_text *out)
{
    vf_protobuf_integer(&timeline->packet, PACKET_SEQUENCE, SEQUENCE);
    vf_protobuf_message(out, TRACE_PACKET, &timeline->packet);
    out->failed =
        out->failed || timeline->packet.failed || timeline->part.failed || timeline->detail.failed;
    empty(&timeline->packet);
    empty(&timeline->part);
    empty(&timeline->detail);
}

static void add_clock(struct vf_timeline *timeline, enum clock_number number, clockid_t clock)
{
    struct timespec now;
    if (clock_gettime(clock, &now) != 0)
        return;
    vf_protobuf_integer(&timeline->detail, CLOCK_NUMBER, number);
    vf_protobuf_integer(&timeline->detail, CLOCK_TIME,
                        (uint64_t)now.tv_sec * VF_NS_PER_S + (uint64_t)now.tv_nsec);
    vf_protobuf_message(&timeline->part, SNAPSHOT_CLOCK, &timeline->detail);
    empty(&timeline->detail);
}

static void describe_clocks(struct vf_timeline *timeline, struct vf_text *out)
{
    add_clock(timeline, MONOTONIC, CLOCK_MONOTONIC);
    add_clock(timeline, BOOTTIME, CLOCK_BOOTTIME);
    add_clock(timeline, REALTIME, CLOCK_REALTIME);
    vf_protobuf_message(&timeline->packet, PACKET_CLOCK_SNAPSHOT, &timeline->part);
    finish_packet(timeline, out);
}

/* The supervisor, as which the process counts that writes the trace. */
static void describe_run(struct vf_timeline *timeline, struct vf_text *out)
{
    char name[256];
    snprintf(name, sizeof(name), "vflow %s", timeline->plan->file ? timeline->plan->file : "");
    vf_protobuf_integer(&timeline->detail, PROCESS_PID, (uint64_t)getpid());
    vf_protobuf_string(&timeline->detail, PROCESS_NAME, name);
    vf_protobuf_integer(&timeline->part, TRACK_UUID, RUN_UUID);
    vf_protobuf_message(&timeline->part, TRACK_PROCESS, &timeline->detail);
    vf_protobuf_message(&timeline->packet, PACKET_TRACK, &timeline->part);
    finish_packet(timeline, out);
}

/* A track is a thread to Perfetto: of the supervisor, with the number of the task's process. */
static void describe_task(struct vf_timeline *timeline, const struct vf_plan_task *task,
                          uint64_t pid, struct vf_text *out)
{
    vf_protobuf_integer(&timeline->detail, THREAD_PID, (uint64_t)getpid());
    vf_protobuf_integer(&timeline->detail, THREAD_TID, pid);
    vf_protobuf_string(&timeline->detail, THREAD_NAME, task->name);
    vf_protobuf_integer(&timeline->part, TRACK_UUID, TASK_UUID + task->id);
    vf_protobuf_integer(&timeline->part, TRACK_PARENT, RUN_UUID);
    vf_protobuf_string(&timeline->part, TRACK_NAME, task->name);
    vf_protobuf_message(&timeline->part, TRACK_THREAD, &timeline->detail);
    vf_protobuf_message(&timeline->packet, PACKET_TRACK, &timeline->part);
    finish_packet(timeline, out);
}

static void begin_event(struct vf_timeline *timeline, const struct vf_plan_task *task,
                        enum event_type type, int64_t at_ns)
{
    vf_protobuf_integer(&timeline->packet, PACKET_TIMESTAMP, (uint64_t)at_ns);
    vf_protobuf_integer(&timeline->packet, PACKET_CLOCK, MONOTONIC);
    vf_protobuf_integer(&timeline->part, EVENT_TYPE, type);
    vf_protobuf_integer(&timeline->part, EVENT_TRACK, TASK_UUID + task->id);
}

static void finish_event(struct vf_timeline *timeline, struct vf_text *out)
{
    vf_protobuf_message(&timeline->packet, PACKET_TRACK_EVENT, &timeline->part);
    finish_packet(timeline, out);
}

static void name_event(struct vf_timeline *timeline, const char *category, const char *name)
{
    vf_protobuf_string(&timeline->part, EVENT_CATEGORY, category);
    vf_protobuf_string(&timeline->part, EVENT_NAME, name);
}

static void annotate(struct vf_timeline *timeline, const char *name, uint64_t number)
{
    vf_protobuf_string(&timeline->detail, ANNOTATION_NAME, name);
    vf_protobuf_integer(&timeline->detail, ANNOTATION_NUMBER, number);
    vf_protobuf_message(&timeline->part, EVENT_ANNOTATION, &timeline->detail);
    empty(&timeline->detail);
}

/* The first task of the node that a task belongs to: replicas follow each other. */
static unsigned node_of(const struct vf_plan *plan, unsigned task)
{
    unsigned replica = plan->tasks[task - 1].replica;
    return replica ? task - (replica - 1) : task;
}

/* The way from one node to another: all edges between their replicas are one. */
static uint64_t way_of(const struct vf_plan *plan, const struct vf_plan_edge *edge)
{
    return (uint64_t)node_of(plan, edge->sender) << 40 | (uint64_t)edge->sender_port << 32 |
           (uint64_t)node_of(plan, edge->receiver) << 12 | edge->input;
}

/* Names the way of one message along an edge: the same at both ends. */
static uint64_t arrow_of(const struct vf_plan *plan, const struct vf_plan_edge *edge,
                         const struct vf_trace_event *event)
{
    uint64_t hash = way_of(plan, edge) * PRIME ^ event->stream;
    hash = (hash ^ hash >> 29) * PRIME ^ event->number;
    return (hash ^ hash >> 32) * PRIME;
}

static void note_arrival(struct vf_timeline *timeline, const struct vf_plan_task *task,
                         const struct vf_trace_event *event)
{
    struct track *track = &timeline->tracks[task->id - 1];
    for (size_t i = 0; i < task->in_count && track->arrow_count < MOST_ARROWS; i++) {
        if (task->in_edges[i]->input != event->place)
            continue;
        track->arrows[track->arrow_count++] = arrow_of(timeline->plan, task->in_edges[i], event);
        return; /* those from other replicas have the same name */
    }
}

static void add_send(struct vf_timeline *timeline, const struct vf_plan_task *task,
                     const struct vf_trace_event *event, struct vf_text *out)
{
    uint64_t last = 0;
    begin_event(timeline, task, INSTANT, event->begin_ns);
    name_event(timeline, "message", "send");
    annotate(timeline, "port", event->place);
    annotate(timeline, "number", event->number);
    for (size_t i = 0; i < task->out_count; i++) {
        const struct vf_plan_edge *edge = task->out_edges[i];
        uint64_t arrow = arrow_of(timeline->plan, edge, event);
        if (edge->sender_port == event->place && arrow != last)
            vf_protobuf_fixed64(&timeline->part, EVENT_FLOW, arrow);
        last = arrow;
    }
    finish_event(timeline, out);
}

static void add_process(struct vf_timeline *timeline, const struct vf_plan_task *task,
                        const struct vf_trace_event *event, struct vf_text *out)
{
    begin_event(timeline, task, INSTANT, event->begin_ns);
    name_event(timeline, "process", "process begins");
    annotate(timeline, "pid", event->number);
    finish_event(timeline, out);
}

/* Where the messages came from that a call gets. */
static void add_arrivals(struct vf_timeline *timeline, struct track *track)
{
    for (size_t i = 0; i < track->arrow_count; i++)
        vf_protobuf_fixed64(&timeline->part, EVENT_FLOW, track->arrows[i]);
    track->arrow_count = 0;
}

static void add_slice(struct vf_timeline *timeline, const struct vf_plan_task *task,
                      const struct vf_trace_event *event, struct vf_text *out)
{
    static const char *const names[VF_TRACE_KINDS] = {
        [VF_TRACE_TAKE] = "take",
        [VF_TRACE_AWAIT_INPUT] = "wait for input",
        [VF_TRACE_AWAIT_ROOM] = "wait for room",
    };
    begin_event(timeline, task, SLICE_BEGIN, event->begin_ns);
    if (event->kind == VF_TRACE_BURST) {
        name_event(timeline, "work", "burst");
        annotate(timeline, "calls", event->count);
        annotate(timeline, "busy_ns", event->busy_ns);
        annotate(timeline, "last", event->number);
    } else if (event->kind == VF_TRACE_WORK) {
        name_event(timeline, "work", task->node->name);
        annotate(timeline, "number", event->number);
        add_arrivals(timeline, &timeline->tracks[task->id - 1]);
    } else {
        name_event(timeline, event->kind == VF_TRACE_TAKE ? "take" : "wait", names[event->kind]);
    }
    finish_event(timeline, out);
    begin_event(timeline, task, SLICE_END, event->end_ns);
    finish_event(timeline, out);
}

static void add_event(struct vf_timeline *timeline, const struct vf_plan_task *task,
                      const struct vf_trace_event *event, struct vf_text *out)
{
    struct track *track = &timeline->tracks[task->id - 1];
    if (event->kind == VF_TRACE_BEGIN && !track->is_described) {
        describe_task(timeline, task, event->number, out);
        track->is_described = true;
    }
    if (event->end_ns < timeline->from_ns)
        return;
    if (!track->is_described) /* its begin is not in the ring any more */
        describe_task(timeline, task, task->id, out);
    track->is_described = true;
    if (event->kind == VF_TRACE_BEGIN)
        add_process(timeline, task, event, out);
    else if (event->kind == VF_TRACE_RECEIVE)
        note_arrival(timeline, task, event);
    else if (event->kind == VF_TRACE_SEND)
        add_send(timeline, task, event, out);
    else
        add_slice(timeline, task, event, out);
}

int vf_timeline_read(struct vf_timeline *timeline, struct vf_text *out)
{
    const struct vf_plan *plan = timeline->plan;
    size_t count;
    if (!timeline->has_begun) {
        describe_clocks(timeline, out);
        describe_run(timeline, out);
    }
    timeline->has_begun = true;
    /* Children first: so what one of them has taken is found to have been sent. */
    for (size_t i = plan->task_count; i-- > 0;) {
        const struct vf_trace_ring *ring = vf_run_memory_trace(timeline->memory, (unsigned)i + 1);
        while ((count = vf_trace_read(ring, &timeline->tracks[i].next, timeline->events,
                                      EVENTS_AT_ONCE)) > 0) {
            for (size_t j = 0; j < count; j++)
                add_event(timeline, &plan->tasks[i], &timeline->events[j], out);
        }
    }
    return out->failed ? -ENOMEM : VF_OK;
}

/* A slice without an end: Perfetto shows it up to the end of the trace. */
static void add_open_call(struct vf_timeline *timeline, const struct vf_plan_task *task,
                          struct vf_text *out)
{
    const struct vf_task_page *page = vf_run_memory_page(timeline->memory, task->id);
    int64_t call_ns = atomic_load_explicit(&page->call_ns, memory_order_relaxed);
    if (call_ns <= 0)
        return;
    begin_event(timeline, task, SLICE_BEGIN, call_ns);
    name_event(timeline, "work", task->node->name);
    annotate(timeline, "number", vf_page_load(&page->frame));
    add_arrivals(timeline, &timeline->tracks[task->id - 1]);
    finish_event(timeline, out);
}

int vf_timeline_end(struct vf_timeline *timeline, struct vf_text *out)
{
    int err = vf_timeline_read(timeline, out);
    for (size_t i = 0; !err && i < timeline->plan->task_count; i++)
        add_open_call(timeline, &timeline->plan->tasks[i], out);
    return out->failed ? -ENOMEM : err;
}
