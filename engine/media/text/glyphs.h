/* SPDX-License-Identifier: MIT */
/* glyphs.h - text as coverage: which pixels its letters cover, and how much of each.
 *
 * Text is UTF-8 in any script, one line below the other where it has line feeds. A character that
 * the font lacks is drawn in the installed font that is most like it; what no font has, as a box,
 * with one warning for each character. Lines and glyphs that have been drawn once are kept.
 */
#ifndef VF_ENGINE_MEDIA_TEXT_GLYPHS_H
#define VF_ENGINE_MEDIA_TEXT_GLYPHS_H

#include <stddef.h>

#include "engine/base/result.h"
#include "engine/media/draw/coverage.h"

struct vf_glyphs;

/* Looks for a font: the file of that path, or else what fontconfig has of that name ("DejaVu
 * Sans:bold", "monospace"; "": its favourite). Returns -ENOENT with one line in `problem`, which
 * says what to do. */
VF_MUST_CHECK int vf_glyphs_check(const char *font, char *problem, size_t problem_size);

/* Opens a font. Returns -ENOENT, after saying what to do, when there is none. */
VF_MUST_CHECK int vf_glyphs_create(struct vf_glyphs **glyphs, const char *font);
void vf_glyphs_destroy(struct vf_glyphs **glyphs);

/* Sets the size of the letters, in pixels from one line to the next, or nearly so. */
VF_MUST_CHECK int vf_glyphs_set_size(struct vf_glyphs *glyphs, int size);

/* Returns the place that `text` takes, with its first line's left upper corner at 0, 0. Without
 * memory it is empty. */
struct vf_rectangle vf_glyphs_measure(struct vf_glyphs *glyphs, const char *text);

/* Adds `text` to a coverage, with its left upper corner at a place of the picture. Returns
 * -ENOMEM. */
VF_MUST_CHECK int vf_glyphs_write(struct vf_glyphs *glyphs, const char *text, int x, int y,
                                  struct vf_coverage *coverage);

#endif
