/* SPDX-License-Identifier: MIT */
#include "nodes/vision/model/preparation.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/media/picture/sample_planes.h"
#include "nodes/vision/model/half.h"
#include "nodes/vision/model/onnx_api.h"
#include "nodes/vision/model/results.h"

#define VALUES 256
#define MOST_BYTES 4 /* of an element */

/* What becomes of the 256 values of a sample, by the size of an element. */
union table {
    uint8_t bytes[VALUES];
    uint16_t words[VALUES];
    uint32_t longs[VALUES];
};

struct vf_preparation {
    struct vf_picture_form picture;
    enum vf_fit fit;
    int fill;
    bool is_blue_first;
    union table tables[VF_CARD_CHANNELS]; /* of red, green and blue, or gray */
    struct vf_sample_planer *planer;
    struct vf_sample_planer *framer; /* of whole frames, for regions */
    struct vf_sample_planes frame;   /* that it has drawn last */
    uint8_t *samples;                /* of a region */
    size_t capacity;
    bool stretches; /* a region is made as high as the picture */
};

static int refuse(const struct vf_tensor_form *input, const char *what,
                  const struct vf_model_problem *problem)
{
    struct vf_text text = {0};
    vf_forms_describe(&text, input, 1);
    snprintf(problem->text, problem->size, "model: its input %s %s",
             text.bytes ? text.bytes : input->name, what);
    vf_text_finish(&text);
    return -EINVAL;
}

static bool is_count_of_channels(int64_t number)
{
    return number == 1 || number == VF_CARD_CHANNELS;
}

/* Reads one side of the picture. */
static int read_side(const struct vf_tensor_form *input, const char *name, int64_t model, int card,
                     int *side, const struct vf_model_problem *problem)
{
    if (model < 0 && !card)
        return refuse(input, "takes pictures of any size; say which, as in card: {size: 640x640}",
                      problem);
    if (model >= 0 && card && model != card) {
        snprintf(problem->text, problem->size,
                 "card.size: the model takes pictures with a %s of %lld, not %d", name,
                 (long long)model, card);
        return -EINVAL;
    }
    *side = model >= 0 ? (int)model : card;
    return *side > 0 && *side <= 16384 ? VF_OK
                                       : refuse(input, "is no picture of a usual size", problem);
}

int vf_picture_form_read(struct vf_picture_form *picture, const struct vf_card *card,
                         const struct vf_tensor_form *input, const struct vf_model_problem *problem)
{
    const int64_t *shape = input->shape;
    if (input->rank != 4)
        return refuse(input, "is no batch of pictures: that has four dimensions", problem);
    size_t bytes = vf_element_size(input->element);
    if (bytes == 0 || bytes > MOST_BYTES || input->element == VF_ELEMENT_BOOLEAN)
        return refuse(input, "has elements that no picture is made of", problem);
    *picture = (struct vf_picture_form){.element = input->element, .batch = shape[0]};
    picture->is_interleaved = card->layout == VF_LAYOUT_NHWC;
    if (card->layout == VF_LAYOUT_AUTO)
        picture->is_interleaved = !is_count_of_channels(shape[1]) && is_count_of_channels(shape[3]);
    int64_t channels = shape[picture->is_interleaved ? 3 : 1];
    if (channels >= 0 && !is_count_of_channels(channels))
        return refuse(input,
                      "has neither 1 nor 3 channels; with card: {layout: nhwc} or nchw the "
                      "order of the dimensions can be said",
                      problem);
    picture->channels = channels < 0 ? VF_CARD_CHANNELS : (unsigned)channels;
    unsigned row = picture->is_interleaved ? 1 : 2;
    picture->is_wide = card->family == VF_FAMILY_READING && shape[row + 1] < 0 && !card->width;
    int err = VF_OK;
    if (!picture->is_wide)
        err = read_side(input, "width", shape[row + 1], card->width, &picture->width, problem);
    if (!err)
        err = read_side(input, "height", shape[row], card->height, &picture->height, problem);
    return err;
}

void vf_picture_form_describe(const struct vf_picture_form *picture, int64_t batch,
                              struct vf_tensor *tensor)
{
    tensor->element = picture->element;
    tensor->rank = 4;
    unsigned row = picture->is_interleaved ? 1 : 2;
    tensor->shape[0] = batch;
    tensor->shape[picture->is_interleaved ? 3 : 1] = picture->channels;
    tensor->shape[row] = picture->height;
    tensor->shape[row + 1] = picture->width;
}

