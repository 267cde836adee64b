/* SPDX-License-Identifier: MIT */
/* tone.h - a sine wave as AAC packets, to test sound with. */
#ifndef VF_ENGINE_MEDIA_CODEC_TONE_H
#define VF_ENGINE_MEDIA_CODEC_TONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"

struct vf_message;
struct vf_node_run;
struct vf_tone;

/* Makes a tone of `frequency` Hz, in stereo, at 48000 samples a second. */
VF_MUST_CHECK int vf_tone_create(struct vf_tone **tone, double frequency);
void vf_tone_destroy(struct vf_tone **tone);

/* Returns the bytes of the largest payload that vf_tone_read() makes. */
size_t vf_tone_payload_size(void);

/* Lets the tone sound up to `end_us` from its start; the last call `is_last`. */
void vf_tone_extend(struct vf_tone *tone, int64_t end_us, bool is_last);

/* Gives the next packet. Returns -EAGAIN when the tone must be extended first, VF_END after the
 * last packet, or as vf_node_allocate(). */
VF_MUST_CHECK int vf_tone_read(struct vf_tone *tone, struct vf_node_run *run,
                               struct vf_message **message);

#endif
