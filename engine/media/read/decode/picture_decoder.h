/* SPDX-License-Identifier: MIT */
/* picture_decoder.h - picture files in, video messages out.
 *
 * Of each file the first picture is decoded. What a file holds is found in its content, and one may
 * be another than the one before, in size, format and codec. Several may be in work at once; the
 * answers come in the order of the files, one for each.
 */
#ifndef VF_ENGINE_MEDIA_READ_DECODE_PICTURE_DECODER_H
#define VF_ENGINE_MEDIA_READ_DECODE_PICTURE_DECODER_H

#include <stdint.h>

#include "engine/base/result.h"
#include "engine/message/message.h"

struct vf_node_run;
struct vf_picture_decoder;

/* What became of one file. */
struct vf_picture_answer {
    int64_t number;             /* the one that it was given */
    struct vf_message *message; /* the caller's; NULL: there is none, */
    const char *problem; /* because of this, lent until the next call; NULL: no room for it */
};

/* Makes a decoder with `threads` threads. Pictures get their number as timestamp, in units of
 * 1/`rate`. Borrows `run` for as long as it lives. */
VF_MUST_CHECK int vf_picture_decoder_create(struct vf_picture_decoder **decoder,
                                            struct vf_node_run *run, struct vf_rational rate,
                                            unsigned threads);
void vf_picture_decoder_destroy(struct vf_picture_decoder **decoder);

/* Hands over the next file; NULL: there are no more. Numbers rise. Call it only when
 * vf_picture_decoder_receive() has asked for more. */
VF_MUST_CHECK int vf_picture_decoder_send(struct vf_picture_decoder *decoder, const char *path,
                                          int64_t number);

/* Gives the next answer. Returns -EAGAIN when it needs another file first, VF_END after the last
 * answer. */
VF_MUST_CHECK int vf_picture_decoder_receive(struct vf_picture_decoder *decoder,
                                             struct vf_picture_answer *answer);

#endif
