/* SPDX-License-Identifier: MIT */
/* colour.h - colours as people name them, and as pictures hold them. */
#ifndef VF_ENGINE_MEDIA_LIBAV_COLOUR_H
#define VF_ENGINE_MEDIA_LIBAV_COLOUR_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/node/option/option.h"

#define VF_COLOUR_COMPONENTS 4

struct AVFrame;

/* Red, green and blue of sRGB. */
struct vf_colour {
    uint8_t red, green, blue;
    uint8_t alpha; /* 255: opaque, 0: not to be seen */
};

/* "orange", "#ff8800", "0xff8800", each with "@0.5" after it for the opacity. */
extern const struct vf_option_kind vf_kind_colour; /* struct vf_colour */

#define VF_COLOUR(type, field) VF_OF_KIND(colour, VF_FIELD(type, field, struct vf_colour))

/* Reads what vf_kind_colour reads. Returns -EINVAL for what is no colour. */
VF_MUST_CHECK int vf_colour_parse(struct vf_colour *colour, const char *text);

/* Returns whether libav takes a pixel format for full range, whatever its frames say. */
bool vf_colour_is_full_by_format(int format);

/* Returns what `colour` is in a picture like `frame`, by its format, range and matrix (BT.601 where
 * it has none): one value for each component of the format in libav's order, in as many bits as
 * the component has. Alpha is opaque. Returns -ENOTSUP for a format of no such components: a
 * palette, XYZ, a Bayer pattern, real numbers. */
VF_MUST_CHECK int vf_colour_components(const struct vf_colour *colour, const struct AVFrame *frame,
                                       unsigned components[VF_COLOUR_COMPONENTS]);

#endif
