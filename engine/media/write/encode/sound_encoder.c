/* SPDX-License-Identifier: MIT */
#include "engine/media/write/encode/sound_encoder.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/media/codec/packet.h"
#include "engine/media/codec/packet_queue.h"
#include "engine/media/codec/sound_decoder.h"
#include "engine/media/codec/sound_succession.h"
#include "engine/media/libav/error.h"
#include "engine/media/libav/frame.h"
#include "engine/media/libav/sound.h"
#include "engine/media/sound/sound_line.h"
#include "engine/message/message.h"
#include "engine/node/node.h"

#define FREE_FRAME_SIZE 1024 /* samples, where the encoder does not care */

/* What the encoder is opened for. */
struct shape {
    enum AVSampleFormat format;
    int rate;
    int bits, block_size; /* of lossless codecs; 0: any */
    const AVChannelLayout *layout;
};

struct vf_sound_encoder {
    struct vf_sound_order order;
    struct vf_sound_decoder *decoder; /* of what comes compressed */
    AVCodecContext *encoder;          /* from the first decoded frame on */
    AVPacket *packet;
    struct vf_sound_line line;
    struct vf_packet_queue made;
    int64_t begin; /* of sound that follows other sound: what is before it is no sound */
    bool is_begun;
};

static int fail(const char *what, const AVCodec *codec, int code)
{
    vf_log(VF_LOG_ERROR, "cannot %s sound (%s): %s", what, codec->name,
           vf_media_error_text(code).text);
    return vf_media_error(code);
}

void vf_sound_encoder_destroy(struct vf_sound_encoder **encoder)
{
    if (!*encoder)
        return;
    vf_sound_decoder_destroy(&(*encoder)->decoder);
    avcodec_free_context(&(*encoder)->encoder);
    av_packet_free(&(*encoder)->packet);
    vf_sound_line_finish(&(*encoder)->line);
    vf_packet_queue_clear(&(*encoder)->made);
    free(*encoder);
    *encoder = NULL;
}

/* Returns the rate that the codec takes: the same, else the next higher, else its highest. */
static int choose_rate(const AVCodec *codec, int rate)
{
    const int *rates = codec->supported_samplerates;
    int highest = 0, chosen = 0;
    if (!rates)
        return rate;
    for (; *rates; rates++) {
        highest = *rates > highest ? *rates : highest;
        if (*rates >= rate && (!chosen || *rates < chosen))
            chosen = *rates;
    }
    return chosen ? chosen : highest;
}

/* Returns how well samples of one format can become those of another: best as they are, else with
 * more bits, else with fewer. Whole numbers have 24 bits in common with floating point. */
static int judge_format(enum AVSampleFormat from, enum AVSampleFormat to)
{
    int bytes = av_get_bytes_per_sample(from), more = av_get_bytes_per_sample(to) - bytes;
    if (av_get_planar_sample_fmt(from) == av_get_planar_sample_fmt(to))
        return 3;
    return more > 0 ? 2 : more;
}

static enum AVSampleFormat choose_format(const AVCodec *codec, enum AVSampleFormat format)
{
    const enum AVSampleFormat *formats = codec->sample_fmts;
    if (!formats)
        return format;
    enum AVSampleFormat best = formats[0];
    for (size_t i = 1; formats[i] != AV_SAMPLE_FMT_NONE; i++) {
        if (judge_format(format, formats[i]) > judge_format(format, best))
            best = formats[i];
    }
    return best;
}

