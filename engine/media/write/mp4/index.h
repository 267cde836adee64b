/* SPDX-License-Identifier: MIT */
/* index.h - what stands in front of the data of an ordinary MP4 file, made without the data.
 *
 * A file that is written in fragments holds the same data as an ordinary one, with small indexes
 * in between. Each packet is added to the index in the order in which the fragments hold them; it
 * remembers times and sizes, as libavformat's muxer does, and makes the front of the ordinary file.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_MP4_INDEX_H
#define VF_ENGINE_MEDIA_WRITE_MP4_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"

struct AVFormatContext;
struct AVOutputFormat;
struct AVPacket;
struct vf_mp4_index;

/* Everything up to the first byte of data. */
struct vf_mp4_front {
    const uint8_t *bytes;
    size_t size;
    int64_t data_size;   /* what follows, */
    const uint8_t *tail; /* of which the end is no packet's: titles of chapters */
    size_t tail_size;
};

VF_MUST_CHECK int vf_mp4_index_create(struct vf_mp4_index **index,
                                      const struct AVOutputFormat *container);
void vf_mp4_index_destroy(struct vf_mp4_index **index);

/* Lends the muxer, so that it gets the same streams and options as the fragments' one. */
struct AVFormatContext *vf_mp4_index_muxer(struct vf_mp4_index *index);

/* Returns whether the muxer's options ask for an ordinary file, its index in front. */
bool vf_mp4_index_is_ordinary(const struct vf_mp4_index *index);

/* Takes the chapters of another muxer. Call it before the header of either is written. */
void vf_mp4_index_take_chapters(struct vf_mp4_index *index, struct AVFormatContext *from);

/* Begins, once streams and options are set. */
VF_MUST_CHECK int vf_mp4_index_begin(struct vf_mp4_index *index);

/* Adds a packet, whose time base must be set. */
VF_MUST_CHECK int vf_mp4_index_add(struct vf_mp4_index *index, const struct AVPacket *packet);

/* Ends. Lends *front until `index` is destroyed. */
VF_MUST_CHECK int vf_mp4_index_end(struct vf_mp4_index *index, struct vf_mp4_front *front);

#endif
