/* SPDX-License-Identifier: MIT */
/* region.h - a part of a frame, at any angle, as a picture of its own. */
#ifndef VF_NODES_VISION_MODEL_REGION_H
#define VF_NODES_VISION_MODEL_REGION_H

#include <stdbool.h>

#include "engine/media/picture/sample_planes.h"

struct vf_region {
    double
        corners[8]; /* x and y of each in pixels of the frame, clockwise from the upper left one */
    double width, height; /* the mean of two sides */
    double across[8];     /* a projection: from the unit square to the frame */
};

/* Makes a region of four corners. Returns false when it covers nothing that could be drawn. */
bool vf_region_init(struct vf_region *region, const double corners[8]);

/* Turns a region that is higher than wide by a quarter, so that text which goes up is read from its
 * beginning. */
void vf_region_lay_down(struct vf_region *region);

/* Returns how wide a region is in pictures of this height, at most `most`, at least 1. */
int vf_region_width_at(const struct vf_region *region, int height, int most);

/* Gives the place in the frame of a point whose place in the region is `u` and `v`, from 0 to 1. */
void vf_region_point(const struct vf_region *region, double u, double v, double point[2]);

/* Fills `samples`, width * height bytes, with one plane of a frame as the part of a region looks that is
 * `u0` to `u1` wide and `v0` to `v1` high. Beyond the frame its edge goes on. */
struct vf_region_part {
    double u0, v0, u1, v1;
    int width, height;
};
void vf_region_draw(const struct vf_region *region, const struct vf_region_part *part,
                    const struct vf_sample_planes *frame, unsigned plane, uint8_t *samples);

#endif
