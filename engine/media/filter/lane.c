/* SPDX-License-Identifier: MIT */
#include "engine/media/filter/lane.h"

#include <errno.h>
#include <libavutil/avutil.h>
#include <libavutil/frame.h>
#include <libavutil/mathematics.h>
#include <stdlib.h>
#include <string.h>

#include "engine/media/libav/compat.h"

void vf_filter_lane_drop_waiting(struct vf_filter_lane *lane)
{
    for (size_t i = 0; i < lane->waiting_count; i++)
        av_frame_free(&lane->waiting[i]);
    free(lane->waiting);
    lane->waiting = NULL;
    lane->waiting_count = 0;
}

void vf_filter_lane_finish(struct vf_filter_lane *lane)
{
    vf_filter_lane_drop_waiting(lane);
    av_frame_free(&lane->last);
}

int vf_filter_lane_wait(struct vf_filter_lane *lane, AVFrame **frame)
{
    AVFrame **waiting = realloc(lane->waiting, (lane->waiting_count + 1) * sizeof(*lane->waiting));
    if (!waiting)
        return -ENOMEM;
    lane->waiting = waiting;
    waiting[lane->waiting_count++] = *frame;
    *frame = NULL;
    return VF_OK;
}

static struct vf_filter_form sound_form_of(const AVFrame *frame, AVRational time_base)
{
    struct vf_filter_form form = {
        .format = frame->format,
        .time_base = {time_base.num, time_base.den},
        .sample_rate = frame->sample_rate,
        .channels = frame->ch_layout.nb_channels,
    };
    if (av_channel_layout_describe(&frame->ch_layout, form.layout, sizeof(form.layout)) < 0)
        form.layout[0] = '\0';
    return form;
}

struct vf_filter_form vf_filter_form_of(const AVFrame *frame, struct vf_rational frame_rate)
{
    bool is_timed = frame->time_base.num > 0 && frame->time_base.den > 0;
    AVRational time_base = is_timed ? frame->time_base : AV_TIME_BASE_Q;
    if (frame->sample_rate)
        return sound_form_of(frame, time_base);
    return (struct vf_filter_form){
        .format = frame->format,
        .width = frame->width,
        .height = frame->height,
        .colour_range = (int)frame->color_range,
        .colour_matrix = (int)frame->colorspace,
        .time_base = {time_base.num, time_base.den},
        .frame_rate = frame_rate,
        .sample_aspect_ratio = {frame->sample_aspect_ratio.num, frame->sample_aspect_ratio.den},
    };
}

bool vf_filter_form_fits(const struct vf_filter_form *a, const struct vf_filter_form *b)
{
    return a->format == b->format && a->width == b->width && a->height == b->height &&
           a->colour_range == b->colour_range && a->colour_matrix == b->colour_matrix &&
           a->sample_rate == b->sample_rate && a->channels == b->channels &&
           strcmp(a->layout, b->layout) == 0;
}

void vf_filter_lane_set_times(struct vf_filter_lane *lane, AVFrame *frame,
                              struct vf_rational time_base)
{
    AVRational from = {time_base.num, time_base.den};
    AVRational to = {lane->form.time_base.num, lane->form.time_base.den};
    int64_t duration = vf_compat_frame_duration(frame);
    if (av_cmp_q(from, to) != 0 && frame->pts != AV_NOPTS_VALUE) {
        frame->pts = av_rescale_q(frame->pts, from, to);
        duration = av_rescale_q(duration, from, to);
        vf_compat_set_frame_duration(frame, duration);
    }
    frame->time_base = to;
    if (frame->pts == AV_NOPTS_VALUE)
        return;
    lane->latest = frame->pts;
    lane->end = frame->pts + duration;
}
