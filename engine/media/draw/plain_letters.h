/* SPDX-License-Identifier: MIT */
/* plain_letters.h - writes names on pictures in letters that need no font and no library.
 *
 * For what a flow itself has to say: printable ASCII only, five by seven dots each. Text in any
 * script and font is media/text's.
 */
#ifndef VF_ENGINE_MEDIA_DRAW_PLAIN_LETTERS_H
#define VF_ENGINE_MEDIA_DRAW_PLAIN_LETTERS_H

#include "engine/media/draw/canvas.h"

/* Writes a line of text into the middle of `room`, as large as fits, but no dot larger than a
 * sixtieth of the room's height or so. What is no printable ASCII becomes '?'; what does not fit
 * is cut off at the end. */
void vf_plain_letters_write(struct vf_canvas *canvas, const char *text,
                            const struct vf_rectangle *room, const struct vf_colour *colour);

#endif
