/* SPDX-License-Identifier: MIT */
#include "engine/media/write/encode/stream_encoder.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <stdlib.h>

#include "engine/base/log.h"
#include "engine/media/write/choice/split.h"
#include "engine/media/write/encode/crew.h"
#include "engine/media/write/encode/encoder.h"
#include "engine/node/node.h"

struct vf_stream_encoder {
    struct vf_stream_encoder_order order;
    struct vf_encoder *encoder; /* that does it all, or the model of those in the crew */
    struct vf_crew *crew;       /* NULL: there is one encoder */
    struct vf_message *first;   /* that those in the crew are opened for */
    unsigned group, in_group;   /* frames that a group has, and that the present one has got */
    AVPacket *packet;           /* of the crew, lent */
    int64_t last_decode;
    uint64_t made;
};

unsigned vf_stream_encoder_holds(const struct vf_output_settings *settings)
{
    unsigned workers = vf_split_workers(settings);
    if (settings->split == VF_OUTPUT_SPLIT_NONE)
        return VF_ENCODER_HOLDS;
    return 1 + vf_split_waiting(settings) + workers * VF_ENCODER_PART_HOLDS;
}

void vf_stream_encoder_follow(int64_t *last, AVPacket *packet)
{
    if (packet->dts == AV_NOPTS_VALUE)
        return;
    if (*last != AV_NOPTS_VALUE && packet->dts <= *last &&
        (packet->pts == AV_NOPTS_VALUE || *last < packet->pts))
        packet->dts = *last + 1;
    *last = packet->dts;
}

static int create_crew(struct vf_stream_encoder *encoder, const struct vf_message *first)
{
    const struct vf_stream_encoder_order *order = &encoder->order;
    struct vf_encoder *opened = NULL;
    struct vf_crew_order crew = {
        .run = order->run,
        .part = {.choice = order->choice, .settings = order->settings, .rate = order->rate},
        .workers = vf_split_workers(order->settings),
        .waiting = vf_split_waiting(order->settings),
    };
    int err = vf_message_clone(&encoder->first, first);
    crew.part.first = encoder->first;
    if (!err)
        err = vf_encoder_create_part(&opened, &crew.part);
    if (!err)
        err = vf_encoder_model(&encoder->encoder, opened, &crew.part);
    crew.part.model = encoder->encoder;
    if (!err)
        err = vf_crew_create(&encoder->crew, &crew, &opened);
    if (!err)
        vf_log(VF_LOG_INFO, "%u encoders take turns at groups of %u frames", crew.workers,
               encoder->group);
    vf_encoder_destroy(&opened);
    return err;
}

int vf_stream_encoder_create(struct vf_stream_encoder **encoder,
                             const struct vf_stream_encoder_order *order,
                             const struct vf_message *first)
{
    struct vf_stream_encoder *made = *encoder = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->order = *order;
    made->group = vf_split_group(order->settings);
    made->last_decode = AV_NOPTS_VALUE;
    int err = order->settings->split == VF_OUTPUT_SPLIT_NONE
                  ? vf_encoder_create(&made->encoder, order->choice, order->settings, first,
                                      order->rate, order->run->threads)
                  : create_crew(made, first);
    if (err)
        vf_stream_encoder_destroy(encoder);
    return err;
}

void vf_stream_encoder_destroy(struct vf_stream_encoder **encoder)
{
    struct vf_stream_encoder *old = *encoder;
    if (!old)
        return;
    vf_crew_destroy(&old->crew);
    vf_encoder_destroy(&old->encoder);
    vf_message_destroy(&old->first);
    av_packet_free(&old->packet);
    free(old);
    *encoder = NULL;
}

int vf_stream_encoder_send(struct vf_stream_encoder *encoder, const struct vf_message *message,
                           bool is_key, int64_t *timestamp)
{
    AVFrame *frame = NULL;
    if (!encoder->crew)
        return vf_encoder_send(encoder->encoder, message, is_key, timestamp);
    if (!message) {
        vf_crew_end(encoder->crew);
        return VF_OK;
    }
    int err = vf_encoder_intake(encoder->encoder, message, &frame, timestamp);
    if (err)
        return err;
    bool begins_group = is_key || encoder->in_group % encoder->group == 0;
    encoder->in_group = begins_group ? 1 : encoder->in_group + 1;
    err = vf_crew_add(encoder->crew, &frame, begins_group);
    av_frame_free(&frame);
    return err;
}

int vf_stream_encoder_receive(struct vf_stream_encoder *encoder, const AVPacket **packet)
{
    if (!encoder->crew)
        return vf_encoder_receive(encoder->encoder, packet);
    av_packet_free(&encoder->packet);
    int err = vf_crew_take(encoder->crew, &encoder->packet);
    if (err)
        return err;
    vf_stream_encoder_follow(&encoder->last_decode, encoder->packet);
    encoder->made++;
    *packet = encoder->packet;
    return VF_OK;
}

const AVCodecContext *vf_stream_encoder_context(const struct vf_stream_encoder *encoder)
{
    return vf_encoder_context(encoder->encoder);
}

AVRational vf_stream_encoder_time_base(const struct vf_stream_encoder *encoder)
{
    return vf_encoder_time_base(encoder->encoder);
}

uint64_t vf_stream_encoder_moved_count(const struct vf_stream_encoder *encoder)
{
    return vf_encoder_moved_count(encoder->encoder);
}

uint64_t vf_stream_encoder_sent_count(const struct vf_stream_encoder *encoder)
{
    return encoder->crew ? vf_crew_sent_count(encoder->crew)
                         : vf_encoder_sent_count(encoder->encoder);
}

uint64_t vf_stream_encoder_made_count(const struct vf_stream_encoder *encoder)
{
    return encoder->crew ? encoder->made : vf_encoder_made_count(encoder->encoder);
}
