/* SPDX-License-Identifier: MIT */
/* shapes.h - points, lines and areas in the picture, as a flow file names them:
 *
 *     lines: {door: [[100, 300], [500, 300]]}
 *
 * A point is [x, y], in pixels of the frame that the boxes were found in.
 */
#ifndef VF_NODES_VISION_SHAPES_H
#define VF_NODES_VISION_SHAPES_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"

struct vf_shape {
    char *name;
    double (*points)[2];
    size_t count;
};

/* Starts as {0}. */
struct vf_shape_list {
    struct vf_shape *items; /* by name */
    size_t count;
};

/* What shapes an option takes. */
struct vf_shape_kind {
    const char *option;       /* its name: "lines" */
    const char *article_name; /* what one is: "a line" */
    size_t least, most;       /* points of one; most 0: any number */
    const char *example;      /* of one */
};

/* Of the options `lines` and `zones`. */
extern const struct vf_shape_kind vf_shape_lines, vf_shape_zones;

/* Reads the JSON object of an option. Returns -EINVAL with one line in `problem`, as a node's check()
 * does, and -ENOMEM. */
VF_MUST_CHECK int vf_shapes_parse(struct vf_shape_list *shapes, const char *text,
                                  const struct vf_shape_kind *kind, char *problem,
                                  size_t problem_size);
void vf_shapes_finish(struct vf_shape_list *shapes);

/* Returns how far a point is from the edge of an area: below 0 outside of it. */
double vf_shape_depth(const struct vf_shape *area, const double point[2]);

#endif
