/* SPDX-License-Identifier: MIT */
#include "engine/media/write/sound_copy.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <string.h>

#include "engine/media/codec/packet.h"
#include "engine/media/codec/sound_succession.h"
#include "engine/media/libav/frame.h"
#include "engine/media/write/choice/container_traits.h"
#include "engine/message/message.h"

static bool is_aac(const AVCodecParameters *parameters)
{
    return parameters->codec_id == AV_CODEC_ID_AAC;
}

static bool is_in_band(const struct vf_sound_copy *copy)
{
    return vf_container_traits(copy->packets.container)->says_in_band;
}

static AVRational time_base_of(const struct vf_message *message)
{
    const struct vf_rational *base = &message->description.time_base;
    return (AVRational){base->num, base->den};
}

static int take_source(struct vf_sound_copy *copy, const struct vf_message *message)
{
    avcodec_parameters_free(&copy->source);
    int err = vf_media_parameters_from_message(&copy->source, message);
    if (err)
        return err;
    copy->source_form = (struct vf_aac_form){0};
    bool has_form =
        is_aac(copy->source) && vf_aac_form_of_config(&copy->source_form, copy->source->extradata,
                                                      (size_t)copy->source->extradata_size);
    if (!copy->track) {
        copy->form = copy->source_form;
        copy->has_form = has_form;
    }
    return vf_packet_form_begin(&copy->packets, copy->source, time_base_of(message));
}

int vf_sound_copy_init(struct vf_sound_copy *copy, const struct vf_message *first)
{
    int err = take_source(copy, first);
    if (err)
        return err;
    copy->track = avcodec_parameters_alloc();
    bool is_copied = copy->track && avcodec_parameters_copy(copy->track, copy->source) >= 0;
    return is_copied ? VF_OK : -ENOMEM;
}

void vf_sound_copy_finish(struct vf_sound_copy *copy)
{
    avcodec_parameters_free(&copy->track);
    avcodec_parameters_free(&copy->source);
    vf_packet_form_finish(&copy->packets);
    vf_message_destroy(&copy->doubtful);
    vf_packet_queue_clear(&copy->made);
}

/* The track's packets have headers of their own, and those of the source have none; or the
 * container would give them the header of the track, which is another. */
static bool needs_wrap(const struct vf_sound_copy *copy)
{
    bool has_own = !copy->source->extradata_size;
    bool is_track_wrapped = !copy->track->extradata_size && !copy->packets.lacks_header;
    return !has_own &&
           (is_track_wrapped ||
            (is_in_band(copy) && !vf_aac_form_is_equal(&copy->form, &copy->source_form)));
}

static int add(struct vf_sound_copy *copy, const struct vf_message *message)
{
    AVPacket *packet;
    bool is_cut = false;
    int err = vf_media_packet_from_message(&packet, message);
    if (!err)
        err = vf_sound_trim_take(&copy->trim, copy->source->sample_rate, packet, &is_cut);
    if (err || is_cut) {
        av_packet_free(&packet);
        return err;
    }
    /* Containers keep packets for long; their sender wants its memory back. */
    if (av_packet_make_writable(packet) < 0)
        err = -ENOMEM;
    if (!err && !copy->packets.filter && is_aac(copy->source) && needs_wrap(copy))
        err = vf_aac_form_wrap(&copy->source_form, packet);
    if (!err)
        err = vf_packet_form_add(&copy->packets, packet, copy->track, &copy->made);
    av_packet_free(&packet);
    return err;
}

/* Reads the form of a packet of AAC. Returns false for one that does not say it. */
static bool find_form(const struct vf_sound_copy *copy, const struct vf_message *message,
                      struct vf_aac_form *form)
{
    const struct vf_packet *packet = &message->description.packet;
    if (copy->source->extradata_size) {
        *form = copy->source_form;
        return form->object_type;
    }
    return vf_aac_form_of_packet(form, message->payload->data + packet->data_offset,
                                 (size_t)packet->data_size);
}

static void drop_doubtful(struct vf_sound_copy *copy)
{
    if (copy->doubtful)
        vf_packet_form_report_damage(&copy->packets, vf_media_start_us(copy->doubtful),
                                     "its header is unlike all others");
    vf_message_destroy(&copy->doubtful);
}

