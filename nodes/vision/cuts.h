/* SPDX-License-Identifier: MIT */
/* cuts.h - where one picture does not follow from the one before.
 *
 * A cut is a change that is large, and several times as large as those around it, so that a fast
 * movement is none: Y. Yusoff, W. Christmas and J. Kittler, "Video Shot Cut Detection Using Adaptive
 * Thresholding", 2000. It is no cut when some pictures later all looks as before: then it was a
 * flash. So each picture is judged some pictures later.
 */
#ifndef VF_NODES_VISION_CUTS_H
#define VF_NODES_VISION_CUTS_H

#include <stdbool.h>
#include <stdint.h>

#include "nodes/vision/look.h"

#define VF_CUTS_FLASH_MOST 24 /* pictures */
#define VF_CUTS_AROUND 2      /* changes on each side that a change is compared with */
#define VF_CUTS_DELAY_MOST VF_CUTS_FLASH_MOST
#define VF_CUTS_ROOM 64 /* looks; a power of two, and more than twice the delay */

/* Starts as {0}, with settings. */
struct vf_cuts {
    double threshold; /* from 0 to 1 */
    int flash;        /* pictures that a flash has at most */
    uint64_t taken, judged;
    struct vf_look looks[VF_CUTS_ROOM]; /* the last */
    double changes[VF_CUTS_ROOM];       /* of each, from the one before */
};

struct vf_cut {
    bool is_cut, is_flash; /* a flash begins or ends */
    double score;          /* how large the change is */
    const struct vf_look *look;
};

/* Returns after how many further pictures one is judged. */
int vf_cuts_delay(const struct vf_cuts *cuts);

/* Lends room for the next look, which the caller fills in; then it is taken. */
struct vf_look *vf_cuts_next(struct vf_cuts *cuts);
void vf_cuts_take(struct vf_cuts *cuts);

/* Judges the next picture. False: more have to be taken before, or there is none; with `is_end`, no
 * more will be. */
bool vf_cuts_judge(struct vf_cuts *cuts, bool is_end, struct vf_cut *cut);

/* Begins again: the next picture follows none. */
void vf_cuts_forget(struct vf_cuts *cuts);

#endif
