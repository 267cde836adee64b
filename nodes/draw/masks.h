/* SPDX-License-Identifier: MIT */
/* masks.h - which pixels belong to each object, as segmenters tell it.
 *
 * An array of n x height x width numbers of any type, or of height x width for one mask.
 */
#ifndef VF_NODES_DRAW_MASKS_H
#define VF_NODES_DRAW_MASKS_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/draw/coverage.h"
#include "engine/message/message.h"

/* Starts as {0}. */
struct vf_mask_list {
    const uint8_t *bytes; /* lent by the message that was read */
    char dtype[8];
    size_t count;
    int width, height;
    double *row;   /* one row of a mask */
    int *columns;  /* for each pixel of a row, the column of the mask */
    uint8_t *line; /* one row of a mask, as coverage */
    size_t row_capacity, column_capacity;
};

/* Reads a message, whose payload has to outlive the use of *masks. Returns -EINVAL, after saying
 * why, for what are no masks. */
VF_MUST_CHECK int vf_mask_list_read(struct vf_mask_list *masks, const struct vf_message *message);
void vf_mask_list_finish(struct vf_mask_list *masks);

/* Makes a coverage of mask number `index` for a picture of `width` x `height`: where a whole number
 * is not 0, and where a floating-point number is at least `threshold`. */
VF_MUST_CHECK int vf_mask_list_cover(struct vf_mask_list *masks, size_t index, double threshold,
                                     int width, int height, struct vf_coverage *coverage);

/* Starts as {0}. */
struct vf_number_list {
    double *items; /* NULL: none have been read */
    size_t capacity;
};

/* Reads `count` numbers, an array or a JSON list. Returns -EINVAL, after saying why, for others;
 * `name` is what they are. */
VF_MUST_CHECK int vf_number_list_read(struct vf_number_list *numbers,
                                      const struct vf_message *message, size_t count,
                                      const char *name);
void vf_number_list_finish(struct vf_number_list *numbers);

#endif
