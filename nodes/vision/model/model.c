/* SPDX-License-Identifier: MIT */
#include "nodes/vision/model/model.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/text.h"
#include "engine/yaml/value.h"
#include "nodes/vision/model/dictionary.h"
#include "nodes/vision/model/half.h"
#include "nodes/vision/model/inputs.h"
#include "nodes/vision/model/onnx_api.h"
#include "nodes/vision/model/preparation.h"

/* Pictures of any width are at least so wide for so high, as PP-OCR was trained; and at most so wide. */
#define LEAST_SHAPE_WIDTH 20
#define LEAST_SHAPE_HEIGHT 3
#define MOST_WIDTH 4096

#define ROW 6          /* numbers of an object that a model tells without others that overlap */
#define MOST_ROWS 1000 /* of objects that a model tells without others that overlap */

/* What stays of an output that is no float32. */
struct converted {
    float *numbers;
    size_t capacity;
};

struct vf_model {
    struct vf_session *session;
    struct vf_card card;
    struct vf_model_inputs *inputs;
    struct vf_picture_form picture;
    struct vf_preparation *preparation;
    const struct vf_results *results;
    const struct vf_tensor_form *forms; /* of the outputs */
    size_t output_count, handed_on;     /* the number of the output that is */
    unsigned places;
    uint8_t *pictures;
    size_t pictures_size;              /* where their width may be any */
    struct vf_model_fitting *fittings; /* one for each place */
    const struct vf_tensor *outputs;   /* of the last run */
    struct vf_tensor_form *actual;     /* their forms */
    struct converted *converted;       /* one for each output, as `views` */
    struct vf_view *views;
    unsigned batch; /* pictures of the last run */
    bool is_listed; /* whose objects are in one list */
    uint8_t *mask;  /* as the model has it */
    size_t mask_size;
    float *direction; /* of an embedding */
};

static int say(const struct vf_model_problem *problem, int err, const char *option,
               const char *what)
{
    snprintf(problem->text, problem->size, "%s: %s", option, what);
    return err;
}

/* Sets a key to what the metadata say under another, read as YAML: they are written as Python prints
 * it. What cannot be read says nothing. */
static json_t *read_metadata(const struct vf_session *session, const char *key)
{
    char problem[256];
    json_t *value = NULL;
    char *text = vf_session_metadata(session, key);
    if (text && vf_yaml_parse(&value, text, strlen(text), problem, sizeof(problem)) != VF_OK)
        value = NULL;
    free(text);
    return value;
}

/* How many key points there are: [17, 3]. */
static int add_points(const struct vf_session *session, json_t *object)
{
    json_t *shape = read_metadata(session, "kpt_shape");
    const char *count = json_string_value(json_array_get(shape, 0));
    const char *numbers = json_string_value(json_array_get(shape, 1));
    char *text = count && numbers ? vf_text_format("%sx%s", count, numbers) : NULL;
    int failed = text ? json_object_set_new(object, "points", json_string(text)) : 0;
    free(text);
    json_decref(shape);
    return failed;
}

