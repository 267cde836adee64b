/* SPDX-License-Identifier: MIT */
/* container_form.h - the form that a copied codec has in a container, and what brings it there.
 *
 * Muxers filter packets by themselves, but not those of a file whose header is written before its
 * first packet, as one is that can be played at any time.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_CHOICE_CONTAINER_FORM_H
#define VF_ENGINE_MEDIA_WRITE_CHOICE_CONTAINER_FORM_H

#include <stdbool.h>

struct AVCodecParameters;
struct AVOutputFormat;

struct vf_container_form {
    const char *filters; /* libav's bitstream filters, as av_bsf_list_parse_str() takes them; NULL:
                            none are needed */
    bool brings_header;  /* they find the codec's header, which `parameters` lack, in packets */
};

/* Returns what packets of such parameters need on their way into a container. */
struct vf_container_form vf_container_form(const struct AVOutputFormat *container,
                                           const struct AVCodecParameters *parameters);

#endif
