/* SPDX-License-Identifier: MIT */
#include "engine/media/picture/crop.h"

#include <errno.h>
#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>

#include "engine/base/log.h"
#include "engine/media/libav/error.h"
#include "engine/media/libav/frame.h"
#include "engine/node/node.h"

#define STRANGE_FORMATS \
    (AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_BAYER | AV_PIX_FMT_FLAG_HWACCEL)

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

/* Rounds one side of an area, whose edges are to be multiples of 1 << `log2_unit`. */
static void round_side(int available, int *start, int *length, unsigned log2_unit)
{
    int unit = 1 << log2_unit, end = *start + *length;
    *start &= ~(unit - 1);
    if (end == available)
        *length = available - *start;
    else if (end < available)
        *length = smaller(*length < unit ? unit : *length & ~(unit - 1), available - *start);
}

void vf_crop_round(const struct vf_video *video, struct vf_rectangle *area)
{
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(vf_media_pixel_format(video));
    if (!format)
        return;
    round_side(video->width, &area->x, &area->width, format->log2_chroma_w);
    round_side(video->height, &area->y, &area->height, format->log2_chroma_h);
}

static bool can_crop(int format)
{
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(format);
    return !(descriptor->flags & STRANGE_FORMATS) && format != AV_PIX_FMT_UYYVYY411;
}

static int crop(AVFrame *frame, const struct vf_rectangle *area)
{
    if (!can_crop(frame->format)) {
        vf_log(VF_LOG_ERROR, "frames of format %s cannot be cropped; convert them first",
               av_get_pix_fmt_name(frame->format));
        return -EINVAL;
    }
    frame->crop_left = (size_t)area->x;
    frame->crop_top = (size_t)area->y;
    frame->crop_right = (size_t)(frame->width - area->x - area->width);
    frame->crop_bottom = (size_t)(frame->height - area->y - area->height);
    int code = av_frame_apply_cropping(frame, AV_FRAME_CROP_UNALIGNED);
    return code < 0 ? vf_media_error(code) : VF_OK;
}

int vf_crop_apply(struct vf_node_run *run, const struct vf_message *message,
                  const struct vf_rectangle *area, struct vf_message **part)
{
    AVFrame *frame;
    *part = NULL;
    int err = vf_media_frame_from_message(&frame, message);
    if (!err)
        err = crop(frame, area);
    if (!err)
        err = vf_media_frame_to_message(run, frame, message->description.video.frame_rate, part);
    if (!err)
        vf_message_follow(*part, message);
    av_frame_free(&frame);
    return err;
}