/* The metadata of Ultralytics: {0: 'person', ...}, [640, 640] for height and width, detect. */
static int add_metadata(const struct vf_model *model, const struct vf_tensor_form *input,
                        json_t *object)
{
    json_t *names = read_metadata(model->session, "names");
    json_t *size = read_metadata(model->session, "imgsz");
    json_t *task = read_metadata(model->session, "task");
    bool is_free = input->rank == 4 && input->shape[2] < 0 && input->shape[3] < 0;
    const char *height = json_string_value(json_array_get(size, 0));
    const char *width = json_string_value(json_array_get(size, 1));
    char *text = is_free && height && width ? vf_text_format("%sx%s", width, height) : NULL;
    const char *name = json_string_value(task) ? json_string_value(task) : "";
    bool is_classifier = strcmp(name, "classify") == 0, is_oriented = strcmp(name, "obb") == 0;
    bool is_detector = strcmp(name, "detect") == 0 || strcmp(name, "segment") == 0 ||
                       strcmp(name, "pose") == 0 || is_oriented;
    int failed = add_points(model->session, object);
    if (is_oriented)
        failed |= json_object_set_new(object, "oriented", json_true());
    if (json_is_object(names) || json_is_array(names))
        failed |= json_object_set(object, "classes", names);
    if (text)
        failed |= json_object_set_new(object, "size", json_string(text));
    if (is_detector)
        failed |=
            json_object_set_new(object, "family", json_string(vf_family_name(VF_FAMILY_YOLO)));
    if (is_classifier)
        failed |= json_object_update_new(object, json_pack("{s:s, s:s, s:s, s:s}", "family",
                                                           vf_family_name(VF_FAMILY_CLASSIFICATION),
                                                           "activation", "none", "mean", "0",
                                                           "deviation", "1"));
    free(text);
    json_decref(names);
    json_decref(size);
    json_decref(task);
    return failed ? -ENOMEM : VF_OK;
}

/* Rows of six numbers for all pictures, and how many are of each, are what PaddleDetection has. */
static bool is_paddle(const struct vf_model *model)
{
    const struct vf_tensor_form *form = model->forms;
    return model->output_count >= 2 && form[0].rank == 2 && form[0].shape[1] == ROW &&
           form[1].rank == 1;
}

/* A few rows of six numbers can be nothing else; YOLO v5 with one class has thousands of them. */
static int guess_family(const struct vf_model *model, json_t *object)
{
    const struct vf_tensor_form *form = model->forms;
    const char *points = json_string_value(json_object_get(object, "points"));
    int count = 0, numbers = 0;
    if (points && sscanf(points, "%4dx%1d", &count, &numbers) != 2)
        count = 0;
    bool is_oriented = json_is_true(json_object_get(object, "oriented"));
    int columns = ROW + count * numbers + is_oriented;
    bool is_rows = model->output_count == 1 && form->rank == 3 && form->shape[2] == columns &&
                   form->shape[1] <= MOST_ROWS;
    if (!is_rows && !is_paddle(model))
        return VF_OK;
    const char *name = vf_family_name(is_rows ? VF_FAMILY_END_TO_END : VF_FAMILY_PADDLE);
    return json_object_set_new(object, "family", json_string(name)) ? -ENOMEM : VF_OK;
}

static int fill_card(struct vf_model *model, const struct vf_model_wish *wish,
                     const struct vf_tensor_form *input, const struct vf_model_problem *problem)
{
    json_t *beside = NULL, *flow = json_loads(wish->card, 0, NULL), *all = json_object();
    int err = flow && all ? add_metadata(model, input, all) : -ENOMEM;
    if (!err)
        err = guess_family(model, all);
    if (!err)
        err = vf_card_read_beside(&beside, wish->session.model, problem);
    if (!err)
        err = vf_card_merge(all, beside);
    if (!err)
        err = vf_card_merge(all, flow);
    if (!err)
        err = vf_card_fill(&model->card, all, problem);
    if (!err)
        err = vf_dictionary_read(&model->card, wish->session.model, problem);
    json_decref(beside);
    json_decref(flow);
    json_decref(all);
    return err;
}

static int refuse_family(const struct vf_model *model, const struct vf_model_problem *problem)
{
    struct vf_text text = {0};
    vf_forms_describe(&text, model->forms, model->output_count);
    snprintf(problem->text, problem->size,
             "card.family: say what the model tells, such as family: yolo, or raw for its numbers; "
             "it has %s",
             text.bytes ? text.bytes : "no outputs");
    vf_text_finish(&text);
    return -EINVAL;
}

