/* SPDX-License-Identifier: MIT */
/* canvas_samples.h - writes runs of samples of one component of a picture. Part of canvas.h.
 *
 * A weight is how much of the new value a sample takes, from 0 to VF_WEIGHT_MOST, of the old one
 * the rest.
 */
#ifndef VF_ENGINE_MEDIA_DRAW_CANVAS_SAMPLES_H
#define VF_ENGINE_MEDIA_DRAW_CANVAS_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VF_WEIGHT_MOST 256U
#define VF_SAMPLE_MAX_LOG2 2 /* of the pixels of a sample in each direction: libav has no more */

/* One component of a pixel format, and where its samples are. */
struct vf_canvas_component {
    uint8_t *data;
    ptrdiff_t stride;         /* bytes from one row to the next */
    int step;                 /* bytes from one sample to the next */
    int log2_width;           /* of the pixels that one sample stands for */
    int log2_height;          /* of these pixels */
    int shift;                /* of the sample in its bytes */
    bool is_wide, is_swapped; /* two bytes; in the other order */
};

/* Gives `count` samples from (x, y) on, counted in samples, the same share of `value`. */
void vf_samples_fill(const struct vf_canvas_component *component, int x, int y, int count,
                     unsigned weight, unsigned value);

/* Gives each a share of its own. */
void vf_samples_mix(const struct vf_canvas_component *component, int x, int y, int count,
                    const uint16_t *weights, unsigned value);

/* Read and write `count` samples from (x, y) on as they are. */
void vf_samples_read(const struct vf_canvas_component *component, int x, int y, int count,
                     uint16_t *samples);
void vf_samples_write(const struct vf_canvas_component *component, int x, int y, int count,
                      const uint16_t *samples);

/* Returns a share of 255 as a weight. */
static inline unsigned vf_weight_of(uint8_t share)
{
    return share + (share >> 7U);
}

/* Pixels of one axis, from `from` to before `to`. */
struct vf_pixel_span {
    int from, to;
};

/* Returns how many of the pixels that sample `i` stands for lie in `span`. */
static inline int vf_pixels_within(int i, int log2, struct vf_pixel_span span)
{
    int from = i << log2, to = (i + 1) << log2;
    if (from < span.from)
        from = span.from;
    if (to > span.to)
        to = span.to;
    return to > from ? to - from : 0;
}

#endif
