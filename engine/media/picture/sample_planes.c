/* SPDX-License-Identifier: MIT */
#include "engine/media/picture/sample_planes.h"

#include <errno.h>
#include <libavutil/frame.h>
#include <stdlib.h>

#include "engine/media/libav/frame.h"
#include "engine/media/picture/crop.h"
#include "engine/media/picture/scaler.h"
#include "engine/message/message.h"

struct vf_sample_planer {
    struct vf_scaler *scaler;
    AVFrame *drawn;
    enum AVPixelFormat format;
};

int vf_sample_planer_create(struct vf_sample_planer **planer, bool is_gray)
{
    *planer = calloc(1, sizeof(**planer));
    if (!*planer)
        return -ENOMEM;
    (*planer)->format = is_gray ? AV_PIX_FMT_GRAY8 : AV_PIX_FMT_GBRP;
    int err = vf_scaler_create(&(*planer)->scaler, VF_SCALER_BILINEAR);
    if (err)
        vf_sample_planer_destroy(planer);
    return err;
}

void vf_sample_planer_destroy(struct vf_sample_planer **planer)
{
    if (!*planer)
        return;
    vf_scaler_destroy(&(*planer)->scaler);
    av_frame_free(&(*planer)->drawn);
    free(*planer);
    *planer = NULL;
}

static int provide(struct vf_sample_planer *planer, int width, int height)
{
    if (planer->drawn && planer->drawn->width == width && planer->drawn->height == height)
        return VF_OK;
    av_frame_free(&planer->drawn);
    planer->drawn = av_frame_alloc();
    if (!planer->drawn)
        return -ENOMEM;
    planer->drawn->format = planer->format;
    planer->drawn->width = width;
    planer->drawn->height = height;
    if (av_frame_get_buffer(planer->drawn, 0) < 0) {
        av_frame_free(&planer->drawn);
        return -ENOMEM;
    }
    return VF_OK;
}

static int draw(struct vf_sample_planer *planer, const struct vf_message *message)
{
    AVFrame *source = NULL;
    int err = vf_media_frame_from_message(&source, message);
    if (!err)
        err = vf_scaler_draw(planer->scaler, source, planer->drawn);
    av_frame_free(&source);
    return err;
}

int vf_sample_planer_draw(struct vf_sample_planer *planer, struct vf_node_run *run,
                          const struct vf_message *message, const struct vf_sample_part *part,
                          struct vf_sample_planes *planes)
{
    const struct vf_video *video = &message->description.video;
    bool is_whole = part->area.width == video->width && part->area.height == video->height;
    struct vf_message *cropped = NULL;
    int err = provide(planer, part->width, part->height);
    if (!err && !is_whole)
        err = vf_crop_apply(run, message, &part->area, &cropped);
    if (!err)
        err = draw(planer, cropped ? cropped : message);
    vf_message_destroy(&cropped);
    if (err)
        return err;
    static const int green_first[] = {2, 0, 1}; /* where libav has red, green and blue */
    planes->width = part->width;
    planes->height = part->height;
    planes->count = planer->format == AV_PIX_FMT_GRAY8 ? 1 : 3;
    for (unsigned i = 0; i < planes->count; i++) {
        int plane = planes->count == 1 ? 0 : green_first[i];
        planes->planes[i] = planer->drawn->data[plane];
        planes->strides[i] = (size_t)planer->drawn->linesize[plane];
    }
    return VF_OK;
}