/* Keeps a message whose sender wants its memory back. */
static int keep_doubtful(struct vf_sound_copy *copy, const struct vf_message *message)
{
    struct vf_payload *payload = NULL;
    int err = vf_payload_create(&payload, message->payload->size);
    if (err)
        return err;
    memcpy(payload->data, message->payload->data, message->payload->size);
    err = vf_message_create(&copy->doubtful, VF_VALUE_PACKET, &payload);
    if (!err)
        copy->doubtful->description = message->description;
    vf_payload_drop(&payload);
    return err;
}

/* Has the source's parameters say what its packets do. */
static void note_form(struct vf_sound_copy *copy, const struct vf_aac_form *form)
{
    AVChannelLayout *layout = &copy->source->ch_layout;
    copy->source->sample_rate = form->rate;
    if (!form->channels)
        return;
    av_channel_layout_uninit(layout);
    av_channel_layout_default(layout, form->channels == 7 ? 8 : form->channels);
}

/* Takes a packet whose header is unlike the track's: damaged, if the next one is not like it. */
static int doubt(struct vf_sound_copy *copy, const struct vf_message *message,
                 const struct vf_aac_form *form, bool *fits)
{
    struct vf_aac_form before;
    bool is_second = copy->doubtful && find_form(copy, copy->doubtful, &before) &&
                     vf_aac_form_is_equal(form, &before);
    *fits = !is_second && !copy->source->extradata_size;
    if (!*fits) {
        note_form(copy, form);
        return VF_OK;
    }
    drop_doubtful(copy);
    return keep_doubtful(copy, message);
}

static int send_aac(struct vf_sound_copy *copy, const struct vf_message *message, bool *fits)
{
    struct vf_aac_form form;
    bool is_known = find_form(copy, message, &form);
    bool is_other = is_known && copy->has_form && !vf_aac_form_is_equal(&form, &copy->form);
    if (is_other && !is_in_band(copy))
        return doubt(copy, message, &form, fits);
    drop_doubtful(copy);
    if (is_known && !copy->has_form) {
        copy->form = form;
        copy->has_form = true;
    }
    return add(copy, message);
}

static bool can_follow(const struct vf_sound_copy *copy)
{
    enum AVCodecID codec = copy->source->codec_id;
    if (codec != copy->track->codec_id)
        return false;
    if (is_in_band(copy) && vf_sound_is_self_framed(codec))
        return true;
    return is_aac(copy->source) || vf_sound_can_follow(copy->track, copy->source);
}

int vf_sound_copy_send(struct vf_sound_copy *copy, const struct vf_message *message, bool *fits)
{
    int err = VF_OK;
    *fits = true;
    if (!vf_media_packet_has_parameters(message, copy->source)) {
        drop_doubtful(copy);
        err = take_source(copy, message);
    }
    if (err)
        return err;
    *fits = can_follow(copy);
    if (!*fits)
        return VF_OK;
    return is_aac(copy->source) ? send_aac(copy, message, fits) : add(copy, message);
}

void vf_sound_copy_end(struct vf_sound_copy *copy)
{
    drop_doubtful(copy);
}

int vf_sound_copy_settle(struct vf_sound_copy *copy)
{
    uint8_t config[VF_AAC_CONFIG_SIZE];
    if (!copy->packets.lacks_header || !vf_aac_form_of_parameters(&copy->form, copy->track))
        return VF_OK;
    copy->has_form = true;
    vf_aac_form_write_config(&copy->form, config);
    return vf_packet_form_set_header(&copy->packets, copy->track, config, sizeof(config));
}

bool vf_sound_copy_suits(const struct vf_sound_copy *copy, const AVCodecParameters *encoded)
{
    struct vf_aac_form form;
    if (!is_aac(copy->track) || !copy->has_form)
        return vf_sound_can_follow(copy->track, encoded);
    return is_aac(encoded) &&
           vf_aac_form_of_config(&form, encoded->extradata, (size_t)encoded->extradata_size) &&
           vf_aac_form_is_equal(&form, &copy->form);
}

int vf_sound_copy_adapt(const struct vf_sound_copy *copy, const AVCodecParameters *encoded,
                        AVPacket *packet)
{
    struct vf_aac_form form;
    if (!is_aac(copy->track) || copy->track->extradata_size)
        return VF_OK;
    if (!vf_aac_form_of_config(&form, encoded->extradata, (size_t)encoded->extradata_size))
        return -EINVAL;
    return vf_aac_form_wrap(&form, packet);
}
