/* SPDX-License-Identifier: MIT */
/* picture_turn.h - turns pictures by quarters, and mirrors them, as their display matrix says.
 *
 * Every pixel is moved, none is changed: what comes out has the same bits. */
#ifndef VF_ENGINE_MEDIA_READ_DECODE_PICTURE_TURN_H
#define VF_ENGINE_MEDIA_READ_DECODE_PICTURE_TURN_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"

struct AVFrame;
struct AVStream;
struct vf_node_run;

/* Rows become columns first; then the result is mirrored. {0}: nothing is done. */
struct vf_turn {
    bool is_transposed;
    bool is_mirrored;    /* left and right change places */
    bool is_upside_down; /* top and bottom do */
};

bool vf_turn_is_none(const struct vf_turn *turn);

/* Reads a display matrix, as ffmpeg understands it. Returns false for an angle that is no multiple
 * of 90 degrees, which is left as it is. */
bool vf_turn_from_matrix(struct vf_turn *turn, const int32_t *matrix);

/* Returns what a stream says of how its pictures are to be shown; {0}: nothing. */
struct vf_turn vf_turn_of_stream(const struct AVStream *stream);

/* Does the same for one frame, if that says anything itself; else leaves *turn as it is. */
void vf_turn_of_frame(struct vf_turn *turn, const struct AVFrame *frame);

/* Returns the pixel format of turned pictures: another than `format` where that has fewer columns
 * than rows of chroma, or fewer rows than columns; -1: it cannot be turned. */
int vf_turn_format(const struct vf_turn *turn, int format);

/* Exchanges width and height if they are. */
void vf_turn_size(const struct vf_turn *turn, int *width, int *height);

/* Makes a turned copy of a frame in the task's arena. Returns as vf_node_allocate(), or -ENOTSUP
 * for a format that cannot be turned. */
VF_MUST_CHECK int vf_turn_apply(const struct vf_turn *turn, struct vf_node_run *run,
                                const struct AVFrame *frame, struct AVFrame **turned);

#endif
