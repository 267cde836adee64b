/* SPDX-License-Identifier: MIT */
#include "engine/media/write/sound_track.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/media/codec/packet.h"
#include "engine/media/codec/packet_queue.h"
#include "engine/media/libav/error.h"
#include "engine/media/write/choice/container_traits.h"
#include "engine/media/write/choice/problem.h"
#include "engine/media/write/choice/sound.h"
#include "engine/media/write/encode/sound_encoder.h"
#include "engine/message/message.h"

struct vf_sound_track {
    AVCodecParameters *parameters; /* of the packets that come */
    AVRational time_base;
    struct vf_sound_encoder *encoder; /* NULL: they are copied */
    AVBSFContext *filter; /* that brings what is copied into the container's form; NULL: it is */
    bool lacks_header;    /* of that form: the first packet that passes the filter brings it */
    uint64_t damaged;
    struct vf_packet_queue copied;
};

/* AAC of MPEG-TS and HLS says in each packet (ADTS) what other containers say once, in front. libav
 * has them filtered when a file begins with its first packet, but not when it begins with its
 * header, as one that can be played at any time does. */
static int open_filter(struct vf_sound_track *sound, const struct vf_output_choice *choice)
{
    bool is_bare = sound->parameters->codec_id == AV_CODEC_ID_AAC &&
                   !sound->parameters->extradata_size &&
                   choice->container->flags & AVFMT_GLOBALHEADER;
    if (!is_bare)
        return VF_OK;
    int code = av_bsf_alloc(av_bsf_get_by_name("aac_adtstoasc"), &sound->filter);
    if (code >= 0)
        code = avcodec_parameters_copy(sound->filter->par_in, sound->parameters);
    if (code < 0)
        return -ENOMEM;
    sound->filter->time_base_in = sound->time_base;
    sound->lacks_header = true;
    return vf_media_error(av_bsf_init(sound->filter));
}

static int decide(struct vf_sound_track *sound, const struct vf_output_choice *choice,
                  const struct vf_output_settings *settings, const struct vf_message *first)
{
    const AVCodec *encoder;
    char text[512];
    const struct vf_output_problem problem = {text, sizeof(text)};
    int err = vf_output_choose_sound(choice, settings, sound->parameters, &encoder, &problem);
    if (err)
        vf_log(VF_LOG_ERROR, "%s", text);
    if (err)
        return err;
    if (!encoder)
        return open_filter(sound, choice);
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
    av_bsf_free(&(*sound)->filter);
    vf_packet_queue_clear(&(*sound)->copied);
    free(*sound);
    *sound = NULL;
}

static void remove_side_data(AVPacket *packet, enum AVPacketSideDataType type)
{
    for (int i = packet->side_data_elems; i-- > 0;) {
        if (packet->side_data[i].type != type)
            continue;
        av_free(packet->side_data[i].data);
        packet->side_data[i] = packet->side_data[--packet->side_data_elems];
    }
}

/* Takes what describes all packets out of the first that has it: a muxer that gets it with a packet
 * would go back and write it into the header, which is not to change any more. */
static int take_header(struct vf_sound_track *sound, AVPacket *packet)
{
    size_t size;
    const uint8_t *header = av_packet_get_side_data(packet, AV_PKT_DATA_NEW_EXTRADATA, &size);
    AVCodecParameters *parameters = sound->parameters;
    if (!header || !sound->lacks_header)
        return VF_OK;
    parameters->extradata = av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE);
    if (!parameters->extradata)
        return -ENOMEM;
    memcpy(parameters->extradata, header, size);
    parameters->extradata_size = (int)size;
    sound->lacks_header = false;
    remove_side_data(packet, AV_PKT_DATA_NEW_EXTRADATA);
    return VF_OK;
}

/* Returns VF_DROPPED for a packet that cannot be brought into the container's form. */
static int filter(struct vf_sound_track *sound, AVPacket *packet)
{
    int code = av_bsf_send_packet(sound->filter, packet);
    if (code >= 0)
        code = av_bsf_receive_packet(sound->filter, packet);
    if (code == AVERROR(ENOMEM))
        return -ENOMEM;
    if (code < 0) {
        if (!sound->damaged++)
            vf_log(VF_LOG_WARNING, "a packet of sound is damaged (%s): it is left out",
                   vf_media_error_text(code).text);
        return VF_DROPPED;
    }
    return take_header(sound, packet);
}

static int copy(struct vf_sound_track *sound, const struct vf_message *message)
{
    AVPacket *packet;
    int err = vf_media_packet_from_message(&packet, message);
    /* Containers keep packets for long; their sender wants its memory back. */
    if (!err && av_packet_make_writable(packet) < 0)
        err = -ENOMEM;
    if (!err && sound->filter)
        err = filter(sound, packet);
    if (!err)
        err = vf_packet_queue_push(&sound->copied, packet);
    av_packet_free(&packet);
    return err == VF_DROPPED ? VF_OK : err;
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
    if (sound->encoder ? !context : sound->lacks_header)
        return -EAGAIN;
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    int code = !parameters ? -ENOMEM
               : context   ? avcodec_parameters_from_context(parameters, context)
                           : avcodec_parameters_copy(parameters, sound->parameters);
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
    return sound->encoder != NULL;
}
