/* SPDX-License-Identifier: MIT */
#include "engine/media/write/sound_track.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdlib.h>

#include "engine/base/log.h"
#include "engine/media/codec/packet.h"
#include "engine/media/codec/packet_queue.h"
#include "engine/media/write/choice/container_traits.h"
#include "engine/media/write/choice/problem.h"
#include "engine/media/write/choice/sound.h"
#include "engine/media/write/encode/sound_encoder.h"
#include "engine/message/message.h"

struct vf_sound_track {
    AVCodecParameters *parameters; /* of the packets that come */
    AVRational time_base;
    struct vf_sound_encoder *encoder; /* NULL: they are copied */
    struct vf_packet_queue copied;
};

static int decide(struct vf_sound_track *sound, const struct vf_output_choice *choice,
                  const struct vf_output_settings *settings, const struct vf_message *first)
{
    const AVCodec *encoder;
    char text[512];
    const struct vf_output_problem problem = {text, sizeof(text)};
    int err = vf_output_choose_sound(choice, settings, sound->parameters, &encoder, &problem);
    if (err)
        vf_log(VF_LOG_ERROR, "%s", text);
    if (err || !encoder)
        return err;
    const struct vf_sound_order order = {
        .encoder = encoder,
        .bit_rate = settings->audio_bit_rate,
        .sample_rate = vf_container_traits(choice->container)->sample_rate,
        .has_global_header = choice->container->flags & AVFMT_GLOBALHEADER,
    };
    return vf_sound_encoder_create(&sound->encoder, &order, first);
}

int vf_sound_track_create(struct vf_sound_track **sound, const struct vf_output_choice *choice,
                          const struct vf_output_settings *settings, const struct vf_message *first)
{
    struct vf_sound_track *made = *sound = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->time_base =
        (AVRational){first->description.time_base.num, first->description.time_base.den};
    int err = vf_media_parameters_from_message(&made->parameters, first);
    if (!err)
        err = decide(made, choice, settings, first);
    if (err)
        vf_sound_track_destroy(sound);
    return err;
}

void vf_sound_track_destroy(struct vf_sound_track **sound)
{
    if (!*sound)
        return;
    avcodec_parameters_free(&(*sound)->parameters);
    vf_sound_encoder_destroy(&(*sound)->encoder);
    vf_packet_queue_clear(&(*sound)->copied);
    free(*sound);
    *sound = NULL;
}

static int copy(struct vf_sound_track *sound, const struct vf_message *message)
{
    AVPacket *packet;
    int err = vf_media_packet_from_message(&packet, message);
    /* Containers keep packets for long; their sender wants its memory back. */
    if (!err && av_packet_make_writable(packet) < 0)
        err = -ENOMEM;
    if (!err)
        err = vf_packet_queue_push(&sound->copied, packet);
    av_packet_free(&packet);
    return err;
}

int vf_sound_track_send(struct vf_sound_track *sound, const struct vf_message *message)
{
    if (sound->encoder)
        return vf_sound_encoder_send(sound->encoder, message);
    return message ? copy(sound, message) : VF_OK;
}

AVPacket *vf_sound_track_take(struct vf_sound_track *sound)
{
    return sound->encoder ? vf_sound_encoder_take(sound->encoder)
                          : vf_packet_queue_pop(&sound->copied);
}

int vf_sound_track_describe(const struct vf_sound_track *sound, struct vf_media_track *track)
{
    const AVCodecContext *context =
        sound->encoder ? vf_sound_encoder_context(sound->encoder) : NULL;
    if (sound->encoder && !context)
        return -EAGAIN;
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    int code = !parameters ? -ENOMEM
               : context   ? avcodec_parameters_from_context(parameters, context)
                           : avcodec_parameters_copy(parameters, sound->parameters);
    if (code < 0) {
        avcodec_parameters_free(&parameters);
        return -ENOMEM;
    }
    *track = (struct vf_media_track){
        .parameters = parameters,
        .time_base = context ? context->time_base : sound->time_base,
    };
    return VF_OK;
}

bool vf_sound_track_is_encoded(const struct vf_sound_track *sound)
{
    return sound->encoder != NULL;
}