static int find_tensor(struct vf_model *model, const char *name,
                       const struct vf_model_problem *problem)
{
    struct vf_text_nearest nearest = {.wanted = name};
    model->handed_on = 0;
    while (*name && model->handed_on < model->output_count &&
           strcmp(model->forms[model->handed_on].name, name) != 0)
        model->handed_on++;
    for (size_t i = 0; i < model->output_count; i++)
        vf_text_nearest_consider(&nearest, model->forms[i].name);
    if (model->handed_on < model->output_count) {
        if (vf_element_dtype(model->forms[model->handed_on].element))
            return VF_OK;
        return say(problem, -EINVAL, "tensor", "this output of the model is none of numbers");
    }
    snprintf(problem->text, problem->size, "tensor: the model has no output '%s'%s", name,
             vf_text_suggest_or(&nearest, "its first is '%s'", model->forms[0].name));
    return -EINVAL;
}

static int check_batch(const struct vf_model *model, const struct vf_model_wish *wish,
                       const struct vf_model_problem *problem)
{
    int64_t most = model->picture.batch;
    if (!model->results->numbers_pictures && model->results->is_listed &&
        model->results->is_listed(&model->card, model->forms, model->output_count))
        most = 1;
    if (most < 0 || most >= wish->batch || wish->takes_regions)
        return VF_OK;
    snprintf(problem->text, problem->size,
             "batch: the model takes %lld at a time; export it with a dynamic batch for more",
             (long long)most);
    return -EINVAL;
}

/* Sees whether all fits together. */
static int check(struct vf_model *model, const struct vf_model_wish *wish,
                 const struct vf_model_problem *problem)
{
    size_t input_count;
    const struct vf_tensor_form *inputs = vf_session_inputs(model->session, &input_count);
    model->forms = vf_session_outputs(model->session, &model->output_count);
    if (!input_count || !model->output_count)
        return say(problem, -EINVAL, "model",
                   "it has to have an input, for pictures, and an output");
    int err = vf_model_inputs_create(&model->inputs, inputs, input_count, problem);
    if (err)
        return err;
    const struct vf_tensor_form *input = vf_model_inputs_pictures(model->inputs);
    err = fill_card(model, wish, input, problem);
    if (err)
        return err;
    model->results = vf_results_of(model->card.family);
    if (!model->results)
        return refuse_family(model, problem);
    if (model->results->read && !wish->takes_regions)
        return say(problem, -EINVAL, "card.family",
                   "a model that reads lines does so for the node recognize, of boxes that another "
                   "model has found");
    err = vf_picture_form_read(&model->picture, &model->card, input, problem);
    if (!err)
        err = model->results->check(&model->card, model->forms, model->output_count, problem);
    if (!err && model->results->settle)
        model->results->settle(&model->card, model->forms, model->output_count,
                               model->picture.batch);
    if (!err)
        err = find_tensor(model, wish->tensor, problem);
    return err ? err : check_batch(model, wish, problem);
}

static int provide(struct vf_model *model, int batch)
{
    size_t count = model->output_count + 1;
    model->places = (unsigned)batch;
    if (model->picture.batch > 0)
        model->places = (unsigned)model->picture.batch;
    model->pictures = calloc(model->places, vf_picture_form_size(&model->picture) + 1);
    model->fittings = calloc(model->places, sizeof(*model->fittings));
    model->actual = calloc(count, sizeof(*model->actual));
    model->converted = calloc(count, sizeof(*model->converted));
    model->views = calloc(count, sizeof(*model->views));
    if (!model->pictures || !model->fittings || !model->actual || !model->converted ||
        !model->views)
        return -ENOMEM;
    return vf_preparation_create(&model->preparation, &model->picture, &model->card);
}

int vf_model_open(struct vf_model **model, const struct vf_model_wish *wish,
                  const struct vf_model_problem *problem)
{
    struct vf_model *made = *model = calloc(1, sizeof(*made));
    if (!made)
        return say(problem, -ENOMEM, "model", "out of memory");
    int err = vf_session_create(&made->session, &wish->session, problem);
    if (!err)
        err = check(made, wish, problem);
    if (!err && !wish->session.is_trial)
        err = provide(made, wish->batch);
    if (err == -ENOMEM)
        (void)say(problem, err, "model", "out of memory");
    if (err)
        vf_model_close(model);
    return err;
}

