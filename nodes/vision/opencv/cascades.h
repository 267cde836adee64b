/* SPDX-License-Identifier: MIT */
/* cascades.h - several cascades that look at the same pictures, and what each of them finds.
 *
 * They belong to the thread that opens them.
 */
#ifndef VF_NODES_VISION_OPENCV_CASCADES_H
#define VF_NODES_VISION_OPENCV_CASCADES_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "engine/node/option/list.h"
#include "nodes/vision/model/results.h"
#include "nodes/vision/opencv/opencv.h"

/* What is asked for, as a flow says it. */
struct vf_cascades_wish {
    struct vf_option_texts files;    /* names or paths, at least one */
    struct vf_option_texts classes;  /* of each, the last of all further ones; none: their names */
    struct vf_option_texts mirrored; /* those that look at the mirrored picture, too */
    struct vf_option_texts angles;   /* whole degrees clockwise */
    bool is_trial;                   /* they are only looked at, each file once */
};

struct vf_cascade_use {
    struct vf_opencv_cascade *cascade;
    unsigned class;
    bool is_mirrored;
};

/* Starts as {0}. */
struct vf_cascades {
    const struct vf_opencv *opencv;
    struct vf_cascade_use *uses;
    size_t count;
    struct vf_option_texts names; /* of classes */
    int *angles;
    size_t angle_count;
    int window; /* the height of the smallest box that one of them finds */
};

/* Loads OpenCV and opens what is asked for. Returns a negative errno with what is wrong in `problem`:
 * "cascade: ...", beginning with the name of the option of a flow. */
VF_MUST_CHECK int vf_cascades_open(struct vf_cascades *cascades,
                                   const struct vf_cascades_wish *wish,
                                   const struct vf_opencv_problem *problem);
void vf_cascades_close(struct vf_cascades *cascades);

/* Adds what all of them find in a picture, in pixels of it, with a score below 1. `search` says
 * how, but for its angle and whether it is mirrored. */
VF_MUST_CHECK int vf_cascades_find(const struct vf_cascades *cascades,
                                   const struct vf_opencv_picture *picture,
                                   const struct vf_opencv_search *search,
                                   struct vf_found_list *found,
                                   const struct vf_opencv_problem *problem);

#endif
