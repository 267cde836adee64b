/* SPDX-License-Identifier: MIT */
#include "engine/media/write/picture_copy.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/media/codec/packet.h"
#include "engine/media/codec/packet_queue.h"
#include "engine/media/libav/error.h"
#include "engine/media/write/choice/container_codecs.h"
#include "engine/media/write/choice/container_traits.h"
#include "engine/message/message.h"

struct vf_picture_copy {
    AVCodecParameters *parameters; /* of what comes out */
    AVCodecParameters *source;     /* of what comes in */
    AVRational time_base, frame_rate;
    AVBSFContext *filter; /* brings packets into the container's form; NULL: they are in it */
    bool lacks_header;    /* the first key frame that passes the filter brings it */
    bool has_header;      /* the container has it in front, once for all packets */
    bool has_begun;
    int64_t next_dts; /* where the next packet does not say; AV_NOPTS_VALUE: none has come */
    struct vf_packet_queue packets;
};

/* Containers that hold H.264 and HEVC with a length in front of each unit, and the parameter sets in
 * their own header; all others hold them with start codes, as a stream does. */
static bool has_lengths(const AVOutputFormat *container)
{
    return vf_container_traits(container)->is_mp4 ||
           av_match_name(container->name, "matroska,webm,flv");
}

static bool is_with_lengths(const AVCodecParameters *parameters)
{
    return parameters->extradata_size > 0 && parameters->extradata[0] == 1;
}

/* Returns the bitstream filters that packets need on their way into a container, as libavcodec lists
 * them; NULL: none. */
static const char *find_filters(const AVOutputFormat *container,
                                const AVCodecParameters *parameters)
{
    bool is_global = container->flags & AVFMT_GLOBALHEADER;
    switch (parameters->codec_id) {
    case AV_CODEC_ID_H264:
    case AV_CODEC_ID_HEVC:
        if (!has_lengths(container))
            return !is_with_lengths(parameters)               ? NULL
                   : parameters->codec_id == AV_CODEC_ID_H264 ? "h264_mp4toannexb"
                                                              : "hevc_mp4toannexb";
        return parameters->extradata_size ? NULL : "extract_extradata";
    case AV_CODEC_ID_MPEG4:
        if (av_match_name(container->name, "avi"))
            return NULL;
        return is_global ? "mpeg4_unpack_bframes" : "mpeg4_unpack_bframes,dump_extra=freq=keyframe";
    case AV_CODEC_ID_MPEG1VIDEO:
    case AV_CODEC_ID_MPEG2VIDEO:
        return is_global || !parameters->extradata_size ? NULL : "dump_extra=freq=keyframe";
    case AV_CODEC_ID_VP9:
        return "vp9_superframe";
    case AV_CODEC_ID_AV1:
        return is_global && !parameters->extradata_size ? "extract_extradata" : NULL;
    default:
        return NULL;
    }
}

static int open_filters(struct vf_picture_copy *copy, const AVOutputFormat *container)
{
    const char *filters = find_filters(container, copy->source);
    if (!filters)
        return VF_OK;
    int code = av_bsf_list_parse_str(filters, &copy->filter);
    if (code >= 0)
        code = avcodec_parameters_copy(copy->filter->par_in, copy->source);
    if (code >= 0) {
        copy->filter->time_base_in = copy->time_base;
        code = av_bsf_init(copy->filter);
    }
    if (code >= 0)
        code = avcodec_parameters_copy(copy->parameters, copy->filter->par_out);
    if (code < 0)
        vf_log(VF_LOG_ERROR, "%s cannot be prepared for %s: %s",
               avcodec_get_name(copy->source->codec_id), container->long_name,
               vf_media_error_text(code).text);
    copy->lacks_header = strstr(filters, "extract_extradata") != NULL;
    return vf_media_error(code);
}

static int refuse_codec(const struct vf_picture_copy *copy, const AVOutputFormat *container)
{
    vf_log(VF_LOG_ERROR,
           "%s cannot hold %s; leave codec: copy out to encode, or write Matroska (.mkv)",
           container->long_name, avcodec_get_name(copy->source->codec_id));
    return -EINVAL;
}

int vf_picture_copy_create(struct vf_picture_copy **copy, const struct vf_output_choice *choice,
                           const struct vf_message *first)
{
    struct vf_picture_copy *made = *copy = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    const struct vf_description *description = &first->description;
    made->time_base = (AVRational){description->time_base.num, description->time_base.den};
    made->frame_rate =
        (AVRational){description->packet.frame_rate.num, description->packet.frame_rate.den};
    made->next_dts = AV_NOPTS_VALUE;
    made->has_header = choice->container->flags & AVFMT_GLOBALHEADER;
    int err = vf_media_parameters_from_message(&made->source, first);
    if (!err)
        err = vf_media_parameters_from_message(&made->parameters, first);
    if (!err && !vf_container_holds(choice->container, made->source->codec_id))
        err = refuse_codec(made, choice->container);
    if (!err)
        err = open_filters(made, choice->container);
    if (err)
        vf_picture_copy_destroy(copy);
    return err;
}

void vf_picture_copy_destroy(struct vf_picture_copy **copy)
{
    if (!*copy)
        return;
    avcodec_parameters_free(&(*copy)->parameters);
    avcodec_parameters_free(&(*copy)->source);
    av_bsf_free(&(*copy)->filter);
    vf_packet_queue_clear(&(*copy)->packets);
    free(*copy);
    *copy = NULL;
}

