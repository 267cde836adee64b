/* SPDX-License-Identifier: MIT */
/* steady_rate.h - frames at any times in, frames at a constant rate out.
 *
 * Each tick of the rate shows the last frame whose time, rounded to the nearest tick, is not later:
 * a frame is repeated until the next one is due, and of several for one tick the last is shown. The
 * last frame of all lasts as long as it says. These are the rules of ffmpeg's filter `fps`.
 *
 * Where the times go back by more than a second, or on by more than 30 hours, what follows goes on at
 * once, with a warning: a clock that is set must not fill a disk with one picture.
 */
#ifndef VF_ENGINE_MEDIA_PICTURE_STEADY_RATE_H
#define VF_ENGINE_MEDIA_PICTURE_STEADY_RATE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/message/message.h"

/* Received frames that are kept. */
#define VF_STEADY_RATE_HOLDS 2

/* Starts as {.rate = ...}. */
struct vf_steady_rate {
    struct vf_rational rate;
    struct vf_message *shown, *coming; /* what is shown now, and what follows it */
    int64_t coming_tick;               /* also where the last one ends */
    int64_t next_tick;                 /* that is to be made */
    int64_t last_tick;                 /* of the frame that came last */
    int64_t shift;                     /* is added to ticks, since time has jumped */
    uint64_t repeated, left_out;       /* how often a frame was shown again, or was not */
    bool is_begun, has_ended, is_shown_once, has_jumped;
};

/* Returns the tick nearest to the time of a frame; INT64_MIN: it has none. */
int64_t vf_steady_rate_tick(struct vf_rational rate, const struct vf_description *frame);

/* Takes in a frame; call vf_steady_rate_next() until it returns something else than VF_OK. Keeps a
 * clone of the frame. */
VF_MUST_CHECK int vf_steady_rate_push(struct vf_steady_rate *steady,
                                      const struct vf_message *frame);

/* Says that there are no more frames; then call vf_steady_rate_next() until it returns something
 * else than VF_OK. */
void vf_steady_rate_end(struct vf_steady_rate *steady);

/* Makes the frame of the next tick, the caller's. Returns -EAGAIN when another frame must come
 * first, VF_END after the last one. */
VF_MUST_CHECK int vf_steady_rate_next(struct vf_steady_rate *steady, struct vf_message **frame);

void vf_steady_rate_finish(struct vf_steady_rate *steady);

#endif
