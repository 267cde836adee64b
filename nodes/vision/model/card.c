/* SPDX-License-Identifier: MIT */
#include "nodes/vision/model/card.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/text.h"
#include "engine/yaml/value.h"

#define MOST_SIDE 16384
#define MOST_POINTS 1000
#define IMAGENET_MEAN "[0.485, 0.456, 0.406]"
#define IMAGENET_DEVIATION "[0.229, 0.224, 0.225]"

static const struct vf_option options[] = {
    {"family", "What the model tells",
     VF_CHOICE(
         struct vf_card, family, {"auto", VF_FAMILY_UNKNOWN, "What the model itself says of it"},
         {"yolo", VF_FAMILY_YOLO,
          "Boxes and a score for each class, many for one object: YOLO v5 to v12, YOLOX"},
         {"end_to_end", VF_FAMILY_END_TO_END,
          "Rows of xmin, ymin, xmax, ymax, score, class: YOLO v10, or with NMS in the model"},
         {"ssd", VF_FAMILY_SSD, "Boxes, scores and classes, each as an output of its own"},
         {"detr", VF_FAMILY_DETR, "Boxes, and numbers for each class: DETR, RT-DETR"},
         {"paddle", VF_FAMILY_PADDLE,
          "Rows of class, score, xmin, ymin, xmax, ymax, and how many are of each picture: "
          "PaddleDetection"},
         {"centre", VF_FAMILY_CENTRE,
          "Maps of where the middles of objects are, of their sizes, and of offsets"},
         {"text", VF_FAMILY_TEXT, "A map of where text is: DB, as PP-OCR has it"},
         {"reading", VF_FAMILY_READING, "The characters of a line of text: CTC, as PP-OCR has it"},
         {"classification", VF_FAMILY_CLASSIFICATION, "A score for each class"},
         {"segmentation", VF_FAMILY_SEGMENTATION, "The class of every pixel"},
         {"embedding", VF_FAMILY_EMBEDDING, "A vector, whose length is made 1"},
         {"raw", VF_FAMILY_RAW, "Numbers, which are handed on as they are"}),
     .fallback = "auto"},
    {"size", "Size of the pictures that it takes, as 640x640; empty: as the model says",
     VF_TEXT(struct vf_card, size), .fallback = ""},
    {"fit", "How a frame is made that size",
     VF_CHOICE(struct vf_card, fit,
               {"letterbox", VF_FIT_LETTERBOX, "All of it, in the middle, with its shape kept"},
               {"corner", VF_FIT_CORNER, "All of it, at the top left, with its shape kept"},
               {"stretch", VF_FIT_STRETCH, "All of it, stretched"},
               {"crop", VF_FIT_CROP, "Its middle, as large as that shape can be"}),
     .fallback = "letterbox"},
    {"fill", "Value of the samples beside a letterbox", VF_INTEGER(struct vf_card, fill),
     VF_RANGE(0, 255), .fallback = "114"},
    {"order", "Order of the channels",
     VF_CHOICE(struct vf_card, order, {"rgb", VF_ORDER_RGB, "Red first"},
               {"bgr", VF_ORDER_BGR, "Blue first, as OpenCV has it"}),
     .fallback = "rgb"},
    {"layout", "Order of the dimensions",
     VF_CHOICE(struct vf_card, layout, {"auto", VF_LAYOUT_AUTO, "As the model's input shows"},
               {"nchw", VF_LAYOUT_NCHW, "A plane for each channel"},
               {"nhwc", VF_LAYOUT_NHWC, "The channels of a pixel side by side"}),
     .fallback = "auto"},
    {"scale", "What samples from 0 to 255 are multiplied by, as 1/255, of a model of real numbers",
     VF_TEXT(struct vf_card, scale), .fallback = "1/255"},
    {"mean", "What is subtracted then: one number, or one for each of red, green and blue",
     VF_TEXT_LIST(struct vf_card, mean), .fallback = "[0]"},
    {"deviation", "What the rest is divided by, likewise", VF_TEXT_LIST(struct vf_card, deviation),
     .fallback = "[1]"},
    {"classes", "Names of the classes, from 0 on", VF_TEXT_LIST(struct vf_card, classes),
     .fallback = "[]"},
    {"dictionary",
     "File with the names of the classes, or with the characters, one a line, beside the model",
     VF_TEXT(struct vf_card, dictionary), .fallback = ""},
    {"score", "What is less sure is left out", VF_NUMBER(struct vf_card, score), VF_RANGE(0, 1),
     .fallback = "0.25"},
    {"overlap", "Share of what two boxes cover together from which they are one object",
     VF_NUMBER(struct vf_card, overlap), VF_RANGE(0, 1), .fallback = "0.45"},
    {"suppress", "Of which boxes that overlap only the surest stays",
     VF_CHOICE(struct vf_card, suppress, {"class", VF_SUPPRESS_CLASS, "Those of one class"},
               {"all", VF_SUPPRESS_ALL, "Any"}, {"none", VF_SUPPRESS_NONE, "None: all stay"}),
     .fallback = "class"},
    {"most", "Objects of a frame that are told, the surest first", VF_INTEGER(struct vf_card, most),
     VF_RANGE(1, 100000), .fallback = "300"},
    {"boxes", "What the numbers of a box are",
     VF_CHOICE(struct vf_card, boxes,
               {"centre", VF_BOXES_CENTRE, "Its middle, its width and its height"},
               {"corners", VF_BOXES_CORNERS, "xmin, ymin, xmax, ymax"},
               {"rows", VF_BOXES_ROWS, "ymin, xmin, ymax, xmax"}),
     .fallback = "centre"},
    {"units", "What they count",
     VF_CHOICE(struct vf_card, units,
               {"pixels", VF_UNITS_PIXELS, "Pixels of the picture that the model gets"},
               {"relative", VF_UNITS_RELATIVE, "Shares of its width and height, from 0 to 1"}),
     .fallback = "pixels"},
    {"points",
     "Key points of an object, and the numbers of each: 17x3, or 17x2 without a score; empty: none",
     VF_TEXT(struct vf_card, points), .fallback = ""},
    {"oriented", "Whether boxes lie at an angle, which is the last number of each",
     VF_BOOLEAN(struct vf_card, is_oriented), .fallback = "false"},
    {"activation", "What makes scores of the numbers of the classes",
     VF_CHOICE(struct vf_card, activation, {"none", VF_ACTIVATION_NONE, "They are scores"},
               {"sigmoid", VF_ACTIVATION_SIGMOID, "The logistic function, of each by itself"},
               {"softmax", VF_ACTIVATION_SOFTMAX, "Their exponentials, as shares of their sum"}),
     .fallback = "none"},
    {"background", "Which class stands for nothing",
     VF_CHOICE(struct vf_card, background, {"none", VF_BACKGROUND_NONE, "None does"},
               {"first", VF_BACKGROUND_FIRST, "The first, and the others count from 0 on then"},
               {"last", VF_BACKGROUND_LAST, "The last"}),
     .fallback = "none"},
    {"steps", "Where the steps along a line of text are, among the dimensions",
     VF_CHOICE(struct vf_card, steps, {"auto", VF_STEPS_AUTO, "By the shape of the output"},
               {"first", VF_STEPS_FIRST, "steps x batch x characters"},
               {"second", VF_STEPS_SECOND, "batch x steps x characters"}),
     .fallback = "auto"},
    {"outputs",
     "Names of the outputs that tell boxes, scores and classes, or of the maps of middles, sizes "
     "and "
     "offsets; empty: by their shapes and names",
     VF_TEXT_LIST(struct vf_card, outputs), .fallback = "[]"},
    {"threshold", "Number from which on a pixel of a map counts as text, or as of a single class",
     VF_NUMBER(struct vf_card, threshold), VF_RANGE(0, 1), .fallback = "0.3"},
    {"grow", "How much larger a place of text is than what the map shows of it",
     VF_NUMBER(struct vf_card, grow), VF_RANGE(0, 10), .fallback = "1.5"},
    {"objectness", "Whether a number before those of the classes says how sure a box is of any",
     VF_CHOICE(struct vf_card, objectness,
               {"auto", VF_OBJECTNESS_AUTO, "By the shape of the output"},
               {"yes", VF_OBJECTNESS_YES, "As in YOLO v5 and YOLOX"},
               {"no", VF_OBJECTNESS_NO, "As in YOLO v8"}),
     .fallback = "auto"},
};
const struct vf_option_list vf_card_options = VF_LIST(options);

