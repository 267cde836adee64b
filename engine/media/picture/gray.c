/* SPDX-License-Identifier: MIT */
#include "engine/media/picture/gray.h"

#include <errno.h>
#include <libavutil/frame.h>
#include <stdlib.h>

#include "engine/media/libav/frame.h"

static void to_bytes(uint8_t *restrict bytes, const float *restrict samples, size_t count)
{
    for (size_t i = 0; i < count; i++)
        bytes[i] = (uint8_t)(int32_t)(samples[i] + 0.5F);
}

/* Keeps the frame, if its own samples are what is wanted. */
static int lend(struct vf_gray *gray, const struct vf_message *message)
{
    AVFrame *frame;
    int err = vf_media_frame_from_message(&frame, message);
    if (err)
        return err;
    if (!vf_luma_is_in_bytes(frame->format) || frame->linesize[0] <= 0) {
        av_frame_free(&frame);
        return VF_OK;
    }
    gray->frame = frame;
    gray->samples = frame->data[0];
    gray->stride = (size_t)frame->linesize[0];
    gray->width = frame->width;
    gray->height = frame->height;
    gray->divisor = 1;
    return VF_OK;
}

static int make(struct vf_gray *gray, const struct vf_message *message, int divisor)
{
    int err = vf_luma_read(&gray->luma, message, divisor);
    if (err)
        return err;
    size_t count = (size_t)gray->luma.width * (size_t)gray->luma.height;
    if (count > gray->room) {
        uint8_t *bytes = realloc(gray->bytes, count);
        if (!bytes)
            return -ENOMEM;
        gray->bytes = bytes;
        gray->room = count;
    }
    to_bytes(gray->bytes, gray->luma.samples, count);
    gray->samples = gray->bytes;
    gray->width = gray->luma.width;
    gray->height = gray->luma.height;
    gray->divisor = gray->luma.divisor;
    gray->stride = (size_t)gray->width;
    return VF_OK;
}

int vf_gray_read(struct vf_gray *gray, const struct vf_message *message, int divisor)
{
    vf_gray_release(gray);
    int err = divisor == 1 ? lend(gray, message) : VF_OK;
    return err || gray->frame ? err : make(gray, message, divisor);
}

void vf_gray_release(struct vf_gray *gray)
{
    av_frame_free(&gray->frame);
    gray->samples = NULL;
}

void vf_gray_finish(struct vf_gray *gray)
{
    vf_gray_release(gray);
    vf_luma_finish(&gray->luma);
    free(gray->bytes);
    *gray = (struct vf_gray){0};
}
