/* SPDX-License-Identifier: MIT */
/* The part of canvas.h that makes what is in a rectangle unrecognisable. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/media/draw/canvas.h"
#include "engine/media/draw/canvas_samples.h"

#define BLUR_PASSES 3 /* of a box: nearly a Gaussian */
#define MAX_RADIUS 16000
#define BLOCK 16 /* loops of fixed length are what compilers make vector code of at -O2 */
#define STRIP 64 /* columns that are blurred at once: the strip stays in the cache */

/* The samples of one component that a rectangle touches. */
struct patch {
    const struct vf_canvas_component *component;
    int x, y, width, height; /* in samples */
};

static struct patch patch_of(const struct vf_canvas_component *component,
                             const struct vf_rectangle *area)
{
    int x = area->x >> component->log2_width, y = area->y >> component->log2_height;
    return (struct patch){
        .component = component,
        .x = x,
        .y = y,
        .width = ((area->x + area->width - 1) >> component->log2_width) + 1 - x,
        .height = ((area->y + area->height - 1) >> component->log2_height) + 1 - y,
    };
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

static int clamped(int place, int count)
{
    return place < 0 ? 0 : place < count ? place : count - 1;
}

static uint16_t mean(int32_t sum, float share)
{
    return (uint16_t)((float)sum * share + 0.5F);
}

/* Takes the mean of 2 * radius + 1 samples around each; beyond the ends, the last one again. The
 * rounding is exact up to 10 bits, and otherwise off by one at worst. */
static void blur_row(const uint16_t *restrict from, uint16_t *restrict to, int count, int radius)
{
    const float share = 1 / (2 * (float)radius + 1);
    int32_t sum = 0;
    for (int i = -radius; i <= radius; i++)
        sum += from[clamped(i, count)];
    int i = 0;
    for (; i < count && i <= radius; i++) {
        to[i] = mean(sum, share);
        sum += from[clamped(i + radius + 1, count)] - from[0];
    }
    for (; i + radius + 1 < count; i++) {
        to[i] = mean(sum, share);
        sum += from[i + radius + 1] - from[i - radius];
    }
    for (; i < count; i++) {
        to[i] = mean(sum, share);
        sum += from[count - 1] - from[clamped(i - radius, count)];
    }
}

/* Writes one row of means of a strip, and goes on to the next. */
static void step_strip(int32_t sums[restrict STRIP], uint16_t *restrict to,
                       const uint16_t *restrict next, const uint16_t *restrict last, float share)
{
    for (int i = 0; i < STRIP; i++) {
        to[i] = mean(sums[i], share);
        sums[i] += next[i] - last[i];
    }
}

/* The same downwards, for all columns of a strip at once. */
static void blur_strip(const uint16_t *from, uint16_t *to, int height, int radius)
{
    const float share = 1 / (2 * (float)radius + 1);
    int32_t sums[STRIP] = {0};
    for (int y = -radius; y <= radius; y++) {
        const uint16_t *row = from + (ptrdiff_t)clamped(y, height) * STRIP;
        for (int i = 0; i < STRIP; i++)
            sums[i] += row[i];
    }
    for (int y = 0; y < height; y++)
        step_strip(sums, to + (ptrdiff_t)y * STRIP,
                   from + (ptrdiff_t)clamped(y + radius + 1, height) * STRIP,
                   from + (ptrdiff_t)clamped(y - radius, height) * STRIP, share);
}

/* Reads row `y` of a patch into `row`, blurred; `half` is as long. */
static void read_blurred(const struct patch *patch, int y, int radius, uint16_t *row,
                         uint16_t *half)
{
    vf_samples_read(patch->component, patch->x, patch->y + y, patch->width, half);
    for (int pass = 0; pass < BLUR_PASSES; pass++) {
        blur_row(half, row, patch->width, radius);
        if (pass + 1 < BLUR_PASSES)
            memcpy(half, row, (size_t)patch->width * sizeof(*row));
    }
}

/* Blurs, downwards, the columns from `x` on. The strips are as high as the patch. */
static void blur_columns(const struct patch *patch, int x, int radius, const uint16_t *rows,
                         uint16_t *strip, uint16_t *half)
{
    int width = smaller(STRIP, patch->width - x);
    for (int y = 0; y < patch->height; y++)
        memcpy(strip + (ptrdiff_t)y * STRIP, rows + (ptrdiff_t)y * patch->width + x,
               (size_t)width * sizeof(*strip));
    for (int pass = 0; pass < BLUR_PASSES; pass++) {
        blur_strip(strip, half, patch->height, radius);
        uint16_t *blurred = half;
        half = strip;
        strip = blurred;
    }
    for (int y = 0; y < patch->height; y++)
        vf_samples_write(patch->component, patch->x + x, patch->y + y, width,
                         strip + (ptrdiff_t)y * STRIP);
}

static int blur_patch(const struct patch *patch, int radius_x, int radius_y)
{
    size_t count = (size_t)patch->width * (size_t)patch->height;
    size_t strip = STRIP * (size_t)patch->height;
    uint16_t *rows = calloc(count + (size_t)patch->width + 2 * strip, sizeof(*rows));
    if (!rows)
        return -ENOMEM;
    uint16_t *half = rows + count, *strips = half + patch->width;
    for (int y = 0; y < patch->height; y++)
        read_blurred(patch, y, radius_x, rows + (ptrdiff_t)y * patch->width, half);
    for (int x = 0; x < patch->width; x += STRIP)
        blur_columns(patch, x, radius_y, rows, strips, strips + strip);
    free(rows);
    return VF_OK;
}

int vf_canvas_blur(struct vf_canvas *canvas, const struct vf_rectangle *rectangle, int radius)
{
    struct vf_rectangle bounds = vf_canvas_bounds(canvas);
    struct vf_rectangle area = vf_rectangle_common(rectangle, &bounds);
    int err = VF_OK;
    radius = smaller(radius, MAX_RADIUS);
    for (unsigned i = 0; area.width && i < canvas->component_count && !err; i++) {
        struct patch patch = patch_of(&canvas->components[i], &area);
        int radius_x = radius >> patch.component->log2_width;
        int radius_y = radius >> patch.component->log2_height;
        err = blur_patch(&patch, radius_x > 0 ? radius_x : 1, radius_y > 0 ? radius_y : 1);
    }
    return err;
}

static void add_row(uint32_t *restrict sums, const uint16_t *restrict row, int count)
{
    int i = 0;
    for (; i + BLOCK <= count; i += BLOCK) {
        for (int k = 0; k < BLOCK; k++)
            sums[i + k] += row[i + k];
    }
    for (; i < count; i++)
        sums[i] += row[i];
}

/* Adds up, column by column, what is in a row of cells. */
static void add_columns(const struct patch *cells, uint32_t *sums, uint16_t *row)
{
    memset(sums, 0, (size_t)cells->width * sizeof(*sums));
    for (int y = 0; y < cells->height; y++) {
        vf_samples_read(cells->component, cells->x, cells->y + y, cells->width, row);
        add_row(sums, row, cells->width);
    }
}

/* Sets `row` to the mean of each cell, which are `side` wide. */
static void find_means(const struct patch *cells, int side, const uint32_t *sums, uint16_t *row)
{
    for (int x = 0; x < cells->width; x += side) {
        int end = smaller(x + side, cells->width);
        uint64_t count = (uint64_t)(end - x) * (uint64_t)cells->height, sum = count / 2;
        for (int i = x; i < end; i++)
            sum += sums[i];
        uint16_t mean = (uint16_t)(sum / count);
        for (int i = x; i < end; i++)
            row[i] = mean;
    }
}

/* Levels cells of `width` x `height` samples, a row of them at a time. */
static void pixelate_patch(const struct patch *patch, int width, int height, uint32_t *sums,
                           uint16_t *row)
{
    struct patch cells = *patch;
    int bottom = patch->y + patch->height;
    for (; cells.y < bottom; cells.y += height) {
        cells.height = smaller(height, bottom - cells.y);
        add_columns(&cells, sums, row);
        find_means(&cells, width, sums, row);
        for (int y = 0; y < cells.height; y++)
            vf_samples_write(cells.component, cells.x, cells.y + y, cells.width, row);
    }
}

int vf_canvas_pixelate(struct vf_canvas *canvas, const struct vf_rectangle *rectangle, int side)
{
    struct vf_rectangle bounds = vf_canvas_bounds(canvas);
    struct vf_rectangle area = vf_rectangle_common(rectangle, &bounds);
    if (!area.width)
        return VF_OK;
    uint32_t *sums = calloc((size_t)area.width, sizeof(*sums));
    uint16_t *row = calloc((size_t)area.width, sizeof(*row));
    for (unsigned i = 0; sums && row && i < canvas->component_count; i++) {
        struct patch patch = patch_of(&canvas->components[i], &area);
        int width = side >> patch.component->log2_width;
        int height = side >> patch.component->log2_height;
        pixelate_patch(&patch, width > 0 ? width : 1, height > 0 ? height : 1, sums, row);
    }
    int err = sums && row ? VF_OK : -ENOMEM;
    free(sums);
    free(row);
    return err;
}
