/* SPDX-License-Identifier: MIT */
#include "nodes/vision/background.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Of the papers, and of OpenCV's BackgroundSubtractorMOG2. */
#define BACKGROUND_SHARE 0.9F
#define FIRST_VARIANCE 15.0F
#define LEAST_VARIANCE 4.0F
#define MOST_VARIANCE 75.0F
#define COMPLEXITY 0.05F /* of a mode that is not seen: how fast it goes */
#define FIT_SQUARED 9.0F /* deviations within which a pixel belongs to a mode */

/* A change of the brightness of everything. */
#define GAIN_BINS 512 /* from 0 to 2 */
#define GAIN_STEP 5   /* pixels of which one is looked at */
#define GAIN_DARKEST 24.0F
#define GAIN_BRIGHTEST 235.0F
#define LEAST_GAIN 0.01F /* what is less, the modes follow by themselves */
#define MOST_GAIN 0.5F

/* A shadow: how alike it is to the background that shows through, and how much darker. */
#define SHADOW_REACH 2 /* pixels around it that are looked at */
#define SHADOW_ALIKE 0.98F
#define SHADOW_UNEVEN 0.05F
#define SHADOW_DARKEST 0.5F
#define SHADOW_BRIGHTEST 0.96F

struct mode {
    float weight, mean, variance;
};

/* How a picture is learned. */
struct lesson {
    float rate, gain;
    float far; /* deviations squared */
};

/* A mode after a picture of which it has, or has not, this pixel. */
static inline struct mode adapt(struct mode mode, bool fits, float distance, float rate)
{
    float weight = mode.weight * (1 - rate) - rate * COMPLEXITY;
    weight = weight > 0 ? weight : 0;
    weight = fits ? weight + rate : weight;
    float share = fits ? rate / weight : 0;
    float variance = mode.variance + share * (distance * distance - mode.variance);
    variance = variance < LEAST_VARIANCE ? LEAST_VARIANCE : variance;
    variance = variance > MOST_VARIANCE ? MOST_VARIANCE : variance;
    return (struct mode){weight, mode.mean + share * distance, variance};
}

static inline struct mode choose(bool is_first, struct mode first, struct mode second)
{
    return (struct mode){is_first ? first.weight : second.weight,
                         is_first ? first.mean : second.mean,
                         is_first ? first.variance : second.variance};
}

static inline float scaled(float mean, float gain)
{
    mean *= gain;
    return mean < 255 ? mean : 255;
}

/* Learns the pixels of a tile, and says which are not background. Without a branch and a call, and
 * with a fixed count: the compiler makes vector code of it. */
static void learn_tile(struct vf_background_tile *restrict tile, const float *restrict picture,
                       uint8_t *restrict moving, const struct lesson *lesson)
{
    const float rate = lesson->rate, gain = lesson->gain, far = lesson->far;
    float(*w)[VF_BACKGROUND_TILE] = tile->weight, (*m)[VF_BACKGROUND_TILE] = tile->mean;
    float(*v)[VF_BACKGROUND_TILE] = tile->variance;
    for (size_t i = 0; i < VF_BACKGROUND_TILE; i++) {
        struct mode a = {w[0][i], scaled(m[0][i], gain), v[0][i]};
        struct mode b = {w[1][i], scaled(m[1][i], gain), v[1][i]};
        struct mode c = {w[2][i], scaled(m[2][i], gain), v[2][i]};
        float da = picture[i] - a.mean, db = picture[i] - b.mean, dc = picture[i] - c.mean;
        bool in_a = da * da < FIT_SQUARED * a.variance;
        bool in_b = !in_a & (db * db < FIT_SQUARED * b.variance);
        bool in_c = !in_a & !in_b & (dc * dc < FIT_SQUARED * c.variance);
        bool is_still = (da * da < far * a.variance) |
                        ((a.weight < BACKGROUND_SHARE) & (db * db < far * b.variance)) |
                        ((a.weight + b.weight < BACKGROUND_SHARE) & (dc * dc < far * c.variance));
        moving[i] = !is_still;
        a = adapt(a, in_a, da, rate);
        b = adapt(b, in_b, db, rate);
        c = adapt(c, in_c, dc, rate);
        c = choose(in_a | in_b | in_c, c, (struct mode){rate, picture[i], FIRST_VARIANCE});
        struct mode heavier = choose(c.weight > b.weight, c, b);
        c = choose(c.weight > b.weight, b, c);
        b = choose(heavier.weight > a.weight, a, heavier);
        a = choose(heavier.weight > a.weight, heavier, a);
        float sum = a.weight + b.weight + c.weight;
        w[0][i] = a.weight / sum, m[0][i] = a.mean, v[0][i] = a.variance;
        w[1][i] = b.weight / sum, m[1][i] = b.mean, v[1][i] = b.variance;
        w[2][i] = c.weight / sum, m[2][i] = c.mean, v[2][i] = c.variance;
    }
}

/* Pixels that are less than a tile. */
static void learn_rest(struct vf_background_tile *tile, const float *picture, uint8_t *moving,
                       size_t count, const struct lesson *lesson)
{
    float pixels[VF_BACKGROUND_TILE] = {0};
    uint8_t found[VF_BACKGROUND_TILE];
    memcpy(pixels, picture, count * sizeof(*pixels));
    learn_tile(tile, pixels, found, lesson);
    memcpy(moving, found, count);
}

static float mean_at(const struct vf_background *background, size_t i)
{
    return background->tiles[i / VF_BACKGROUND_TILE].mean[0][i % VF_BACKGROUND_TILE];
}

