/* SPDX-License-Identifier: MIT */
/* picture_encoder.h - a video message as the bytes of a picture file.
 *
 * The ending of a name decides the codec. A frame is converted to the nearest pixel format that the
 * codec takes, so that 10 bits become a PNG of 16; frames may change from one to the next.
 */
#ifndef VF_ENGINE_MEDIA_CODEC_PICTURE_ENCODER_H
#define VF_ENGINE_MEDIA_CODEC_PICTURE_ENCODER_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/node/option/option.h"

struct vf_message;
struct vf_picture_check;
struct vf_picture_encoder;

/* What a user may ask for. */
struct vf_picture_settings {
    const char *name;             /* of a file; only the ending counts */
    int quality;                  /* 1 to 100, of codecs with loss */
    int compression;              /* 0 to 9, of PNG and others without loss; -1: the codec's own */
    const char *pixel_format;     /* "": the nearest */
    const struct vf_map *options; /* of the encoder, by libav's names */
};

/* Looks for mistakes. Returns -EINVAL, or -ENOTSUP for an encoder that this libavcodec does not
 * have, with one line in `problem`. */
VF_MUST_CHECK int vf_picture_encoder_check(const struct vf_picture_settings *settings,
                                           char *problem, size_t problem_size);

/* Makes an encoder with settings that have been checked. Borrows them for as long as it lives. */
VF_MUST_CHECK int vf_picture_encoder_create(struct vf_picture_encoder **encoder,
                                            const struct vf_picture_settings *settings);
void vf_picture_encoder_destroy(struct vf_picture_encoder **encoder);

/* Makes the bytes of a whole file. Lends them until the next call. */
VF_MUST_CHECK int vf_picture_encoder_encode(struct vf_picture_encoder *encoder,
                                            const struct vf_message *message, const uint8_t **bytes,
                                            size_t *size);

/* Fills in what was encoded last: its bytes, codec and size. */
void vf_picture_encoder_describe(const struct vf_picture_encoder *encoder,
                                 struct vf_picture_check *check);

#endif
