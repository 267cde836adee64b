/* SPDX-License-Identifier: MIT */
#include "engine/media/libav/sound.h"

#include <errno.h>
#include <libavutil/channel_layout.h>
#include <libavutil/frame.h>
#include <libavutil/mem.h>
#include <libavutil/samplefmt.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/media/libav/compat.h"
#include "engine/media/libav/payload_buffer.h"
#include "engine/node/node.h"

#define MAX_CHANNELS 64 /* as in a description */

static size_t round_up(size_t size, size_t step)
{
    return (size + step - 1) / step * step;
}

/* Returns the bytes of one plane. */
static size_t plane_bytes(int format, int channels, int samples)
{
    bool is_planar = av_sample_fmt_is_planar(format);
    return (size_t)av_get_bytes_per_sample(format) * (size_t)samples *
           (is_planar ? 1 : (size_t)channels);
}

static unsigned plane_count(int format, int channels)
{
    return av_sample_fmt_is_planar(format) ? (unsigned)channels : 1;
}

static size_t stride_of(int format, int channels, int samples)
{
    return round_up(plane_bytes(format, channels, samples), VF_PAYLOAD_MARGIN);
}

size_t vf_media_sound_payload_size(int format, int channels, int samples, size_t extras_size)
{
    return stride_of(format, channels, samples) * plane_count(format, channels) + extras_size;
}

void vf_media_sound_layout(AVChannelLayout *layout, const char *name, int channels)
{
    *layout = (AVChannelLayout){0};
    if (name[0] && av_channel_layout_from_string(layout, name) == 0 &&
        layout->nb_channels == channels && layout->order != AV_CHANNEL_ORDER_UNSPEC)
        return;
    av_channel_layout_uninit(layout);
    av_channel_layout_default(layout, channels);
}

