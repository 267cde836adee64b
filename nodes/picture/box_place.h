/* SPDX-License-Identifier: MIT */
/* box_place.h - which pixels of a frame a box means, whatever numbers it has. */
#ifndef VF_NODES_PICTURE_BOX_PLACE_H
#define VF_NODES_PICTURE_BOX_PLACE_H

#include "engine/media/draw/coverage.h"
#include "nodes/value/boxes.h"

/* Returns the pixels of a box, its edges rounded to whole ones. */
struct vf_rectangle vf_box_rectangle(const struct vf_box *box);

/* Returns every pixel that a box touches, made larger on each side by `grow` times its size. */
struct vf_rectangle vf_box_touched(const struct vf_box *box, double grow);

#endif
