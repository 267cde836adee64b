/* SPDX-License-Identifier: MIT */
#include "engine/otlp/spans.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/edge/page/trace.h"
#include "engine/otlp/resource.h"

#define EVENTS_AT_ONCE 1024
#define SETS 512U /* of frames that are known */
#define WAYS 4U
#define FRAMES ((size_t)SETS * WAYS)
#define MOST_SPANS 256   /* of one frame */
#define MOST_SENT 64     /* by one call of a producer */
#define MOST_AT_ONCE 500 /* spans that are taken */
#define DEEPEST 32       /* tasks that a parent is looked for beyond */
#define QUIET_NS (2 * VF_NS_PER_S)
#define ROOTLESS_QUIET_NS (10 * VF_NS_PER_S) /* its producer may be in the call that made it */
#define INTERNAL 1                           /* SPAN_KIND_INTERNAL */
#define PRIME 0x9e3779b97f4a7c15U
#define ID_SIZE 17

struct span {
    unsigned task, nth; /* call of that task for the frame, from 0 */
    int64_t begin_ns, end_ns;
    bool is_taken; /* or somebody else takes it */
};

/* A frame that is traced. */
struct frame {
    uint64_t number; /* 0: there is none in this place */
    uint32_t stream;
    bool has_root;        /* the call of its producer is known */
    int64_t seen_ns;      /* when something was found last */
    int64_t timestamp_ns; /* as its producer sent it; VF_NO_TIMESTAMP: nobody knows */
    struct span *spans;
    size_t count, room;
};

/* What is known of a task. */
struct track {
    uint64_t next;                         /* event of its ring */
    struct vf_trace_event sent[MOST_SENT]; /* by the call in work, of a producer */
    size_t sent_count;
};

struct vf_otlp_spans {
    const struct vf_figures *figures;
    uint64_t every;
    uint64_t seed;              /* of this run's ids */
    int64_t since_ns, until_ns; /* when what is to be taken ended */
    int64_t offset_ns;          /* from the clock of the events to that on the wall */
    struct track *tracks;       /* task id i at [i - 1] */
    bool *is_seen;              /* likewise, while a parent is looked for */
    struct vf_trace_event events[EVENTS_AT_ONCE];
    struct frame frames[FRAMES];
};

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) + PRIME;
    hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9U;
    hash = (hash ^ hash >> 27) * 0x94d049bb133111ebU;
    return hash ^ hash >> 31;
}

static uint64_t seed_of(const struct vf_figures *figures)
{
    uint64_t seed = mix((uint64_t)figures->since_1970_ns, (uint64_t)figures->pid);
    for (const char *at = figures->name; at && *at; at++)
        seed = mix(seed, (unsigned char)*at);
    return seed;
}

int vf_otlp_spans_create(struct vf_otlp_spans **spans, const struct vf_figures *figures,
                         uint64_t frames, int64_t since_ns)
{
    struct vf_otlp_spans *made = calloc(1, sizeof(*made));
    *spans = made;
    if (!made)
        return -ENOMEM;
    made->figures = figures;
    made->every = frames;
    made->seed = seed_of(figures);
    made->since_ns = since_ns;
    made->until_ns = INT64_MAX;
    made->offset_ns = vf_clock_since_1970_ns() - vf_clock_now_ns();
    made->tracks = calloc(figures->plan->task_count, sizeof(*made->tracks));
    made->is_seen = calloc(figures->plan->task_count, sizeof(*made->is_seen));
    if (!made->tracks || !made->is_seen)
        vf_otlp_spans_destroy(spans);
    return *spans ? VF_OK : -ENOMEM;
}

void vf_otlp_spans_destroy(struct vf_otlp_spans **spans)
{
    struct vf_otlp_spans *gone = *spans;
    if (!gone)
        return;
    for (size_t i = 0; i < FRAMES; i++)
        free(gone->frames[i].spans);
    free(gone->tracks);
    free(gone->is_seen);
    free(gone);
    *spans = NULL;
}

/* Returns the place of a frame; a new one takes that of the one that was quiet longest. */
static struct frame *frame_of(struct vf_otlp_spans *spans, uint64_t number, uint32_t stream)
{
    uint64_t set = ((number - 1) / spans->every + mix(0, stream)) % SETS;
    struct frame *frames = &spans->frames[set * WAYS], *oldest = frames;
    for (size_t i = 0; i < WAYS; i++) {
        if (frames[i].number == number && frames[i].stream == stream)
            return &frames[i];
        if (!frames[i].number || (oldest->number && frames[i].seen_ns < oldest->seen_ns))
            oldest = &frames[i];
    }
    oldest->number = number;
    oldest->stream = stream;
    oldest->timestamp_ns = VF_NO_TIMESTAMP;
    oldest->has_root = false;
    oldest->count = 0;
    return oldest;
}

