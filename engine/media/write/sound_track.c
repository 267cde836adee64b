/* SPDX-License-Identifier: MIT */
#include "engine/media/write/sound_track.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/media/codec/announcement.h"
#include "engine/media/codec/packet.h"
#include "engine/media/libav/frame.h"
#include "engine/media/write/choice/container_traits.h"
#include "engine/media/write/choice/encoder.h"
#include "engine/media/write/choice/problem.h"
#include "engine/media/write/choice/settings.h"
#include "engine/media/write/choice/sound.h"
#include "engine/media/write/encode/sound_encoder.h"
#include "engine/media/write/sound_copy.h"
#include "engine/message/message.h"
#include "engine/node/node.h"

#define SOUND_TEXT 160 /* bytes that say what sound is */

struct vf_sound_track {
    struct vf_node_run *run;
    const struct vf_output_choice *choice;
    const struct vf_output_settings *settings;
    AVRational time_base;             /* of the first packet */
    bool is_copied, is_given_up;      /* it began so; the rest is left out */
    struct vf_sound_copy copy;        /* of what is copied */
    struct vf_sound_encoder *encoder; /* NULL: packets are copied */
    AVCodecParameters *encoded;       /* what it makes, where it follows what was copied */
};

static struct vf_sound_order order_of(const struct vf_sound_track *sound, const AVCodec *encoder)
{
    const AVOutputFormat *container = sound->choice->container;
    return (struct vf_sound_order){
        .run = sound->run,
        .encoder = encoder,
        .bit_rate = sound->settings->audio_bit_rate,
        .sample_rate = vf_container_traits(container)->sample_rate,
        .has_global_header = container->flags & AVFMT_GLOBALHEADER,
    };
}

/* Chooses for packets like `first`. */
static int choose_for_packets(const struct vf_sound_track *sound, const struct vf_message *first,
                              const AVCodec **encoder, const struct vf_output_problem *problem)
{
    AVCodecParameters *parameters;
    int err = vf_media_parameters_from_message(&parameters, first);
    if (err)
        return err;
    err = vf_output_choose_sound(sound->choice, sound->settings, parameters, encoder, problem);
    avcodec_parameters_free(&parameters);
    return err;
}

static int decide(struct vf_sound_track *sound, const struct vf_message *first)
{
    const AVCodec *encoder;
    char text[512] = "";
    const struct vf_output_problem problem = {text, sizeof(text)};
    bool is_decoded = first->description.type == VF_VALUE_AUDIO;
    int err = is_decoded ? vf_output_choose_decoded_sound(sound->choice, sound->settings, &encoder,
                                                          &problem)
                         : choose_for_packets(sound, first, &encoder, &problem);
    if (err && text[0])
        vf_log(VF_LOG_ERROR, "%s", text);
    if (err)
        return err;
    sound->is_copied = !encoder;
    if (sound->is_copied)
        return vf_sound_copy_init(&sound->copy, first);
    const struct vf_sound_order order = order_of(sound, encoder);
    return vf_sound_encoder_create(&sound->encoder, &order, first);
}

int vf_sound_track_create(struct vf_sound_track **sound, const struct vf_sound_track_order *order,
                          const struct vf_message *first)
{
    struct vf_sound_track *made = *sound = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->run = order->run;
    made->choice = order->choice;
    made->settings = order->settings;
    made->copy = (struct vf_sound_copy){
        .packets = {.run = order->run, .container = order->choice->container, .what = "sound"}};
    made->time_base =
        (AVRational){first->description.time_base.num, first->description.time_base.den};
    int err = decide(made, first);
    if (err)
        vf_sound_track_destroy(sound);
    return err;
}

void vf_sound_track_destroy(struct vf_sound_track **sound)
{
    if (!*sound)
        return;
    vf_sound_copy_finish(&(*sound)->copy);
    vf_sound_encoder_destroy(&(*sound)->encoder);
    avcodec_parameters_free(&(*sound)->encoded);
    free(*sound);
    *sound = NULL;
}

/* Says what sound is: "aac, 48000 Hz, stereo". */
static const char *describe(char text[SOUND_TEXT], const AVCodecParameters *parameters)
{
    char layout[64] = "";
    if (av_channel_layout_describe(&parameters->ch_layout, layout, sizeof(layout)) < 0)
        layout[0] = '\0';
    snprintf(text, SOUND_TEXT, "%s, %d Hz, %s", avcodec_get_name(parameters->codec_id),
             parameters->sample_rate, layout);
    return text;
}

/* Leaves out the rest, which cannot be brought into the track. */
static void give_up(struct vf_sound_track *sound, const struct vf_message *message)
{
    char before[SOUND_TEXT], now[SOUND_TEXT];
    const AVCodec *usual = vf_output_usual_sound(sound->choice, sound->settings->path);
    sound->is_given_up = true;
    vf_sound_encoder_destroy(&sound->encoder);
    vf_node_report_error(sound->run,
                         "%s: the sound changes at %.3f s to %s, which cannot follow %s as a copy; "
                         "it is left out from there on; say audio: %s, which encodes all of it",
                         sound->settings->path, (double)vf_media_start_us(message) / AV_TIME_BASE,
                         describe(now, sound->copy.source), describe(before, sound->copy.track),
                         usual ? usual->name : "none");
}

