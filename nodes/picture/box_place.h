/* SPDX-License-Identifier: MIT */
/* box_place.h - which pixels of a frame a box means, whatever numbers it has. */
#ifndef VF_NODES_PICTURE_BOX_PLACE_H
#define VF_NODES_PICTURE_BOX_PLACE_H

#include <stdbool.h>

#include "engine/media/draw/coverage.h"
#include "nodes/value/boxes.h"

/* Returns the pixels of a box, its edges rounded to whole ones. */
struct vf_rectangle vf_box_rectangle(const struct vf_box *box);

/* Returns every pixel that a box touches, made larger on each side by `grow` times its size. */
struct vf_rectangle vf_box_touched(const struct vf_box *box, double grow);

/* Sets *area to the part of a frame that is cut out for a box: vf_box_touched(), as far as it is
 * within the frame, moved outwards to whole samples of chroma. Returns false where that is nothing. */
bool vf_box_cut(const struct vf_box *box, double grow, const struct vf_video *video,
                struct vf_rectangle *area);

#endif
