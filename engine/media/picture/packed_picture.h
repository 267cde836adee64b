/* SPDX-License-Identifier: MIT */
/* packed_picture.h - pictures as plain bytes: height x width x channels, row after row.
 *
 * That is how numpy and OpenCV hold a picture. Formats that have it already (gray, rgb24, bgr24,
 * rgba and others of one to four bytes a pixel) are only copied together, all others are
 * converted.
 */
#ifndef VF_ENGINE_MEDIA_PICTURE_PACKED_PICTURE_H
#define VF_ENGINE_MEDIA_PICTURE_PACKED_PICTURE_H

#include <stdint.h>

#include "engine/base/result.h"
#include "engine/message/message.h"

struct vf_node_run;
struct vf_packer;

struct vf_packed_picture {
    struct vf_payload *payload; /* its holder: height * width * channels bytes and some to spare */
    uint32_t width, height, channels;
};

/* Returns how many bytes a pixel of the format called `name` has, where each is one channel of 8
 * bits; 0: of no other format. */
unsigned vf_packed_channels(const char *name);

/* Makes a packer that converts to `format`; "": only what has to be, to rgb24. */
VF_MUST_CHECK int vf_packer_create(struct vf_packer **packer, const char *format);
void vf_packer_destroy(struct vf_packer **packer);

/* Makes a packed picture of a video message, in private memory. Returns -EBADMSG for a
 * description that its payload does not bear out. */
VF_MUST_CHECK int vf_packer_pack(struct vf_packer *packer, const struct vf_message *message,
                                 struct vf_packed_picture *picture);

/* What a picture that comes as packed bytes is to be. */
struct vf_packed_frame {
    const char *format;
    uint32_t width, height;
    const void *bytes;
    struct vf_rational rate; /* of the video it belongs to */
    int64_t number;          /* in that video, from 0 */
};

/* Makes a video message of packed bytes. Returns as vf_node_allocate(), -EINVAL for a size that
 * no picture can have. */
VF_MUST_CHECK int vf_packed_to_message(struct vf_node_run *run,
                                       const struct vf_packed_frame *packed,
                                       struct vf_message **message);

#endif