static bool finds_fitting(struct vf_sound_track *sound)
{
    const AVCodecContext *context = vf_sound_encoder_context(sound->encoder);
    avcodec_parameters_free(&sound->encoded);
    sound->encoded = avcodec_parameters_alloc();
    return sound->encoded && avcodec_parameters_from_context(sound->encoded, context) >= 0 &&
           vf_sound_copy_suits(&sound->copy, sound->encoded);
}

/* Has what follows encoded, so that it fits what was copied. */
static int encode_rest(struct vf_sound_track *sound, const struct vf_message *message)
{
    char before[SOUND_TEXT], now[SOUND_TEXT];
    const AVCodecParameters *track = sound->copy.track;
    bool may_encode = strcmp(sound->settings->audio, "copy") != 0;
    const AVCodec *codec = may_encode ? vf_output_usual_encoder(track->codec_id) : NULL;
    int err = VF_OK;
    if (codec) {
        struct vf_sound_order order = order_of(sound, codec);
        order.like = track;
        order.bit_rate = track->bit_rate;
        err = vf_sound_encoder_create(&sound->encoder, &order, message);
    }
    if (err == -ENOMEM || err == -EBADMSG)
        return err;
    if (!sound->encoder || !finds_fitting(sound)) {
        give_up(sound, message);
        return VF_OK;
    }
    vf_log(VF_LOG_WARNING,
           "%s: the sound changes at %.3f s to %s; it is encoded from there on, to fit what was "
           "copied: %s",
           sound->settings->path, (double)vf_media_start_us(message) / AV_TIME_BASE,
           describe(now, sound->copy.source), describe(before, track));
    return VF_OK;
}

static int send_to_encoder(struct vf_sound_track *sound, const struct vf_message *message)
{
    struct vf_message *first = sound->copy.doubtful;
    int err = VF_OK;
    sound->copy.doubtful = NULL;
    if (first)
        err = vf_sound_encoder_send(sound->encoder, first);
    vf_message_destroy(&first);
    return err ? err : vf_sound_encoder_send(sound->encoder, message);
}

static int copy(struct vf_sound_track *sound, const struct vf_message *message)
{
    bool fits;
    int err = vf_sound_copy_send(&sound->copy, message, &fits);
    if (err || fits)
        return err;
    err = encode_rest(sound, message);
    return err || sound->is_given_up ? err : send_to_encoder(sound, message);
}

static int end(struct vf_sound_track *sound)
{
    if (sound->encoder)
        return vf_sound_encoder_send(sound->encoder, NULL);
    if (sound->is_copied)
        vf_sound_copy_end(&sound->copy);
    return VF_OK;
}

static int settle(struct vf_sound_track *sound, const struct vf_message *announcement)
{
    return sound->encoder ? vf_sound_encoder_settle(sound->encoder, announcement)
                          : vf_sound_copy_settle(&sound->copy);
}

int vf_sound_track_send(struct vf_sound_track *sound, const struct vf_message *message)
{
    if (!message)
        return end(sound);
    if (sound->is_given_up)
        return VF_OK;
    if (vf_media_is_announcement(message))
        return settle(sound, message);
    return sound->encoder ? vf_sound_encoder_send(sound->encoder, message) : copy(sound, message);
}

int vf_sound_track_take(struct vf_sound_track *sound, AVPacket **packet)
{
    *packet = vf_packet_queue_pop(&sound->copy.made);
    if (*packet || !sound->encoder)
        return VF_OK;
    *packet = vf_sound_encoder_take(sound->encoder);
    if (!*packet || !sound->is_copied)
        return VF_OK;
    int err = vf_sound_copy_adapt(&sound->copy, sound->encoded, *packet);
    if (err)
        av_packet_free(packet);
    return err;
}

int vf_sound_track_describe(const struct vf_sound_track *sound, struct vf_media_track *track)
{
    const AVCodecContext *context =
        !sound->is_copied && sound->encoder ? vf_sound_encoder_context(sound->encoder) : NULL;
    if (sound->is_copied ? sound->copy.packets.lacks_header : !context)
        return -EAGAIN;
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    int code = !parameters ? -ENOMEM
               : context   ? avcodec_parameters_from_context(parameters, context)
                           : avcodec_parameters_copy(parameters, sound->copy.track);
    if (code < 0) {
        avcodec_parameters_free(&parameters);
        return -ENOMEM;
    }
    track->parameters = parameters;
    track->time_base = context ? context->time_base : sound->time_base;
    return VF_OK;
}

bool vf_sound_track_is_encoded(const struct vf_sound_track *sound)
{
    return !sound->is_copied;
}