static bool is_text(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

static bool is_form_sound(const struct vf_audio *audio)
{
    return is_text(audio->format, sizeof(audio->format)) &&
           is_text(audio->layout, sizeof(audio->layout)) && audio->sample_rate > 0 &&
           audio->channels > 0 && audio->channels <= MAX_CHANNELS && audio->samples >= 0 &&
           av_get_sample_fmt(audio->format) != AV_SAMPLE_FMT_NONE;
}

/* Returns whether the samples lie in the payload. */
static bool are_samples_sound(const struct vf_message *message, int format)
{
    const struct vf_audio *audio = &message->description.audio;
    const struct vf_plane *plane = &audio->plane;
    unsigned count = plane_count(format, audio->channels);
    size_t bytes = plane_bytes(format, audio->channels, audio->samples);
    if (!audio->samples)
        return true;
    if (!message->payload || audio->plane_count != count || bytes > INT32_MAX ||
        plane->row_bytes < bytes || plane->stride < bytes ||
        plane->offset % (size_t)av_get_bytes_per_sample(format) ||
        plane->stride % (size_t)av_get_bytes_per_sample(format))
        return false;
    uint64_t extent = (uint64_t)plane->stride * (count - 1) + bytes;
    return plane->offset <= message->payload->size &&
           extent <= message->payload->size - plane->offset;
}

static int share_samples(AVFrame *frame, const struct vf_message *message)
{
    const struct vf_audio *audio = &message->description.audio;
    if (!audio->samples)
        return VF_OK;
    frame->buf[0] = vf_payload_buffer_share(message, 0, message->payload->size);
    if (!frame->buf[0])
        return -ENOMEM;
    if (audio->plane_count > AV_NUM_DATA_POINTERS) {
        frame->extended_data = av_calloc(audio->plane_count, sizeof(*frame->extended_data));
        if (!frame->extended_data) {
            frame->extended_data = frame->data;
            return -ENOMEM;
        }
    }
    for (unsigned i = 0; i < audio->plane_count; i++) {
        uint8_t *plane =
            message->payload->data + audio->plane.offset + (size_t)i * audio->plane.stride;
        frame->extended_data[i] = plane;
        if (i < AV_NUM_DATA_POINTERS)
            frame->data[i] = plane;
    }
    frame->linesize[0] = (int)plane_bytes(frame->format, audio->channels, audio->samples);
    return VF_OK;
}

/* Who keeps what is said of the source shall not keep the samples with it. */
static int copy_extras(AVFrame *frame, const struct vf_message *message)
{
    const struct vf_description *description = &message->description;
    frame->opaque_ref = av_buffer_alloc(description->extras_size);
    if (!frame->opaque_ref)
        return -ENOMEM;
    memcpy(frame->opaque_ref->data, message->payload->data + description->extras_offset,
           description->extras_size);
    return VF_OK;
}

static void restore_frame(AVFrame *frame, const struct vf_description *description)
{
    const struct vf_audio *audio = &description->audio;
    frame->format = av_get_sample_fmt(audio->format);
    frame->sample_rate = audio->sample_rate;
    frame->nb_samples = audio->samples;
    vf_media_sound_layout(&frame->ch_layout, audio->layout, audio->channels);
    frame->pts = description->timestamp;
    frame->time_base = (AVRational){description->time_base.num, description->time_base.den};
    vf_compat_set_frame_duration(frame, description->duration);
}

int vf_media_sound_from_message(AVFrame **frame, const struct vf_message *message)
{
    const struct vf_description *description = &message->description;
    *frame = NULL;
    if (description->type != VF_VALUE_AUDIO || !is_form_sound(&description->audio) ||
        !are_samples_sound(message, av_get_sample_fmt(description->audio.format)) ||
        !vf_message_extras_fit(message)) {
        vf_log(VF_LOG_ERROR, "sound was received whose description does not fit its bytes");
        return -EBADMSG;
    }
    *frame = av_frame_alloc();
    if (!*frame)
        return -ENOMEM;
    restore_frame(*frame, description);
    int err = share_samples(*frame, message);
    if (!err && description->extras_size)
        err = copy_extras(*frame, message);
    if (err)
        av_frame_free(frame);
    return err;
}

static void describe(struct vf_description *description, const AVFrame *frame)
{
    struct vf_audio *audio = &description->audio;
    const char *format = av_get_sample_fmt_name(frame->format);
    description->timestamp = frame->pts == AV_NOPTS_VALUE ? VF_NO_TIMESTAMP : frame->pts;
    description->time_base = (struct vf_rational){frame->time_base.num, frame->time_base.den};
    description->duration = vf_compat_frame_duration(frame);
    snprintf(audio->format, sizeof(audio->format), "%s", format ? format : "");
    if (av_channel_layout_describe(&frame->ch_layout, audio->layout, sizeof(audio->layout)) < 0)
        audio->layout[0] = '\0';
    audio->layout[sizeof(audio->layout) - 1] = '\0';
    audio->sample_rate = frame->sample_rate;
    audio->channels = frame->ch_layout.nb_channels;
    audio->samples = frame->nb_samples;
    audio->plane_count = plane_count(frame->format, audio->channels);
    if (!frame->nb_samples)
        return;
    audio->plane = (struct vf_plane){
        .stride = (uint32_t)stride_of(frame->format, audio->channels, audio->samples),
        .row_bytes = (uint32_t)plane_bytes(frame->format, audio->channels, audio->samples),
        .rows = 1,
    };
}

/* Fills the message's payload: the planes, and behind them the extras. */
static void write_samples(struct vf_message *message, const AVFrame *frame)
{
    struct vf_description *description = &message->description;
    const struct vf_plane *plane = &description->audio.plane;
    const AVBufferRef *extras = frame->opaque_ref;
    uint8_t *to = message->payload->data;
    for (unsigned i = 0; frame->nb_samples && i < description->audio.plane_count; i++)
        memcpy(to + (size_t)i * plane->stride, frame->extended_data[i], plane->row_bytes);
    if (!extras || !extras->size)
        return;
    description->extras_offset = (uint64_t)plane->stride * description->audio.plane_count;
    description->extras_size = extras->size;
    memcpy(to + description->extras_offset, extras->data, extras->size);
}

static bool is_frame_usable(const AVFrame *frame)
{
    int channels = frame->ch_layout.nb_channels;
    bool is_form = channels > 0 && channels <= MAX_CHANNELS && frame->sample_rate > 0 &&
                   av_get_bytes_per_sample(frame->format) > 0;
    if (!is_form)
        vf_log(VF_LOG_ERROR, "sound of %d channels at %d Hz cannot be passed on", channels,
               frame->sample_rate);
    return is_form;
}

int vf_media_sound_to_message(struct vf_node_run *run, const AVFrame *frame,
                              struct vf_message **message)
{
    *message = NULL;
    if (!is_frame_usable(frame))
        return -EINVAL;
    size_t extras = frame->opaque_ref ? frame->opaque_ref->size : 0;
    size_t size = vf_media_sound_payload_size(frame->format, frame->ch_layout.nb_channels,
                                              frame->nb_samples, extras);
    struct vf_payload *payload = NULL;
    int err = size ? vf_node_allocate(run, size, &payload) : VF_OK;
    if (err)
        return err;
    err = vf_message_create(message, VF_VALUE_AUDIO, &payload);
    if (!err) {
        describe(&(*message)->description, frame);
        if (size)
            write_samples(*message, frame);
    }
    vf_payload_drop(&payload);
    return err;
}

int vf_media_sound_announce_none(struct vf_message **message)
{
    struct vf_payload *nothing = NULL;
    return vf_message_create(message, VF_VALUE_AUDIO, &nothing);
}

bool vf_media_sound_is_none(const struct vf_message *message)
{
    const struct vf_description *description = &message->description;
    return description->type == VF_VALUE_AUDIO && !description->audio.samples &&
           !description->audio.sample_rate;
}

bool vf_media_sound_is_announcement(const struct vf_message *message)
{
    const struct vf_description *description = &message->description;
    return description->type == VF_VALUE_AUDIO && !description->audio.samples &&
           description->audio.sample_rate;
}
