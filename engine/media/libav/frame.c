/* SPDX-License-Identifier: MIT */
#include "engine/media/libav/frame.h"

#include <errno.h>
#include <libavutil/frame.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>

#include "engine/base/log.h"
#include "engine/media/libav/compat.h"
#include "engine/media/libav/payload_buffer.h"
#include "engine/media/libav/picture.h"
#include "engine/node/node.h"

int vf_media_pixel_format(const struct vf_video *video)
{
    if (!memchr(video->format, '\0', sizeof(video->format)))
        return AV_PIX_FMT_NONE;
    return vf_picture_format(video->format);
}

/* Returns whether `plane` holds what libav will read of it, and lies within the payload. */
static bool is_plane_sound(const struct vf_plane *plane, size_t row_bytes, unsigned rows,
                           size_t payload_size)
{
    if (!row_bytes || !rows || plane->stride < row_bytes || plane->stride > INT32_MAX)
        return false;
    uint64_t extent = (uint64_t)plane->stride * (rows - 1) + row_bytes;
    return plane->offset <= payload_size && extent <= payload_size - plane->offset;
}

static bool is_video_sound(const struct vf_video *video, int format, size_t payload_size)
{
    if (av_image_check_size((unsigned)video->width, (unsigned)video->height, 0, NULL) < 0)
        return false;
    unsigned count = vf_picture_plane_count(format);
    if (!count || video->plane_count != count)
        return false;
    for (unsigned i = 0; i < count; i++) {
        if (!is_plane_sound(&video->planes[i], vf_picture_row_bytes(format, video->width, i),
                            vf_picture_rows(format, video->height, i), payload_size))
            return false;
    }
    return true;
}

/* Zero stands for "unknown" in messages, but for RGB in libav. */
static void restore_colours(AVFrame *frame, const struct vf_video *video)
{
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(frame->format);
    bool is_rgb = descriptor->flags & AV_PIX_FMT_FLAG_RGB;
    frame->color_range = video->colour_range;
    frame->color_primaries =
        video->colour_primaries ? video->colour_primaries : AVCOL_PRI_UNSPECIFIED;
    frame->color_trc = video->colour_transfer ? video->colour_transfer : AVCOL_TRC_UNSPECIFIED;
    frame->colorspace =
        video->colour_matrix || is_rgb ? video->colour_matrix : AVCOL_SPC_UNSPECIFIED;
    frame->chroma_location = video->chroma_location;
}

static void restore_frame(AVFrame *frame, const struct vf_description *description, int format)
{
    const struct vf_video *video = &description->video;
    frame->format = format;
    frame->width = video->width;
    frame->height = video->height;
    frame->sample_aspect_ratio =
        (AVRational){video->sample_aspect_ratio.num, video->sample_aspect_ratio.den};
    frame->pts = description->timestamp;
    frame->time_base = (AVRational){description->time_base.num, description->time_base.den};
    vf_compat_set_frame_duration(frame, description->duration);
    vf_compat_set_picture_flags(frame, video->is_key, video->is_interlaced,
                                video->is_top_field_first);
    restore_colours(frame, video);
}

int vf_media_frame_from_message(AVFrame **frame, const struct vf_message *message)
{
    *frame = NULL;
    const struct vf_video *video = &message->description.video;
    bool is_video = message->description.type == VF_VALUE_VIDEO && message->payload;
    int format = is_video ? vf_media_pixel_format(video) : AV_PIX_FMT_NONE;
    if (format == AV_PIX_FMT_NONE || !is_video_sound(video, format, message->payload->size) ||
        !vf_message_extras_fit(message)) {
        vf_log(VF_LOG_ERROR, "a frame was received whose description does not fit its bytes");
        return -EBADMSG;
    }
    *frame = av_frame_alloc();
    if (*frame)
        (*frame)->buf[0] = vf_payload_buffer_share(message, 0, message->payload->size);
    if (*frame && message->description.extras_size)
        (*frame)->opaque_ref = vf_payload_buffer_share(message, message->description.extras_offset,
                                                       message->description.extras_size);
    bool has_extras = !message->description.extras_size || (*frame && (*frame)->opaque_ref);
    if (!*frame || !(*frame)->buf[0] || !has_extras) {
        av_frame_free(frame);
        return -ENOMEM;
    }
    restore_frame(*frame, &message->description, format);
    for (unsigned i = 0; i < video->plane_count; i++) {
        (*frame)->data[i] = message->payload->data + video->planes[i].offset;
        (*frame)->linesize[i] = (int)video->planes[i].stride;
    }
    return VF_OK;
}

