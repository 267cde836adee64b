/* SPDX-License-Identifier: MIT */
#include "engine/media/sound/sound_line.h"

#include <errno.h>
#include <libavutil/audio_fifo.h>
#include <libavutil/frame.h>
#include <libavutil/mathematics.h>
#include <libswresample/swresample.h>
#include <stdlib.h>

#define TOLERANCE 20      /* parts of a second */
#define MAX_STEP_S 3600   /* a longer one is a clock that was set */
#define SILENCE_SIZE 4096 /* samples at once */

static int make_frame(const struct vf_sound_line *line, int count, AVFrame **made)
{
    AVFrame *frame = *made = av_frame_alloc();
    if (!frame)
        return AVERROR(ENOMEM);
    frame->format = line->format;
    frame->sample_rate = line->rate;
    frame->nb_samples = count;
    int code = av_channel_layout_copy(&frame->ch_layout, &line->layout);
    if (code >= 0)
        code = av_frame_get_buffer(frame, 0);
    if (code < 0)
        av_frame_free(made);
    return code;
}

static int add_silence(struct vf_sound_line *line, int64_t count)
{
    AVFrame *silence;
    int code = make_frame(line, SILENCE_SIZE, &silence);
    if (code < 0)
        return code;
    av_samples_set_silence(silence->extended_data, 0, SILENCE_SIZE, line->layout.nb_channels,
                           line->format);
    while (code >= 0 && count > 0) {
        int part = count < SILENCE_SIZE ? (int)count : SILENCE_SIZE;
        code = av_audio_fifo_write(line->samples, (void **)silence->extended_data, part);
        count -= part;
    }
    av_frame_free(&silence);
    return code;
}

/* Adds `count` samples, but those that overlap. Changes the pointers of `samples`. */
static int add_samples(struct vf_sound_line *line, AVFrame *samples, int count)
{
    int skipped = line->overlap < count ? (int)line->overlap : count;
    bool is_planar = av_sample_fmt_is_planar(line->format);
    int planes = is_planar ? line->layout.nb_channels : 1;
    int size = av_get_bytes_per_sample(line->format) * (is_planar ? 1 : line->layout.nb_channels);
    for (int i = 0; i < planes; i++)
        samples->extended_data[i] += (ptrdiff_t)skipped * size;
    line->overlap -= skipped;
    return av_audio_fifo_write(line->samples, (void **)samples->extended_data, count - skipped);
}

/* Adds what the resampler makes of `frame`; NULL: of what it holds. */
static int resample(struct vf_sound_line *line, const AVFrame *frame)
{
    int count = frame ? frame->nb_samples : 0;
    int room = swr_get_out_samples(line->resampler, count);
    AVFrame *out = NULL;
    if (room <= 0)
        return room;
    int code = make_frame(line, room, &out);
    if (code < 0)
        return code;
    const uint8_t **from = frame ? (const uint8_t **)(uintptr_t)frame->extended_data : NULL;
    code = swr_convert(line->resampler, out->extended_data, room, from, count);
    if (code > 0)
        code = add_samples(line, out, code);
    av_frame_free(&out);
    return code < 0 ? code : 0;
}

static bool is_like_last(const struct vf_sound_line *line, const AVFrame *frame)
{
    return line->resampler && line->source_format == frame->format &&
           line->source_rate == frame->sample_rate &&
           av_channel_layout_compare(&line->source_layout, &frame->ch_layout) == 0;
}

static int prepare_resampler(struct vf_sound_line *line, const AVFrame *frame)
{
    if (is_like_last(line, frame))
        return 0;
    int code = line->resampler ? resample(line, NULL) : 0;
    swr_free(&line->resampler);
    if (code >= 0)
        code = av_channel_layout_copy(&line->source_layout, &frame->ch_layout);
    line->source_format = frame->format;
    line->source_rate = frame->sample_rate;
    if (code >= 0)
        code =
            swr_alloc_set_opts2(&line->resampler, &line->layout, line->format, line->rate,
                                &line->source_layout, frame->format, frame->sample_rate, 0, NULL);
    return code < 0 ? code : swr_init(line->resampler);
}

static int prepare_samples(struct vf_sound_line *line)
{
    if (!line->samples)
        line->samples = av_audio_fifo_alloc(line->format, line->layout.nb_channels, 1);
    return line->samples ? 0 : AVERROR(ENOMEM);
}

/* Makes room for a frame where its timestamp says: silence for what is missing, or an overlap. */
static int make_place(struct vf_sound_line *line, const AVFrame *frame)
{
    if (frame->pts == AV_NOPTS_VALUE || frame->time_base.num <= 0)
        return 0;
    int64_t start = av_rescale_q(frame->pts, frame->time_base, (AVRational){1, line->rate});
    if (!line->is_begun)
        line->taken = start;
    int64_t end = line->taken + av_audio_fifo_size(line->samples) +
                  swr_get_delay(line->resampler, line->rate);
    int64_t step = start - (end - line->overlap); /* from where the frame would come by itself */
    if (llabs(step) < line->rate / TOLERANCE || llabs(step) > (int64_t)MAX_STEP_S * line->rate)
        return 0;
    line->overlap = start < end ? end - start : 0;
    if (start > end && line->may_jump && !av_audio_fifo_size(line->samples)) {
        line->taken += start - end;
        return 0;
    }
    return start > end ? add_silence(line, start - end) : 0;
}

int vf_sound_line_add(struct vf_sound_line *line, AVFrame *frame)
{
    if (frame->ch_layout.order == AV_CHANNEL_ORDER_UNSPEC)
        av_channel_layout_default(&frame->ch_layout, frame->ch_layout.nb_channels);
    int code = prepare_samples(line);
    if (code >= 0)
        code = prepare_resampler(line, frame);
    if (code >= 0)
        code = make_place(line, frame);
    if (code < 0)
        return code;
    line->is_begun = true;
    return resample(line, frame);
}

int vf_sound_line_end(struct vf_sound_line *line)
{
    return line->resampler ? resample(line, NULL) : 0;
}

int vf_sound_line_count(const struct vf_sound_line *line)
{
    return line->samples ? av_audio_fifo_size(line->samples) : 0;
}

int vf_sound_line_take(struct vf_sound_line *line, int count, AVFrame **frame)
{
    int there = vf_sound_line_count(line);
    int code = make_frame(line, count < there ? count : there, frame);
    if (code < 0)
        return code;
    (*frame)->pts = line->taken;
    (*frame)->time_base = (AVRational){1, line->rate};
    code =
        av_audio_fifo_read(line->samples, (void **)(*frame)->extended_data, (*frame)->nb_samples);
    line->taken += (*frame)->nb_samples;
    if (code < 0)
        av_frame_free(frame);
    return code < 0 ? code : 0;
}

void vf_sound_line_finish(struct vf_sound_line *line)
{
    swr_free(&line->resampler);
    av_audio_fifo_free(line->samples);
    line->samples = NULL;
    av_channel_layout_uninit(&line->layout);
    av_channel_layout_uninit(&line->source_layout);
}
