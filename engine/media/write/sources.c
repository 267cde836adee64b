/* SPDX-License-Identifier: MIT */
#include "engine/media/write/sources.h"

#include <string.h>

#include "engine/media/codec/packet.h"

static int create(struct vf_output_sources *sources, uint64_t id)
{
    struct vf_output_source *now = &sources->now;
    memset(now->has_come, 0, sizeof(now->has_come));
    now->id = id;
    return vf_output_create(&now->output, &sources->order);
}

int vf_output_sources_open(struct vf_output_sources *sources)
{
    return sources->order.is_series ? VF_OK : create(sources, 0);
}

static int end_output(struct vf_output **output, bool is_complete)
{
    int err = *output ? vf_output_end(*output, is_complete) : VF_OK;
    vf_output_destroy(output);
    return err;
}

/* The output before ends when nothing of it can come any more. */
static int end_before(struct vf_output_sources *sources, bool is_certain)
{
    bool is_sound_over = !sources->order.has_sound || sources->now.has_come[VF_MUXER_AUDIO];
    if (!is_certain && !(sources->now.has_come[VF_MUXER_VIDEO] && is_sound_over))
        return VF_OK;
    return end_output(&sources->before.output, true);
}

static int begin_source(struct vf_output_sources *sources, uint64_t id)
{
    int err = end_before(sources, true);
    if (err)
        return err;
    sources->before = sources->now;
    sources->now.output = NULL;
    return create(sources, id);
}

static bool is_of(const struct vf_output_source *source, uint64_t id)
{
    return source->output && source->id == id;
}

/* Finds the output that a message belongs to, or begins one. That a source has no sound may be said
 * without its name. */
static int find_output(struct vf_output_sources *sources, const struct vf_message *message,
                       struct vf_output_source **found)
{
    uint64_t id = message->description.source_id;
    int err = VF_OK;
    *found = &sources->now;
    if (sources->now.output && (!sources->is_by_source || !id || is_of(&sources->now, id)))
        return VF_OK;
    if (is_of(&sources->before, id))
        *found = &sources->before;
    else
        err = begin_source(sources, id);
    return err;
}

static int take(struct vf_output_source *source, enum vf_muxer_track track,
                const struct vf_message *message)
{
    switch (track) {
    case VF_MUXER_VIDEO:
        return vf_output_take_frame(source->output, message);
    case VF_MUXER_AUDIO:
        return vf_output_take_sound(source->output, message);
    case VF_MUXER_SUBTITLES:
    case VF_MUXER_TRACKS:
    default:
        return vf_output_take_subtitle(source->output, message);
    }
}

int vf_output_sources_take(struct vf_output_sources *sources, enum vf_muxer_track track,
                           const struct vf_message *message)
{
    struct vf_output_source *source = NULL;
    /* What a source to come has belongs to a file that has not begun. */
    if (sources->is_by_source && !*message->description.source &&
        vf_media_packet_is_announcement(message))
        return VF_OK;
    int err = find_output(sources, message, &source);
    if (!err) {
        source->has_come[track] = true;
        sources->has_come = sources->has_come || track == VF_MUXER_VIDEO;
        err = take(source, track, message);
    }
    if (!err && source == &sources->now && track == VF_MUXER_VIDEO && sources->before.output)
        err = vf_output_end_video(sources->before.output);
    if (!err && sources->before.output)
        err = end_before(sources, false);
    sources->has_failed = sources->has_failed || err;
    return err;
}

int vf_output_sources_end_track(struct vf_output_sources *sources, enum vf_muxer_track track)
{
    int err = VF_OK;
    if (track == VF_MUXER_AUDIO)
        sources->order.has_sound = false;
    else
        sources->order.has_subtitles = false;
    if (sources->before.output)
        err = end_before(sources, false);
    if (!err && sources->now.output)
        err = vf_output_end_track(sources->now.output, track);
    sources->has_failed = sources->has_failed || err;
    return err;
}

int vf_output_sources_end(struct vf_output_sources *sources, bool is_complete)
{
    int err = end_output(&sources->before.output, is_complete && !sources->has_failed);
    int now_err = end_output(&sources->now.output, is_complete && !sources->has_failed && !err);
    sources->has_failed = sources->has_failed || err || now_err;
    return err ? err : now_err;
}

void vf_output_sources_finish(struct vf_output_sources *sources)
{
    vf_output_destroy(&sources->before.output);
    vf_output_destroy(&sources->now.output);
}
