/* SPDX-License-Identifier: MIT */
/* reading_sound.h - which packets of sound belong to the frames that are read.
 *
 * Packets wait in a queue until it is known whether they lie in the range that was asked for.
 */
#ifndef VF_ENGINE_MEDIA_READING_SOUND_H
#define VF_ENGINE_MEDIA_READING_SOUND_H

#include <stdint.h>

#include "engine/base/result.h"

struct vf_node_run;
struct vf_packet_queue;
struct vf_reading_place;

/* Says, as a message of `port`, that there is no sound to come from there. */
VF_MUST_CHECK int vf_reading_sound_announce_none(struct vf_node_run *run, unsigned port);

/* Takes the packets out of `queue` that begin before `until_us`, and emits those that are in the
 * range, which ends at `limit_us`, and have not been made before. Returns as vf_node_emit(). */
VF_MUST_CHECK int vf_reading_sound_emit(struct vf_reading_place *place,
                                        struct vf_packet_queue *queue, int64_t until_us,
                                        int64_t limit_us, struct vf_node_run *run, unsigned port);

#endif