/* Where a family is usually different. */
static const struct {
    enum vf_family family;
    const char *key, *text;
} usual[] = {
    {VF_FAMILY_END_TO_END, "boxes", "corners"},
    {VF_FAMILY_END_TO_END, "suppress", "none"},
    {VF_FAMILY_SSD, "boxes", "rows"},
    {VF_FAMILY_SSD, "units", "relative"},
    {VF_FAMILY_SSD, "suppress", "none"},
    {VF_FAMILY_SSD, "fit", "stretch"},
    {VF_FAMILY_DETR, "units", "relative"},
    {VF_FAMILY_DETR, "suppress", "none"},
    {VF_FAMILY_DETR, "fit", "stretch"},
    {VF_FAMILY_DETR, "activation", "softmax"},
    {VF_FAMILY_DETR, "background", "last"},
    {VF_FAMILY_DETR, "mean", IMAGENET_MEAN},
    {VF_FAMILY_DETR, "deviation", IMAGENET_DEVIATION},
    {VF_FAMILY_PADDLE, "boxes", "corners"},
    {VF_FAMILY_PADDLE, "suppress", "none"},
    {VF_FAMILY_PADDLE, "fit", "stretch"},
    {VF_FAMILY_CENTRE, "suppress", "none"},
    {VF_FAMILY_TEXT, "suppress", "none"},
    {VF_FAMILY_TEXT, "score", "0.6"},
    {VF_FAMILY_TEXT, "most", "1000"},
    {VF_FAMILY_TEXT, "order", "bgr"},
    {VF_FAMILY_TEXT, "fill", "0"},
    {VF_FAMILY_TEXT, "mean", IMAGENET_MEAN},
    {VF_FAMILY_TEXT, "deviation", IMAGENET_DEVIATION},
    {VF_FAMILY_READING, "fit", "corner"},
    {VF_FAMILY_READING, "background", "first"},
    {VF_FAMILY_READING, "order", "bgr"},
    {VF_FAMILY_READING, "fill", "127"},
    {VF_FAMILY_READING, "mean", "0.5"},
    {VF_FAMILY_READING, "deviation", "0.5"},
    {VF_FAMILY_READING, "score", "0.5"},
    {VF_FAMILY_CLASSIFICATION, "suppress", "none"},
    {VF_FAMILY_CLASSIFICATION, "score", "0"},
    {VF_FAMILY_CLASSIFICATION, "most", "5"},
    {VF_FAMILY_CLASSIFICATION, "fit", "crop"},
    {VF_FAMILY_CLASSIFICATION, "activation", "softmax"},
    {VF_FAMILY_CLASSIFICATION, "mean", IMAGENET_MEAN},
    {VF_FAMILY_CLASSIFICATION, "deviation", IMAGENET_DEVIATION},
    {VF_FAMILY_SEGMENTATION, "suppress", "none"},
    {VF_FAMILY_SEGMENTATION, "score", "0"},
    {VF_FAMILY_SEGMENTATION, "fit", "stretch"},
    {VF_FAMILY_SEGMENTATION, "threshold", "0.5"},
    {VF_FAMILY_SEGMENTATION, "mean", IMAGENET_MEAN},
    {VF_FAMILY_SEGMENTATION, "deviation", IMAGENET_DEVIATION},
    {VF_FAMILY_EMBEDDING, "fit", "stretch"},
};

