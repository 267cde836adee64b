/* SPDX-License-Identifier: MIT */
/* sound_decoder.h - packets of sound, of one codec after the other, as samples.
 *
 * What cannot be decoded is reported to the task, and is missing: the timestamps leave a gap.
 */
#ifndef VF_ENGINE_MEDIA_CODEC_SOUND_DECODER_H
#define VF_ENGINE_MEDIA_CODEC_SOUND_DECODER_H

#include <libavutil/rational.h>
#include <stdbool.h>

#include "engine/base/result.h"

struct AVCodecContext;
struct AVCodecParameters;
struct AVFrame;
struct AVPacket;
struct vf_node_run;
struct vf_sound_decoder;

/* Who takes the frames: each has its time base set, and is lent until the call returns. */
struct vf_sound_sink {
    void *context;
    int (*take)(void *context, struct AVFrame *frame);
};

/* `run`: the task to which damage is reported. */
VF_MUST_CHECK int vf_sound_decoder_create(struct vf_sound_decoder **decoder,
                                          struct vf_node_run *run,
                                          const struct vf_sound_sink *sink);
void vf_sound_decoder_destroy(struct vf_sound_decoder **decoder);

/* Has packets like these decoded from now on, once what was held of those before has been taken.
 * Copies `parameters`. Returns what the sink does; or, after it has logged why, -ENOTSUP where there
 * is no decoder, or what the one there is says: then packets are passed over until the next call. */
VF_MUST_CHECK int vf_sound_decoder_open(struct vf_sound_decoder *decoder,
                                        const struct AVCodecParameters *parameters,
                                        AVRational time_base);

/* Returns the parameters that it was opened with; NULL: it was not. */
const struct AVCodecParameters *vf_sound_decoder_source(const struct vf_sound_decoder *decoder);
AVRational vf_sound_decoder_time_base(const struct vf_sound_decoder *decoder);

/* Lends what libav knows of the sound; NULL: it cannot be decoded. */
const struct AVCodecContext *vf_sound_decoder_context(const struct vf_sound_decoder *decoder);

/* Decodes a packet; NULL: there are no more. Returns what the sink does. */
VF_MUST_CHECK int vf_sound_decoder_send(struct vf_sound_decoder *decoder,
                                        const struct AVPacket *packet);

/* Forgets what it holds: packets from another place follow. */
void vf_sound_decoder_restart(struct vf_sound_decoder *decoder);

#endif
