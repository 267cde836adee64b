/* SPDX-License-Identifier: MIT */
#include "engine/edge/page/trace.h"

#define PART_EVENTS (VF_TRACE_EVENTS / VF_TRACE_PARTS)
#define PART_NS (VF_TRACE_SPAN_NS / VF_TRACE_PARTS)
/* Of an event's first word: kind, place, and the 32 bits that differ by kind. */
#define PLACE_SHIFT 8
#define PLACE_MASK 0xffffffU
#define HIGH_SHIFT 32

void vf_trace_begin(struct vf_trace *trace, struct vf_trace_ring *ring, int64_t now_ns)
{
    *trace = (struct vf_trace){.ring = ring, .part_ns = now_ns};
}

/* A part that filled up in less than its share of the span is followed by one of bursts. */
static void begin_part(struct vf_trace *trace, int64_t now_ns)
{
    trace->is_coarse = now_ns - trace->part_ns < PART_NS;
    trace->part_ns = now_ns;
}

static void write_event(struct vf_trace *trace, const struct vf_trace_event *event)
{
    struct vf_trace_ring *ring = trace->ring;
    uint64_t written = atomic_load_explicit(&ring->written, memory_order_relaxed);
    _Atomic uint64_t *words = ring->words[written % VF_TRACE_EVENTS];
    bool is_burst = event->kind == VF_TRACE_BURST, is_sent = event->kind == VF_TRACE_SEND;
    uint64_t place = is_burst ? event->count : event->place;
    uint64_t high = is_burst ? event->busy_ns : event->stream;
    if (place > PLACE_MASK)
        place = PLACE_MASK;
    atomic_store_explicit(&words[0],
                          (uint64_t)event->kind | place << PLACE_SHIFT | high << HIGH_SHIFT,
                          memory_order_relaxed);
    atomic_store_explicit(&words[1], (uint64_t)event->begin_ns, memory_order_relaxed);
    atomic_store_explicit(&words[2], (uint64_t)(is_sent ? event->timestamp_ns : event->end_ns),
                          memory_order_relaxed);
    atomic_store_explicit(&words[3], event->number, memory_order_relaxed);
    atomic_store_explicit(&ring->written, written + 1, memory_order_release);
    if ((written + 1) % PART_EVENTS == 0)
        begin_part(trace, event->end_ns);
}

void vf_trace_flush(struct vf_trace *trace)
{
    if (!trace || trace->burst.kind != VF_TRACE_BURST)
        return;
    struct vf_trace_event burst = trace->burst;
    trace->burst = (struct vf_trace_event){0};
    write_event(trace, &burst);
}

void vf_trace_add_to_burst(struct vf_trace *trace, int64_t begin_ns, int64_t end_ns,
                           uint64_t number)
{
    struct vf_trace_event *burst = &trace->burst;
    if (burst->kind == VF_TRACE_NONE)
        *burst = (struct vf_trace_event){.kind = VF_TRACE_BURST, .begin_ns = begin_ns};
    burst->end_ns = end_ns;
    burst->count++;
    burst->busy_ns += (uint32_t)(end_ns - begin_ns);
    burst->number = number;
    if (end_ns - burst->begin_ns >= VF_TRACE_GRAIN_NS)
        vf_trace_flush(trace);
}

void vf_trace_add(struct vf_trace *trace, const struct vf_trace_event *event)
{
    if (!trace || !trace->ring)
        return;
    vf_trace_flush(trace);
    write_event(trace, event);
}

/* Returns whether the words make an event. */
static bool unpack(const uint64_t words[4], struct vf_trace_event *event)
{
    uint64_t kind = words[0] & 0xff, place = words[0] >> PLACE_SHIFT & PLACE_MASK;
    uint32_t high = (uint32_t)(words[0] >> HIGH_SHIFT);
    bool is_burst = kind == VF_TRACE_BURST, is_sent = kind == VF_TRACE_SEND;
    if (kind == VF_TRACE_NONE || kind >= VF_TRACE_KINDS)
        return false;
    *event = (struct vf_trace_event){
        .kind = (enum vf_trace_kind)kind,
        .place = is_burst ? 0 : (unsigned)place,
        .begin_ns = (int64_t)words[1],
        .end_ns = (int64_t)words[is_sent ? 1 : 2],
        .timestamp_ns = is_sent ? (int64_t)words[2] : VF_NO_TIMESTAMP,
        .number = words[3],
        .stream = is_burst ? 0 : high,
        .count = is_burst ? (uint32_t)place : 0,
        .busy_ns = is_burst ? high : 0,
    };
    return event->begin_ns >= 0 && event->end_ns >= event->begin_ns;
}

/* Returns the oldest event that is not being overwritten. */
static uint64_t oldest(uint64_t written)
{
    return written < VF_TRACE_EVENTS ? 0 : written - VF_TRACE_EVENTS + 1;
}

size_t vf_trace_read(const struct vf_trace_ring *ring, uint64_t *next,
                     struct vf_trace_event *events, size_t capacity)
{
    uint64_t words[4];
    size_t count = 0;
    uint64_t written = atomic_load_explicit(&ring->written, memory_order_acquire);
    if (*next < oldest(written) || *next > written)
        *next = oldest(written);
    for (; count < capacity && *next < written; ++*next) {
        for (size_t i = 0; i < 4; i++)
            words[i] = atomic_load_explicit(&ring->words[*next % VF_TRACE_EVENTS][i],
                                            memory_order_relaxed);
        atomic_thread_fence(memory_order_acquire);
        uint64_t now = atomic_load_explicit(&ring->written, memory_order_relaxed);
        if (*next >= oldest(now) && unpack(words, &events[count]))
            count++;
    }
    return count;
}