void vf_model_close(struct vf_model **model)
{
    struct vf_model *old = *model;
    if (!old)
        return;
    for (size_t i = 0; i < old->output_count && old->converted; i++)
        free(old->converted[i].numbers);
    free(old->converted);
    free(old->views);
    free(old->actual);
    free(old->pictures);
    free(old->fittings);
    free(old->mask);
    free(old->direction);
    vf_preparation_destroy(&old->preparation);
    vf_model_inputs_destroy(&old->inputs);
    vf_card_finish(&old->card);
    vf_session_destroy(&old->session);
    free(old);
    *model = NULL;
}

const struct vf_card *vf_model_card(const struct vf_model *model)
{
    return &model->card;
}

const struct vf_session *vf_model_session(const struct vf_model *model)
{
    return model->session;
}

int vf_model_put(struct vf_model *model, struct vf_node_run *run, unsigned place,
                 const struct vf_message *message)
{
    return vf_preparation_draw(model->preparation, run, message,
                               model->pictures + place * vf_picture_form_size(&model->picture),
                               &model->fittings[place]);
}

unsigned vf_model_places(const struct vf_model *model)
{
    return model->places;
}

int vf_model_begin(struct vf_model *model, struct vf_node_run *run,
                   const struct vf_message *message)
{
    return vf_preparation_begin(model->preparation, run, message);
}

/* Makes the pictures as wide as the widest region needs, where they may have any width. */
static int set_width(struct vf_model *model, const struct vf_region *regions, unsigned count)
{
    int height = model->picture.height, width = height * LEAST_SHAPE_WIDTH / LEAST_SHAPE_HEIGHT;
    for (unsigned i = 0; i < count; i++) {
        int needed = vf_region_width_at(&regions[i], height, MOST_WIDTH);
        width = needed > width ? needed : width;
    }
    if (width == model->picture.width)
        return VF_OK;
    model->picture.width = width;
    vf_preparation_set_width(model->preparation, width);
    size_t size = model->places * vf_picture_form_size(&model->picture);
    uint8_t *pictures = size > model->pictures_size ? realloc(model->pictures, size) : NULL;
    if (pictures) {
        model->pictures = pictures;
        model->pictures_size = size;
    }
    return size > model->pictures_size ? -ENOMEM : VF_OK;
}

int vf_model_put_regions(struct vf_model *model, const struct vf_region *regions, unsigned count)
{
    int err = model->picture.is_wide ? set_width(model, regions, count) : VF_OK;
    for (unsigned i = 0; i < count && !err; i++)
        err = vf_preparation_draw_region(
            model->preparation, &regions[i],
            model->pictures + i * vf_picture_form_size(&model->picture), &model->fittings[i]);
    return err;
}

/* Returns whether an output has something for each picture. */
static bool is_divided(const struct vf_model *model, const struct vf_tensor *output)
{
    return output->rank && !model->is_listed && output->shape[0] == model->batch;
}

/* Whether the numbers are looked at, not only handed on. */
static bool has_meaning(const struct vf_results *results)
{
    return results->decode || results->read;
}

static int check_actual(struct vf_model *model, const struct vf_model_problem *problem)
{
    const struct vf_results *results = model->results;
    for (size_t i = 0; i < model->output_count; i++) {
        const struct vf_tensor *output = &model->outputs[i];
        model->actual[i] = model->forms[i];
        model->actual[i].rank = output->rank;
        model->actual[i].element = output->element;
        memcpy(model->actual[i].shape, output->shape, sizeof(output->shape));
    }
    if (results->settle)
        results->settle(&model->card, model->actual, model->output_count, model->batch);
    model->is_listed =
        results->is_listed && results->is_listed(&model->card, model->actual, model->output_count);
    for (size_t i = 0; i < model->output_count; i++) {
        const struct vf_tensor *output = &model->outputs[i];
        bool is_right = model->is_listed || is_divided(model, output);
        if (has_meaning(results) && output->data && !is_right) {
            snprintf(problem->text, problem->size,
                     "output %s does not begin with %u, the number of pictures",
                     model->forms[i].name, model->batch);
            return -EINVAL;
        }
    }
    return results->check(&model->card, model->actual, model->output_count, problem);
}