/* Fills `planes` with where the frame's rows lie in `payload`. Returns whether all do, the right
 * way up. */
static bool describe_planes(struct vf_plane *planes, const AVFrame *frame,
                            const struct vf_payload *payload)
{
    unsigned count = vf_picture_plane_count(frame->format);
    for (unsigned i = 0; i < count; i++) {
        size_t row_bytes = vf_picture_row_bytes(frame->format, frame->width, i);
        int stride = frame->linesize[i];
        if (stride == 0 && vf_picture_rows(frame->format, frame->height, i) == 1)
            stride = (int)row_bytes; /* libav's way to write a palette */
        ptrdiff_t offset = frame->data[i] - payload->data;
        if (stride <= 0 || offset < 0)
            return false;
        planes[i] = (struct vf_plane){
            .offset = (uint64_t)offset,
            .stride = (uint32_t)stride,
            .row_bytes = (uint32_t)row_bytes,
            .rows = vf_picture_rows(frame->format, frame->height, i),
        };
        if (!is_plane_sound(&planes[i], row_bytes, planes[i].rows, payload->size))
            return false;
    }
    return count > 0;
}

static void describe_frame(struct vf_description *description, const AVFrame *frame,
                           struct vf_rational frame_rate)
{
    struct vf_video *video = &description->video;
    snprintf(video->format, sizeof(video->format), "%s", av_get_pix_fmt_name(frame->format));
    video->width = frame->width;
    video->height = frame->height;
    video->sample_aspect_ratio =
        (struct vf_rational){frame->sample_aspect_ratio.num, frame->sample_aspect_ratio.den};
    video->frame_rate = frame_rate;
    video->colour_range = (uint8_t)frame->color_range;
    video->colour_primaries = (uint8_t)frame->color_primaries;
    video->colour_transfer = (uint8_t)frame->color_trc;
    video->colour_matrix = (uint8_t)frame->colorspace;
    video->chroma_location = (uint8_t)frame->chroma_location;
    video->is_key = vf_compat_is_key(frame);
    video->is_interlaced = vf_compat_is_interlaced(frame);
    video->is_top_field_first = vf_compat_is_top_field_first(frame);
    video->plane_count = vf_picture_plane_count(frame->format);
    description->timestamp = frame->pts;
    description->duration = vf_compat_frame_duration(frame);
    description->time_base = (struct vf_rational){frame->time_base.num, frame->time_base.den};
}

/* Puts the frame's extras into its payload, if they are not there. Returns -ENOENT where there is
 * no room that nobody reads. */
static int place_extras(const AVFrame *frame, struct vf_payload *payload,
                        struct vf_description *description)
{
    const AVBufferRef *extras = frame->opaque_ref;
    if (!extras || !extras->size)
        return VF_OK;
    size_t offset = payload->size - payload->tail;
    uintptr_t begin = (uintptr_t)payload->data, place = (uintptr_t)extras->data;
    bool is_inside = extras->size <= payload->size && place >= begin &&
                     place - begin <= payload->size - extras->size;
    if (is_inside) {
        offset = place - begin;
    } else {
        if (extras->size > payload->tail)
            return -ENOENT;
        memcpy(payload->data + offset, extras->data, extras->size);
        payload->tail = 0;
    }
    description->extras_offset = offset;
    description->extras_size = extras->size;
    return VF_OK;
}

/* Makes a message of a frame whose planes all lie in its first buffer, a payload. Returns
 * -ENOENT for one that does not. */
