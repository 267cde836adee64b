/* SPDX-License-Identifier: MIT */
/* sound_trim.h - leaves out packets of sound that an edit list has cut off.
 *
 * A decoder is given what lies before a cut, and told what is not to be heard of it. Packets that are
 * copied lose that in most containers, so the sound that was cut off would be heard again. What a
 * codec begins with, its priming, stays.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_SOUND_TRIM_H
#define VF_ENGINE_MEDIA_WRITE_SOUND_TRIM_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"

struct AVPacket;

/* Of one stream of sound. Starts as {0}. */
struct vf_sound_trim {
    /* Private: */
    int64_t left; /* samples that are cut off, of what is still to come */
    bool is_priming;
};

/* Looks at the next packet, whose sound has `rate` samples a second, 0: unknown. A packet of which
 * the smaller part is cut off stays, and says how much that is. Returns VF_OK, with *is_cut whether
 * the packet is to be left out, or -ENOMEM. */
VF_MUST_CHECK int vf_sound_trim_take(struct vf_sound_trim *trim, int rate, struct AVPacket *packet,
                                     bool *is_cut);

#endif