/* The same channels where the codec takes them, else the nearest number of channels below. */
static int choose_layout(const AVCodec *codec, const AVChannelLayout *layout, AVChannelLayout *to)
{
    const AVChannelLayout *chosen = NULL, *layouts = codec->ch_layouts;
    AVChannelLayout usual = {0};
    if (layout->order == AV_CHANNEL_ORDER_UNSPEC)
        av_channel_layout_default(&usual, layout->nb_channels);
    const AVChannelLayout *wanted = usual.nb_channels ? &usual : layout;
    for (size_t i = 0; layouts && layouts[i].nb_channels; i++) {
        bool is_same = av_channel_layout_compare(&layouts[i], wanted) == 0;
        bool is_better = layouts[i].nb_channels <= wanted->nb_channels &&
                         (!chosen || layouts[i].nb_channels > chosen->nb_channels);
        if (is_same || is_better)
            chosen = &layouts[i];
        if (is_same)
            break;
    }
    if (!chosen)
        chosen = layouts && layouts[0].nb_channels ? &layouts[0] : wanted;
    return av_channel_layout_copy(to, chosen);
}

/* Opens the encoder for samples of that shape, but with `layout`. Returns an error of libav's. */
static int try_layout(struct vf_sound_encoder *encoder, const struct shape *shape,
                      const AVChannelLayout *layout)
{
    const AVCodec *codec = encoder->order.encoder;
    avcodec_free_context(&encoder->encoder);
    AVCodecContext *context = encoder->encoder = avcodec_alloc_context3(codec);
    if (!context)
        return AVERROR(ENOMEM);
    context->sample_fmt = choose_format(codec, shape->format);
    context->sample_rate =
        choose_rate(codec, encoder->order.sample_rate ? encoder->order.sample_rate : shape->rate);
    context->time_base = (AVRational){1, context->sample_rate};
    context->bits_per_raw_sample = shape->bits;
    context->frame_size = shape->block_size;
    if (encoder->order.bit_rate)
        context->bit_rate = encoder->order.bit_rate;
    context->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL; /* it was asked for by its name */
    if (encoder->order.has_global_header)
        context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    int code = av_channel_layout_copy(&context->ch_layout, layout);
    return code < 0 ? code : avcodec_open2(context, codec, NULL);
}

/* Some encoders take only certain layouts, and list none: then the usual one of as many channels,
 * such as 5.1 for 5.1(side), is tried, and two channels at last. */
static int try_layouts(struct vf_sound_encoder *encoder, const struct shape *shape)
{
    AVChannelLayout layout = {0};
    int code = choose_layout(encoder->order.encoder, shape->layout, &layout);
    if (code >= 0)
        code = try_layout(encoder, shape, &layout);
    for (int channels = layout.nb_channels; code == AVERROR(EINVAL) && channels >= 2;
         channels = channels > 2 ? 2 : 0) {
        av_channel_layout_uninit(&layout);
        av_channel_layout_default(&layout, channels);
        int next = try_layout(encoder, shape, &layout);
        code = next >= 0 ? next : code;
    }
    av_channel_layout_uninit(&layout);
    return code;
}

static int open_encoder(struct vf_sound_encoder *encoder, const struct shape *shape)
{
    int code = try_layouts(encoder, shape);
    if (code < 0) {
        avcodec_free_context(&encoder->encoder);
        return fail("encode", encoder->order.encoder, code);
    }
    int channels = encoder->encoder->ch_layout.nb_channels;
    if (channels < shape->layout->nb_channels)
        vf_log(VF_LOG_WARNING, "sound: %d channels become %d, which is what %s takes",
               shape->layout->nb_channels, channels, encoder->order.encoder->name);
    encoder->line.format = encoder->encoder->sample_fmt;
    encoder->line.rate = encoder->encoder->sample_rate;
    return vf_media_error(
        av_channel_layout_copy(&encoder->line.layout, &encoder->encoder->ch_layout));
}

/* Opens the encoder for frames like the first. */
static int open_for_frame(struct vf_sound_encoder *encoder, const AVFrame *frame)
{
    const struct shape shape = {
        .format = frame->format, .rate = frame->sample_rate, .layout = &frame->ch_layout};
    return open_encoder(encoder, &shape);
}

/* Opens the encoder for sound that follows other sound in one track. */
static int open_like(struct vf_sound_encoder *encoder, const AVCodecParameters *like)
{
    int bits = vf_sound_bits(like);
    const struct shape shape = {
        .format = bits > 16 ? AV_SAMPLE_FMT_S32
                  : bits    ? AV_SAMPLE_FMT_S16
                            : AV_SAMPLE_FMT_FLTP,
        .rate = like->sample_rate,
        .bits = bits,
        .block_size = vf_sound_block_size(like),
        .layout = &like->ch_layout,
    };
    return open_encoder(encoder, &shape);
}

