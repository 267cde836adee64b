/* SPDX-License-Identifier: MIT */
#include "engine/media/write/subtitle_track.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/media/codec/packet.h"
#include "engine/media/libav/error.h"
#include "engine/media/write/choice/container_traits.h"

#define MAX_TEXT (64u << 10) /* bytes of one subtitle */
#define MS_PER_S 1000

struct vf_subtitle_track {
    AVCodecContext *decoder, *encoder; /* NULL: packets are copied */
    AVRational time_base;
    uint8_t *text; /* MAX_TEXT bytes */
};

static enum AVCodecID find_text(const struct vf_output_choice *choice)
{
    return vf_container_traits(choice->container)->text;
}

static bool is_text(enum AVCodecID codec)
{
    const AVCodecDescriptor *descriptor = avcodec_descriptor_get(codec);
    return descriptor && descriptor->props & AV_CODEC_PROP_TEXT_SUB;
}

/* That a container may hold a codec is not enough here: it must be sure. */
static bool can_copy(const AVOutputFormat *container, enum AVCodecID codec)
{
    return avformat_query_codec(container, codec, FF_COMPLIANCE_NORMAL) == 1 ||
           container->subtitle_codec == codec;
}

static int refuse(const struct vf_output_choice *choice, const AVCodecParameters *parameters)
{
    const char *codec = avcodec_get_name(parameters->codec_id);
    bool has_text = find_text(choice) != AV_CODEC_ID_NONE;
    vf_log(VF_LOG_ERROR, "%s cannot hold %s subtitles%s; leave them out, or write Matroska (.mkv)",
           choice->container->long_name, codec,
           has_text && !is_text(parameters->codec_id) ? ", and they are pictures, no text" : "");
    return -EINVAL;
}

static int open_decoder(struct vf_subtitle_track *subtitles, const AVCodecParameters *parameters)
{
    const AVCodec *codec = avcodec_find_decoder(parameters->codec_id);
    if (!codec)
        return AVERROR_DECODER_NOT_FOUND;
    subtitles->decoder = avcodec_alloc_context3(codec);
    int code = subtitles->decoder ? avcodec_parameters_to_context(subtitles->decoder, parameters)
                                  : AVERROR(ENOMEM);
    if (code < 0)
        return code;
    subtitles->decoder->pkt_timebase = subtitles->time_base;
    return avcodec_open2(subtitles->decoder, codec, NULL);
}

static int open_encoder(struct vf_subtitle_track *subtitles, enum AVCodecID id)
{
    const AVCodec *codec = avcodec_find_encoder(id);
    if (!codec)
        return AVERROR_ENCODER_NOT_FOUND;
    AVCodecContext *context = subtitles->encoder = avcodec_alloc_context3(codec);
    if (!context)
        return AVERROR(ENOMEM);
    context->time_base = AV_TIME_BASE_Q;
    const AVCodecContext *decoder = subtitles->decoder;
    if (decoder->subtitle_header_size > 0) {
        context->subtitle_header = av_mallocz((size_t)decoder->subtitle_header_size + 1);
        if (!context->subtitle_header)
            return AVERROR(ENOMEM);
        memcpy(context->subtitle_header, decoder->subtitle_header,
               (size_t)decoder->subtitle_header_size);
        context->subtitle_header_size = decoder->subtitle_header_size;
    }
    return avcodec_open2(context, codec, NULL);
}

/* Prepares a conversion; `parameters` become those of what comes out. */
static int prepare_conversion(struct vf_subtitle_track *subtitles,
                              const struct vf_output_choice *choice, AVCodecParameters *parameters)
{
    if (!is_text(parameters->codec_id) || find_text(choice) == AV_CODEC_ID_NONE)
        return refuse(choice, parameters);
    const char *from = avcodec_get_name(parameters->codec_id);
    subtitles->text = malloc(MAX_TEXT);
    int code = subtitles->text ? open_decoder(subtitles, parameters) : AVERROR(ENOMEM);
    if (code >= 0)
        code = open_encoder(subtitles, find_text(choice));
    if (code >= 0)
        code = avcodec_parameters_from_context(parameters, subtitles->encoder);
    if (code < 0)
        vf_log(VF_LOG_ERROR, "cannot convert %s subtitles to %s: %s", from,
               avcodec_get_name(find_text(choice)), vf_media_error_text(code).text);
    else
        vf_log(VF_LOG_INFO, "%s subtitles are converted to %s", from,
               avcodec_get_name(parameters->codec_id));
    return vf_media_error(code);
}

