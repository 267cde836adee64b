/* SPDX-License-Identifier: MIT */
/* background.h - what a still camera sees where nothing moves, learned from its pictures.
 *
 * Each pixel is a mixture of three normal distributions, of which the heaviest, as far as they make
 * up nine tenths, are the background: Z. Zivkovic, "Improved Adaptive Gaussian Mixture Model for
 * Background Subtraction", 2004, and Z. Zivkovic and F. van der Heijden, "Efficient Adaptive
 * Density Estimation per Image Pixel for the Task of Background Subtraction", 2006, on the luma
 * alone; so leaves that sway and water are background, too.
 *
 * Two things are added. When the camera or a cloud changes the brightness of everything, the whole
 * background is made as much brighter or darker. And a shadow is told from an object by what is
 * still to be seen through it: J. Jacques, C. Jung and S. Musse, "Background Subtraction and Shadow
 * Detection in Grayscale Video Sequences", 2005.
 */
#ifndef VF_NODES_VISION_BACKGROUND_H
#define VF_NODES_VISION_BACKGROUND_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"

#define VF_BACKGROUND_MODES 3
#define VF_BACKGROUND_TILE 16

/* The distributions of some pixels that follow each other; the heaviest come first. So together, they
 * are what a loop of vector code takes. */
struct vf_background_tile {
    float weight[VF_BACKGROUND_MODES][VF_BACKGROUND_TILE];
    float mean[VF_BACKGROUND_MODES][VF_BACKGROUND_TILE];
    float variance[VF_BACKGROUND_MODES][VF_BACKGROUND_TILE];
};

/* Starts as {0}, with settings. */
struct vf_background {
    double deviations; /* from the mean, beyond which a pixel is not background */
    int history;       /* pictures that it remembers */
    int width, height;
    int seen; /* pictures since it began */
    struct vf_background_tile *tiles;
    uint8_t *moving; /* 1 for each pixel of the last picture that is not background */
};

/* Learns a picture of width * height numbers from 0 to 255, and says in `moving` what is not
 * background. The first picture, and one of another size, is background. Returns -ENOMEM. */
VF_MUST_CHECK int vf_background_learn(struct vf_background *background, const float *picture,
                                      int width, int height);

/* Takes out of `moving` what is a shadow on the background. */
void vf_background_drop_shadows(struct vf_background *background, const float *picture);

/* Begins again: the next picture is the background. */
void vf_background_forget(struct vf_background *background);

void vf_background_finish(struct vf_background *background);

#endif