static bool is_traced(const struct vf_otlp_spans *spans, uint64_t number, uint32_t stream)
{
    const struct vf_plan *plan = spans->figures->plan;
    unsigned producer = stream >> 8;
    return number && (number - 1) % spans->every == 0 && producer && producer <= plan->task_count &&
           plan->tasks[producer - 1].node->kind == VF_PRODUCER;
}

/* Returns whether there is room for one more span. */
static bool make_room(struct frame *frame)
{
    size_t room = frame->room ? frame->room * 2 : 8;
    if (frame->count < frame->room)
        return true;
    struct span *grown = room <= MOST_SPANS ? realloc(frame->spans, room * sizeof(*grown)) : NULL;
    if (!grown)
        return false;
    frame->spans = grown;
    frame->room = room;
    return true;
}

/* Notes a call of a task's node that belongs to the way of the message that `origin` tells of. */
static void add_span(struct vf_otlp_spans *spans, unsigned task,
                     const struct vf_trace_event *origin, const struct vf_trace_event *work,
                     int64_t now_ns)
{
    struct span span = {.task = task,
                        .begin_ns = work->begin_ns,
                        .end_ns = work->end_ns,
                        .is_taken = work->end_ns < spans->since_ns};
    if (!is_traced(spans, origin->number, origin->stream) || work->end_ns >= spans->until_ns ||
        work->end_ns < spans->since_ns - QUIET_NS) /* they are many, and nobody asks for them */
        return;
    struct frame *frame = frame_of(spans, origin->number, origin->stream);
    frame->seen_ns = now_ns;
    frame->has_root = frame->has_root || task == origin->stream >> 8;
    if (origin->timestamp_ns != VF_NO_TIMESTAMP)
        frame->timestamp_ns = origin->timestamp_ns;
    for (size_t i = 0; i < frame->count; i++)
        span.nth += frame->spans[i].task == task;
    if (make_room(frame))
        frame->spans[frame->count++] = span;
}

/* A producer's call is part of the way of what it sent; another's, of what it was given. */
static void add_event(struct vf_otlp_spans *spans, unsigned task,
                      const struct vf_trace_event *event, int64_t now_ns)
{
    struct track *track = &spans->tracks[task - 1];
    bool is_producer = spans->figures->plan->tasks[task - 1].node->kind == VF_PRODUCER;
    if (is_producer && event->kind == VF_TRACE_SEND && track->sent_count < MOST_SENT)
        track->sent[track->sent_count++] = *event;
    if (event->kind == VF_TRACE_BURST)
        track->sent_count = 0;
    if (event->kind != VF_TRACE_WORK)
        return;
    for (size_t i = 0; i < track->sent_count; i++)
        add_span(spans, task, &track->sent[i], event, now_ns);
    track->sent_count = 0;
    if (!is_producer && event->stream >> 8 != task) /* or it is of no frame: at the end */
        add_span(spans, task, event, event, now_ns);
}

void vf_otlp_spans_leave(struct vf_otlp_spans *spans, int64_t until_ns)
{
    spans->until_ns = until_ns;
    for (size_t i = 0; i < FRAMES; i++) {
        struct frame *frame = &spans->frames[i];
        for (size_t j = 0; j < frame->count; j++)
            frame->spans[j].is_taken |= frame->spans[j].end_ns >= until_ns;
    }
}

void vf_otlp_spans_read(struct vf_otlp_spans *spans, int64_t now_ns)
{
    const struct vf_plan *plan = spans->figures->plan;
    size_t count;
    for (size_t i = plan->task_count; i-- > 0;) {
        const struct vf_trace_ring *ring =
            vf_run_memory_trace(spans->figures->memory, (unsigned)i + 1);
        while ((count = vf_trace_read(ring, &spans->tracks[i].next, spans->events,
                                      EVENTS_AT_ONCE)) > 0) {
            for (size_t j = 0; j < count; j++)
                add_event(spans, (unsigned)i + 1, &spans->events[j], now_ns);
        }
    }
}

/* Finds the span of a task that began last before another did. */
static const struct span *span_before(const struct frame *frame, unsigned task, int64_t before_ns)
{
    const struct span *found = NULL;
    for (size_t i = 0; i < frame->count; i++) {
        const struct span *span = &frame->spans[i];
        if (span->task == task && span->begin_ns <= before_ns &&
            (!found || span->begin_ns > found->begin_ns))
            found = span;
    }
    return found;
}

/* Finds what the tasks before `task` have done with the frame: of several, what began last; beyond those
 * of which nothing is known, what the ones before them did. */
static const struct span *find_parent(struct vf_otlp_spans *spans, const struct frame *frame,
                                      unsigned task, int64_t before_ns, int depth)
{
    const struct vf_plan_task *planned = &spans->figures->plan->tasks[task - 1];
    const struct span *found = NULL;
    if (spans->is_seen[task - 1] || depth == DEEPEST)
        return NULL;
    spans->is_seen[task - 1] = true;
    for (size_t i = 0; i < planned->in_count; i++) {
        const struct span *span = span_before(frame, planned->in_edges[i]->sender, before_ns);
        if (span && (!found || span->begin_ns > found->begin_ns))
            found = span;
    }
    for (size_t i = 0; i < planned->in_count && !found; i++)
        found = find_parent(spans, frame, planned->in_edges[i]->sender, before_ns, depth + 1);
    return found;
}