/* Returns by which factor most of the picture is brighter than the background. */
static float find_gain(const struct vf_background *background, const float *picture, size_t count)
{
    unsigned bins[GAIN_BINS] = {0}, total = 0, before = 0, bin = 0;
    for (size_t i = 0; i < count; i += GAIN_STEP) {
        float mean = mean_at(background, i);
        if (mean < GAIN_DARKEST || mean > GAIN_BRIGHTEST || picture[i] > GAIN_BRIGHTEST)
            continue;
        float ratio = picture[i] / mean * (GAIN_BINS / 2.0F);
        bins[ratio < GAIN_BINS ? (unsigned)ratio : GAIN_BINS - 1]++;
        total++;
    }
    if (total == 0)
        return 1;
    while (before + bins[bin] <= total / 2)
        before += bins[bin++];
    float middle = ((float)total / 2 - (float)before) / (float)bins[bin];
    float gain = ((float)bin + middle) / (GAIN_BINS / 2.0F);
    return fabsf(gain - 1) < LEAST_GAIN || fabsf(gain - 1) > MOST_GAIN ? 1 : gain;
}

static size_t count_tiles(size_t pixels)
{
    return (pixels + VF_BACKGROUND_TILE - 1) / VF_BACKGROUND_TILE;
}

static int make_room(struct vf_background *background, int width, int height)
{
    size_t count = (size_t)width * (size_t)height;
    vf_background_finish(background);
    background->tiles = malloc(count_tiles(count) * sizeof(*background->tiles));
    background->moving = malloc(count);
    background->width = width;
    background->height = height;
    return background->tiles && background->moving ? VF_OK : -ENOMEM;
}

static void begin(struct vf_background *background, const float *picture, size_t count)
{
    for (size_t i = 0; i < count_tiles(count) * VF_BACKGROUND_TILE; i++) {
        struct vf_background_tile *tile = &background->tiles[i / VF_BACKGROUND_TILE];
        for (size_t k = 0; k < VF_BACKGROUND_MODES; k++) {
            tile->weight[k][i % VF_BACKGROUND_TILE] = k == 0 ? 1.0F : 0.0F;
            tile->mean[k][i % VF_BACKGROUND_TILE] = i < count ? picture[i] : 0;
            tile->variance[k][i % VF_BACKGROUND_TILE] = FIRST_VARIANCE;
        }
    }
    memset(background->moving, 0, count);
}

static void learn(struct vf_background *background, const float *picture, size_t count)
{
    int remembered =
        background->seen < background->history / 2 ? 2 * background->seen : background->history;
    const struct lesson lesson = {.rate = 1 / (float)remembered,
                                  .gain = find_gain(background, picture, count),
                                  .far = (float)(background->deviations * background->deviations)};
    size_t i = 0, tile = 0;
    for (; i + VF_BACKGROUND_TILE <= count; i += VF_BACKGROUND_TILE)
        learn_tile(&background->tiles[tile++], picture + i, background->moving + i, &lesson);
    if (i < count)
        learn_rest(&background->tiles[tile], picture + i, background->moving + i, count - i,
                   &lesson);
}

int vf_background_learn(struct vf_background *background, const float *picture, int width,
                        int height)
{
    size_t count = (size_t)width * (size_t)height;
    bool is_same = background->tiles && width == background->width && height == background->height;
    int err = is_same ? VF_OK : make_room(background, width, height);
    if (err)
        return err;
    if (background->seen == 0)
        begin(background, picture, count);
    else
        learn(background, picture, count);
    if (background->seen < background->history)
        background->seen++;
    return VF_OK;
}

/* What is around a pixel, in the picture and in the background. */
struct surroundings {
    float picture, background, product; /* sums of squares, and of the products */
    float ratio, ratio_squared;         /* sums */
    float count;
};

static struct surroundings look_around(const struct vf_background *background, const float *picture,
                                       int x, int y)
{
    struct surroundings around = {0};
    for (int v = y - SHADOW_REACH; v <= y + SHADOW_REACH; v++) {
        for (int u = x - SHADOW_REACH; u <= x + SHADOW_REACH; u++) {
            if (u < 0 || v < 0 || u >= background->width || v >= background->height)
                continue;
            size_t i = (size_t)v * (size_t)background->width + (size_t)u;
            float seen = picture[i], mean = mean_at(background, i) + 1;
            around.picture += seen * seen;
            around.background += mean * mean;
            around.product += seen * mean;
            around.ratio += seen / mean;
            around.ratio_squared += seen / mean * (seen / mean);
            around.count++;
        }
    }
    return around;
}

static bool is_shadow(const struct vf_background *background, const float *picture, int x, int y)
{
    size_t i = (size_t)y * (size_t)background->width + (size_t)x;
    float darkness = picture[i] / (mean_at(background, i) + 1);
    if (darkness < SHADOW_DARKEST || darkness > SHADOW_BRIGHTEST)
        return false;
    const struct surroundings around = look_around(background, picture, x, y);
    float mean = around.ratio / around.count;
    float variance = around.ratio_squared / around.count - mean * mean;
    return variance < SHADOW_UNEVEN * SHADOW_UNEVEN &&
           around.product >= SHADOW_ALIKE * sqrtf(around.picture * around.background);
}

void vf_background_drop_shadows(struct vf_background *background, const float *picture)
{
    uint8_t *moving = background->moving;
    for (int y = 0; y < background->height; y++) {
        for (int x = 0; x < background->width; x++, moving++) {
            if (*moving && is_shadow(background, picture, x, y))
                *moving = 0;
        }
    }
}

void vf_background_forget(struct vf_background *background)
{
    background->seen = 0;
}

void vf_background_finish(struct vf_background *background)
{
    free(background->tiles);
    free(background->moving);
    background->tiles = NULL;
    background->moving = NULL;
    background->seen = 0;
}
