/* SPDX-License-Identifier: MIT */
/* ground.h - where on a flat ground a point of the picture is.
 *
 * Four points of the picture and their places on the ground say where all the others are: a
 * homography, a 3 x 3 matrix that maps [x, y, 1] to [x', y', w] (R. Hartley, A. Zisserman: Multiple
 * View Geometry in Computer Vision, 2004, chapter 4).
 */
#ifndef VF_NODES_VISION_GROUND_H
#define VF_NODES_VISION_GROUND_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "engine/node/option/list.h"

#define VF_GROUND_POINTS 4

struct vf_ground {
    double matrix[3][3];
};

/* Takes four points from an option called `name`. Returns as a node's check(). */
VF_MUST_CHECK int vf_ground_points(double points[VF_GROUND_POINTS][2],
                                   const struct vf_option_texts *texts, const char *name,
                                   char *problem, size_t problem_size);

/* Finds the map from four points to four others. Returns -EINVAL where there is none: three of them
 * are on one line. */
VF_MUST_CHECK int vf_ground_find(struct vf_ground *ground, const double from[VF_GROUND_POINTS][2],
                                 const double to[VF_GROUND_POINTS][2]);

/* Sets where on the ground a point of the picture is. Returns false where that is nowhere: it is at
 * the horizon, or above it. */
bool vf_ground_place(const struct vf_ground *ground, const double point[2], double place[2]);

#endif
