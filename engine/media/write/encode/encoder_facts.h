/* SPDX-License-Identifier: MIT */
/* encoder_facts.h - what frames carry beside their pictures, on its way through an encoder.
 *
 * Captions and the like are handed over with each frame. Mastering display and light level are told
 * to the encoders that write them into their stream, by the options that those have for it. What an
 * encoder loses is told, once for each kind.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_ENCODE_ENCODER_FACTS_H
#define VF_ENGINE_MEDIA_WRITE_ENCODE_ENCODER_FACTS_H

#include "engine/base/result.h"

struct AVCodecContext;
struct AVFrame;
struct AVOutputFormat;

/* Starts as {.container}. */
struct vf_encoder_facts {
    const struct AVOutputFormat *container; /* which may keep what the encoder does not */
    unsigned told; /* bits of the kinds of which it has been said that they are lost */
};

/* Tells an encoder, before it is opened, what the first frame says of all. Options that the user
 * has set stay. The frame has its side data. */
VF_MUST_CHECK int vf_encoder_facts_prepare(struct AVCodecContext *context,
                                           const struct AVFrame *first);

/* Says what of a frame's side data is lost, unless it has been said. */
void vf_encoder_facts_warn(struct vf_encoder_facts *facts, const struct AVCodecContext *context,
                           const struct AVFrame *frame);

#endif
