/* SPDX-License-Identifier: MIT */
/* motion_model.h - where an object is and where it goes: a Kalman filter of constant speed.
 *
 * Its state are the centre, width and height of a box, in pixels, and their speeds, in pixels a
 * frame. What is uncertain grows with the size of the box: a place by a 20th of it in a frame, a
 * speed by a 160th. These weights, and that each of the four numbers is measured, are those of
 * N. Wojke, A. Bewley, D. Paulus: Simple Online and Realtime Tracking with a Deep Association Metric,
 * 2017; width and height in place of the aspect ratio are those of N. Aharon, R. Orfaig,
 * B.-Z. Bobrovsky: BoT-SORT, 2022. With them nothing that is known of one number says anything of
 * another, so this is four filters of two numbers each.
 */
#ifndef VF_NODES_VISION_MOTION_MODEL_H
#define VF_NODES_VISION_MOTION_MODEL_H

#include "nodes/value/boxes.h"

#define VF_MOTION_NUMBERS 4 /* x and y of the centre, width, height */

struct vf_motion {
    struct vf_motion_number {
        double place, speed;
        double place_variance, covariance, speed_variance;
    } numbers[VF_MOTION_NUMBERS];
};

/* Begins with a box, at rest. */
void vf_motion_begin(struct vf_motion *motion, const struct vf_box *box);

/* Goes on by a frame. */
void vf_motion_predict(struct vf_motion *motion);

/* Moves the place alone, as when the camera has moved. */
void vf_motion_shift(struct vf_motion *motion, double x, double y);

/* Takes in that the object is there. */
void vf_motion_update(struct vf_motion *motion, const struct vf_box *box);

/* Has it keep its size from now on, as long as nobody sees it. */
void vf_motion_keep_size(struct vf_motion *motion);

/* Sets the place of a box; the other numbers stay. */
void vf_motion_box(const struct vf_motion *motion, struct vf_box *box);

#endif
