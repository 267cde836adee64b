/* SPDX-License-Identifier: MIT */
/* container_form.h - the form that a copied codec has in a container, and what brings it there.
 *
 * Muxers filter packets by themselves, but not those of a file whose header is written before its
 * first packet, as one is that can be played at any time.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_CHOICE_CONTAINER_FORM_H
#define VF_ENGINE_MEDIA_WRITE_CHOICE_CONTAINER_FORM_H

struct AVCodecParameters;
struct AVOutputFormat;

/* Lends the name of libav's bitstream filter that packets of such parameters need; NULL: none. */
const char *vf_container_form_filter(const struct AVOutputFormat *container,
                                     const struct AVCodecParameters *parameters);

#endif
