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
#include "engine/media/codec/picture_order.h"
#include "engine/media/write/choice/container_codecs.h"
#include "engine/media/write/packet_form.h"
#include "engine/message/message.h"

struct vf_picture_copy {
    AVCodecParameters *parameters; /* of what comes out */
    AVCodecParameters *source;     /* of what comes in */
    AVRational time_base, frame_rate;
    struct vf_packet_form form;
    bool has_header; /* the container has it in front, once for all packets */
    bool has_begun, has_warned;
    bool keeps_no_order; /* the container says when pictures are decoded, not when they are shown */
    struct vf_packet_queue packets;
    struct vf_picture_order *order; /* where the source does not say when pictures are shown */
};

static int refuse_codec(const struct vf_picture_copy *copy, const AVOutputFormat *container)
{
    vf_log(VF_LOG_ERROR,
           "%s cannot hold %s; leave codec: copy out to encode, or write Matroska (.mkv)",
           container->long_name, avcodec_get_name(copy->source->codec_id));
    return -EINVAL;
}

int vf_picture_copy_create(struct vf_picture_copy **copy, struct vf_node_run *run,
                           const struct vf_output_choice *choice, const struct vf_message *first)
{
    struct vf_picture_copy *made = *copy = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    const struct vf_description *description = &first->description;
    made->time_base = (AVRational){description->time_base.num, description->time_base.den};
    made->frame_rate =
        (AVRational){description->packet.frame_rate.num, description->packet.frame_rate.den};
    made->form =
        (struct vf_packet_form){.run = run, .container = choice->container, .what = "picture"};
    made->has_header = choice->container->flags & AVFMT_GLOBALHEADER;
    made->keeps_no_order = choice->container->flags & AVFMT_NOTIMESTAMPS ||
                           av_match_name(choice->container->name, "avi");
    int err = vf_media_parameters_from_message(&made->source, first);
    if (!err)
        err = vf_media_parameters_from_message(&made->parameters, first);
    if (!err && !vf_container_holds(choice->container, made->source->codec_id))
        err = refuse_codec(made, choice->container);
    if (!err)
        err = vf_packet_form_begin(&made->form, made->source, made->time_base);
    if (!err && made->form.filter &&
        avcodec_parameters_copy(made->parameters, made->form.filter->par_out) < 0)
        err = -ENOMEM;
    bool is_ordered = description->timestamp == VF_NO_TIMESTAMP && !made->keeps_no_order &&
                      vf_picture_order_suits(made->parameters);
    if (!err && is_ordered)
        err = vf_picture_order_create(&made->order, made->parameters);
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
    vf_packet_form_finish(&(*copy)->form);
    vf_packet_queue_clear(&(*copy)->packets);
    vf_picture_order_destroy(&(*copy)->order);
    free(*copy);
    *copy = NULL;
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

static void warn_of_order(struct vf_picture_copy *copy, const AVPacket *packet)
{
    if (packet->pts != AV_NOPTS_VALUE || copy->keeps_no_order || copy->order || copy->has_warned)
        return;
    copy->has_warned = true;
    vf_log(VF_LOG_WARNING, "the source does not say when its pictures are shown, only their order "
                           "for decoding: some will be shown at the time of others; leave codec: "
                           "copy out to avoid that");
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
        warn_of_order(copy, packet);
    /* Containers keep packets for long; their sender wants its memory back. */
    if (!err && av_packet_make_writable(packet) < 0)
        err = -ENOMEM;
    if (!err)
        err = vf_packet_form_add(&copy->form, packet, copy->parameters, &copy->packets);
    av_packet_free(&packet);
    return err;
}

AVPacket *vf_picture_copy_take(struct vf_picture_copy *copy)
{
    AVPacket *packet;
    if (!copy->order)
        return vf_packet_queue_pop(&copy->packets);
    AVPacket *ordered = vf_picture_order_take(copy->order);
    while (!ordered && (packet = vf_packet_queue_pop(&copy->packets))) {
        vf_picture_order_push(copy->order, &packet);
        ordered = vf_picture_order_take(copy->order);
    }
    return ordered;
}

void vf_picture_copy_end(struct vf_picture_copy *copy)
{
    if (copy->order)
        vf_picture_order_end(copy->order);
}

int vf_picture_copy_describe(const struct vf_picture_copy *copy, struct vf_media_track *track)
{
    if (copy->form.lacks_header || !copy->packets.count)
        return -EAGAIN;
    track->parameters = avcodec_parameters_alloc();
    if (!track->parameters || avcodec_parameters_copy(track->parameters, copy->parameters) < 0)
        return -ENOMEM;
    track->time_base = copy->form.filter ? copy->form.filter->time_base_out : copy->time_base;
    track->frame_rate = copy->frame_rate;
    track->is_copied = true;
    return VF_OK;
}