static size_t count_numbers(const struct vf_tensor *tensor)
{
    size_t count = 1;
    for (unsigned i = 0; i < tensor->rank; i++)
        count *= (size_t)tensor->shape[i];
    return count;
}

/* One number of any type. */
static float number_at(const struct vf_tensor *tensor, size_t i)
{
    const void *data = tensor->data;
    switch (tensor->element) {
    case VF_ELEMENT_FLOAT16:
        return vf_half_to_float(((const uint16_t *)data)[i]);
    case VF_ELEMENT_FLOAT64:
        return (float)((const double *)data)[i];
    case VF_ELEMENT_INT64:
        return (float)((const int64_t *)data)[i];
    case VF_ELEMENT_INT32:
        return (float)((const int32_t *)data)[i];
    case VF_ELEMENT_UINT32:
        return (float)((const uint32_t *)data)[i];
    case VF_ELEMENT_UINT64:
        return (float)((const uint64_t *)data)[i];
    case VF_ELEMENT_INT16:
        return ((const int16_t *)data)[i];
    case VF_ELEMENT_UINT16:
        return ((const uint16_t *)data)[i];
    case VF_ELEMENT_INT8:
        return ((const int8_t *)data)[i];
    case VF_ELEMENT_UINT8:
    case VF_ELEMENT_BOOLEAN:
        return ((const uint8_t *)data)[i];
    default:
        return ((const float *)data)[i];
    }
}

/* Gives *numbers those of an output as float32. */
static int convert(struct vf_model *model, size_t number, const float **numbers)
{
    const struct vf_tensor *output = &model->outputs[number];
    struct converted *converted = &model->converted[number];
    *numbers = output->data;
    if (!output->data || output->element == VF_ELEMENT_FLOAT32)
        return VF_OK;
    size_t count = count_numbers(output);
    if (count > converted->capacity || !converted->numbers) {
        free(converted->numbers);
        converted->numbers = malloc(count * sizeof(float) + 1);
        converted->capacity = converted->numbers ? count : 0;
    }
    if (!converted->numbers)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        converted->numbers[i] = number_at(output, i);
    *numbers = converted->numbers;
    return VF_OK;
}

/* Makes a view of each output, for the first picture. */
static int look(struct vf_model *model)
{
    int err = VF_OK;
    for (size_t i = 0; i < model->output_count && !err; i++) {
        const struct vf_tensor *output = &model->outputs[i];
        struct vf_view *view = &model->views[i];
        unsigned first = is_divided(model, output);
        view->rank = output->rank - first;
        for (unsigned d = 0; d < view->rank; d++)
            view->shape[d] = (size_t)output->shape[d + first];
        err = convert(model, i, &view->data);
    }
    return err;
}

int vf_model_run(struct vf_model *model, unsigned count, const struct vf_model_problem *problem)
{
    model->batch = model->picture.batch >= 0 ? (unsigned)model->picture.batch : count;
    const struct vf_tensor *inputs =
        vf_model_inputs_fill(model->inputs, &model->picture, model->batch, model->pictures);
    int err = inputs ? vf_session_run(model->session, inputs, &model->outputs, problem) : -ENOMEM;
    if (!err)
        err = check_actual(model, problem);
    if (!err && has_meaning(model->results))
        err = look(model);
    if (err == -ENOMEM)
        (void)say(problem, err, "model", "out of memory");
    return err;
}

static double limit(double value, double most)
{
    return value < 0 ? 0 : value > most ? most : value;
}