/* Returns whether a packet holds nothing but what the encoder puts in front of the sound, while
 * other sound goes before: there is no room for it. */
static bool is_in_front(const struct vf_sound_encoder *encoder, const AVPacket *packet)
{
    return encoder->order.like && packet->pts + packet->duration <= encoder->begin;
}

/* Keeps what the encoder has finished. */
static int collect(struct vf_sound_encoder *encoder)
{
    int code, err = VF_OK;
    while (!err && (code = avcodec_receive_packet(encoder->encoder, encoder->packet)) >= 0) {
        encoder->packet->time_base = encoder->encoder->time_base;
        if (!is_in_front(encoder, encoder->packet))
            err = vf_packet_queue_push(&encoder->made, encoder->packet);
        av_packet_unref(encoder->packet);
    }
    if (!err && code != AVERROR(EAGAIN) && code != AVERROR_EOF)
        err = fail("encode", encoder->order.encoder, code);
    return err;
}

static int encode(struct vf_sound_encoder *encoder, const AVFrame *frame)
{
    if (frame && !encoder->is_begun) {
        encoder->begin = frame->pts;
        encoder->is_begun = true;
    }
    int code = avcodec_send_frame(encoder->encoder, frame);
    return code < 0 ? fail("encode", encoder->order.encoder, code) : collect(encoder);
}

/* Encodes the samples that there are, all of them when there will be no more. */
static int encode_line(struct vf_sound_encoder *encoder, bool is_all)
{
    int wanted = encoder->encoder->frame_size, there, err = VF_OK;
    if (wanted <= 0)
        wanted = FREE_FRAME_SIZE;
    while (!err && (there = vf_sound_line_count(&encoder->line)) > 0 &&
           (is_all || there >= wanted)) {
        AVFrame *frame;
        int code = vf_sound_line_take(&encoder->line, wanted, &frame);
        err = code < 0 ? fail("encode", encoder->order.encoder, code) : encode(encoder, frame);
        av_frame_free(&frame);
    }
    return err;
}

static int take_frame(void *context, AVFrame *frame)
{
    struct vf_sound_encoder *encoder = context;
    int err = encoder->encoder ? VF_OK : open_for_frame(encoder, frame);
    if (err)
        return err;
    int code = vf_sound_line_add(&encoder->line, frame);
    return code < 0 ? fail("resample", encoder->order.encoder, code) : encode_line(encoder, false);
}

/* Opens a decoder for packets like that one. */
static int open_decoder(struct vf_sound_encoder *encoder, const struct vf_message *message)
{
    AVCodecParameters *source;
    const struct vf_rational *base = &message->description.time_base;
    int err = vf_media_parameters_from_message(&source, message);
    if (err)
        return err;
    err = vf_sound_decoder_open(encoder->decoder, source, (AVRational){base->num, base->den});
    avcodec_parameters_free(&source);
    return err;
}

static int create(struct vf_sound_encoder *encoder, const struct vf_message *first)
{
    const struct vf_sound_sink sink = {encoder, take_frame};
    encoder->packet = av_packet_alloc();
    if (!encoder->packet)
        return -ENOMEM;
    int err = vf_sound_decoder_create(&encoder->decoder, encoder->order.run, &sink);
    if (!err && first->description.type == VF_VALUE_PACKET)
        err = open_decoder(encoder, first);
    if (!err && encoder->order.like)
        err = open_like(encoder, encoder->order.like);
    return err;
}

int vf_sound_encoder_create(struct vf_sound_encoder **encoder, const struct vf_sound_order *order,
                            const struct vf_message *first)
{
    vf_media_log_redirect();
    struct vf_sound_encoder *made = *encoder = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->order = *order;
    int err = create(made, first);
    if (err)
        vf_sound_encoder_destroy(encoder);
    return err;
}

