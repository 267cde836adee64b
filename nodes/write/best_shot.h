/* SPDX-License-Identifier: MIT */
/* best_shot.h - how good a picture of an object a frame is. */
#ifndef VF_NODES_WRITE_BEST_SHOT_H
#define VF_NODES_WRITE_BEST_SHOT_H

#include "engine/base/result.h"
#include "engine/media/picture/luma.h"
#include "engine/message/message.h"
#include "nodes/vision/tracked.h"

struct vf_node_run;

/* Sets *worth, which is to be compared with that of the same object in other frames: the score of
 * the detector, 1 where it is not known; times the side of a square as large as the part of the box
 * within the frame, in pixels; times how sharp it is; and half of that where the box touches the
 * border of the frame, so that a part of the object may be missing. 0: nothing of it can be seen.
 *
 * How sharp it is: the standard deviation of the Laplacian (J. L. Pech-Pacheco and others, Diatom
 * autofocusing in brightfield microscopy, 2000) of the luma, with some 64 samples across the object
 * whatever its size, against that of a picture that is sharp enough. `luma` is used again. */
VF_MUST_CHECK int vf_best_shot_judge(struct vf_luma *luma, struct vf_node_run *run,
                                     const struct vf_message *frame,
                                     const struct vf_tracked *object, double *worth);

#endif