const char *vf_family_name(enum vf_family family)
{
    return vf_choice_name(&options[0].choices, family);
}

int vf_card_merge(json_t *object, const json_t *from)
{
    return json_object_update(object, (json_t *)(uintptr_t)from) == 0 ? VF_OK : -ENOMEM;
}

int vf_card_read_beside(json_t **object, const char *model, const struct vf_model_problem *problem)
{
    json_t *read = NULL;
    char *path = vf_text_format("%s.yaml", model);
    *object = NULL;
    if (!path)
        return -ENOMEM;
    int err = vf_yaml_read(&read, path, problem->text, problem->size);
    if (!err && !json_is_object(read) && !json_is_null(read)) {
        snprintf(problem->text, problem->size, "%s: a card is a mapping, such as family: yolo",
                 path);
        err = -EINVAL;
    }
    if (err == -ENOENT || (!err && json_is_null(read))) {
        json_decref(read);
        read = json_object();
        err = read ? VF_OK : -ENOMEM;
    }
    if (err)
        json_decref(read);
    else
        *object = read;
    free(path);
    return err;
}

/* Adds a value as the text of an option. */
static void print_value(struct vf_text *text, const json_t *value, bool is_first, bool is_item)
{
    const char *string = json_string_value(value);
    char *number = string || json_is_array(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY);
    if (string || number)
        string = string ? string : number;
    if (string && is_item) {
        vf_option_list_print(text, string, is_first, false);
    } else if (string) {
        vf_text_append(text, string, strlen(string));
    } else {
        size_t i;
        json_t *item;
        vf_text_append(text, "[", 1);
        json_array_foreach(value, i, item)
        {
            print_value(text, item, i == 0, true);
        }
        vf_text_append(text, "]", 1);
    }
    free(number);
}

