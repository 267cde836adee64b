/* SPDX-License-Identifier: MIT */
/* label.h - writes text on pictures: as labels of boxes, or anywhere, on a ground of its own. */
#ifndef VF_NODES_DRAW_LABEL_H
#define VF_NODES_DRAW_LABEL_H

#include "engine/media/draw/canvas.h"
#include "engine/media/text/glyphs.h"
#include "engine/node/node.h"

/* Starts as {0}. */
struct vf_label {
    struct vf_glyphs *glyphs;
    struct vf_coverage letters;
};

/* Opens a font. Returns as vf_glyphs_create(). */
VF_MUST_CHECK int vf_label_open(struct vf_label *label, const char *font);
void vf_label_finish(struct vf_label *label);

/* Names the font and the folders of fonts as what a node reads (engine/node/reach.h). */
void vf_label_reach(const char *font, const struct vf_reach *reach);

/* Sets the size of the letters in pixels; 0: a fortieth of the picture's height, but at least 12.
 * Returns as vf_glyphs_set_size(). */
VF_MUST_CHECK int vf_label_set_size(struct vf_label *label, int size,
                                    const struct vf_canvas *canvas);

/* Returns the place that `text` takes with `margin` pixels around it, at 0, 0. */
struct vf_rectangle vf_label_measure(struct vf_label *label, const char *text, int margin);

struct vf_label_style {
    int margin;
    struct vf_colour colour, ground; /* of alpha 0: no ground */
};

/* Writes `text` into a place that was measured, with the same margin, and moved. */
VF_MUST_CHECK int vf_label_write(struct vf_label *label, struct vf_canvas *canvas, const char *text,
                                 const struct vf_rectangle *place,
                                 const struct vf_label_style *style);

/* Writes the label of a box on a ground of the box's colour, in black or white: above the box
 * where there is room, else inside at its top. What is left of it within the picture is moved to
 * be seen. */
VF_MUST_CHECK int vf_label_write_on_box(struct vf_label *label, struct vf_canvas *canvas,
                                        const char *text, const struct vf_rectangle *box,
                                        const struct vf_colour *colour);

#endif
