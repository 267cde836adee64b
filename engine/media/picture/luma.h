/* SPDX-License-Identifier: MIT */
/* luma.h - the brightness of a picture, smaller: what those look at who compare pictures.
 *
 * Each number is the mean of a square of `divisor` x `divisor` samples, from 0 for the lowest value
 * of the format to 255 for the highest. It is read from the luma plane, of 8 to 16 bits; a picture
 * that has none (RGB, packed YUV) is converted before.
 */
#ifndef VF_ENGINE_MEDIA_PICTURE_LUMA_H
#define VF_ENGINE_MEDIA_PICTURE_LUMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/message/message.h"

struct vf_node_run;
struct vf_scaler;

/* Starts as {0}. */
struct vf_luma {
    int width, height; /* in squares; what is left over at the right and below is not looked at */
    int divisor;       /* no more than the frame is wide and high */
    float *samples;    /* width * height, row after row */
    bool is_full;      /* black is 0 and white 255; otherwise 16 and 235 */
    size_t room;
    void *sums; /* of the columns of a row of squares */
    size_t sums_size;
    struct vf_scaler *scaler; /* NULL: none was needed */
};

/* Returns whether frames of `format` (an AVPixelFormat) have a luma plane in bytes. */
bool vf_luma_is_in_bytes(int format);

/* Reads a picture. Returns -EBADMSG as vf_media_frame_from_message(). */
VF_MUST_CHECK int vf_luma_read(struct vf_luma *luma, const struct vf_message *frame, int divisor);
void vf_luma_finish(struct vf_luma *luma);

/* Makes a gray picture of `width` x `height` bytes, as an answer to `frame`. Returns as
 * vf_node_allocate(). */
VF_MUST_CHECK int vf_luma_picture(struct vf_node_run *run, const uint8_t *bytes, int width,
                                  int height, const struct vf_message *frame,
                                  struct vf_message **picture);

#endif
