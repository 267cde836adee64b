/* SPDX-License-Identifier: MIT */
/* edge.h - pictures at the edges of a clip, which are encoded again because it begins, or ends, between
 * those that can be decoded by themselves.
 *
 * They are decoded from their key frame on, and encoded like their source, without pictures that
 * refer to later ones. What is copied beside them keeps its bytes; its header has the parameter sets
 * of both. Of codecs of which every picture is a key frame, none is encoded.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_CLIPS_EDGE_H
#define VF_ENGINE_MEDIA_WRITE_CLIPS_EDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"

struct AVOutputFormat;
struct vf_edge;
struct vf_message;
struct vf_node_run;
struct vf_waiting;

/* Who takes packets; it borrows them. */
struct vf_edge_taker {
    void *context;
    int (*take)(void *context, const struct vf_message *packet);
};

/* Pictures that are encoded. */
struct vf_edge_range {
    const struct vf_waiting *packets; /* of which the first is a key frame, */
    size_t count;                     /* and so many are in question; */
    size_t
        own; /* of those that belong to that key frame, the ones that are shown before it are not */
    int64_t from_ns, until_ns; /* when the pictures are shown, both included */
    size_t decoded_like;       /* they are decoded at the times of packets from this number on, */
    int64_t delay;             /* or, where it is 0, so many ticks before they are shown */
};

/* Returns whether a container can have copied and encoded pictures in one track. */
bool vf_edge_suits(const struct AVOutputFormat *container);

VF_MUST_CHECK int vf_edge_create(struct vf_edge **edge, const struct vf_node_run *run,
                                 const struct vf_edge_taker *taker);
void vf_edge_destroy(struct vf_edge **edge);

/* Prepares for the stream of a key frame, unless it is prepared. Returns -EINVAL, after it has logged
 * why, where its pictures cannot be encoded again. */
VF_MUST_CHECK int vf_edge_prepare(struct vf_edge *edge, const struct vf_message *key);

/* Hands on a packet as it is, with the header of both. */
VF_MUST_CHECK int vf_edge_copy(struct vf_edge *edge, const struct vf_message *packet);

/* Returns whether packets can be copied from a key frame on after others have been encoded. */
bool vf_edge_may_join(const struct vf_edge *edge, const struct vf_message *key);

/* Encodes pictures, after those that were encoded before, until vf_edge_end(). */
VF_MUST_CHECK int vf_edge_encode(struct vf_edge *edge, const struct vf_edge_range *range);

/* Hands on what is left of them; packets that are copied come next or not. */
VF_MUST_CHECK int vf_edge_end(struct vf_edge *edge, bool is_followed);

/* Returns how many pictures have been encoded in all. */
uint64_t vf_edge_count(const struct vf_edge *edge);

#endif
