/* SPDX-License-Identifier: MIT */
/* layout.h - lines of text, laid out: which glyphs they have, and where these stand.
 *
 * HarfBuzz joins and places the glyphs of each script, FriBidi orders what is written from right
 * to left; libraqm calls both. A character that the font lacks comes from another (faces.h). Lines
 * are kept, for most texts are written on frame after frame.
 */
#ifndef VF_ENGINE_MEDIA_TEXT_LAYOUT_H
#define VF_ENGINE_MEDIA_TEXT_LAYOUT_H

#include <stddef.h>

#include "engine/base/result.h"
#include "engine/media/text/faces.h"

struct vf_layout;

struct vf_placed_glyph {
    FT_Face face;
    unsigned number; /* in the face */
    int x, y;        /* of its origin, from the left end of the line's base */
};

/* `ascent` and `descent` hold every face of the line, and that of the font that was asked for. */
struct vf_line {
    int width, ascent, descent;
    struct vf_placed_glyph *glyphs;
    size_t count;
};

/* Borrows `faces` until vf_layout_destroy(). */
VF_MUST_CHECK int vf_layout_create(struct vf_layout **layout, struct vf_faces *faces);
void vf_layout_destroy(struct vf_layout **layout);

/* Forgets what is kept, for the faces have another size. */
void vf_layout_clear(struct vf_layout *layout);

/* Lays out a line of `length` bytes of UTF-8, unless it is kept. Lends *line until the next call
 * on `layout`. What is longer than any frame is wide is left out. Returns -ENOMEM. */
VF_MUST_CHECK int vf_layout_line(struct vf_layout *layout, const char *text, size_t length,
                                 const struct vf_line **line);

#endif