/* Brings four corners into the frame, and makes the box the one around them. */
static void bring_corners(const struct vf_model_fitting *fitting, struct vf_found *item)
{
    for (size_t k = 0; k < VF_COUNT(item->corners); k += 2)
        vf_model_point(fitting, item->corners[k], item->corners[k + 1], &item->corners[k]);
    item->xmin = item->xmax = item->corners[0];
    item->ymin = item->ymax = item->corners[1];
    for (size_t k = 2; k < VF_COUNT(item->corners); k += 2) {
        item->xmin = fmin(item->xmin, item->corners[k]);
        item->xmax = fmax(item->xmax, item->corners[k]);
        item->ymin = fmin(item->ymin, item->corners[k + 1]);
        item->ymax = fmax(item->ymax, item->corners[k + 1]);
    }
}

/* A box in a region that lies at an angle has corners of its own. */
static void bring_from_region(const struct vf_model_fitting *fitting, struct vf_found *item)
{
    const double corners[8] = {item->xmin, item->ymin, item->xmax, item->ymin,
                               item->xmax, item->ymax, item->xmin, item->ymax};
    const double *sides = fitting->region.corners;
    if (!item->is_slanted)
        memcpy(item->corners, corners, sizeof(corners));
    bring_corners(fitting, item);
    item->is_slanted = item->is_slanted || sides[1] != sides[3] || sides[0] != sides[6];
}

/* Brings what was found back into the frame. What is not in it was not found. */
static void bring_back(const struct vf_model_fitting *fitting, struct vf_found_list *found)
{
    size_t kept = 0;
    for (size_t i = 0; i < found->count; i++) {
        struct vf_found item = found->items[i];
        if (fitting->is_of_region) {
            bring_from_region(fitting, &item);
            found->items[kept++] = item;
            continue;
        }
        item.xmin = limit(vf_model_x(fitting, item.xmin), fitting->frame_width);
        item.xmax = limit(vf_model_x(fitting, item.xmax), fitting->frame_width);
        item.ymin = limit(vf_model_y(fitting, item.ymin), fitting->frame_height);
        item.ymax = limit(vf_model_y(fitting, item.ymax), fitting->frame_height);
        for (size_t k = 0; k < VF_COUNT(item.corners) && item.is_slanted; k += 2) {
            item.corners[k] = vf_model_x(fitting, item.corners[k]);
            item.corners[k + 1] = vf_model_y(fitting, item.corners[k + 1]);
        }
        if (item.xmin < item.xmax && item.ymin < item.ymax)
            found->items[kept++] = item;
    }
    found->count = kept;
}

/* Makes the views of one place, in memory for the caller to free. */
static int look_at_place(const struct vf_model *model, unsigned place, struct vf_views *views)
{
    struct vf_view *items = calloc(model->output_count, sizeof(*items));
    *views = (struct vf_views){.forms = model->actual,
                               .items = items,
                               .count = model->output_count,
                               .picture = place,
                               .width = model->picture.width,
                               .height = model->picture.height};
    for (size_t i = 0; i < views->count && items; i++) {
        const struct vf_tensor *output = &model->outputs[i];
        items[i] = model->views[i];
        if (is_divided(model, output))
            items[i].data += place * (count_numbers(output) / model->batch);
    }
    return items ? VF_OK : -ENOMEM;
}

int vf_model_found(struct vf_model *model, unsigned place, struct vf_found_list *found)
{
    struct vf_views views;
    found->count = 0;
    if (!model->results->decode)
        return VF_OK;
    int err = look_at_place(model, place, &views);
    if (!err)
        err = model->results->decode(&model->card, &views, found);
    free((void *)(uintptr_t)views.items);
    if (!err) {
        vf_found_select(found, &model->card);
        bring_back(&model->fittings[place], found);
    }
    return err;
}

int vf_model_read(struct vf_model *model, unsigned place, struct vf_text *text, double *score)
{
    struct vf_views views;
    if (!model->results->read)
        return VF_DROPPED;
    int err = look_at_place(model, place, &views);
    if (!err)
        err = model->results->read(&model->card, &views, text, score);
    free((void *)(uintptr_t)views.items);
    return err;
}

