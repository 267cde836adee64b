/* SPDX-License-Identifier: MIT */
#include "engine/media/picture/packed_picture.h"

#include <errno.h>
#include <libavutil/frame.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>

#include "engine/media/libav/compat.h"
#include "engine/media/libav/error.h"
#include "engine/media/libav/frame.h"
#include "engine/media/libav/picture.h"
#include "engine/media/picture/scaler.h"
#include "engine/node/node.h"

#define USUAL_FORMAT "rgb24"
#define STRANGE_FORMATS                                                       \
    (AV_PIX_FMT_FLAG_PLANAR | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_PAL | \
     AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_BAYER | AV_PIX_FMT_FLAG_FLOAT)

struct vf_packer {
    char format[32]; /* "": whatever is packed already */
    struct vf_scaler *scaler;
};

unsigned vf_packed_channels(const char *name)
{
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(vf_picture_format(name));
    if (!format || format->flags & STRANGE_FORMATS || format->log2_chroma_w ||
        format->log2_chroma_h)
        return 0;
    for (unsigned i = 0; i < format->nb_components; i++) {
        const AVComponentDescriptor *component = &format->comp[i];
        if (component->depth != 8 || component->shift || component->step != format->comp[0].step)
            return 0;
    }
    return (unsigned)format->comp[0].step;
}

int vf_packer_create(struct vf_packer **packer, const char *format)
{
    *packer = calloc(1, sizeof(**packer));
    if (!*packer)
        return -ENOMEM;
    snprintf((*packer)->format, sizeof((*packer)->format), "%s", format);
    return VF_OK;
}

void vf_packer_destroy(struct vf_packer **packer)
{
    if (!*packer)
        return;
    vf_scaler_destroy(&(*packer)->scaler);
    free(*packer);
    *packer = NULL;
}

/* Describes the packed bytes as a frame without a buffer of its own. */
static AVFrame *wrap(const struct vf_packed_picture *picture, const char *format)
{
    AVFrame *frame = av_frame_alloc();
    if (!frame)
        return NULL;
    frame->format = vf_picture_format(format);
    frame->width = (int)picture->width;
    frame->height = (int)picture->height;
    frame->data[0] = picture->payload->data;
    frame->linesize[0] = (int)(picture->width * picture->channels);
    return frame;
}

static int draw(struct vf_packer *packer, const AVFrame *source, AVFrame *target)
{
    if (source->format == target->format) {
        av_image_copy_plane(target->data[0], target->linesize[0], source->data[0],
                            source->linesize[0], target->linesize[0], target->height);
        return VF_OK;
    }
    int err = packer->scaler ? VF_OK : vf_scaler_create(&packer->scaler, VF_SCALER_BICUBIC);
    return err ? err : vf_scaler_draw(packer->scaler, source, target);
}

int vf_packer_pack(struct vf_packer *packer, const struct vf_message *message,
                   struct vf_packed_picture *picture)
{
    AVFrame *source, *target = NULL;
    *picture = (struct vf_packed_picture){NULL};
    int err = vf_media_frame_from_message(&source, message);
    if (err)
        return err;
    const char *format = packer->format;
    if (!*format)
        format = vf_packed_channels(message->description.video.format)
                     ? message->description.video.format
                     : USUAL_FORMAT;
    picture->width = (uint32_t)source->width;
    picture->height = (uint32_t)source->height;
    picture->channels = vf_packed_channels(format);
    err = vf_payload_create(&picture->payload,
                            (size_t)picture->width * picture->height * picture->channels);
    if (!err) {
        target = wrap(picture, format);
        err = target ? draw(packer, source, target) : -ENOMEM;
    }
    if (err)
        vf_payload_drop(&picture->payload);
    av_frame_free(&source);
    av_frame_free(&target);
    return err;
}

static void describe(AVFrame *frame, const struct vf_packed_frame *packed)
{
    frame->pts = packed->number;
    frame->time_base = (AVRational){packed->rate.den, packed->rate.num};
    frame->sample_aspect_ratio = (AVRational){1, 1};
    vf_compat_set_frame_duration(frame, 1);
    vf_compat_set_picture_flags(frame, true, false, false);
}

int vf_packed_to_message(struct vf_node_run *run, const struct vf_packed_frame *packed,
                         struct vf_message **message)
{
    *message = NULL;
    AVFrame *frame;
    vf_media_log_redirect();
    if (packed->width > INT32_MAX || packed->height > INT32_MAX)
        return -EINVAL;
    int err = vf_picture_create(&frame, run, vf_picture_format(packed->format), (int)packed->width,
                                (int)packed->height);
    if (err)
        return err;
    int row_bytes = (int)(packed->width * vf_packed_channels(packed->format));
    av_image_copy_plane(frame->data[0], frame->linesize[0], packed->bytes, row_bytes, row_bytes,
                        frame->height);
    describe(frame, packed);
    err = vf_media_frame_to_message(run, frame, packed->rate, message);
    av_frame_free(&frame);
    return err;
}
