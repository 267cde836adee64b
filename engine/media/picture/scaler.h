/* SPDX-License-Identifier: MIT */
/* scaler.h - changes the size and the pixel format of frames.
 *
 * The results are those of ffmpeg's scale filter with the same algorithm. A scaler prepares
 * itself for the frames it sees, and again when they change.
 */
#ifndef VF_ENGINE_MEDIA_PICTURE_SCALER_H
#define VF_ENGINE_MEDIA_PICTURE_SCALER_H

#include <stdbool.h>

#include "engine/base/result.h"

struct AVFrame;
struct vf_message;
struct vf_node_run;
struct vf_scaler;
struct vf_video;

enum vf_scaler_filter {
    VF_SCALER_BICUBIC,
    VF_SCALER_BILINEAR,
    VF_SCALER_FAST_BILINEAR,
    VF_SCALER_NEIGHBOR,
    VF_SCALER_AREA,
    VF_SCALER_LANCZOS,
    VF_SCALER_SPLINE,
};

VF_MUST_CHECK int vf_scaler_create(struct vf_scaler **scaler, enum vf_scaler_filter filter);
void vf_scaler_destroy(struct vf_scaler **scaler);

/* Says which colour range (1: limited, 2: full) and which matrix, numbered as in ISO/IEC 23091-2,
 * YUV is to have that is drawn from now on; 0: those of the source. RGB has no matrix, and some
 * formats, gray among them, are always of full range. */
void vf_scaler_set_colours(struct vf_scaler *scaler, int range, int matrix);

/* Returns whether pictures of `format` (an AVPixelFormat) can be drawn. */
bool vf_scaler_can_draw(int format);

/* Draws `source` into `target`, which has its format, its size and its memory. What else is known
 * of the picture is copied, with the shape of its pixels adapted. */
VF_MUST_CHECK int vf_scaler_draw(struct vf_scaler *scaler, const struct AVFrame *source,
                                 struct AVFrame *target);

/* Returns the colour range (an AVColorRange) that a drawn frame gets. */
int vf_scaler_range(int source_format, int source_range, int target_format);

/* Makes a message of a video message, in another size, in the task's arena. Returns as
 * vf_node_allocate(). */
VF_MUST_CHECK int vf_scaler_resize(struct vf_scaler *scaler, struct vf_node_run *run,
                                   const struct vf_message *message, int width, int height,
                                   struct vf_message **resized);

/* Makes a copy in another pixel format (an AVPixelFormat), or in the colours that were set.
 * Returns as vf_scaler_resize(). */
VF_MUST_CHECK int vf_scaler_convert(struct vf_scaler *scaler, struct vf_node_run *run,
                                    const struct vf_message *message, int format,
                                    struct vf_message **converted);

/* Returns whether converting to `format` leaves all numbers of `video` as they are: at most the
 * description of its colours changes, which is then written to *described. */
bool vf_scaler_describes(const struct vf_scaler *scaler, const struct vf_video *video, int format,
                         struct vf_video *described);

/* Returns `length` * `numerator` / `denominator` in whole chroma samples, at least one of them. */
int vf_scaler_fit(int length, int numerator, int denominator, int log2_chroma);

/* Gives a side that was asked for as -1 the length that keeps the ratio of `video`, rounded to what
 * its pixel format can have. */
void vf_scaler_keep_ratio(const struct vf_video *video, int *width, int *height);

#endif
