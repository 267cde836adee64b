/* SPDX-License-Identifier: MIT */
#include "engine/media/write/clips/packet_maker.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/media/codec/packet.h"
#include "engine/media/facts/records.h"
#include "engine/media/libav/frame.h"
#include "engine/media/write/choice/settings.h"
#include "engine/media/write/encode/constant_rate.h"
#include "engine/media/write/encode/encoder.h"
#include "engine/node/node.h"

/* From one key frame to the next. */
#define KEY_NS VF_NS_PER_S

/* A frame that is in the encoder. */
struct sent {
    int64_t timestamp; /* of its packet */
    struct vf_description frame;
};

struct vf_packet_maker {
    struct vf_node_run run; /* with which packets are made in private memory */
    struct vf_output_choice *choice;
    struct vf_output_settings settings;
    struct vf_encoder *encoder;
    AVCodecParameters *parameters;
    struct vf_records extras; /* of the first frame: what its source says of itself */
    struct sent *sent;
    size_t sent_count, sent_room;
    int64_t key_us; /* when the last key frame began */
};

int vf_packet_maker_create(struct vf_packet_maker **maker, struct vf_node_run *run,
                           struct vf_output_choice *choice,
                           const struct vf_output_settings *settings)
{
    struct vf_packet_maker *made = *maker = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->run = *run;
    made->run.is_private = true;
    made->choice = choice;
    made->settings = *settings;
    made->settings.segment_ns = KEY_NS; /* the encoder is told to close its groups of pictures */
    return VF_OK;
}

void vf_packet_maker_destroy(struct vf_packet_maker **maker)
{
    if (!*maker)
        return;
    vf_encoder_destroy(&(*maker)->encoder);
    avcodec_parameters_free(&(*maker)->parameters);
    vf_records_finish(&(*maker)->extras);
    free((*maker)->sent);
    free(*maker);
    *maker = NULL;
}

static int refuse_rate(const struct vf_packet_maker *maker)
{
    vf_log(
        VF_LOG_ERROR,
        "%s has a constant frame rate, which clips of frames cannot keep; write .mp4 or .mkv, or "
        "give it packets, with codec: copy",
        maker->settings.path);
    return -EINVAL;
}

static int open_encoder(struct vf_packet_maker *maker, const struct vf_message *first)
{
    const struct vf_description *description = &first->description;
    if (vf_constant_rate(maker->choice, &maker->settings, description).num)
        return refuse_rate(maker);
    int err = vf_encoder_create(&maker->encoder, maker->choice, &maker->settings, first,
                                (struct vf_rational){0, 1}, maker->run.threads);
    if (err)
        return err;
    maker->parameters = avcodec_parameters_alloc();
    const AVCodecContext *context = vf_encoder_context(maker->encoder);
    if (!maker->parameters || avcodec_parameters_from_context(maker->parameters, context) < 0)
        return -ENOMEM;
    if (first->payload)
        vf_records_append(&maker->extras, first->payload->data + description->extras_offset,
                          description->extras_size);
    return maker->extras.err;
}

/* Remembers a frame until its packet comes. */
static int note_sent(struct vf_packet_maker *maker, const struct vf_message *frame,
                     int64_t timestamp)
{
    if (maker->sent_count == maker->sent_room) {
        size_t room = maker->sent_room ? 2 * maker->sent_room : 16;
        struct sent *sent = realloc(maker->sent, room * sizeof(*sent));
        if (!sent)
            return -ENOMEM;
        maker->sent = sent;
        maker->sent_room = room;
    }
    maker->sent[maker->sent_count++] = (struct sent){timestamp, frame->description};
    return VF_OK;
}

/* Whether a group of pictures is to begin with a frame. */
static bool is_key_due(struct vf_packet_maker *maker, const struct vf_message *frame)
{
    int64_t start_us = vf_media_start_us(frame);
    bool is_first = !maker->encoder;
    bool is_due =
        !is_first && start_us != INT64_MIN && start_us - maker->key_us >= KEY_NS / VF_NS_PER_US;
    if (is_first || is_due)
        maker->key_us = start_us;
    return is_due;
}

int vf_packet_maker_send(struct vf_packet_maker *maker, const struct vf_message *frame)
{
    int64_t timestamp;
    if (!frame)
        return maker->encoder ? vf_encoder_send(maker->encoder, NULL, false, &timestamp) : VF_OK;
    bool is_key = is_key_due(maker, frame);
    int err = maker->encoder ? VF_OK : open_encoder(maker, frame);
    if (!err)
        err = vf_encoder_send(maker->encoder, frame, is_key, &timestamp);
    return err ? err : note_sent(maker, frame, timestamp);
}

/* Gives a packet the source of its frame. */
static void follow_frame(struct vf_packet_maker *maker, struct vf_message *packet)
{
    for (size_t i = 0; i < maker->sent_count; i++) {
        if (maker->sent[i].timestamp != packet->description.timestamp)
            continue;
        vf_message_copy_source(&packet->description, &maker->sent[i].frame);
        packet->description.event_time_ns = maker->sent[i].frame.event_time_ns;
        maker->sent_count--;
        memmove(maker->sent + i, maker->sent + i + 1,
                (maker->sent_count - i) * sizeof(*maker->sent));
        return;
    }
}

int vf_packet_maker_receive(struct vf_packet_maker *maker, struct vf_message **packet)
{
    const AVPacket *made;
    if (!maker->encoder)
        return VF_END;
    int err = vf_encoder_receive(maker->encoder, &made);
    if (err)
        return err;
    const struct vf_records *extras =
        made->flags & AV_PKT_FLAG_KEY && maker->extras.size ? &maker->extras : NULL;
    const AVCodecContext *context = vf_encoder_context(maker->encoder);
    err = vf_media_packet_to_message(&maker->run, maker->parameters, made, extras, packet);
    if (err)
        return err;
    (*packet)->description.packet.frame_rate =
        (struct vf_rational){context->framerate.num, context->framerate.den};
    (*packet)->description.packet.delay = (uint8_t)context->has_b_frames;
    follow_frame(maker, *packet);
    return VF_OK;
}

const char *vf_packet_maker_encoder(const struct vf_packet_maker *maker)
{
    return maker->encoder ? vf_encoder_context(maker->encoder)->codec->name : NULL;
}