int vf_subtitle_track_create(struct vf_subtitle_track **subtitles,
                             const struct vf_output_choice *choice, const struct vf_message *first,
                             struct vf_media_track *track)
{
    struct vf_subtitle_track *made = *subtitles = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->time_base =
        (AVRational){first->description.time_base.num, first->description.time_base.den};
    int err = vf_media_parameters_from_message(&track->parameters, first);
    if (!err && !can_copy(choice->container, track->parameters->codec_id))
        err = prepare_conversion(made, choice, track->parameters);
    track->time_base = made->encoder ? (AVRational){1, MS_PER_S} : made->time_base;
    if (err) {
        avcodec_parameters_free(&track->parameters);
        vf_subtitle_track_destroy(subtitles);
    }
    return err;
}

void vf_subtitle_track_destroy(struct vf_subtitle_track **subtitles)
{
    if (!*subtitles)
        return;
    avcodec_free_context(&(*subtitles)->decoder);
    avcodec_free_context(&(*subtitles)->encoder);
    free((*subtitles)->text);
    free(*subtitles);
    *subtitles = NULL;
}

/* Encodes into a new packet; *packet stays NULL where there is no text. */
static int encode(struct vf_subtitle_track *subtitles, AVSubtitle *text, AVPacket **packet)
{
    int size = avcodec_encode_subtitle(subtitles->encoder, subtitles->text, MAX_TEXT, text);
    if (size <= 0)
        return size;
    *packet = av_packet_alloc();
    int code = *packet ? av_new_packet(*packet, size) : AVERROR(ENOMEM);
    if (code >= 0)
        memcpy((*packet)->data, subtitles->text, (size_t)size);
    return code;
}

static int convert(struct vf_subtitle_track *subtitles, AVPacket *from, AVPacket **packet)
{
    AVSubtitle text = {0};
    int is_there = 0;
    int code = avcodec_decode_subtitle2(subtitles->decoder, &text, &is_there, from);
    if (code < 0 || !is_there)
        return code;
    int64_t shown_ms = (int64_t)text.end_display_time;
    text.pts = av_rescale_q(from->pts, from->time_base, AV_TIME_BASE_Q) +
               av_rescale_q(text.start_display_time, (AVRational){1, MS_PER_S}, AV_TIME_BASE_Q);
    text.end_display_time -= text.start_display_time;
    text.start_display_time = 0;
    code = encode(subtitles, &text, packet);
    if (code >= 0 && *packet) {
        (*packet)->pts = (*packet)->dts =
            av_rescale_q(from->pts, from->time_base, (AVRational){1, MS_PER_S});
        (*packet)->duration = from->duration > 0 ? av_rescale_q(from->duration, from->time_base,
                                                                (AVRational){1, MS_PER_S})
                                                 : shown_ms;
        (*packet)->time_base = (AVRational){1, MS_PER_S};
        (*packet)->flags |= AV_PKT_FLAG_KEY;
    }
    avsubtitle_free(&text);
    return code;
}

int vf_subtitle_track_convert(struct vf_subtitle_track *subtitles, const struct vf_message *message,
                              AVPacket **packet)
{
    AVPacket *from;
    *packet = NULL;
    int err = vf_media_packet_from_message(&from, message);
    if (err)
        return err;
    if (!subtitles->encoder) {
        /* Containers keep packets for long; their sender wants its memory back. */
        err = av_packet_make_writable(from) < 0 ? -ENOMEM : VF_OK;
        *packet = from;
        if (err)
            av_packet_free(packet);
        return err;
    }
    int code = convert(subtitles, from, packet);
    av_packet_free(&from);
    if (code < 0) {
        av_packet_free(packet);
        vf_log(VF_LOG_WARNING, "a subtitle cannot be converted (%s), and is left out",
               vf_media_error_text(code).text);
    }
    return VF_OK;
}
