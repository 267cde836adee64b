/* SPDX-License-Identifier: MIT */
/* form.h - which pictures H.264 can carry, and how they lie in it.
 *
 * Those of 8 bits, of which the decoder gives back every sample that the encoder was given, changed
 * or not: none that have an alpha, more bits, or chroma that does not fill the size.
 */
#ifndef VF_ENGINE_MEDIA_INTRA_FORM_H
#define VF_ENGINE_MEDIA_INTRA_FORM_H

#include <stdbool.h>

#include "engine/message/message.h"

struct vf_intra_form {
    const char *name;    /* of a message's pixel format */
    const char *encoder; /* libavcodec's name of who encodes it */
    int format;          /* the AVPixelFormat that it is given in */
    int decoded;         /* and in which it comes back */
    int columns, rows;   /* of which its width and height are multiples */
    struct {
        unsigned count;   /* samples of so many planes lie side by side, */
        unsigned from[3]; /* and those are of what is decoded */
    } planes[3];
};

/* Returns how the picture of a message lies in H.264; NULL: it is none, or cannot. What is asked about
 * holds (message_codec.h). Where there is a form, every plane has just the rows of its format, extras
 * lie outside of them, and the payload has not much more than both. */
const struct vf_intra_form *vf_intra_form_of(const struct vf_description *description);

/* Returns whether libavcodec has an encoder for some pictures here. */
bool vf_intra_is_possible(void);

#endif
