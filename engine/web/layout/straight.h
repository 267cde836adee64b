/* SPDX-License-Identifier: MIT */
/* straight.h - the x coordinates of the slots, so that long lines are straight and boxes stand in the
 * middle of those that they are connected with.
 *
 * Slots are aligned into blocks four times, with those above or below and from the left or right, and
 * each gets the mean of the two middle ones: Brandes and Koepf (Fast and simple horizontal coordinate
 * assignment, 2001). Blocks are set by longest paths, forth and back, which needs none of the classes
 * whose shifts the erratum of 2020 mends.
 */
#ifndef VF_ENGINE_WEB_LAYOUT_STRAIGHT_H
#define VF_ENGINE_WEB_LAYOUT_STRAIGHT_H

#include "engine/base/result.h"
#include "engine/web/layout/lattice.h"

/* Sets the x of each slot, the leftmost box or bend at 0; no two are nearer than their gap. Expects the
 * links of each slot in the order of places, as vf_order_find() leaves them. */
VF_MUST_CHECK int vf_straight_find(struct vf_lattice *lattice);

#endif
