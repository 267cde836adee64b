/* SPDX-License-Identifier: MIT */
#include "engine/media/read/timeline.h"

#include <stdlib.h>

#include "engine/media/read/open/stream_choice.h"

#define US_PER_S ((int64_t)1000000)
#define FAR_ON (10 * US_PER_S)
#define FAR_BACK (US_PER_S / 10)
#define FAR_ON_IN_OTHERS (108000 * US_PER_S) /* 30 h */
#define FAR_BACK_IN_OTHERS (10 * US_PER_S)

/* Returns whether a packet at `time`, as placed, goes on with its stream. */
static bool goes_on(const struct vf_timeline *timeline, const struct vf_timeline_stream *stream,
                    int64_t time)
{
    int64_t on = timeline->may_jump ? FAR_ON : FAR_ON_IN_OTHERS;
    int64_t back = timeline->may_jump ? FAR_BACK : FAR_BACK_IN_OTHERS;
    return time - stream->next <= on && time >= stream->last - back;
}

/* As the first packet of a stream has none before it, it is compared with the other streams. */
static void begin(struct vf_timeline *timeline, struct vf_timeline_stream *stream, int64_t time)
{
    stream->is_begun = true;
    stream->offset = timeline->offset;
    stream->last = stream->next =
        timeline->is_begun && timeline->may_jump ? timeline->reached : time + stream->offset;
    /* Of two streams, one may begin before the other. */
    stream->last -= FAR_ON;
}

/* Returns where a new part begins: no stream of the one before is to go on beside it. */
static int64_t end_of_part(const struct vf_timeline *timeline,
                           const struct vf_timeline_stream *first)
{
    int64_t end = first->next;
    for (unsigned kind = 0; kind < VF_STREAM_COUNT; kind++) {
        const struct vf_timeline_stream *stream = &timeline->streams[kind];
        bool is_beside = vf_stream_base(kind) != VF_STREAM_SUBTITLES && stream->is_begun &&
                         stream->offset == first->offset && stream->next - end < FAR_ON;
        if (is_beside && stream->next > end)
            end = stream->next;
    }
    return end;
}

/* Finds the part that a packet belongs to which does not go on with the last of its stream. */
static void change_over(struct vf_timeline *timeline, struct vf_timeline_stream *stream,
                        int64_t time)
{
    bool fits_latest = stream->offset != timeline->offset &&
                       llabs(time + timeline->offset - stream->next) <= FAR_ON;
    if (!fits_latest) {
        timeline->offset = end_of_part(timeline, stream) - time;
        timeline->jumps++;
    }
    stream->offset = timeline->offset;
}

/* Subtitles are few, and may lie apart: one is of the part that is nearest. */
static int64_t place_subtitle(struct vf_timeline *timeline, struct vf_timeline_stream *stream,
                              int64_t time)
{
    int64_t before = llabs(time + stream->offset - timeline->reached);
    int64_t latest = llabs(time + timeline->offset - timeline->reached);
    if (latest < before)
        stream->offset = timeline->offset;
    return stream->offset;
}

void vf_timeline_go_on(struct vf_timeline *timeline, int64_t at)
{
    timeline->offset = at;
    for (unsigned kind = 0; kind < VF_STREAM_COUNT; kind++)
        timeline->streams[kind].offset = at;
}

int64_t vf_timeline_place(struct vf_timeline *timeline, enum vf_stream kind, int64_t time,
                          int64_t duration)
{
    struct vf_timeline_stream *stream = &timeline->streams[kind];
    if (vf_stream_base(kind) == VF_STREAM_SUBTITLES)
        return place_subtitle(timeline, stream, time);
    if (!stream->is_begun)
        begin(timeline, stream, time);
    if (!goes_on(timeline, stream, time + stream->offset))
        change_over(timeline, stream, time);
    stream->last = time + stream->offset;
    stream->next = stream->last + (duration > 0 ? duration : 0);
    timeline->reached = stream->next;
    timeline->is_begun = true;
    return stream->offset;
}

int64_t vf_timeline_offset(const struct vf_timeline *timeline, enum vf_stream kind)
{
    return timeline->streams[kind].offset;
}
