/* SPDX-License-Identifier: MIT */
/* sound_copy.h - packets of sound that are copied, in the form their container has.
 *
 * What the container is told of the track stays what the first packet said. A later packet that
 * does not fit is not taken: the caller has to encode it.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_SOUND_COPY_H
#define VF_ENGINE_MEDIA_WRITE_SOUND_COPY_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/codec/aac_form.h"
#include "engine/media/codec/packet_queue.h"
#include "engine/media/write/packet_form.h"
#include "engine/media/write/sound_trim.h"

struct AVCodecParameters;
struct AVPacket;
struct vf_message;

/* Starts as {.packets}, as that starts. */
struct vf_sound_copy {
    struct vf_packet_form packets;
    struct vf_sound_trim trim;
    struct AVCodecParameters *track;      /* what the container is told */
    struct AVCodecParameters *source;     /* of the packets that come now */
    struct vf_aac_form form, source_form; /* of AAC */
    bool has_form;
    struct vf_message
        *doubtful; /* a packet of AAC unlike the track: damaged, or the first of many */
    struct vf_packet_queue made;
};

/* Prepares for packets like `first`. */
VF_MUST_CHECK int vf_sound_copy_init(struct vf_sound_copy *copy, const struct vf_message *first);
void vf_sound_copy_finish(struct vf_sound_copy *copy);

/* Takes a packet; *fits becomes false if it does not fit, nor what is doubtful. A packet that is
 * damaged is reported to the task, and left out. */
VF_MUST_CHECK int vf_sound_copy_send(struct vf_sound_copy *copy, const struct vf_message *message,
                                     bool *fits);

/* Says that there are no more. */
void vf_sound_copy_end(struct vf_sound_copy *copy);

/* Has the track be as the source's parameters say, as far as they do, though no packet has come. */
VF_MUST_CHECK int vf_sound_copy_settle(struct vf_sound_copy *copy);

/* Returns whether packets of such parameters, encoded for this track, fit it. */
bool vf_sound_copy_suits(const struct vf_sound_copy *copy, const struct AVCodecParameters *encoded);

/* Brings a packet of such parameters, encoded for this track, into its form. */
VF_MUST_CHECK int vf_sound_copy_adapt(const struct vf_sound_copy *copy,
                                      const struct AVCodecParameters *encoded,
                                      struct AVPacket *packet);

#endif
