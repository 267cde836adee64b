/* SPDX-License-Identifier: MIT */
/* picture_check.h - whether the file of a picture is what was written to it. */
#ifndef VF_ENGINE_MEDIA_CODEC_PICTURE_CHECK_H
#define VF_ENGINE_MEDIA_CODEC_PICTURE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"

/* A file that has been written, and what with. */
struct vf_picture_check {
    int fd;
    const uint8_t *bytes;
    size_t size;
    int codec_id, width, height; /* of libav's */
    char *problem;               /* gets a line about what is wrong */
    size_t problem_size;
};

/* Compares the size, and, if it `is_read`, all that is in the file. Returns -EIO with a problem. */
VF_MUST_CHECK int vf_picture_check_file(const struct vf_picture_check *check, bool is_read);

/* Decodes the bytes: there has to be one picture in them, of that size. Returns -EIO likewise. */
VF_MUST_CHECK int vf_picture_check_decode(const struct vf_picture_check *check);

#endif
