/* SPDX-License-Identifier: MIT */
#include "engine/media/write/subtitle_track.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/media/codec/announcement.h"
#include "engine/media/codec/packet.h"
#include "engine/media/libav/error.h"
#include "engine/media/libav/frame.h"
#include "engine/media/write/choice/container_traits.h"
#include "engine/node/node.h"

#define MAX_TEXT (64u << 10) /* bytes of one subtitle */
#define MS_PER_S 1000

struct vf_subtitle_track {
    struct vf_node_run *run;
    AVCodecParameters *track;          /* what the container is told */
    AVCodecParameters *source;         /* of the packets that come now */
    AVCodecContext *decoder, *encoder; /* NULL: packets are copied */
    AVRational time_base;              /* of the packets that come now */
    uint8_t *text;                     /* MAX_TEXT bytes */
    bool is_given_up;                  /* those that come now cannot be converted */
};

static bool is_text(enum AVCodecID codec)
{
    const AVCodecDescriptor *descriptor = avcodec_descriptor_get(codec);
    return descriptor && descriptor->props & AV_CODEC_PROP_TEXT_SUB;
}

static enum AVCodecID find_text(const struct vf_output_choice *choice)
{
    enum AVCodecID usual = vf_container_traits(choice->container)->text;
    enum AVCodecID own = choice->container->subtitle_codec;
    return usual == AV_CODEC_ID_NONE && is_text(own) ? own : usual;
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

static int open_decoder(struct vf_subtitle_track *subtitles)
{
    const AVCodecParameters *parameters = subtitles->source;
    const AVCodec *codec = avcodec_find_decoder(parameters->codec_id);
    avcodec_free_context(&subtitles->decoder);
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

/* Opens the encoder for text with such a header, that of ASS. */
static int open_encoder(struct vf_subtitle_track *subtitles, enum AVCodecID id,
                        const uint8_t *header, int size)
{
    const AVCodec *codec = avcodec_find_encoder(id);
    avcodec_free_context(&subtitles->encoder);
    if (!codec)
        return AVERROR_ENCODER_NOT_FOUND;
    AVCodecContext *context = subtitles->encoder = avcodec_alloc_context3(codec);
    if (!context)
        return AVERROR(ENOMEM);
    context->time_base = AV_TIME_BASE_Q;
    if (size > 0) {
        context->subtitle_header = av_mallocz((size_t)size + 1);
        if (!context->subtitle_header)
            return AVERROR(ENOMEM);
        memcpy(context->subtitle_header, header, (size_t)size);
        context->subtitle_header_size = size;
    }
    return avcodec_open2(context, codec, NULL);
}

/* Opens what makes text of one kind out of the source's. What follows ASS keeps its header. */
static int open_conversion(struct vf_subtitle_track *subtitles, enum AVCodecID id)
{
    const AVCodecParameters *track = subtitles->track;
    bool is_ass = track && (id == AV_CODEC_ID_ASS || id == AV_CODEC_ID_SSA);
    if (!subtitles->text)
        subtitles->text = malloc(MAX_TEXT);
    int code = subtitles->text ? open_decoder(subtitles) : AVERROR(ENOMEM);
    if (code < 0)
        return code;
    const AVCodecContext *decoder = subtitles->decoder;
    return open_encoder(subtitles, id, is_ass ? track->extradata : decoder->subtitle_header,
                        is_ass ? track->extradata_size : decoder->subtitle_header_size);
}

/* Prepares a conversion; `parameters` become those of what comes out. */
static int prepare_conversion(struct vf_subtitle_track *subtitles,
                              const struct vf_output_choice *choice, AVCodecParameters *parameters)
{
    if (!is_text(parameters->codec_id) || find_text(choice) == AV_CODEC_ID_NONE)
        return refuse(choice, parameters);
    const char *from = avcodec_get_name(parameters->codec_id);
    int code = open_conversion(subtitles, find_text(choice));
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

static int take_source(struct vf_subtitle_track *subtitles, const struct vf_message *message)
{
    avcodec_parameters_free(&subtitles->source);
    subtitles->time_base =
        (AVRational){message->description.time_base.num, message->description.time_base.den};
    return vf_media_parameters_from_message(&subtitles->source, message);
}

/* Keeps what the container is told, and copies it for the caller. */
static int keep_track(struct vf_subtitle_track *subtitles, AVCodecParameters *parameters,
                      struct vf_media_track *track)
{
    subtitles->track = parameters;
    track->parameters = avcodec_parameters_alloc();
    track->time_base = subtitles->encoder ? (AVRational){1, MS_PER_S} : subtitles->time_base;
    bool is_copied =
        track->parameters && avcodec_parameters_copy(track->parameters, parameters) >= 0;
    return is_copied ? VF_OK : -ENOMEM;
}

int vf_subtitle_track_create(struct vf_subtitle_track **subtitles, struct vf_node_run *run,
                             const struct vf_output_choice *choice, const struct vf_message *first,
                             struct vf_media_track *track)
{
    vf_media_log_redirect();
    AVCodecParameters *parameters = NULL;
    struct vf_subtitle_track *made = *subtitles = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->run = run;
    int err = take_source(made, first);
    if (!err)
        err = vf_media_parameters_from_message(&parameters, first);
    if (!err && !can_copy(choice->container, parameters->codec_id))
        err = prepare_conversion(made, choice, parameters);
    if (!err)
        err = keep_track(made, parameters, track);
    else
        avcodec_parameters_free(&parameters);
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
    avcodec_parameters_free(&(*subtitles)->track);
    avcodec_parameters_free(&(*subtitles)->source);
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

static bool has_same_extradata(const AVCodecParameters *track, const AVCodecParameters *next)
{
    size_t size = (size_t)track->extradata_size;
    return track->extradata_size == next->extradata_size &&
           (!size || memcmp(track->extradata, next->extradata, size) == 0);
}

/* Goes on with packets of another kind: as they are if they fit the track, else converted. */
static int change_source(struct vf_subtitle_track *subtitles, const struct vf_message *message)
{
    const AVCodecParameters *track = subtitles->track;
    int err = take_source(subtitles, message);
    if (err)
        return err;
    const AVCodecParameters *source = subtitles->source;
    subtitles->is_given_up = false;
    avcodec_free_context(&subtitles->decoder);
    avcodec_free_context(&subtitles->encoder);
    if (source->codec_id == track->codec_id && has_same_extradata(track, source))
        return VF_OK;
    bool is_convertible = is_text(source->codec_id) && is_text(track->codec_id);
    int code = is_convertible ? open_conversion(subtitles, track->codec_id) : AVERROR(ENOSYS);
    if (code == AVERROR(ENOMEM))
        return -ENOMEM;
    subtitles->is_given_up = code < 0;
    if (code < 0)
        vf_node_report_error(subtitles->run,
                             "the subtitles change at %.3f s to %s that cannot follow the %s in "
                             "one track: they are left out; write a file for each source "
                             "(per_source), or leave subtitles out",
                             (double)vf_media_start_us(message) / AV_TIME_BASE,
                             avcodec_get_name(source->codec_id), avcodec_get_name(track->codec_id));
    return VF_OK;
}

static bool is_of_source(const struct vf_subtitle_track *subtitles,
                         const struct vf_message *message)
{
    const struct vf_rational *base = &message->description.time_base;
    return vf_media_packet_has_parameters(message, subtitles->source) &&
           base->num == subtitles->time_base.num && base->den == subtitles->time_base.den;
}

/* Makes the packet of one that came, or leaves it out. */
static int make_packet(struct vf_subtitle_track *subtitles, AVPacket **from, AVPacket **packet)
{
    if (!subtitles->encoder) {
        /* Containers keep packets for long; their sender wants its memory back. */
        if (av_packet_make_writable(*from) < 0)
            return -ENOMEM;
        *packet = *from;
        *from = NULL;
        return VF_OK;
    }
    int code = convert(subtitles, *from, packet);
    if (code < 0) {
        av_packet_free(packet);
        vf_node_report_error(
            subtitles->run, "the subtitle at %.3f s cannot be converted (%s): it is left out",
            (double)vf_media_packet_start_us(*from) / AV_TIME_BASE, vf_media_error_text(code).text);
    }
    return code == AVERROR(ENOMEM) ? -ENOMEM : VF_OK;
}

int vf_subtitle_track_convert(struct vf_subtitle_track *subtitles, const struct vf_message *message,
                              AVPacket **packet)
{
    AVPacket *from = NULL;
    *packet = NULL;
    int err = is_of_source(subtitles, message) ? VF_OK : change_source(subtitles, message);
    if (err || subtitles->is_given_up || vf_media_is_announcement(message))
        return err;
    err = vf_media_packet_from_message(&from, message);
    if (!err)
        err = make_packet(subtitles, &from, packet);
    av_packet_free(&from);
    return err;
}
