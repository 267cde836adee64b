/* SPDX-License-Identifier: MIT */
/* encoder.h - pictures as H.264, each by itself: all that is needed to decode it is with it.
 *
 * It works in the thread that calls it, and opens no files. It is kept for as long as pictures come,
 * because one takes milliseconds to open; pictures of another size or format get another.
 */
#ifndef VF_ENGINE_MEDIA_INTRA_ENCODER_H
#define VF_ENGINE_MEDIA_INTRA_ENCODER_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/message/message.h"

struct vf_intra_encoder;

/* What a picture has become: units with start codes, in one piece. */
struct vf_intra_units {
    const uint8_t *bytes;
    size_t size;
};

/* Encodes the picture in `payload`, which vf_intra_form_of() has found fit and which stays as it is.
 * *encoder starts as NULL. Lends *units until the next call. VF_DROPPED: no encoder takes such pictures. */
VF_MUST_CHECK int vf_intra_encode(struct vf_intra_encoder **encoder,
                                  const struct vf_description *description,
                                  struct vf_payload *payload, struct vf_intra_units *units);

/* Sets *encoder to NULL. Does nothing when it is NULL already. */
void vf_intra_encoder_destroy(struct vf_intra_encoder **encoder);

#endif
