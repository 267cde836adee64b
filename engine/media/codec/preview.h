/* SPDX-License-Identifier: MIT */
/* preview.h - a frame as a small JPEG for people to look at, with rectangles drawn on it. */
#ifndef VF_ENGINE_MEDIA_CODEC_PREVIEW_H
#define VF_ENGINE_MEDIA_CODEC_PREVIEW_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"

struct vf_message;
struct vf_preview;

struct vf_preview_settings {
    int width;   /* pixels; a narrower frame stays as it is */
    int quality; /* 1 to 100 */
};

/* In pixels of the frame. */
struct vf_preview_box {
    double top, left, bottom, right;
    unsigned colour; /* boxes with the same number have the same colour */
};

VF_MUST_CHECK int vf_preview_create(struct vf_preview **preview,
                                    const struct vf_preview_settings *settings);
void vf_preview_destroy(struct vf_preview **preview);

/* Makes the bytes of a JPEG file of a video message, and lends them until the next call. Returns
 * -EBADMSG for a description that its payload does not bear out, -ENOTSUP for a pixel format that
 * cannot be converted, or another negative errno. */
VF_MUST_CHECK int vf_preview_make(struct vf_preview *preview, const struct vf_message *message,
                                  const struct vf_preview_box *boxes, size_t box_count,
                                  const uint8_t **bytes, size_t *size);

#endif