static int share_frame(const AVFrame *frame, struct vf_message **message)
{
    if (!frame->buf[0] || frame->buf[1])
        return -ENOENT;
    struct vf_payload *payload = vf_payload_buffer_find(frame->buf[0]);
    struct vf_plane planes[VF_MAX_PLANES] = {{0}};
    if (!payload || !describe_planes(planes, frame, payload)) {
        vf_payload_drop(&payload);
        return -ENOENT;
    }
    struct vf_description extras = {0};
    int err = place_extras(frame, payload, &extras);
    if (!err)
        err = vf_message_create(message, VF_VALUE_VIDEO, &payload);
    if (!err) {
        struct vf_description *description = &(*message)->description;
        memcpy(description->video.planes, planes, sizeof(planes));
        description->extras_offset = extras.extras_offset;
        description->extras_size = extras.extras_size;
    }
    vf_payload_drop(&payload);
    return err;
}

/* Fills *copy, which was made with `err`, and frees it on failure. */
static int fill_copy(AVFrame **copy, int err, const AVFrame *frame)
{
    if (err == -EINVAL)
        vf_log(VF_LOG_ERROR, "frames of format %s cannot be passed on",
               av_get_pix_fmt_name(frame->format));
    if (err)
        return err;
    av_image_copy((*copy)->data, (*copy)->linesize, (const uint8_t **)frame->data, frame->linesize,
                  frame->format, frame->width, frame->height);
    if (av_frame_copy_props(*copy, frame) >= 0)
        return VF_OK;
    av_frame_free(copy);
    return -ENOMEM;
}

int vf_media_frame_copy(AVFrame **copy, struct vf_node_run *run, const AVFrame *frame)
{
    int err = vf_picture_create(copy, run, frame->format, frame->width, frame->height);
    return fill_copy(copy, err, frame);
}

int vf_media_frame_copy_writable(AVFrame **copy, struct vf_node_run *run, const AVFrame *frame)
{
    int err = vf_picture_create_writable(copy, run, frame->format, frame->width, frame->height);
    return fill_copy(copy, err, frame);
}

int vf_media_frame_detach(AVFrame *frame)
{
    AVFrame *copy = av_frame_alloc();
    if (!copy)
        return -ENOMEM;
    copy->format = frame->format;
    copy->width = frame->width;
    copy->height = frame->height;
    int err = av_frame_get_buffer(copy, 0) < 0 ? -ENOMEM : fill_copy(&copy, VF_OK, frame);
    if (!err) {
        av_frame_unref(frame);
        av_frame_move_ref(frame, copy);
    }
    av_frame_free(&copy);
    return err;
}

static int copy_and_share(struct vf_node_run *run, const AVFrame *frame,
                          struct vf_message **message)
{
    AVFrame *copy;
    size_t extras_size = frame->opaque_ref ? frame->opaque_ref->size : 0;
    int err = vf_picture_create_roomy(&copy, run, frame, extras_size);
    err = fill_copy(&copy, err, frame);
    if (err)
        return err;
    err = share_frame(copy, message);
    av_frame_free(&copy);
    return err;
}

int vf_media_frame_to_message(struct vf_node_run *run, const AVFrame *frame,
                              struct vf_rational frame_rate, struct vf_message **message)
{
    *message = NULL;
    int err = share_frame(frame, message);
    if (err == -ENOENT)
        err = copy_and_share(run, frame, message);
    if (!err)
        describe_frame(&(*message)->description, frame, frame_rate);
    return err;
}

void vf_media_frame_stretch(struct vf_message *message, int times)
{
    struct vf_rational *rate = &message->description.video.frame_rate;
    message->description.duration *= times;
    if (rate->num > 0 && rate->den > 0)
        av_reduce(&rate->num, &rate->den, rate->num, (int64_t)rate->den * times, INT32_MAX);
}

static int64_t time_us(const struct vf_description *description, int64_t timestamp)
{
    AVRational time_base = {description->time_base.num, description->time_base.den};
    if (description->timestamp == VF_NO_TIMESTAMP || time_base.num <= 0 || time_base.den <= 0)
        return INT64_MIN;
    return av_rescale_q(timestamp, time_base, AV_TIME_BASE_Q);
}

int64_t vf_media_start_us(const struct vf_message *message)
{
    return time_us(&message->description, message->description.timestamp);
}

int64_t vf_media_end_us(const struct vf_message *message)
{
    const struct vf_description *description = &message->description;
    return time_us(description, description->timestamp + description->duration);
}