/* Takes the header from the packet that brings it: the file's own is not to change any more. */
static int take_header(struct vf_picture_copy *copy, const AVPacket *packet)
{
    size_t size;
    const uint8_t *header = av_packet_get_side_data(packet, AV_PKT_DATA_NEW_EXTRADATA, &size);
    AVCodecParameters *parameters = copy->parameters;
    if (!header || !copy->lacks_header)
        return VF_OK;
    parameters->extradata = av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE);
    if (!parameters->extradata)
        return -ENOMEM;
    memcpy(parameters->extradata, header, size);
    parameters->extradata_size = (int)size;
    copy->lacks_header = false;
    return VF_OK;
}

static void tell_damage(int code)
{
    vf_log(VF_LOG_WARNING, "a packet of pictures is damaged (%s): it is left out",
           vf_media_error_text(code).text);
}

/* Takes what the filter gives for one packet. */
static int filter(struct vf_picture_copy *copy, AVPacket *packet)
{
    int code = av_bsf_send_packet(copy->filter, packet);
    int err = VF_OK;
    while (code >= 0 && !err && (code = av_bsf_receive_packet(copy->filter, packet)) >= 0) {
        packet->time_base = copy->filter->time_base_out;
        err = take_header(copy, packet);
        if (!err)
            err = vf_packet_queue_push(&copy->packets, packet);
        av_packet_unref(packet);
    }
    if (code == AVERROR(ENOMEM))
        return -ENOMEM;
    if (code < 0 && code != AVERROR(EAGAIN) && code != AVERROR_EOF)
        tell_damage(code);
    return err;
}

/* Returns whether a packet belongs to pictures of which the header in front says nothing. */
static bool is_other(const struct vf_picture_copy *copy, const struct vf_message *message)
{
    const struct vf_packet *packet = &message->description.packet;
    const AVCodecParameters *source = copy->source;
    bool is_same_header =
        (int)packet->extradata_size == source->extradata_size &&
        (!source->extradata_size ||
         memcmp(message->payload->data, source->extradata, packet->extradata_size) == 0);
    bool is_same_codec = strcmp(packet->codec, avcodec_get_name(source->codec_id)) == 0;
    return !is_same_codec || (copy->has_header && !is_same_header);
}

static int refuse_change(const struct vf_picture_copy *copy, const struct vf_packet *packet)
{
    vf_log(VF_LOG_ERROR,
           "pictures become others (%s %dx%d after %s %dx%d): one file cannot hold both as they "
           "are; write a file for each source (per_source, {source}), or leave codec: copy out",
           packet->codec, packet->width, packet->height, avcodec_get_name(copy->source->codec_id),
           copy->source->width, copy->source->height);
    return -EINVAL;
}

/* Gives a packet that does not say when it is decoded the time after the one before it; the first
 * is decoded as long before it is shown as pictures may wait, as ffmpeg has it. */
static void set_decoding_time(struct vf_picture_copy *copy, AVPacket *packet)
{
    int64_t duration = packet->duration;
    if (duration <= 0 && copy->frame_rate.num > 0)
        duration = av_rescale_q(1, av_inv_q(copy->frame_rate), packet->time_base);
    if (packet->dts == AV_NOPTS_VALUE && copy->next_dts != AV_NOPTS_VALUE)
        packet->dts = copy->next_dts;
    else if (packet->dts == AV_NOPTS_VALUE && packet->pts != AV_NOPTS_VALUE)
        packet->dts = packet->pts - copy->source->video_delay * duration;
    if (packet->dts != AV_NOPTS_VALUE)
        copy->next_dts = packet->dts + duration;
}

int vf_picture_copy_send(struct vf_picture_copy *copy, const struct vf_message *message)
{
    const struct vf_packet *described = &message->description.packet;
    copy->has_begun = copy->has_begun || described->is_key;
    if (!copy->has_begun)
        return VF_OK;
    AVPacket *packet;
    int err = vf_media_packet_from_message(&packet, message);
    if (!err && is_other(copy, message))
        err = refuse_change(copy, described);
    if (!err)
        set_decoding_time(copy, packet);
    /* Containers keep packets for long; their sender wants its memory back. */
    if (!err && av_packet_make_writable(packet) < 0)
        err = -ENOMEM;
    if (!err)
        err = copy->filter ? filter(copy, packet) : vf_packet_queue_push(&copy->packets, packet);
    av_packet_free(&packet);
    return err;
}

AVPacket *vf_picture_copy_take(struct vf_picture_copy *copy)
{
    return vf_packet_queue_pop(&copy->packets);
}

int vf_picture_copy_describe(const struct vf_picture_copy *copy, struct vf_media_track *track)
{
    if (copy->lacks_header || !copy->packets.count)
        return -EAGAIN;
    track->parameters = avcodec_parameters_alloc();
    if (!track->parameters || avcodec_parameters_copy(track->parameters, copy->parameters) < 0)
        return -ENOMEM;
    track->time_base = copy->filter ? copy->filter->time_base_out : copy->time_base;
    track->frame_rate = copy->frame_rate;
    track->is_copied = true;
    return VF_OK;
}
