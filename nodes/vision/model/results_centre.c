/* SPDX-License-Identifier: MIT */
/* results_centre - maps of where the middles of objects are (CenterNet).
 *
 * One map for each class has a peak in the middle of each object; a pair of maps has the width and the
 * height of what has its middle there, and another, which may be missing, how far the middle is from
 * the corner of its cell. Sizes and offsets count cells of the map.
 */
#include "nodes/vision/model/results.h"

#define RANK 4 /* batch x classes x height x width */

struct parts {
    size_t peaks, sizes, offsets; /* the number of outputs: there is none */
};

static struct parts find_parts(const struct vf_card *card, const struct vf_tensor_form *outputs,
                               size_t count)
{
    struct parts parts = {vf_results_named(card, 0, outputs, count),
                          vf_results_named(card, 1, outputs, count),
                          vf_results_named(card, 2, outputs, count)};
    if (card->outputs.count)
        return parts;
    for (size_t i = 0; i < count; i++) {
        bool is_pair = outputs[i].rank == RANK && outputs[i].shape[1] == 2;
        bool is_peaks =
            outputs[i].rank == RANK && (!is_pair || vf_results_is_called(&outputs[i], "hm heat"));
        if (is_peaks && parts.peaks == count)
            parts.peaks = i;
        else if (is_pair && (vf_results_is_called(&outputs[i], "off reg") || parts.sizes != count))
            parts.offsets = i;
        else if (is_pair)
            parts.sizes = i;
    }
    return parts;
}

static bool is_map(const struct vf_tensor_form *outputs, size_t count, size_t number, int64_t maps)
{
    return number < count && outputs[number].rank == RANK &&
           (maps < 0 || outputs[number].shape[1] < 0 || outputs[number].shape[1] == maps);
}

static int check(const struct vf_card *card, const struct vf_tensor_form *outputs, size_t count,
                 const struct vf_model_problem *problem)
{
    struct parts parts = find_parts(card, outputs, count);
    if (!is_map(outputs, count, parts.peaks, -1) || !is_map(outputs, count, parts.sizes, 2) ||
        (parts.offsets != count && !is_map(outputs, count, parts.offsets, 2)))
        return vf_results_refuse(card, outputs, count,
                                 "maps of batch x classes x height x width, and two of batch x 2 x "
                                 "height x width; card: {outputs: [middles, sizes, offsets]} says "
                                 "which is which",
                                 problem);
    return vf_results_check_names(card, outputs[parts.peaks].shape[1], problem);
}

/* Returns whether nothing around a cell is higher; of equal ones, the first is the peak. */
static bool is_peak(const float *map, size_t width, size_t height, size_t x, size_t y)
{
    float here = map[y * width + x];
    for (size_t row = y ? y - 1 : 0; row <= y + 1 && row < height; row++) {
        for (size_t column = x ? x - 1 : 0; column <= x + 1 && column < width; column++) {
            float there = map[row * width + column];
            bool is_before = row < y || (row == y && column < x);
            if (there > here || (is_before && there == here))
                return false;
        }
    }
    return true;
}

/* The maps of one picture, which are of one size. */
struct maps {
    const float *peaks, *sizes, *offsets; /* offsets NULL: there are none */
    size_t classes, width, height;
    double across, down; /* pixels of the picture for a cell */
};

static bool is_same_size(const struct vf_view *a, const struct vf_view *b)
{
    return a->shape[1] == b->shape[1] && a->shape[2] == b->shape[2];
}

/* Returns false when there is nothing in them to be found. */
static bool find_maps(const struct vf_card *card, const struct vf_views *views, struct maps *maps)
{
    struct parts parts = find_parts(card, views->forms, views->count);
    const struct vf_view *peaks = &views->items[parts.peaks], *sizes = &views->items[parts.sizes];
    const struct vf_view *offsets =
        parts.offsets < views->count ? &views->items[parts.offsets] : NULL;
    size_t height = peaks->shape[1], width = peaks->shape[2];
    if (!height || !width || !peaks->data || !sizes->data || !is_same_size(peaks, sizes) ||
        (offsets && !is_same_size(peaks, offsets)))
        return false;
    *maps = (struct maps){.peaks = peaks->data,
                          .sizes = sizes->data,
                          .offsets = offsets ? offsets->data : NULL,
                          .classes = peaks->shape[0],
                          .width = width,
                          .height = height,
                          .across = (double)views->width / (double)width,
                          .down = (double)views->height / (double)height};
    return true;
}

/* Makes an object of the cell `at`, which is in a row of its own. */
static struct vf_found make_item(const struct maps *maps, size_t at)
{
    size_t area = maps->width * maps->height, row = at / maps->width;
    double x = (double)(at % maps->width), y = (double)row;
    x += maps->offsets ? (double)maps->offsets[at] : 0.5;
    y += maps->offsets ? (double)maps->offsets[area + at] : 0.5;
    double half_width = maps->sizes[at] / 2.0, half_height = maps->sizes[area + at] / 2.0;
    return (struct vf_found){.xmin = (x - half_width) * maps->across,
                             .xmax = (x + half_width) * maps->across,
                             .ymin = (y - half_height) * maps->down,
                             .ymax = (y + half_height) * maps->down};
}

static int decode(const struct vf_card *card, const struct vf_views *views,
                  struct vf_found_list *found)
{
    struct maps maps;
    int err = VF_OK;
    if (!find_maps(card, views, &maps))
        return VF_OK;
    size_t area = maps.width * maps.height;
    for (size_t i = 0; i < maps.classes * area && !err; i++) {
        size_t class = i / area, at = i % area;
        float number = maps.peaks[i];
        double score = card->activation == VF_ACTIVATION_SIGMOID ? vf_sigmoid(number) : number;
        if (!(score >= card->score) || !is_peak(maps.peaks + class * area, maps.width, maps.height,
                                                at % maps.width, at / maps.width))
            continue;
        struct vf_found item = make_item(&maps, at);
        item.score = score;
        item.class = (unsigned)class;
        item.number = i;
        err = vf_found_add(found, &item);
    }
    return err;
}

const struct vf_results vf_results_centre = {
    .family = VF_FAMILY_CENTRE,
    .check = check,
    .decode = decode,
};
