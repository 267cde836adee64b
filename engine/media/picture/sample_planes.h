/* SPDX-License-Identifier: MIT */
/* sample_planes.h - pictures as planes of red, green and blue, or of gray, 8 bits a sample.
 *
 * Scaled and converted in one go, for those who calculate with the samples.
 */
#ifndef VF_ENGINE_MEDIA_PICTURE_SAMPLE_PLANES_H
#define VF_ENGINE_MEDIA_PICTURE_SAMPLE_PLANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/draw/coverage.h"

struct vf_message;
struct vf_node_run;
struct vf_sample_planer;

struct vf_sample_planes {
    unsigned count;           /* 3: red, green and blue; 1: gray */
    const uint8_t *planes[3]; /* each its first row */
    size_t strides[3];
    int width, height;
};

/* What is drawn, and how large. */
struct vf_sample_part {
    struct vf_rectangle area; /* of the message, which begins and ends between chroma samples */
    int width, height;
};

VF_MUST_CHECK int vf_sample_planer_create(struct vf_sample_planer **planer, bool is_gray);
void vf_sample_planer_destroy(struct vf_sample_planer **planer);

/* Draws a part of a video message. Lends *planes until the next call. Returns -EBADMSG as
 * vf_media_frame_from_message(), or -EINVAL, after it has said why, for what cannot be cropped. */
VF_MUST_CHECK int vf_sample_planer_draw(struct vf_sample_planer *planer, struct vf_node_run *run,
                                        const struct vf_message *message,
                                        const struct vf_sample_part *part,
                                        struct vf_sample_planes *planes);

#endif
