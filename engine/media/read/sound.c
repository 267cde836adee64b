/* SPDX-License-Identifier: MIT */
#include "engine/media/read/sound.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/mathematics.h>
#include <stdlib.h>

#include "engine/media/codec/sound_decoder.h"
#include "engine/media/codec/sound_succession.h"
#include "engine/media/facts/frame_facts.h"
#include "engine/media/libav/compat.h"
#include "engine/media/libav/sound.h"
#include "engine/media/read/output.h"
#include "engine/media/read/place.h"
#include "engine/node/node.h"

struct vf_reading_sound {
    struct vf_sound_decoder *decoder;
    struct vf_sound_range range;
    AVRational base; /* of the timestamps that are given out */
    int64_t end;     /* of the last frame; AV_NOPTS_VALUE: there was none */
};

/* Gives the frame a timestamp that counts samples. One that differs from the end of the last frame
 * by a tick of its container is that end, rounded. */
static void count_samples(struct vf_reading_sound *sound, AVFrame *frame)
{
    AVRational base = {1, frame->sample_rate};
    int64_t tick = av_rescale_q_rnd(1, frame->time_base, base, AV_ROUND_UP);
    if (av_cmp_q(base, sound->base) != 0)
        sound->end = AV_NOPTS_VALUE;
    sound->base = base;
    if (frame->pts != AV_NOPTS_VALUE)
        frame->pts = av_rescale_q(frame->pts, frame->time_base, base);
    if (sound->end != AV_NOPTS_VALUE &&
        (frame->pts == AV_NOPTS_VALUE || llabs(frame->pts - sound->end) <= tick))
        frame->pts = sound->end;
    frame->time_base = base;
    if (frame->pts != AV_NOPTS_VALUE)
        sound->end = frame->pts + frame->nb_samples;
}

static int64_t samples_at(int64_t time_us, const AVFrame *frame)
{
    return av_rescale_q(time_us, AV_TIME_BASE_Q, frame->time_base);
}

/* Leaves out what is outside of the range. */
static void trim(const struct vf_sound_range *range, AVFrame *frame)
{
    int64_t begin = frame->pts, end = frame->pts + frame->nb_samples;
    if (frame->pts == AV_NOPTS_VALUE)
        return;
    if (range->start_us != INT64_MIN && begin < samples_at(range->start_us, frame))
        begin = samples_at(range->start_us, frame);
    if (range->limit_us != INT64_MAX && end > samples_at(range->limit_us, frame))
        end = samples_at(range->limit_us, frame);
    bool is_planar = av_sample_fmt_is_planar(frame->format);
    int planes = is_planar ? frame->ch_layout.nb_channels : 1;
    ptrdiff_t step =
        av_get_bytes_per_sample(frame->format) * (is_planar ? 1 : frame->ch_layout.nb_channels);
    for (int i = 0; begin < end && i < planes; i++)
        frame->extended_data[i] += (ptrdiff_t)(begin - frame->pts) * step;
    frame->pts = begin;
    frame->nb_samples = end > begin ? (int)(end - begin) : 0;
}

static int send(const struct vf_sound_range *range, AVFrame *frame)
{
    struct vf_message *message = NULL;
    struct vf_reading_output *output = range->output;
    int err =
        vf_frame_facts_attach(frame, vf_source_facts_next(&output->facts, VF_STREAM_AUDIO_FRAMES));
    if (!err)
        err = vf_media_sound_to_message(output->run, frame, &message);
    if (err == VF_DROPPED)
        return vf_node_drop(output->run, VF_STREAM_AUDIO_FRAMES);
    output->facts.is_first_sent[VF_STREAM_AUDIO_FRAMES] = true;
    return err ? err : vf_reading_output_emit(output, VF_STREAM_AUDIO_FRAMES, &message);
}

/* In another process a timestamp may have been rounded by some samples more or less. */
static bool has_been_made(struct vf_reading_place *place, const AVFrame *frame)
{
    int64_t middle =
        frame->pts == AV_NOPTS_VALUE ? VF_NO_TIMESTAMP : frame->pts - frame->nb_samples / 2;
    return vf_reading_place_has_sound(place, middle);
}

