/* SPDX-License-Identifier: MIT */
#include "nodes/vision/look.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define SQUARE_COUNT (VF_LOOK_SQUARES * VF_LOOK_SQUARES)
#define PART_COUNT (VF_LOOK_PARTS * VF_LOOK_PARTS)
#define BIN_WIDTH (256.0F / VF_LOOK_BINS)
#define DIFFERENT \
    64.0F /* levels that squares differ by, on average, in pictures that have nothing
                           in common */

/* Which of `count` equal pieces of `length` a place is in. */
static int piece_of(int place, int length, int count)
{
    return place * count / length;
}

/* Counts a brightness in the two bins that it is between, so that a little noise changes little. */
static void add_to_histogram(float *histogram, float level)
{
    float place = level / BIN_WIDTH - 0.5F;
    int bin = (int)floorf(place);
    float share = place - (float)bin;
    int low = bin < 0 ? 0 : bin;
    int high = bin + 1 < VF_LOOK_BINS ? bin + 1 : VF_LOOK_BINS - 1;
    histogram[low] += 1 - share;
    histogram[high] += share;
}

static void divide(float *numbers, size_t count, float sum)
{
    for (size_t i = 0; i < count && sum > 0; i++)
        numbers[i] /= sum;
}

static void finish_histogram(float *histogram)
{
    float sum = 0;
    for (size_t i = 0; i < VF_LOOK_BINS; i++)
        sum += histogram[i];
    divide(histogram, VF_LOOK_BINS, sum);
}

void vf_look_take(struct vf_look *look, const float *picture, int width, int height)
{
    float counts[SQUARE_COUNT] = {0};
    double sum = 0, squares = 0, count = (double)width * height;
    memset(look, 0, sizeof(*look));
    for (int y = 0; y < height; y++) {
        int row = piece_of(y, height, VF_LOOK_SQUARES) * VF_LOOK_SQUARES;
        int part_row = piece_of(y, height, VF_LOOK_PARTS) * VF_LOOK_PARTS;
        for (int x = 0; x < width; x++) {
            float level = *picture++;
            int square = row + piece_of(x, width, VF_LOOK_SQUARES);
            look->squares[square] += level;
            counts[square]++;
            add_to_histogram(look->histograms[part_row + piece_of(x, width, VF_LOOK_PARTS)], level);
            sum += level;
            squares += level * level;
        }
    }
    for (int i = 0; i < SQUARE_COUNT; i++)
        divide(&look->squares[i], 1, counts[i]);
    for (int i = 0; i < PART_COUNT; i++)
        finish_histogram(look->histograms[i]);
    look->mean = (float)(sum / count);
    look->deviation = (float)sqrt(fmax(squares / count - sum / count * (sum / count), 0));
}

double vf_look_distance(const struct vf_look *a, const struct vf_look *b)
{
    float squares = 0, histograms = 0;
    for (int i = 0; i < SQUARE_COUNT; i++)
        squares += fabsf(a->squares[i] - b->squares[i]);
    for (int i = 0; i < PART_COUNT; i++) {
        for (size_t k = 0; k < VF_LOOK_BINS; k++)
            histograms += fabsf(a->histograms[i][k] - b->histograms[i][k]);
    }
    double apart = fmin(squares / SQUARE_COUNT / DIFFERENT, 1);
    return (apart + histograms / (2 * PART_COUNT)) / 2;
}
