/* SPDX-License-Identifier: MIT */
/* coverage.h - shapes, as how much of each pixel they cover.
 *
 * A coverage is a rectangle of bytes somewhere on a picture: 0 where the shape is not, 255 where
 * it covers the whole pixel. Shapes are added to it, and what lies under two of them counts once,
 * so that a translucent line has no spots where its pieces meet. A canvas then draws all of it in
 * one colour (canvas.h).
 */
#ifndef VF_ENGINE_MEDIA_DRAW_COVERAGE_H
#define VF_ENGINE_MEDIA_DRAW_COVERAGE_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"

/* Reaches from the left edge of pixel `x` over `width` pixels, and so downwards. */
struct vf_rectangle {
    int x, y, width, height;
};

/* Starts as {0}. */
struct vf_coverage {
    struct vf_rectangle place; /* on the picture */
    uint8_t *rows;             /* place.width * place.height bytes */
    size_t capacity;
};

/* Returns what two rectangles have in common; of width and height 0 where that is nothing. */
struct vf_rectangle vf_rectangle_common(const struct vf_rectangle *a, const struct vf_rectangle *b);

/* Covers nothing of `place`, from now on. Keeps its memory for the next time. */
VF_MUST_CHECK int vf_coverage_clear(struct vf_coverage *coverage, const struct vf_rectangle *place);
void vf_coverage_finish(struct vf_coverage *coverage);

/* Add a shape, as much of it as lies within. Points are pixels of the picture, their middle at
 * .5; edges are smooth. A line has round ends. */
void vf_coverage_add_line(struct vf_coverage *coverage, const double from[2], const double to[2],
                          double thickness);
void vf_coverage_add_disc(struct vf_coverage *coverage, const double centre[2], double radius);

/* Adds `width` * `height` bytes of coverage at a place of the picture. */
void vf_coverage_add(struct vf_coverage *coverage, const struct vf_rectangle *place,
                     const uint8_t *rows, size_t stride);

#endif
