/* SPDX-License-Identifier: MIT */
/* The part of canvas.h that draws a coverage. */
#include <string.h>

#include "engine/media/draw/canvas.h"
#include "engine/media/draw/canvas_samples.h"

/* Weights are worked out for this many samples at a time, in blocks of fixed length, of which
 * compilers make vector code at -O2. */
#define CHUNK 256
#define BLOCK 16

/* What stays the same while one coverage is drawn into one component. */
struct job {
    const struct vf_canvas *canvas;
    const struct vf_canvas_component *component; /* the first of those that are drawn now, */
    unsigned component_count;                    /* whose samples lie alike */
    const unsigned *values;                      /* of each */
    const struct vf_coverage *coverage;
    struct vf_rectangle area; /* of the coverage, on the picture */
    unsigned opacity;         /* a weight */
};

static const uint8_t *covered_row(const struct job *job, int x, int y)
{
    const struct vf_rectangle *place = &job->coverage->place;
    return job->coverage->rows + (size_t)(y - place->y) * (size_t)place->width + (x - place->x);
}

/* Where a sample is one pixel, and the colour opaque. */
static void weigh_opaque(const uint8_t *restrict row, int count, uint16_t *restrict weights)
{
    int i = 0;
    for (; i + BLOCK <= count; i += BLOCK) {
        for (int k = 0; k < BLOCK; k++)
            weights[i + k] = (uint16_t)vf_weight_of(row[i + k]);
    }
    for (; i < count; i++)
        weights[i] = (uint16_t)vf_weight_of(row[i]);
}

/* Where a sample is one pixel. */
static void weigh_pixels(const uint8_t *restrict row, int count, unsigned opacity,
                         uint16_t *restrict weights)
{
    int i = 0;
    for (; i + BLOCK <= count; i += BLOCK) {
        for (int k = 0; k < BLOCK; k++)
            weights[i + k] = (uint16_t)((vf_weight_of(row[i + k]) * opacity + 128) >> 8);
    }
    for (; i < count; i++)
        weights[i] = (uint16_t)((vf_weight_of(row[i]) * opacity + 128) >> 8);
}

static void add_row(uint16_t *restrict sums, const uint8_t *restrict row, int count)
{
    int i = 0;
    for (; i + BLOCK <= count; i += BLOCK) {
        for (int k = 0; k < BLOCK; k++)
            sums[i + k] = (uint16_t)(sums[i + k] + vf_weight_of(row[i + k]));
    }
    for (; i < count; i++)
        sums[i] = (uint16_t)(sums[i] + vf_weight_of(row[i]));
}

/* Adds up, column by column, the pixels that `count` samples from (x, y) on stand for. */
static void add_columns(const struct job *job, int x, int y, int count, uint16_t *sums)
{
    const struct vf_canvas_component *component = job->component;
    int width = component->log2_width, height = component->log2_height;
    struct vf_rectangle pixels = {x << width, y << height, count << width, 1 << height};
    struct vf_rectangle common = vf_rectangle_common(&pixels, &job->area);
    memset(sums, 0, ((size_t)count << width) * sizeof(*sums));
    for (int row = common.y; row < common.y + common.height; row++)
        add_row(sums + (common.x - pixels.x), covered_row(job, common.x, row), common.width);
}

/* Adds up each two neighbours, so that `count` sums are left. */
static void add_pairs(uint16_t *sums, size_t count)
{
    size_t i = 0;
    for (; i + BLOCK <= count; i += BLOCK) {
        uint32_t pairs[BLOCK]; /* in either order: sums fit into one half */
        memcpy(pairs, sums + 2 * i, sizeof(pairs));
        for (int k = 0; k < BLOCK; k++)
            sums[i + (size_t)k] = (uint16_t)(pairs[k] + (pairs[k] >> 16U));
    }
    for (; i < count; i++)
        sums[i] = (uint16_t)(sums[2 * i] + sums[2 * i + 1]);
}

static void weigh_sums(const uint16_t *restrict sums, int count, float share,
                       uint16_t *restrict weights)
{
    int i = 0;
    for (; i + BLOCK <= count; i += BLOCK) {
        for (int k = 0; k < BLOCK; k++)
            weights[i + k] = (uint16_t)(int)((float)(int)sums[i + k] * share + 0.5F);
    }
    for (; i < count; i++)
        weights[i] = (uint16_t)(int)((float)(int)sums[i] * share + 0.5F);
}

/* The same where the colour is opaque and a sample is 1 << `log2` pixels. */
static void average_sums(const uint16_t *restrict sums, int count, int log2,
                         uint16_t *restrict weights)
{
    uint16_t half = (uint16_t)((1U << (unsigned)log2) / 2);
    int i = 0;
    for (; i + BLOCK <= count; i += BLOCK) {
        for (int k = 0; k < BLOCK; k++)
            weights[i + k] = (uint16_t)((uint16_t)(sums[i + k] + half) >> log2);
    }
    for (; i < count; i++)
        weights[i] = (uint16_t)((uint16_t)(sums[i] + half) >> log2);
}

