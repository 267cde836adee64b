/* SPDX-License-Identifier: MIT */
/* picks.h - which frames of a reader those take who read it (engine/node/wish.h): counted through all
 * its sources, as they count. */
#ifndef VF_NODES_READ_PICKS_H
#define VF_NODES_READ_PICKS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/node/wish.h"

/* Starts as {.wishes, .count}, which are borrowed. */
struct vf_picks {
    const struct vf_wish *wishes;
    unsigned count; /* 0: all frames are taken */
    /* Private: */
    uint64_t seen;
    struct vf_slots slots[VF_MAX_WISHES];
};

/* Returns whether anybody takes `frame`, as it will be sent, and counts it. `next`: what will be sent
 * after it; NULL: that is not known. */
bool vf_picks_take(struct vf_picks *picks, const struct vf_message *frame,
                   const struct vf_message *next);

#endif