static int take(void *context, AVFrame *frame)
{
    struct vf_reading_sound *sound = context;
    if (frame->sample_rate <= 0 || frame->time_base.num <= 0)
        return VF_OK;
    count_samples(sound, frame);
    trim(&sound->range, frame);
    vf_compat_set_frame_duration(frame, frame->nb_samples);
    return !frame->nb_samples || has_been_made(sound->range.place, frame)
               ? VF_OK
               : send(&sound->range, frame);
}

int vf_reading_sound_create(struct vf_reading_sound **sound, const struct vf_sound_range *range)
{
    struct vf_reading_sound *made = *sound = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    const struct vf_sound_sink sink = {made, take};
    made->end = AV_NOPTS_VALUE;
    int err = vf_sound_decoder_create(&made->decoder, range->output->run, &sink);
    if (err)
        vf_reading_sound_destroy(sound);
    return err;
}

void vf_reading_sound_destroy(struct vf_reading_sound **sound)
{
    if (!*sound)
        return;
    vf_sound_decoder_destroy(&(*sound)->decoder);
    free(*sound);
    *sound = NULL;
}

/* Returns whether the decoder is one for such packets. */
static bool is_for(const struct vf_sound_decoder *decoder, const AVStream *stream)
{
    const AVCodecParameters *source = vf_sound_decoder_source(decoder), *now = stream->codecpar;
    return source && source->codec_id == now->codec_id && source->codec_tag == now->codec_tag &&
           source->sample_rate == now->sample_rate &&
           source->ch_layout.nb_channels == now->ch_layout.nb_channels &&
           source->block_align == now->block_align && vf_sound_has_same_extradata(source, now) &&
           av_cmp_q(vf_sound_decoder_time_base(decoder), stream->time_base) == 0;
}

static int open_decoder(struct vf_reading_sound *sound, const AVStream *stream)
{
    int err = vf_sound_decoder_open(sound->decoder, stream->codecpar, stream->time_base);
    bool is_fatal = err >= 0 || err == -ENOMEM;
    if (!is_fatal)
        vf_node_report_error(sound->range.output->run, "%s: its sound cannot be decoded",
                             sound->range.output->path);
    return is_fatal ? err : VF_OK;
}

int vf_reading_sound_take(struct vf_reading_sound *sound, const struct vf_sound_range *range,
                          const AVStream *stream, const AVPacket *packet)
{
    sound->range = *range;
    int err = VF_OK;
    if (packet && !is_for(sound->decoder, stream))
        err = open_decoder(sound, stream);
    return err ? err : vf_sound_decoder_send(sound->decoder, packet);
}

void vf_reading_sound_restart(struct vf_reading_sound *sound)
{
    if (!sound)
        return;
    vf_sound_decoder_restart(sound->decoder);
    sound->end = AV_NOPTS_VALUE;
}

int vf_reading_sound_announce(const struct vf_reading_output *output, const AVStream *stream)
{
    const AVCodecParameters *parameters = stream->codecpar;
    struct vf_message *message = NULL;
    AVFrame *frame = av_frame_alloc();
    if (!frame)
        return -ENOMEM;
    frame->sample_rate = parameters->sample_rate;
    frame->time_base = (AVRational){1, parameters->sample_rate};
    frame->format = parameters->format < 0 ? AV_SAMPLE_FMT_FLTP : parameters->format;
    bool is_known = parameters->sample_rate > 0 && parameters->ch_layout.nb_channels > 0;
    int err = is_known ? av_channel_layout_copy(&frame->ch_layout, &parameters->ch_layout) : 0;
    if (err >= 0 && is_known)
        err = vf_frame_facts_attach(frame,
                                    vf_source_facts_next(&output->facts, VF_STREAM_AUDIO_FRAMES));
    if (err >= 0 && is_known)
        err = vf_media_sound_to_message(output->run, frame, &message);
    av_frame_free(&frame);
    if (err == VF_DROPPED)
        return vf_node_drop(output->run, VF_STREAM_AUDIO_FRAMES);
    return err || !is_known ? err
                            : vf_reading_output_emit(output, VF_STREAM_AUDIO_FRAMES, &message);
}