/* Goes on with another decoder. Where there is none, the rest is silent until it changes again. */
static int change_source(struct vf_sound_encoder *encoder, const struct vf_message *message)
{
    int err = open_decoder(encoder, message);
    if (err != -ENOMEM && err != -EBADMSG && err)
        vf_node_report_error(encoder->order.run, "the sound from %.3f s on is silent",
                             (double)vf_media_start_us(message) / AV_TIME_BASE);
    return err == -ENOMEM || err == -EBADMSG ? err : VF_OK;
}

static bool is_of_source(const struct vf_sound_encoder *encoder, const struct vf_message *message)
{
    const struct vf_rational *base = &message->description.time_base;
    const AVCodecParameters *source = vf_sound_decoder_source(encoder->decoder);
    AVRational time_base = vf_sound_decoder_time_base(encoder->decoder);
    return source && vf_media_packet_has_parameters(message, source) &&
           base->num == time_base.num && base->den == time_base.den;
}

static int decode(struct vf_sound_encoder *encoder, const struct vf_message *message)
{
    AVPacket *packet;
    int err = is_of_source(encoder, message) ? VF_OK : change_source(encoder, message);
    if (!err)
        err = vf_media_packet_from_message(&packet, message);
    if (err)
        return err;
    if (packet->size)
        err = vf_sound_decoder_send(encoder->decoder, packet);
    av_packet_free(&packet);
    return err;
}

/* Takes sound that somebody else has decoded, or what is said of it. */
static int take_sound(struct vf_sound_encoder *encoder, const struct vf_message *message)
{
    AVFrame *frame;
    int err = vf_media_sound_from_message(&frame, message);
    if (err)
        return err;
    if (frame->nb_samples)
        err = take_frame(encoder, frame);
    else if (!encoder->encoder)
        err = open_for_frame(encoder, frame);
    av_frame_free(&frame);
    return err;
}

static int end(struct vf_sound_encoder *encoder)
{
    int err = vf_sound_decoder_send(encoder->decoder, NULL);
    if (err || !encoder->encoder)
        return err;
    int code = vf_sound_line_end(&encoder->line);
    if (code < 0)
        return fail("resample", encoder->order.encoder, code);
    err = encode_line(encoder, true);
    return err ? err : encode(encoder, NULL);
}

int vf_sound_encoder_send(struct vf_sound_encoder *encoder, const struct vf_message *message)
{
    if (!message)
        return end(encoder);
    return message->description.type == VF_VALUE_AUDIO ? take_sound(encoder, message)
                                                       : decode(encoder, message);
}

/* Opens the encoder by what is said of packets. */
static int open_for_source(struct vf_sound_encoder *encoder)
{
    const AVCodecContext *decoder = vf_sound_decoder_context(encoder->decoder);
    const AVCodecParameters *source = vf_sound_decoder_source(encoder->decoder);
    if (!decoder || source->sample_rate <= 0 || !source->ch_layout.nb_channels)
        return VF_OK;
    bool is_known = decoder->sample_fmt != AV_SAMPLE_FMT_NONE;
    const struct shape shape = {.format = is_known ? decoder->sample_fmt : AV_SAMPLE_FMT_FLTP,
                                .rate = source->sample_rate,
                                .layout = &source->ch_layout};
    return open_encoder(encoder, &shape);
}

int vf_sound_encoder_settle(struct vf_sound_encoder *encoder, const struct vf_message *announcement)
{
    if (encoder->encoder)
        return VF_OK;
    return announcement->description.type == VF_VALUE_AUDIO ? take_sound(encoder, announcement)
                                                            : open_for_source(encoder);
}

AVPacket *vf_sound_encoder_take(struct vf_sound_encoder *encoder)
{
    return vf_packet_queue_pop(&encoder->made);
}

const AVCodecContext *vf_sound_encoder_context(const struct vf_sound_encoder *encoder)
{
    return encoder->encoder;
}
