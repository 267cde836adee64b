/* SPDX-License-Identifier: MIT */
/* sparse.h - decodes only what is needed for the pictures that are wanted.
 *
 * Packets are kept until the key frame after them has come: then all pictures up to there are known
 * by their times, and which of them are wanted. Of these, and of what they refer to, packets are
 * decoded; all other pictures come out hollow (engine/node/wish.h), in their places, so that what
 * comes out has the numbers and times that it would have if everything was decoded.
 *
 * What is decoded is bit for bit the same: decoding begins at key frames that need nothing before
 * them, or one key frame earlier where pictures reach back over theirs. Where that cannot be told,
 * because of the codec, missing times or damage, everything is decoded from there on.
 */
#ifndef VF_ENGINE_MEDIA_READ_DECODE_SPARSE_H
#define VF_ENGINE_MEDIA_READ_DECODE_SPARSE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"

struct AVPacket;
struct AVStream;
struct vf_decoder;
struct vf_message;
struct vf_node_run;
struct vf_sparse;

/* Who knows which pictures are wanted. It is asked once for each that is shown, in the order in which
 * they are: `frame` is what will be sent of it, hollow; `next` the one after it; NULL: not known. */
struct vf_sparse_wish {
    bool (*takes)(void *context, const struct vf_message *frame, const struct vf_message *next);
    void *context;
};

/* How much was to be decoded. */
struct vf_sparse_count {
    uint64_t pictures; /* that are in the packets */
    uint64_t decoded;  /* packets that the decoder was given */
    const char *why;   /* all of them are since some time, in words; NULL: they are not */
};

/* Begins before the first packet of `stream`. Borrows `run`, and the stream and its decoder: until
 * vf_sparse_destroy(). */
VF_MUST_CHECK int vf_sparse_create(struct vf_sparse **sparse, struct vf_node_run *run,
                                   const struct AVStream *stream, struct vf_decoder *decoder,
                                   const struct vf_sparse_wish *wish);
void vf_sparse_destroy(struct vf_sparse **sparse);

/* Takes the next packet; `begins_anywhere`: vf_demuxer_begins_anywhere(). Call it only when
 * vf_sparse_receive() has asked for more. */
VF_MUST_CHECK int vf_sparse_send(struct vf_sparse *sparse, const struct AVPacket *packet,
                                 bool begins_anywhere);

/* Says that there are no more. */
void vf_sparse_end(struct vf_sparse *sparse);

/* Gives the next picture, decoded or hollow. Returns as vf_decoder_receive(). */
VF_MUST_CHECK int vf_sparse_receive(struct vf_sparse *sparse, struct vf_message **message);

struct vf_sparse_count vf_sparse_count(const struct vf_sparse *sparse);

#endif
