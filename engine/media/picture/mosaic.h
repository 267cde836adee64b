/* SPDX-License-Identifier: MIT */
/* mosaic.h - several pictures side by side in one.
 *
 * The picture is made in the task's arena, and every other one is copied or scaled straight into
 * its cell. One that has not the shape of the cell stands in its middle.
 */
#ifndef VF_ENGINE_MEDIA_PICTURE_MOSAIC_H
#define VF_ENGINE_MEDIA_PICTURE_MOSAIC_H

#include "engine/base/result.h"
#include "engine/media/libav/colour.h"
#include "engine/media/picture/scaler.h"
#include "engine/message/message.h"
#include "engine/node/forecast.h"

struct vf_mosaic;
struct vf_node_run;

struct vf_mosaic_plan {
    unsigned columns, rows;
    int width, height; /* of a cell; -1: as the other one and the ratio of the first picture ask;
                          both: that of the first picture */
    int gap, margin;   /* between cells, and around them all */
    struct vf_colour colour;
    enum vf_scaler_filter filter;
};

VF_MUST_CHECK int vf_mosaic_create(struct vf_mosaic **mosaic, const struct vf_mosaic_plan *plan);
void vf_mosaic_destroy(struct vf_mosaic **mosaic);

/* Makes an empty picture, of the format of `first`, whose size is that of a cell; NULL: as the last
 * one. Returns as vf_node_allocate(). */
VF_MUST_CHECK int vf_mosaic_begin(struct vf_mosaic *mosaic, struct vf_node_run *run,
                                  const struct vf_message *first);

/* Returns whether one was made before, so that `first` may be NULL. */
bool vf_mosaic_has_form(const struct vf_mosaic *mosaic);

/* Returns whether a picture has been begun, and not been finished. */
bool vf_mosaic_is_begun(const struct vf_mosaic *mosaic);

/* Draws a picture into cell number `cell`, by rows. */
VF_MUST_CHECK int vf_mosaic_put(struct vf_mosaic *mosaic, unsigned cell,
                                const struct vf_message *message);

/* Writes a name into cell number `cell`, white on black, in place of a picture. */
VF_MUST_CHECK int vf_mosaic_name(struct vf_mosaic *mosaic, unsigned cell, const char *name);

/* Makes a message of the picture, with the times of `first`. */
VF_MUST_CHECK int vf_mosaic_finish(struct vf_mosaic *mosaic, struct vf_node_run *run,
                                   struct vf_message **message);

/* Foretells the picture where the first one that comes in is `input`. */
void vf_mosaic_foretell(const struct vf_mosaic_plan *plan, const struct vf_forecast *input,
                        struct vf_forecast *output);

#endif