size_t vf_picture_form_size(const struct vf_picture_form *picture)
{
    return (size_t)picture->width * (size_t)picture->height * picture->channels *
           vf_element_size(picture->element);
}

static bool is_real(unsigned element)
{
    return element == VF_ELEMENT_FLOAT32 || element == VF_ELEMENT_FLOAT16;
}

/* Makes the bits of one value. Whole numbers are the samples themselves. */
static uint32_t bits_of(const struct vf_preparation *preparation, const struct vf_card *card,
                        unsigned channel, int value)
{
    uint32_t bits;
    unsigned element = preparation->picture.element;
    float number =
        (float)((value * card->factor - card->means[channel]) / card->deviations[channel]);
    if (!is_real(element))
        return element == VF_ELEMENT_INT8 ? (uint8_t)(value - 128) : (uint32_t)value;
    if (element == VF_ELEMENT_FLOAT16)
        return vf_half_from_float(number);
    memcpy(&bits, &number, sizeof(bits));
    return bits;
}

static void fill_table(struct vf_preparation *preparation, const struct vf_card *card,
                       unsigned channel)
{
    union table *table = &preparation->tables[channel];
    size_t size = vf_element_size(preparation->picture.element);
    for (int value = 0; value < VALUES; value++) {
        uint32_t bits = bits_of(preparation, card, channel, value);
        if (size == 1)
            table->bytes[value] = (uint8_t)bits;
        else if (size == 2)
            table->words[value] = (uint16_t)bits;
        else
            table->longs[value] = bits;
    }
}

int vf_preparation_create(struct vf_preparation **preparation,
                          const struct vf_picture_form *picture, const struct vf_card *card)
{
    struct vf_preparation *made = *preparation = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->picture = *picture;
    made->fit = card->fit;
    made->fill = card->fill;
    made->stretches = card->family == VF_FAMILY_READING;
    made->is_blue_first = card->order == VF_ORDER_BGR;
    for (unsigned i = 0; i < picture->channels; i++)
        fill_table(made, card, i);
    int err = vf_sample_planer_create(&made->planer, picture->channels == 1);
    if (err)
        vf_preparation_destroy(preparation);
    return err;
}

void vf_preparation_destroy(struct vf_preparation **preparation)
{
    if (!*preparation)
        return;
    vf_sample_planer_destroy(&(*preparation)->planer);
    vf_sample_planer_destroy(&(*preparation)->framer);
    free((*preparation)->samples);
    free(*preparation);
    *preparation = NULL;
}

/* A row of one channel on its way into the tensor. */
struct row {
    const union table *table;
    size_t size;            /* of an element */
    unsigned step;          /* elements from one of the channel to the next */
    const uint8_t *samples; /* NULL: all are of one value */
    uint8_t value;
};

/* Writes `count` elements. */
static void write_row(const struct row *row, uint8_t *to, size_t count)
{
    size_t step = row->step;
    const uint8_t *samples = row->samples, value = row->value;
    if (row->size == 4) {
        uint32_t *out = (uint32_t *)(void *)to;
        const uint32_t *table = row->table->longs;
        for (size_t i = 0; i < count; i++)
            out[i * step] = table[samples ? samples[i] : value];
    } else if (row->size == 2) {
        uint16_t *out = (uint16_t *)(void *)to;
        const uint16_t *table = row->table->words;
        for (size_t i = 0; i < count; i++)
            out[i * step] = table[samples ? samples[i] : value];
    } else {
        const uint8_t *table = row->table->bytes;
        for (size_t i = 0; i < count; i++)
            to[i * step] = table[samples ? samples[i] : value];
    }
}

/* Writes a channel: the samples in their place, and the rest filled. */
static void write_channel(const struct vf_preparation *preparation,
                          const struct vf_rectangle *place, const struct vf_sample_planes *planes,
                          unsigned channel, uint8_t *to)
{
    const struct vf_picture_form *picture = &preparation->picture;
    struct row row = {.table = &preparation->tables[channel],
                      .size = vf_element_size(picture->element),
                      .step = picture->is_interleaved ? picture->channels : 1,
                      .value = (uint8_t)preparation->fill};
    size_t element = row.size * row.step;
    for (int y = 0; y < picture->height; y++, to += element * (size_t)picture->width) {
        int inside = y - place->y;
        size_t left = (size_t)place->x, width = (size_t)place->width;
        row.samples = NULL;
        if (inside < 0 || inside >= place->height) {
            write_row(&row, to, (size_t)picture->width);
            continue;
        }
        write_row(&row, to, left);
        write_row(&row, to + element * (left + width), (size_t)picture->width - left - width);
        row.samples = planes->planes[channel] + (size_t)inside * planes->strides[channel];
        write_row(&row, to + element * left, width);
    }
}