/* Where a sample is several pixels, of which those beyond the picture do not count. */
static void weigh_blocks(const struct job *job, int x, int y, int count, uint16_t *weights)
{
    const struct vf_canvas_component *component = job->component;
    const struct vf_canvas *canvas = job->canvas;
    uint16_t sums[CHUNK << VF_SAMPLE_MAX_LOG2];
    int log2 = component->log2_width;
    add_columns(job, x, y, count, sums);
    for (int left = log2 - 1; left >= 0; left--)
        add_pairs(sums, (size_t)count << left);
    int rows =
        vf_pixels_within(y, component->log2_height, (struct vf_pixel_span){0, canvas->height});
    float share = (float)job->opacity / (float)(VF_WEIGHT_MOST * (unsigned)rows);
    if (job->opacity == VF_WEIGHT_MOST && rows == 1 << component->log2_height)
        average_sums(sums, count, log2 + component->log2_height, weights);
    else
        weigh_sums(sums, count, share / (float)(1 << log2), weights);
    int last = vf_pixels_within(x + count - 1, log2, (struct vf_pixel_span){0, canvas->width});
    weigh_sums(sums + count - 1, 1, share / (float)last, weights + count - 1);
}

/* Returns whether a part of one row is covered alike: nearly all of a mask is. */
static bool is_even(const uint8_t *row, int count)
{
    return memcmp(row, row + 1, (size_t)count - 1) == 0;
}

/* Returns whether all pixels of `count` samples from (x, y) on are covered alike, so that *share of
 * 255 is the coverage of each. */
static bool is_run_even(const struct job *job, int x, int y, int count, uint8_t *share)
{
    int width = job->component->log2_width, height = job->component->log2_height;
    struct vf_rectangle pixels = {x << width, y << height, count << width, 1 << height};
    struct vf_rectangle common = vf_rectangle_common(&pixels, &job->area);
    *share = *covered_row(job, common.x, common.y);
    for (int row = common.y; row < common.y + common.height; row++) {
        const uint8_t *covered = covered_row(job, common.x, row);
        if (*covered != *share || !is_even(covered, common.width))
            return false;
    }
    return true;
}

/* Returns whether the pixels of a run are all within the area, as far as they are in the picture. */
static bool is_run_within(const struct job *job, int x, int y, int count)
{
    int width = job->component->log2_width, height = job->component->log2_height;
    struct vf_rectangle pixels = {x << width, y << height, count << width, 1 << height};
    struct vf_rectangle bounds = vf_canvas_bounds(job->canvas);
    struct vf_rectangle seen = vf_rectangle_common(&pixels, &bounds);
    struct vf_rectangle common = vf_rectangle_common(&pixels, &job->area);
    return seen.width == common.width && seen.height == common.height;
}

static void weigh(const struct job *job, int x, int y, int count, uint16_t *weights)
{
    const struct vf_canvas_component *component = job->component;
    bool is_pixel = !component->log2_width && !component->log2_height;
    if (is_pixel && job->opacity == VF_WEIGHT_MOST)
        weigh_opaque(covered_row(job, x, y), count, weights);
    else if (is_pixel)
        weigh_pixels(covered_row(job, x, y), count, job->opacity, weights);
    else
        weigh_blocks(job, x, y, count, weights);
}

/* Draws a run of all components of the job, whose samples lie alike. */
static void draw_run(const struct job *job, int x, int y, int count)
{
    uint8_t share;
    bool is_even = is_run_even(job, x, y, count, &share);
    if (is_even && share == 0)
        return;
    bool is_full = is_even && share == UINT8_MAX && job->opacity == VF_WEIGHT_MOST &&
                   is_run_within(job, x, y, count);
    uint16_t weights[CHUNK];
    if (!is_full)
        weigh(job, x, y, count, weights);
    for (unsigned i = 0; i < job->component_count; i++) {
        if (is_full)
            vf_samples_fill(job->component + i, x, y, count, VF_WEIGHT_MOST, job->values[i]);
        else
            vf_samples_mix(job->component + i, x, y, count, weights, job->values[i]);
    }
}

static void draw_components(const struct job *job)
{
    const struct vf_rectangle *area = &job->area;
    int width = job->component->log2_width, height = job->component->log2_height;
    int right = ((area->x + area->width - 1) >> width) + 1;
    int bottom = ((area->y + area->height - 1) >> height) + 1;
    for (int y = area->y >> height; y < bottom; y++) {
        for (int x = area->x >> width; x < right; x += CHUNK)
            draw_run(job, x, y, right - x < CHUNK ? right - x : CHUNK);
    }
}

/* Returns how many components from number `first` on have samples that lie as its own do. */
static unsigned count_alike(const struct vf_canvas *canvas, unsigned first)
{
    const struct vf_canvas_component *component = &canvas->components[first];
    unsigned end = first + 1;
    while (end < canvas->component_count &&
           canvas->components[end].log2_width == component->log2_width &&
           canvas->components[end].log2_height == component->log2_height)
        end++;
    return end - first;
}

void vf_canvas_draw(struct vf_canvas *canvas, const struct vf_coverage *coverage,
                    const struct vf_colour *colour)
{
    struct vf_rectangle bounds = vf_canvas_bounds(canvas);
    struct job job = {
        .canvas = canvas,
        .coverage = coverage,
        .area = vf_rectangle_common(&coverage->place, &bounds),
        .opacity = vf_weight_of(colour->alpha),
    };
    unsigned values[VF_COLOUR_COMPONENTS];
    if (!job.area.width || vf_colour_components(colour, canvas->frame, values) != VF_OK)
        return;
    for (unsigned i = 0; i < canvas->component_count; i += job.component_count) {
        job.component = &canvas->components[i];
        job.component_count = count_alike(canvas, i);
        job.values = &values[i];
        draw_components(&job);
    }
}
