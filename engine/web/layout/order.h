/* SPDX-License-Identifier: MIT */
/* order.h - the order of the slots in each layer, in which few lines cross.
 *
 * Layers are swept down and up, each slot at the weighted median of those that it is connected with,
 * and neighbours swapped where that helps (Gansner and others, 1993); the best order that was seen is
 * kept. Crossings are counted as Barth, Juenger and Mutzel do (Simple and efficient bilayer cross
 * counting, 2002).
 */
#ifndef VF_ENGINE_WEB_LAYOUT_ORDER_H
#define VF_ENGINE_WEB_LAYOUT_ORDER_H

#include <stddef.h>

#include "engine/base/result.h"
#include "engine/web/layout/lattice.h"

/* Sets the order and the places of a lattice. *crossings, where not NULL, gets how many are left. */
VF_MUST_CHECK int vf_order_find(struct vf_lattice *lattice, size_t *crossings);

#endif
