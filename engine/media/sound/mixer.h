/* SPDX-License-Identifier: MIT */
/* mixer.h - several sounds as one: their samples are added, each where its timestamp says.
 *
 * The mix begins with the first sample of any sound. Where a sound has a gap, or has ended, it is
 * silent. What comes out is floating point, planar, 1024 samples at a time. What the first sound
 * says of its source goes with it.
 */
#ifndef VF_ENGINE_MEDIA_SOUND_MIXER_H
#define VF_ENGINE_MEDIA_SOUND_MIXER_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"

struct vf_message;
struct vf_mixer;
struct vf_node_run;

/* Where the mix ends: with the last sound that ends, with input 0, or with the first. */
enum vf_mixer_end { VF_MIXER_LONGEST, VF_MIXER_FIRST, VF_MIXER_SHORTEST };

struct vf_mixer_order {
    unsigned inputs;    /* at least 1 */
    int rate;           /* Hz; 0: that of the first sound that comes */
    const char *layout; /* as libav names it; "": likewise. Borrowed for the call */
    enum vf_mixer_end end;
    int64_t patience; /* how many microseconds other sounds may be ahead of one until the mix goes
                           on without it; INT64_MAX: it waits */
};

/* Returns whether `layout` is one of libav's. */
bool vf_mixer_knows_layout(const char *layout);

VF_MUST_CHECK int vf_mixer_create(struct vf_mixer **mixer, const struct vf_mixer_order *order);
void vf_mixer_destroy(struct vf_mixer **mixer);

/* Adds an audio message of an input, or what one announces. Returns -EBADMSG for a description that
 * its payload does not bear out, and -E2BIG when too much waits for the input `*late`, which does not rest. */
VF_MUST_CHECK int vf_mixer_add(struct vf_mixer *mixer, unsigned input,
                               const struct vf_message *message, unsigned *late);

/* Says that an input has no sound for now; what comes begins it again. Others wait for it as long
 * as their sound finds room, where the mixer is patient. */
void vf_mixer_rest(struct vf_mixer *mixer, unsigned input);

/* Says that nothing more comes of an input. */
VF_MUST_CHECK int vf_mixer_end(struct vf_mixer *mixer, unsigned input);

/* Returns whether all inputs rest or have ended, and nothing waits of what they have brought. */
bool vf_mixer_is_silent(const struct vf_mixer *mixer);

/* Returns how many microseconds of an input came too late for the mix, and are not in it. */
int64_t vf_mixer_left_out_us(const struct vf_mixer *mixer, unsigned input);

/* Makes the next message. Returns -EAGAIN while more must be added, VF_END behind the end of the
 * mix, or else as vf_node_allocate(). */
VF_MUST_CHECK int vf_mixer_take(struct vf_mixer *mixer, struct vf_node_run *run,
                                struct vf_message **message);

/* Makes the announcement of what comes out. Returns -EAGAIN while that is not known. */
VF_MUST_CHECK int vf_mixer_announce(const struct vf_mixer *mixer, struct vf_node_run *run,
                                    struct vf_message **message);

#endif
