/* SPDX-License-Identifier: MIT */
/* decoder.h - pictures out of what vf_intra_encode() has made, or a stranger.
 *
 * Nothing is larger than the picture that was announced: what would be is refused before there is any
 * memory for it. Each call is about one picture and knows nothing of those before.
 */
#ifndef VF_ENGINE_MEDIA_INTRA_DECODER_H
#define VF_ENGINE_MEDIA_INTRA_DECODER_H

#include "engine/base/result.h"
#include "engine/media/intra/encoder.h"
#include "engine/message/message.h"

struct vf_intra_decoder;

/* Writes the one picture in `units` where `description`, which vf_intra_form_of() has found fit, says
 * that its rows are among `bytes`; nothing else there. *decoder starts as NULL. -EBADMSG: it is none, or
 * not of that size and format. */
VF_MUST_CHECK int vf_intra_decode(struct vf_intra_decoder **decoder,
                                  const struct vf_description *description,
                                  const struct vf_intra_units *units, uint8_t *bytes);

/* Sets *decoder to NULL. Does nothing when it is NULL already. */
void vf_intra_decoder_destroy(struct vf_intra_decoder **decoder);

#endif