static uint64_t span_id(const struct vf_otlp_spans *spans, const struct frame *frame,
                        const struct span *span)
{
    uint64_t id = mix(mix(spans->seed, frame->number), frame->stream);
    id = mix(id, (uint64_t)span->task << 32 | span->nth);
    return id ? id : 1; /* 0 is none */
}

/* Returns the id of what a span was made by; 0: nothing. What its producer did is told by another when
 * that is not over yet, or was long ago. */
static uint64_t parent_id(struct vf_otlp_spans *spans, const struct frame *frame,
                          const struct span *span)
{
    const struct span first = {.task = frame->stream >> 8};
    memset(spans->is_seen, 0, spans->figures->plan->task_count * sizeof(*spans->is_seen));
    const struct span *before = find_parent(spans, frame, span->task, span->begin_ns, 0);
    if (!before && span->task == first.task)
        return 0;
    return span_id(spans, frame, before ? before : &first);
}

static void print_id(char text[ID_SIZE], uint64_t id)
{
    snprintf(text, ID_SIZE, "%016" PRIx64, id);
}

/* "reader.video": where the numbers of frames come from. */
static json_t *origin_of(const struct vf_otlp_spans *spans, uint32_t stream)
{
    const struct vf_plan_task *producer = &spans->figures->plan->tasks[(stream >> 8) - 1];
    unsigned port = stream & 0xff;
    char *name =
        port < producer->node->outputs.count
            ? vf_text_format("%s.%s", producer->name, producer->node->outputs.items[port].name)
            : NULL;
    json_t *attribute = vf_otlp_text("vflow.frame.origin", name ? name : producer->name);
    free(name);
    return attribute;
}

static json_t *attributes_of(const struct vf_otlp_spans *spans, const struct frame *frame,
                             const struct vf_plan_task *task)
{
    json_t *attributes = json_pack("[o o o o]", vf_otlp_text("vflow.task", task->name),
                                   vf_otlp_text("vflow.node.type", task->node->name),
                                   vf_otlp_number("vflow.frame.number", frame->number),
                                   origin_of(spans, frame->stream));
    if (attributes && frame->timestamp_ns != VF_NO_TIMESTAMP)
        (void)json_array_append_new(
            attributes, json_pack("{ss s{sf}}", "key", "vflow.frame.timestamp", "value",
                                  "doubleValue", (double)frame->timestamp_ns / VF_NS_PER_S));
    return attributes;
}

static json_t *make_span(struct vf_otlp_spans *spans, const struct frame *frame,
                         const struct span *span)
{
    const struct vf_plan *plan = spans->figures->plan;
    const struct vf_plan_task *task = &plan->tasks[span->task - 1];
    char trace[2 * ID_SIZE], id[ID_SIZE], parent[ID_SIZE] = "";
    uint64_t before = parent_id(spans, frame, span);
    print_id(trace, mix(mix(spans->seed, 1), frame->stream));
    print_id(trace + ID_SIZE - 1, mix(mix(spans->seed, 2 + frame->number), frame->stream) | 1);
    print_id(id, span_id(spans, frame, span));
    if (before)
        print_id(parent, before);
    return json_pack("{ss ss ss* ss si so so so}", "traceId", trace, "spanId", id, "parentSpanId",
                     before ? parent : NULL, "name", task->name, "kind", INTERNAL,
                     "startTimeUnixNano",
                     vf_otlp_long((uint64_t)(span->begin_ns + spans->offset_ns)), "endTimeUnixNano",
                     vf_otlp_long((uint64_t)(span->end_ns + spans->offset_ns)), "attributes",
                     attributes_of(spans, frame, task));
}

/* Returns whether all spans of the frame have been taken, or there is no room for more of them. */
static bool take(struct vf_otlp_spans *spans, struct frame *frame, json_t *taken)
{
    for (size_t i = 0; i < frame->count; i++) {
        if (frame->spans[i].is_taken)
            continue;
        if (json_array_size(taken) >= MOST_AT_ONCE)
            return false;
        frame->spans[i].is_taken = true;
        (void)json_array_append_new(taken, make_span(spans, frame, &frame->spans[i]));
    }
    return true;
}

json_t *vf_otlp_spans_take(struct vf_otlp_spans *spans, int64_t now_ns, bool all)
{
    json_t *taken = json_array();
    bool has_room = taken != NULL;
    for (size_t i = 0; i < FRAMES && has_room; i++) {
        struct frame *frame = &spans->frames[i];
        int64_t quiet_ns = frame->has_root ? QUIET_NS : ROOTLESS_QUIET_NS;
        if (frame->number && (all || now_ns - frame->seen_ns >= quiet_ns))
            has_room = take(spans, frame, taken);
    }
    if (json_array_size(taken))
        return taken;
    json_decref(taken);
    return NULL;
}
