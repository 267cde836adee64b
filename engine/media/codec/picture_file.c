/* SPDX-License-Identifier: MIT */
#include "engine/node/picture_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/media/codec/picture_encoder.h"

int vf_picture_file_make(const struct vf_message *message, const char *kind, int quality,
                         uint8_t **bytes, size_t *size)
{
    const struct vf_picture_settings settings = {
        .name = kind, .quality = quality, .compression = -1, .pixel_format = ""};
    struct vf_picture_encoder *encoder = NULL;
    const uint8_t *made = NULL;
    int err = vf_picture_encoder_create(&encoder, &settings);
    if (!err)
        err = vf_picture_encoder_encode(encoder, message, &made, size);
    if (!err) {
        *bytes = malloc(*size);
        err = *bytes ? VF_OK : -ENOMEM;
    }
    if (!err)
        memcpy(*bytes, made, *size);
    vf_picture_encoder_destroy(&encoder);
    return err;
}
