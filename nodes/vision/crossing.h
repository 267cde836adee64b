/* SPDX-License-Identifier: MIT */
/* crossing.h - whether something that moves has crossed a line.
 *
 * A line has two sides. What moves is on one of them for sure once it is as far from the line as the
 * margin; nearer to it, it may seem to go back and forth. It has crossed the line when it was on one
 * side for sure, and is on the other, and where it passed was between the ends of the line.
 */
#ifndef VF_NODES_VISION_CROSSING_H
#define VF_NODES_VISION_CROSSING_H

#include <stdbool.h>

enum vf_side {
    VF_SIDE_LEFT = -1, /* for who stands at the first point and looks to the second */
    VF_SIDE_UNKNOWN = 0,
    VF_SIDE_RIGHT = 1,
};

/* Starts as {0}. */
struct vf_crossing {
    enum vf_side sure;        /* where it was last for sure */
    enum vf_side near;        /* where it was last */
    double last[2], distance; /* where that was, and how far from the line, left below 0 */
    bool is_between;          /* when it changed sides last, that was between the ends */
};

enum vf_move {
    VF_MOVE_STAYS,
    VF_MOVE_PASSES,  /* it is past the line between its ends, but has not crossed it for sure */
    VF_MOVE_CROSSES, /* it has crossed it, to the side `sure` */
    VF_MOVE_LEAPS,   /* it has done both at once */
};

/* Goes on to another point. `line` has two. */
enum vf_move vf_crossing_move(struct vf_crossing *crossing, const double (*line)[2],
                              const double point[2], double margin);

#endif
