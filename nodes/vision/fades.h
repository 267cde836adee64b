/* SPDX-License-Identifier: MIT */
/* fades.h - pictures that go over into black or white, and come out of it.
 *
 * On the way the contrast goes down to nothing, and up again: R. Lienhart, "Comparison of Automatic
 * Shot Boundary Detection Algorithms", 1999.
 */
#ifndef VF_NODES_VISION_FADES_H
#define VF_NODES_VISION_FADES_H

#include <stdbool.h>

#include "nodes/vision/look.h"

enum vf_fade_step {
    VF_FADE_NONE,
    VF_FADE_SINKS,     /* this may be the first picture of a fade */
    VF_FADE_IS_FLAT,   /* it is black or white */
    VF_FADE_COMES_OUT, /* the first that is not, after such */
    VF_FADE_RISES,     /* one more of the fade */
    VF_FADE_IS_OVER,   /* the fade has ended with an earlier picture: the last that rose */
};

/* Starts as {0}. */
struct vf_fades {
    enum vf_fade_step step; /* of the last picture */
    float deviation;        /* of the last picture */
    int sinking, rising;    /* pictures in a row */
    int still;              /* that do not rise any more */
    int flat;               /* pictures that were black or white */
    bool is_white, is_flash;
    bool fades_out, fades_in; /* there is a way down, and up: not all at once */
    bool has_picture;         /* there was one before the black */
};

/* Takes the next picture. A flash that begins or ends with it is no fade. */
enum vf_fade_step vf_fades_take(struct vf_fades *fades, const struct vf_look *look, bool is_flash);

/* Whether it is black or white, or on the way out of that. */
bool vf_fades_is_under_way(const struct vf_fades *fades);

#endif
