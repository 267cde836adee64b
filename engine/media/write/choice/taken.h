/* SPDX-License-Identifier: MIT */
/* taken.h - which values an option of libav takes, in words. */
#ifndef VF_ENGINE_MEDIA_WRITE_CHOICE_TAKEN_H
#define VF_ENGINE_MEDIA_WRITE_CHOICE_TAKEN_H

#include <stdbool.h>

struct AVCodec;
struct vf_text;

/* Adds what option `name` of `object`, whose first member is an AVClass, takes: "; it takes fast,
 * slow", "; it takes 0 to 63"; for `text` that is nearly one of the words, "; did you mean
 * "fast"?". Nothing where that is not known. `encoder` is what `object` is for; NULL: a muxer. */
void vf_output_describe_taken(struct vf_text *out, void *object, const struct AVCodec *encoder,
                              const char *name, const char *text);

/* Returns whether an encoder would take a number beyond its range in silence, as if it were the
 * nearest that it has; then *lowest and *highest are the range. */
bool vf_output_clips(const struct AVCodec *encoder, const char *name, double number, double *lowest,
                     double *highest);

#endif