int vf_model_points(struct vf_model *model, unsigned place, const struct vf_found *item,
                    float (*points)[3])
{
    struct vf_views views;
    if (!model->results->points || !model->card.point_count)
        return VF_DROPPED;
    int err = look_at_place(model, place, &views);
    if (err)
        return err;
    model->results->points(&model->card, &views, item, points);
    free((void *)(uintptr_t)views.items);
    for (int i = 0; i < model->card.point_count; i++) {
        double point[2];
        vf_model_point(&model->fittings[place], points[i][0], points[i][1], point);
        points[i][0] = (float)point[0];
        points[i][1] = (float)point[1];
    }
    return VF_OK;
}

/* Provides memory for a mask as the model has it. */
static int provide_mask(struct vf_model *model, const struct vf_map_size *map)
{
    size_t size = map->width * map->height;
    if (size > model->mask_size || !model->mask) {
        free(model->mask);
        model->mask = malloc(size + 1);
        model->mask_size = model->mask ? size : 0;
    }
    return model->mask ? VF_OK : -ENOMEM;
}

int vf_model_masks(struct vf_model *model, unsigned place, struct vf_mask_grid *grid)
{
    struct vf_views views;
    struct vf_map_size map;
    int err = model->results->map ? look_at_place(model, place, &views) : VF_DROPPED;
    if (err)
        return err;
    err = model->results->map(&model->card, &views, &map) ? provide_mask(model, &map) : VF_DROPPED;
    free((void *)(uintptr_t)views.items);
    if (err)
        return err;
    return vf_mask_grid_init(grid, &map, &model->fittings[place], model->picture.width,
                             model->picture.height);
}

int vf_model_mask(struct vf_model *model, unsigned place, const struct vf_mask_grid *grid,
                  const struct vf_found *item, uint8_t *mask)
{
    struct vf_views views;
    int err = look_at_place(model, place, &views);
    if (err)
        return err;
    model->results->mask(&model->card, &views, item, model->mask);
    vf_mask_grid_fill(grid, model->mask, item, mask);
    free((void *)(uintptr_t)views.items);
    return VF_OK;
}

/* Makes the length of an embedding 1. Without memory for that, it stays as it is. */
static void normalize(struct vf_model *model, struct vf_tensor *tensor)
{
    size_t count = count_numbers(tensor);
    float *numbers = realloc(model->direction, count * sizeof(float) + 1);
    double sum = 0;
    if (!numbers)
        return;
    model->direction = numbers;
    for (size_t i = 0; i < count; i++) {
        numbers[i] = number_at(tensor, i);
        sum += (double)numbers[i] * numbers[i];
    }
    for (size_t i = 0; i < count && sum > 0; i++)
        numbers[i] = (float)(numbers[i] / sqrt(sum));
    tensor->element = VF_ELEMENT_FLOAT32;
    tensor->data = numbers;
}

void vf_model_tensor_form(const struct vf_model *model, struct vf_tensor *tensor)
{
    const struct vf_tensor_form *form = &model->forms[model->handed_on];
    bool is_vector = model->card.family == VF_FAMILY_EMBEDDING;
    *tensor = (struct vf_tensor){.element = is_vector ? VF_ELEMENT_FLOAT32 : form->element,
                                 .rank = form->rank ? form->rank - 1 : 0};
    for (unsigned i = 0; i < tensor->rank; i++)
        tensor->shape[i] = form->shape[i + 1] < 0 ? 0 : form->shape[i + 1];
}

void vf_model_tensor(struct vf_model *model, unsigned place, struct vf_tensor *tensor)
{
    const struct vf_tensor *output = &model->outputs[model->handed_on];
    *tensor = *output;
    if (is_divided(model, output)) {
        tensor->rank = output->rank - 1;
        memmove(tensor->shape, tensor->shape + 1, tensor->rank * sizeof(tensor->shape[0]));
        tensor->data = (uint8_t *)output->data + place * (count_numbers(output) / model->batch) *
                                                     vf_element_size(output->element);
    }
    if (model->card.family == VF_FAMILY_EMBEDDING)
        normalize(model, tensor);
}
