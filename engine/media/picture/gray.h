/* SPDX-License-Identifier: MIT */
/* gray.h - the brightness of a picture in bytes, smaller: what libraries look at that find things.
 *
 * A luma plane of 8 bits is lent as it is, where nothing is to be made smaller; all else is made of
 * the means of luma.h. Black and white are those of the source: 16 and 235 of limited range.
 */
#ifndef VF_ENGINE_MEDIA_PICTURE_GRAY_H
#define VF_ENGINE_MEDIA_PICTURE_GRAY_H

#include "engine/media/picture/luma.h"

struct AVFrame;

/* Starts as {0}. */
struct vf_gray {
    const uint8_t *samples; /* row after row, each `stride` bytes after the one before */
    size_t stride;
    int width, height, divisor; /* as of struct vf_luma */
    struct AVFrame *frame;      /* whose samples are lent; NULL: they are in `bytes` */
    struct vf_luma luma;
    uint8_t *bytes;
    size_t room;
};

/* Reads a picture. Its samples are there until vf_gray_release(). Returns -EBADMSG as
 * vf_media_frame_from_message(). */
VF_MUST_CHECK int vf_gray_read(struct vf_gray *gray, const struct vf_message *frame, int divisor);

/* Gives the frame back, before the callback that it was lent to returns. */
void vf_gray_release(struct vf_gray *gray);
void vf_gray_finish(struct vf_gray *gray);

#endif
