/* SPDX-License-Identifier: MIT */
#include "engine/media/codec/tone.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <math.h>
#include <stdlib.h>

#include "engine/base/log.h"
#include "engine/media/codec/packet.h"
#include "engine/media/libav/error.h"

#define SAMPLE_RATE 48000
#define BIT_RATE 96000
#define CHANNELS 2
#define CONFIG_SIZE 16         /* of AAC: more than its extra data ever has */
#define PACKET_SIZE (6144 / 8) /* of AAC, for each channel: ISO/IEC 13818-7, 8.2.2 */
#define AMPLITUDE 0.25F
#define PI 3.14159265358979323846

struct vf_tone {
    AVCodecContext *context;
    AVCodecParameters *parameters;
    AVFrame *frame;
    AVPacket *packet;
    double frequency;
    int64_t position, end; /* in samples */
    bool is_last, is_draining;
};

static int open_context(struct vf_tone *tone)
{
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_AAC);
    if (!codec) {
        vf_log(VF_LOG_ERROR, "this libavcodec has no encoder for AAC");
        return -ENOTSUP;
    }
    tone->context = avcodec_alloc_context3(codec);
    tone->parameters = avcodec_parameters_alloc();
    if (!tone->context || !tone->parameters)
        return -ENOMEM;
    AVCodecContext *context = tone->context;
    context->sample_fmt = AV_SAMPLE_FMT_FLTP;
    context->sample_rate = SAMPLE_RATE;
    context->bit_rate = BIT_RATE;
    context->time_base = (AVRational){1, SAMPLE_RATE};
    context->flags = AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT;
    av_channel_layout_default(&context->ch_layout, CHANNELS);
    int code = avcodec_open2(context, codec, NULL);
    if (code >= 0)
        code = avcodec_parameters_from_context(tone->parameters, context);
    if (code < 0)
        vf_log(VF_LOG_ERROR, "cannot open the AAC encoder: %s", vf_media_error_text(code).text);
    return code < 0 ? vf_media_error(code) : VF_OK;
}

static int allocate_frame(struct vf_tone *tone)
{
    tone->packet = av_packet_alloc();
    tone->frame = av_frame_alloc();
    if (!tone->packet || !tone->frame)
        return -ENOMEM;
    tone->frame->format = tone->context->sample_fmt;
    tone->frame->sample_rate = SAMPLE_RATE;
    tone->frame->nb_samples = tone->context->frame_size;
    if (av_channel_layout_copy(&tone->frame->ch_layout, &tone->context->ch_layout) < 0 ||
        av_frame_get_buffer(tone->frame, 0) < 0)
        return -ENOMEM;
    return VF_OK;
}

size_t vf_tone_payload_size(void)
{
    return vf_media_packet_payload_size(CONFIG_SIZE, (size_t)CHANNELS * PACKET_SIZE, 0);
}

int vf_tone_create(struct vf_tone **tone, double frequency)
{
    vf_media_log_redirect();
    struct vf_tone *made = calloc(1, sizeof(*made));
    *tone = made;
    if (!made)
        return -ENOMEM;
    made->frequency = frequency;
    int err = open_context(made);
    if (!err)
        err = allocate_frame(made);
    if (err)
        vf_tone_destroy(tone);
    return err;
}

void vf_tone_destroy(struct vf_tone **tone)
{
    if (!*tone)
        return;
    avcodec_free_context(&(*tone)->context);
    avcodec_parameters_free(&(*tone)->parameters);
    av_frame_free(&(*tone)->frame);
    av_packet_free(&(*tone)->packet);
    free(*tone);
    *tone = NULL;
}

/* Fills the frame with the next samples, as many as are wanted and fit. */
static int draw_samples(struct vf_tone *tone)
{
    AVFrame *frame = tone->frame;
    if (av_frame_make_writable(frame) < 0)
        return -ENOMEM;
    int64_t left = tone->end - tone->position;
    frame->nb_samples = left < tone->context->frame_size ? (int)left : tone->context->frame_size;
    frame->pts = tone->position;
    float *channels[] = {(float *)frame->data[0], (float *)frame->data[1]};
    for (int i = 0; i < frame->nb_samples; i++) {
        double phase = fmod(tone->frequency * (double)(tone->position + i) / SAMPLE_RATE, 1);
        channels[0][i] = channels[1][i] = AMPLITUDE * (float)sin(2 * PI * phase);
    }
    tone->position += frame->nb_samples;
    return VF_OK;
}

static int send(struct vf_tone *tone, const AVFrame *frame)
{
    int code = avcodec_send_frame(tone->context, frame);
    if (code < 0)
        vf_log(VF_LOG_ERROR, "cannot encode sound: %s", vf_media_error_text(code).text);
    return code < 0 ? vf_media_error(code) : VF_OK;
}

void vf_tone_extend(struct vf_tone *tone, int64_t end_us, bool is_last)
{
    tone->end = av_rescale(end_us, SAMPLE_RATE, AV_TIME_BASE);
    tone->is_last = is_last;
}

/* Gives the encoder what it needs for a packet. Returns -EAGAIN when there is no more. */
static int feed(struct vf_tone *tone)
{
    int64_t left = tone->end - tone->position;
    if (left >= tone->context->frame_size || (tone->is_last && left > 0)) {
        int err = draw_samples(tone);
        return err ? err : send(tone, tone->frame);
    }
    if (!tone->is_last || tone->is_draining)
        return -EAGAIN;
    tone->is_draining = true;
    return send(tone, NULL);
}

int vf_tone_read(struct vf_tone *tone, struct vf_node_run *run, struct vf_message **message)
{
    *message = NULL;
    int code;
    while ((code = avcodec_receive_packet(tone->context, tone->packet)) == AVERROR(EAGAIN)) {
        int err = feed(tone);
        if (err)
            return err;
    }
    if (code == AVERROR_EOF)
        return VF_END;
    if (code < 0) {
        vf_log(VF_LOG_ERROR, "cannot encode sound: %s", vf_media_error_text(code).text);
        return vf_media_error(code);
    }
    tone->packet->time_base = tone->context->time_base;
    int err = vf_media_packet_to_message(run, tone->parameters, tone->packet, NULL, message);
    av_packet_unref(tone->packet);
    return err;
}
