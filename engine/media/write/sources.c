/* SPDX-License-Identifier: MIT */
#include "engine/media/write/sources.h"

#include <string.h>

#include "engine/media/codec/announcement.h"

static int create(struct vf_output_sources *sources, uint64_t id)
{
    struct vf_output_source *now = &sources->now;
    memset(now->has_come, 0, sizeof(now->has_come));
    now->id = id;
    return vf_output_create(&now->output, &sources->order);
}

int vf_output_sources_open(struct vf_output_sources *sources)
{
    sources->order.inputs = sources->inputs;
    return sources->order.is_series ? VF_OK : create(sources, 0);
}

static int end_output(struct vf_output **output, bool is_complete)
{
    int err = *output ? vf_output_end(*output, is_complete) : VF_OK;
    vf_output_destroy(output);
    return err;
}

/* Returns whether the new source has sent of all inputs that keep a file waiting. */
static bool is_past(const struct vf_output_sources *sources)
{
    for (unsigned i = 0; i < sources->order.input_count; i++) {
        const struct vf_output_input *input = &sources->inputs[i];
        if (input->is_expected && input->kind != VF_TRACK_SUBTITLES && !sources->now.has_come[i])
            return false;
    }
    return true;
}

/* The output before ends when nothing of it can come any more. */
static int end_before(struct vf_output_sources *sources, bool is_certain)
{
    return is_certain || is_past(sources) ? end_output(&sources->before.output, true) : VF_OK;
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

static bool has_video(const struct vf_output_sources *sources)
{
    return sources->inputs[0].kind == VF_TRACK_VIDEO && sources->inputs[0].is_expected;
}

/* Returns whether a file is made of such a message: a frame, or, where there are none to come, a
 * packet. */
static bool makes_file(const struct vf_output_sources *sources, unsigned input,
                       const struct vf_message *message)
{
    if (has_video(sources))
        return sources->inputs[input].kind == VF_TRACK_VIDEO;
    return sources->inputs[input].is_expected && vf_media_has_content(message);
}

int vf_output_sources_take(struct vf_output_sources *sources, unsigned input,
                           const struct vf_message *message)
{
    struct vf_output_source *source = NULL;
    /* What a source to come has belongs to a file that has not begun. */
    if (sources->is_by_source && !*message->description.source && vf_media_is_announcement(message))
        return VF_OK;
    int err = find_output(sources, message, &source);
    if (!err) {
        source->has_come[input] = true;
        sources->has_come = sources->has_come || makes_file(sources, input, message);
        err = vf_output_take(source->output, input, message);
    }
    bool is_next = source == &sources->now && sources->inputs[input].kind == VF_TRACK_VIDEO;
    if (!err && is_next && sources->before.output)
        err = vf_output_end_input(sources->before.output, input);
    if (!err && sources->before.output)
        err = end_before(sources, false);
    sources->has_failed = sources->has_failed || err;
    return err;
}

int vf_output_sources_end_input(struct vf_output_sources *sources, unsigned input)
{
    int err = VF_OK;
    sources->inputs[input].is_expected = false;
    if (sources->before.output)
        err = end_before(sources, false);
    if (!err && sources->now.output)
        err = vf_output_end_input(sources->now.output, input);
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
