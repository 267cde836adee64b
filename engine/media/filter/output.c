/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <libavutil/frame.h>
#include <libavutil/mathematics.h>
#include <string.h>

#include "engine/media/filter/run_inside.h"
#include "engine/media/libav/frame.h"
#include "engine/media/libav/payload_buffer.h"

/* What a node emits has the numbers of its first input, and never one below what that was told to
 * have passed. */
static void set_origin(const struct vf_filter_run *filters, struct vf_message *message)
{
    struct vf_description *description = &message->description;
    const struct vf_description *leader = &filters->leader;
    if (filters->plan.is_steady && filters->answered) {
        vf_message_follow(message, filters->answered);
        return;
    }
    description->origin = leader->origin;
    description->event_time_ns = leader->event_time_ns;
    memcpy(description->source, leader->source, sizeof(description->source));
    if (!filters->answered && leader->version)
        description->origin.number++;
}

/* Learns from what came out of a frame how the next one is best lent. */
static void learn(struct vf_filter_run *filters, const AVFrame *frame, bool is_shared)
{
    const struct vf_filter_form *form = &filters->lanes[0].form;
    bool is_alike = frame->format == form->format && frame->width == form->width &&
                    frame->height == form->height;
    if (filters->lending == LEND_READ_ONLY)
        filters->lending = is_shared || !is_alike ? LEND_READ_ONLY_FOR_GOOD : LEND_COPY_TO_TRY;
    else if (filters->lending == LEND_COPY_TO_TRY)
        filters->lending = is_shared ? LEND_COPY : LEND_READ_ONLY_FOR_GOOD;
}

static bool is_in_payload(const AVFrame *frame)
{
    struct vf_payload *payload = frame->buf[0] ? vf_payload_buffer_find(frame->buf[0]) : NULL;
    bool is_found = payload != NULL;
    vf_payload_drop(&payload);
    return is_found;
}

static bool is_behind_lead(const struct vf_filter_run *filters, const AVFrame *frame)
{
    const struct vf_filter_lane *lead = &filters->lanes[0];
    AVRational time_base = {lead->form.time_base.num, lead->form.time_base.den};
    return filters->plan.is_led && lead->has_ended && lead->has_form &&
           av_compare_ts(frame->pts, frame->time_base, lead->latest, time_base) > 0;
}

static int emit(struct vf_filter_run *filters, struct vf_node_run *run, unsigned output,
                AVFrame *frame)
{
    struct vf_message *message = NULL;
    if (is_behind_lead(filters, frame))
        return VF_END;
    if (!vf_node_is_read(run, output))
        return VF_OK;
    if (filters->plan.is_steady && vf_filter_graph_output_count(filters->graph) == 1)
        learn(filters, frame, is_in_payload(frame));
    struct vf_filter_form form = vf_filter_graph_output(filters->graph, output);
    int err = vf_media_frame_to_message(run, frame, form.frame_rate, &message);
    if (!err)
        set_origin(filters, message);
    return vf_node_emit_made(run, output, err, &message);
}

/* Receives from one output what there is. Returns -EAGAIN or VF_END in front of the next. */
static int empty_output(struct vf_filter_run *filters, struct vf_node_run *run, unsigned output,
                        bool *has_some)
{
    AVFrame *frame = av_frame_alloc();
    int err = frame ? VF_OK : -ENOMEM;
    bool is_ended = false;
    while (!err) {
        err = vf_filter_graph_receive(filters->graph, output, frame);
        is_ended = err == VF_END;
        if (err)
            break;
        *has_some = true;
        err = emit(filters, run, output, frame);
        av_frame_unref(frame);
    }
    av_frame_free(&frame);
    /* The end of the flow is another matter than that of an output. */
    return err == VF_END && !is_ended ? -ECANCELED : err;
}

int vf_filter_run_empty(struct vf_filter_run *filters, struct vf_node_run *run)
{
    unsigned count = vf_filter_graph_output_count(filters->graph), ended;
    bool has_some;
    do {
        ended = 0;
        has_some = false;
        for (unsigned i = 0; i < count; i++) {
            int err = empty_output(filters, run, i, &has_some);
            if (err < 0 && err != -EAGAIN)
                return err;
            ended += err == VF_END;
        }
    } while (has_some && count > 1); /* one output may have made something for another */
    return ended == count ? VF_END : VF_OK;
}
