/* SPDX-License-Identifier: MIT */
/* picture.h - where the planes of a picture lie in a payload.
 *
 * One geometry has one layout: strides and sizes never change from frame to frame, every plane
 * and every row begins at 64 bytes, and 64 bytes follow each plane, so that vector code of any
 * width may read over the end of a row. Behind the planes there is room for extras, such as what
 * the file says of itself.
 */
#ifndef VF_ENGINE_MEDIA_LIBAV_PICTURE_H
#define VF_ENGINE_MEDIA_LIBAV_PICTURE_H

#include <stddef.h>

#include "engine/base/result.h"
#include "engine/message/message.h"

struct AVFrame;
struct vf_forecast;
struct vf_node_run;

struct vf_picture_layout {
    int linesizes[VF_MAX_PLANES];
    size_t offsets[VF_MAX_PLANES];
    size_t size;          /* of the whole payload */
    size_t tail;          /* of it, bytes behind the planes, for extras (message.h) */
    unsigned plane_count; /* a palette counts as one */
};

/* Lays out a picture of `format` (an AVPixelFormat). Returns -EINVAL for a size or a format that
 * has no planes in memory. */
VF_MUST_CHECK int vf_picture_layout_init(struct vf_picture_layout *layout, int format, int width,
                                         int height);

/* Foretells pictures of one format, size and frame rate that are made by vf_picture_create().
 * Leaves *forecast as it is where there can be no such pictures. */
void vf_picture_foretell(struct vf_forecast *forecast, int format, int width, int height,
                         struct vf_rational frame_rate);

/* Returns the number of planes of `format`, a palette included; 0: it has none in memory. */
unsigned vf_picture_plane_count(int format);

/* Returns how many bytes of a row, and how many rows, of `plane` hold the picture. */
size_t vf_picture_row_bytes(int format, int width, unsigned plane);
unsigned vf_picture_rows(int format, int height, unsigned plane);

/* Returns the AVPixelFormat that libav calls `name`, or -1. Cheap for a name seen last time. */
int vf_picture_format(const char *name);

/* Gives `frame`, whose format and size are set, the memory of *payload. Takes *payload, except
 * on failure. The frame counts as read-only for codecs: what they would change, they copy. */
VF_MUST_CHECK int vf_picture_attach(struct AVFrame *frame, const struct vf_picture_layout *layout,
                                    struct vf_payload **payload);

/* Makes a frame with memory from the task's arena. Returns as vf_node_allocate(). */
VF_MUST_CHECK int vf_picture_create(struct AVFrame **frame, struct vf_node_run *run, int format,
                                    int width, int height);

/* The same, of the format and size of `like`, with room for `extras_size` bytes of extras. */
VF_MUST_CHECK int vf_picture_create_roomy(struct AVFrame **frame, struct vf_node_run *run,
                                          const struct AVFrame *like, size_t extras_size);

/* The same, but it does not count as read-only: for filters that draw into it before it is sent,
 * and keep no reference. */
VF_MUST_CHECK int vf_picture_create_writable(struct AVFrame **frame, struct vf_node_run *run,
                                             int format, int width, int height);

#endif