static void write_planes(const struct vf_preparation *preparation, const struct vf_rectangle *at,
                         const struct vf_sample_planes *planes, void *picture)
{
    const struct vf_picture_form *form = &preparation->picture;
    size_t element = vf_element_size(form->element);
    size_t plane = element * (size_t)form->width * (size_t)form->height;
    size_t step = form->is_interleaved ? element : plane;
    for (unsigned i = 0; i < planes->count; i++) {
        unsigned channel = preparation->is_blue_first ? planes->count - 1 - i : i;
        write_channel(preparation, at, planes, i, (uint8_t *)picture + channel * step);
    }
}

int vf_preparation_draw(struct vf_preparation *preparation, struct vf_node_run *run,
                        const struct vf_message *message, void *place,
                        struct vf_model_fitting *fitting)
{
    const struct vf_picture_form *picture = &preparation->picture;
    struct vf_sample_planes planes;
    vf_model_fit(fitting, preparation->fit, &message->description.video, picture->width,
                 picture->height);
    const struct vf_sample_part part = {fitting->area, fitting->place.width, fitting->place.height};
    int err = vf_sample_planer_draw(preparation->planer, run, message, &part, &planes);
    if (err)
        return err;
    write_planes(preparation, &fitting->place, &planes, place);
    return VF_OK;
}

void vf_preparation_set_width(struct vf_preparation *preparation, int width)
{
    preparation->picture.width = width;
}

int vf_preparation_begin(struct vf_preparation *preparation, struct vf_node_run *run,
                         const struct vf_message *message)
{
    const struct vf_video *video = &message->description.video;
    const struct vf_sample_part part = {
        {0, 0, video->width, video->height}, video->width, video->height};
    int err = VF_OK;
    if (!preparation->framer)
        err = vf_sample_planer_create(&preparation->framer, preparation->picture.channels == 1);
    return err ? err
               : vf_sample_planer_draw(preparation->framer, run, message, &part,
                                       &preparation->frame);
}

/* Provides memory for a plane of a region. */
static int provide_samples(struct vf_preparation *preparation, size_t size)
{
    if (size <= preparation->capacity)
        return VF_OK;
    free(preparation->samples);
    preparation->samples = malloc(size);
    preparation->capacity = preparation->samples ? size : 0;
    return preparation->samples ? VF_OK : -ENOMEM;
}

int vf_preparation_draw_region(struct vf_preparation *preparation, const struct vf_region *region,
                               void *place, struct vf_model_fitting *fitting)
{
    const struct vf_picture_form *picture = &preparation->picture;
    vf_model_fit_region(fitting, preparation->stretches ? VF_FIT_STRETCH : preparation->fit, region,
                        picture->width, picture->height);
    if (preparation->stretches)
        fitting->place.width = vf_region_width_at(region, picture->height, picture->width);
    const struct vf_region_part part = {
        .u0 = fitting->area.x / (double)fitting->frame_width,
        .v0 = fitting->area.y / (double)fitting->frame_height,
        .u1 = (fitting->area.x + fitting->area.width) / (double)fitting->frame_width,
        .v1 = (fitting->area.y + fitting->area.height) / (double)fitting->frame_height,
        .width = fitting->place.width,
        .height = fitting->place.height,
    };
    size_t plane = (size_t)part.width * (size_t)part.height;
    int err = provide_samples(preparation, plane * VF_CARD_CHANNELS);
    if (err)
        return err;
    struct vf_sample_planes planes = {.count = preparation->frame.count};
    for (unsigned i = 0; i < planes.count; i++) {
        planes.planes[i] = preparation->samples + i * plane;
        planes.strides[i] = (size_t)part.width;
        vf_region_draw(region, &part, &preparation->frame, i, preparation->samples + i * plane);
    }
    write_planes(preparation, &fitting->place, &planes, place);
    return VF_OK;
}
