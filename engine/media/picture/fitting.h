/* SPDX-License-Identifier: MIT */
/* fitting.h - pictures scaled into a room of another ratio, with their own kept. */
#ifndef VF_ENGINE_MEDIA_PICTURE_FITTING_H
#define VF_ENGINE_MEDIA_PICTURE_FITTING_H

#include <stdbool.h>

#include "engine/base/result.h"
#include "engine/media/draw/coverage.h"
#include "engine/media/libav/colour.h"

struct AVFrame;
struct vf_message;
struct vf_node_run;
struct vf_scaler;

/* Returns the largest place in `room` that has the ratio of a picture of `width` x `height`: in the
 * middle, or at the top left. Its sides are whole chroma samples of `format` (an AVPixelFormat),
 * unless they are those of the room. */
struct vf_rectangle vf_fitting_place(int format, int width, int height,
                                     const struct vf_rectangle *room, bool is_centred);

/* Draws `source` into `place` of `target`, which begins between chroma samples. `target` has its
 * format, its size and its memory; what else is known of the picture is copied. */
VF_MUST_CHECK int vf_fitting_draw(struct vf_scaler *scaler, const struct AVFrame *source,
                                  struct AVFrame *target, const struct vf_rectangle *place);

/* Fills what is in `target` but not in `place`. Returns as vf_canvas_init(). */
VF_MUST_CHECK int vf_fitting_fill(struct AVFrame *target, const struct vf_rectangle *place,
                                  const struct vf_colour *colour);

/* How a message is to be fitted. */
struct vf_fitting {
    int width, height; /* of what is made */
    bool is_centred;
    struct vf_colour colour; /* of the rest */
};

/* Makes a message of a video message, in the task's arena. Returns as vf_node_allocate(), or as
 * above. */
VF_MUST_CHECK int vf_fitting_apply(struct vf_scaler *scaler, struct vf_node_run *run,
                                   const struct vf_message *message,
                                   const struct vf_fitting *fitting, struct vf_message **fitted);

#endif