/* A mapping {0: person, 1: car} as the list that it stands for; NULL: it stands for none. */
static json_t *list_of(const json_t *mapping)
{
    json_t *list = json_array();
    size_t count = json_object_size(mapping);
    for (size_t i = 0; i < count && list; i++) {
        char key[24];
        snprintf(key, sizeof(key), "%zu", i);
        json_t *item = json_object_get(mapping, key);
        if (!item || json_array_append(list, item) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

static int set_option(struct vf_card *card, const struct vf_option *option, const json_t *value,
                      const struct vf_model_problem *problem)
{
    struct vf_text text = {0}, right = {0};
    json_t *list = json_is_object(value) ? list_of(value) : NULL;
    print_value(&text, list ? list : value, true, false);
    bool is_mapping = json_is_object(value) && !list;
    json_decref(list);
    if (text.failed)
        return -ENOMEM;
    int err = is_mapping ? -EINVAL : vf_option_set(option, text.bytes ? text.bytes : "", card);
    if (err == -EINVAL || err == -ERANGE) {
        vf_option_describe(option, &right);
        snprintf(problem->text, problem->size, "card.%s: it is %s, not '%s'", option->name,
                 right.bytes ? right.bytes : "another", text.bytes ? text.bytes : "");
        err = -EINVAL;
    }
    vf_text_finish(&text);
    vf_text_finish(&right);
    return err;
}

static int refuse_key(const char *key, const struct vf_model_problem *problem)
{
    struct vf_text_nearest nearest = {.wanted = key};
    for (size_t i = 0; i < VF_COUNT(options); i++)
        vf_text_nearest_consider(&nearest, options[i].name);
    snprintf(problem->text, problem->size, "card.%s: a card has no such setting%s", key,
             vf_text_suggest_or(&nearest, "vflow-models(7) has them all"));
    return -EINVAL;
}

/* Boxes at an angle have a middle. */
static bool is_meant(const char *key, const json_t *object)
{
    const json_t *oriented = json_object_get(object, "oriented");
    const char *text = json_string_value(oriented);
    bool is_oriented = json_is_true(oriented) || (text && strcmp(text, "true") == 0);
    return !is_oriented || strcmp(key, "boxes") != 0;
}

static int set_usual(struct vf_card *card, const json_t *object)
{
    int err = VF_OK;
    enum vf_family family = card->family;
    for (size_t i = 0; i < VF_COUNT(usual) && !err; i++) {
        if (usual[i].family == family && is_meant(usual[i].key, object))
            err =
                vf_option_set(vf_option_find(&vf_card_options, usual[i].key), usual[i].text, card);
    }
    return err;
}

static int refuse(const struct vf_model_problem *problem, const char *key, const char *what)
{
    snprintf(problem->text, problem->size, "card.%s: %s", key, what);
    return -EINVAL;
}

/* Reads a number, or a fraction: 1/255. */
static bool read_number(const char *text, double *number)
{
    char *end;
    *number = strtod(text, &end);
    bool is_number = end != text;
    if (is_number && *end == '/') {
        const char *below = end + 1;
        double divisor = strtod(below, &end);
        is_number = end != below && divisor != 0;
        *number = is_number ? *number / divisor : 0;
    }
    return is_number && !*end && isfinite(*number);
}

static bool read_channels(const struct vf_option_texts *texts, double *numbers)
{
    if (texts->count != 1 && texts->count != VF_CARD_CHANNELS)
        return false;
    for (size_t i = 0; i < VF_CARD_CHANNELS; i++) {
        if (!read_number(texts->items[texts->count == 1 ? 0 : i], &numbers[i]))
            return false;
    }
    return true;
}

static int settle(struct vf_card *card, const struct vf_model_problem *problem)
{
    int length = 0;
    if (*card->size &&
        (sscanf(card->size, "%5dx%5d%n", &card->width, &card->height, &length) != 2 ||
         card->size[length] || card->width < 1 || card->height < 1 || card->width > MOST_SIDE ||
         card->height > MOST_SIDE))
        return refuse(problem, "size", "it is a width and a height, such as 640x640");
    length = 0;
    if (*card->points &&
        (sscanf(card->points, "%4dx%1d%n", &card->point_count, &card->point_numbers, &length) !=
             2 ||
         card->points[length] || card->point_count < 1 || card->point_count > MOST_POINTS ||
         card->point_numbers < 2 || card->point_numbers > 3))
        return refuse(problem, "points", "they are a number and 2 or 3, such as 17x3");
    if (!read_number(card->scale, &card->factor))
        return refuse(problem, "scale", "it is a number, such as 1/255");
    if (!read_channels(&card->mean, card->means))
        return refuse(problem, "mean", "it is a number, or three: " IMAGENET_MEAN);
    if (!read_channels(&card->deviation, card->deviations))
        return refuse(problem, "deviation", "it is a number, or three: " IMAGENET_DEVIATION);
    for (int i = 0; i < VF_CARD_CHANNELS; i++) {
        if (card->deviations[i] == 0)
            return refuse(problem, "deviation", "nothing can be divided by 0");
    }
    return VF_OK;
}

int vf_card_fill(struct vf_card *card, const json_t *object, const struct vf_model_problem *problem)
{
    const char *key;
    json_t *value;
    int err = vf_option_set_fallbacks(&vf_card_options, card);
    const json_t *family = json_object_get(object, "family");
    if (!err && family)
        err = set_option(card, &options[0], family, problem);
    if (!err)
        err = set_usual(card, object);
    if (err)
        return err;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        const struct vf_option *option = vf_option_find(&vf_card_options, key);
        err = option ? set_option(card, option, value, problem) : refuse_key(key, problem);
        if (err)
            return err;
    }
    return settle(card, problem);
}

int vf_card_extra(const struct vf_card *card)
{
    return card->point_count * card->point_numbers + card->is_oriented;
}

void vf_card_finish(struct vf_card *card)
{
    vf_option_release(&vf_card_options, card);
    *card = (struct vf_card){0};
}
