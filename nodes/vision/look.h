/* SPDX-License-Identifier: MIT */
/* look.h - what a picture looks like, in a few numbers that can be compared: its brightness in
 * squares, and how often each brightness occurs in each part of it.
 *
 * The histograms of parts are those of A. Nagasaka and Y. Tanaka, "Automatic Video Indexing and
 * Full-Video Search for Object Appearances", 1992.
 */
#ifndef VF_NODES_VISION_LOOK_H
#define VF_NODES_VISION_LOOK_H

#define VF_LOOK_SQUARES 16 /* in each direction */
#define VF_LOOK_PARTS 4    /* in each direction */
#define VF_LOOK_BINS 16

struct vf_look {
    float squares[VF_LOOK_SQUARES * VF_LOOK_SQUARES];              /* 0 to 255 */
    float histograms[VF_LOOK_PARTS * VF_LOOK_PARTS][VF_LOOK_BINS]; /* each has the sum 1 */
    float mean, deviation;                                         /* of all pixels */
};

/* Takes a look at width * height numbers from 0 to 255. */
void vf_look_take(struct vf_look *look, const float *picture, int width, int height);

/* Returns how different two pictures look, from 0 for the same to 1. */
double vf_look_distance(const struct vf_look *a, const struct vf_look *b);

#endif
