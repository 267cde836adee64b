/* SPDX-License-Identifier: MIT */
#include "engine/node/wish.h"

#include <math.h>

#define ROUNDING 1e-6 /* of a slot */

bool vf_slots_begin(struct vf_slots *slots, double seconds, double fps)
{
    double slot = floor(seconds * fps + ROUNDING);
    bool has_gone_back = slot < slots->last - fps; /* by more than a second: begin again */
    if (slots->has_begun && slot <= slots->last && !has_gone_back)
        return false;
    slots->has_begun = true;
    slots->last = slot;
    return true;
}

bool vf_wish_is_same(const struct vf_wish *wish, const struct vf_wish *other)
{
    return wish->nth == other->nth && !(wish->fps < other->fps) && !(wish->fps > other->fps) &&
           wish->rate.num == other->rate.num && wish->rate.den == other->rate.den;
}
