/* SPDX-License-Identifier: MIT */
#include "engine/media/libav/audio.h"

#include <errno.h>
#include <libavutil/channel_layout.h>
#include <libavutil/frame.h>
#include <libavutil/mem.h>
#include <libavutil/samplefmt.h>

#include "engine/base/log.h"
#include "engine/media/libav/compat.h"
#include "engine/media/libav/payload_buffer.h"
#include "engine/node/node.h"

#define ALIGNMENT 64
#define MAX_CHANNELS 255

/* What follows from a sample format: how many planes there are, and how long they are. */
struct shape {
    unsigned planes;
    size_t row_bytes;
};

static struct shape shape_of(enum AVSampleFormat format, int channels, int samples)
{
    bool is_planar = av_sample_fmt_is_planar(format);
    size_t sample_bytes = (size_t)av_get_bytes_per_sample(format);
    size_t in_a_row = (size_t)samples * (size_t)(is_planar ? 1 : channels);
    return (struct shape){
        .planes = is_planar ? (unsigned)channels : 1,
        .row_bytes = in_a_row * sample_bytes,
    };
}

/* Returns the sample format, or AV_SAMPLE_FMT_NONE where the description does not hold. */
static enum AVSampleFormat sound_format(const struct vf_message *message)
{
    const struct vf_audio *audio = &message->description.audio;
    if (message->description.type != VF_VALUE_AUDIO || !message->payload ||
        !memchr(audio->format, '\0', sizeof(audio->format)) ||
        !memchr(audio->layout, '\0', sizeof(audio->layout)))
        return AV_SAMPLE_FMT_NONE;
    enum AVSampleFormat format = av_get_sample_fmt(audio->format);
    if (format == AV_SAMPLE_FMT_NONE || audio->channels <= 0 || audio->channels > MAX_CHANNELS ||
        audio->samples <= 0 || audio->sample_rate <= 0)
        return AV_SAMPLE_FMT_NONE;
    struct shape shape = shape_of(format, audio->channels, audio->samples);
    uint64_t size = message->payload->size, stride = audio->plane.stride;
    uint64_t extent = stride * (shape.planes - 1) + shape.row_bytes;
    bool is_sound = audio->plane_count == shape.planes && shape.row_bytes <= INT32_MAX &&
                    (shape.planes == 1 || stride >= shape.row_bytes) &&
                    audio->plane.offset <= size && extent <= size - audio->plane.offset;
    return is_sound ? format : AV_SAMPLE_FMT_NONE;
}

static void restore_layout(AVFrame *frame, const struct vf_audio *audio)
{
    if (audio->layout[0] && av_channel_layout_from_string(&frame->ch_layout, audio->layout) == 0 &&
        frame->ch_layout.nb_channels == audio->channels)
        return;
    av_channel_layout_uninit(&frame->ch_layout);
    av_channel_layout_default(&frame->ch_layout, audio->channels);
}

/* More planes than a frame has room for stand in an array of their own. */
static int point_to_planes(AVFrame *frame, const struct vf_message *message)
{
    const struct vf_audio *audio = &message->description.audio;
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
    return VF_OK;
}

static int restore_frame(AVFrame *frame, const struct vf_message *message,
                         enum AVSampleFormat format)
{
    const struct vf_description *description = &message->description;
    const struct vf_audio *audio = &description->audio;
    frame->format = format;
    frame->nb_samples = audio->samples;
    frame->sample_rate = audio->sample_rate;
    frame->linesize[0] = (int)shape_of(format, audio->channels, audio->samples).row_bytes;
    frame->pts = description->timestamp;
    frame->time_base = (AVRational){description->time_base.num, description->time_base.den};
    vf_compat_set_frame_duration(frame, description->duration);
    struct vf_payload *payload = vf_payload_hold(message->payload);
    frame->buf[0] = vf_payload_buffer_create(&payload, 0, message->payload->size);
    vf_payload_drop(&payload);
    if (!frame->buf[0])
        return -ENOMEM;
    restore_layout(frame, audio);
    return point_to_planes(frame, message);
}

int vf_media_audio_from_message(AVFrame **frame, const struct vf_message *message)
{
    *frame = NULL;
    enum AVSampleFormat format = sound_format(message);
    if (format == AV_SAMPLE_FMT_NONE) {
        vf_log(VF_LOG_ERROR, "sound was received whose description does not fit its bytes");
        return -EBADMSG;
    }
    *frame = av_frame_alloc();
    if (!*frame)
        return -ENOMEM;
    int err = restore_frame(*frame, message, format);
    if (err)
        av_frame_free(frame);
    return err;
}

static void describe_frame(struct vf_description *description, const AVFrame *frame,
                           const struct shape *shape, size_t stride)
{
    struct vf_audio *audio = &description->audio;
    snprintf(audio->format, sizeof(audio->format), "%s", av_get_sample_fmt_name(frame->format));
    if (av_channel_layout_describe(&frame->ch_layout, audio->layout, sizeof(audio->layout)) < 0)
        audio->layout[0] = '\0';
    audio->sample_rate = frame->sample_rate;
    audio->channels = frame->ch_layout.nb_channels;
    audio->samples = frame->nb_samples;
    audio->plane_count = shape->planes;
    audio->plane = (struct vf_plane){
        .stride = (uint32_t)stride,
        .row_bytes = (uint32_t)shape->row_bytes,
        .rows = 1,
    };
    description->timestamp = frame->pts;
    description->duration = vf_compat_frame_duration(frame);
    description->time_base = (struct vf_rational){frame->time_base.num, frame->time_base.den};
}

int vf_media_audio_to_message(struct vf_node_run *run, const AVFrame *frame,
                              struct vf_message **message)
{
    *message = NULL;
    struct shape shape = shape_of(frame->format, frame->ch_layout.nb_channels, frame->nb_samples);
    size_t stride = (shape.row_bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct vf_payload *payload = NULL;
    int err = vf_node_allocate(run, stride * shape.planes, &payload);
    if (err)
        return err;
    for (unsigned i = 0; i < shape.planes; i++)
        memcpy(payload->data + i * stride, frame->extended_data[i], shape.row_bytes);
    err = vf_message_create(message, VF_VALUE_AUDIO, &payload);
    if (!err)
        describe_frame(&(*message)->description, frame, &shape, stride);
    vf_payload_drop(&payload);
    return err;
}
