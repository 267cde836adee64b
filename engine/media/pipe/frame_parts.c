/* SPDX-License-Identifier: MIT */
#include "engine/media/pipe/frame_parts.h"

#include <libavutil/frame.h>

#include "engine/media/libav/picture.h"

int vf_frame_parts_add(struct vf_parts *parts, const AVFrame *frame)
{
    int err = VF_OK;
    for (unsigned plane = 0; plane < vf_picture_plane_count(frame->format); plane++) {
        size_t row_bytes = vf_picture_row_bytes(frame->format, frame->width, plane);
        unsigned rows = vf_picture_rows(frame->format, frame->height, plane);
        for (unsigned row = 0; row < rows && !err; row++)
            err = vf_parts_add(parts, frame->data[plane] + (ptrdiff_t)row * frame->linesize[plane],
                               row_bytes);
    }
    return err;
}
