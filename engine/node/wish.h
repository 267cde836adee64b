/* SPDX-License-Identifier: MIT */
/* wish.h - which of a producer's pictures are wanted, where those who read them say so.
 *
 * A node that lets only some messages pass, by nothing but their number or their time, says by
 * `wants` (node.h) which these are. A producer of which only such nodes read need not make the
 * others: it sends them hollow, with all that is known of them but the picture (struct
 * vf_description). So numbers, times and counts stay as they are.
 */
#ifndef VF_ENGINE_NODE_WISH_H
#define VF_ENGINE_NODE_WISH_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/message/message.h"

#define VF_MAX_WISHES 8 /* of those who read one producer; who has more makes all pictures */

/* Starts as {0}: of all that follow one is set. */
struct vf_wish {
    uint64_t nth;            /* the first, and after it each nth */
    double fps;              /* the first in each slot of 1/fps seconds: vf_slots_begin() */
    struct vf_rational rate; /* the last of each tick (engine/media/picture/steady_rate.h) */
};

/* Starts as {0}. */
struct vf_slots {
    bool has_begun;
    double last; /* slot that began, counted from time 0 */
};

/* Cuts time into slots of one message each, so that rounding never adds up; returns whether a
 * message begins one. One that stands on the border of two, but for rounding, belongs to the later.
 * Where time has gone back by more than a second, it begins again. */
bool vf_slots_begin(struct vf_slots *slots, double seconds, double fps);

/* Returns whether one of the two is as the other. */
bool vf_wish_is_same(const struct vf_wish *wish, const struct vf_wish *other);

#endif
