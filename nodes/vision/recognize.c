/* SPDX-License-Identifier: MIT */
/* recognize - runs a model on what another node has found in a frame. */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/node/node.h"
#include "nodes/value/value_text.h"
#include "nodes/vision/model/answers.h"
#include "nodes/vision/model/found.h"
#include "nodes/vision/model/options.h"
#include "nodes/vision/seen_parts.h"

#define TALL 1.5 /* height of a line over its width from which on it goes up, as PP-OCR has it */

enum { OBJECTS, TENSOR }; /* outputs */
enum { VIDEO, BOXES };    /* inputs */

struct recognize_options {
    struct vf_model_options model;
    int batch;
};

/* The numbers of all parts, one after the other. */
struct numbers {
    uint8_t *bytes;
    size_t size, capacity;
    struct vf_tensor form; /* of each */
    size_t count;
};

struct recognize {
    struct vf_model *model;
    struct vf_found_list found;
    struct vf_seen_parts parts;
    struct vf_region *regions; /* of the batch that is at work */
    size_t *places;            /* which parts those are */
    struct numbers numbers;
};

static const struct vf_option options[] = {
    VF_MODEL_OPTION(struct recognize_options),
    VF_CARD_OPTION(struct recognize_options),
    VF_TENSOR_OPTION(struct recognize_options),
    {"batch", "Boxes that are given to the model at a time, where it takes as many",
     VF_INTEGER(struct recognize_options, batch), VF_RANGE(1, 256), .fallback = "8"},
    VF_PROVIDER_OPTION(struct recognize_options),
    VF_MODEL_THREADS_OPTION(struct recognize_options),
    VF_RUNTIME_OPTION(struct recognize_options),
};

static struct vf_model_wish wish_of(const struct recognize_options *asked)
{
    struct vf_model_wish wish = vf_model_options_wish(&asked->model, asked->batch);
    wish.takes_regions = true;
    return wish;
}

static int recognize_check(const void *values, char *problem, size_t size)
{
    const struct recognize_options *asked = values;
    const struct vf_model_wish wish = wish_of(asked);
    return vf_model_options_check(&asked->model, &wish, problem, size);
}

static void recognize_reach(const void *values, const struct vf_reach *reach)
{
    const struct recognize_options *asked = values;
    vf_model_options_reach(&asked->model, reach);
}

static int recognize_open(struct vf_node_run *run)
{
    const struct recognize_options *asked = run->options;
    struct recognize *state = run->state;
    const struct vf_model_wish wish = wish_of(asked);
    int err = vf_model_options_open(&state->model, &asked->model, &wish, run);
    if (err)
        return err;
    size_t places = vf_model_places(state->model);
    state->regions = calloc(places, sizeof(*state->regions));
    state->places = calloc(places, sizeof(*state->places));
    return state->regions && state->places ? VF_OK : -ENOMEM;
}

/* Says what was read. Returns VF_DROPPED where the model reads nothing. */
static int say_text(struct recognize *state, unsigned place, json_t *said)
{
    struct vf_text text = {0};
    double score = 0;
    int err = vf_model_read(state->model, place, &text, &score);
    bool is_sure = !err && score >= vf_model_card(state->model)->score && text.length;
    int failed = 0;
    if (is_sure)
        failed = json_object_set_new(said, "text", json_string(text.bytes)) ||
                 json_object_set_new(said, "text_score", json_real(round(score * 10000) / 10000));
    vf_text_finish(&text);
    return err ? err : failed ? -EINVAL : VF_OK;
}

/* Says what was found in a part. */
static int say_found(struct recognize *state, unsigned place, json_t *said)
{
    int err = vf_model_found(state->model, place, &state->found);
    if (err)
        return err;
    json_t *all = vf_model_describe(state->model, place, &state->found);
    return json_object_set_new(said, "found", all) == 0 ? VF_OK : -ENOMEM;
}

/* Adds the numbers of a part. */
static int add_numbers(struct recognize *state, unsigned place)
{
    struct numbers *numbers = &state->numbers;
    struct vf_tensor tensor;
    vf_model_tensor(state->model, place, &tensor);
    size_t size = vf_tensor_size(&tensor);
    bool is_other = numbers->count &&
                    (size * numbers->count != numbers->size || tensor.rank != numbers->form.rank);
    if (is_other) {
        vf_log(VF_LOG_ERROR, "the tensors of two boxes have different shapes; no array has both");
        return -EINVAL;
    }
    if (numbers->size + size > numbers->capacity) {
        size_t capacity = 2 * (numbers->size + size);
        uint8_t *bytes = realloc(numbers->bytes, capacity);
        if (!bytes)
            return -ENOMEM;
        numbers->bytes = bytes;
        numbers->capacity = capacity;
    }
    memcpy(numbers->bytes + numbers->size, tensor.data, size);
    numbers->size += size;
    numbers->form = tensor;
    numbers->count++;
    return VF_OK;
}

/* Runs the model on the parts of a batch, and says what it tells of each. */
static int look_at(struct vf_node_run *run, unsigned count)
{
    const struct recognize_options *asked = run->options;
    struct recognize *state = run->state;
    int err = vf_model_put_regions(state->model, state->regions, count);
    if (!err)
        err = vf_model_options_run(state->model, &asked->model, count, run);
    for (unsigned place = 0; place < count && !err; place++) {
        json_t *said = state->parts.items[state->places[place]].said;
        err = say_text(state, place, said);
        if (err == VF_DROPPED)
            err = say_found(state, place, said);
        if (!err && vf_node_is_read(run, TENSOR))
            err = add_numbers(state, place);
    }
    return err;
}

/* Looks at all parts of a frame. */
static int look_at_all(struct vf_node_run *run, const struct vf_message *frame)
{
    struct recognize *state = run->state;
    bool is_reading = vf_model_card(state->model)->family == VF_FAMILY_READING;
    unsigned most = vf_model_places(state->model), count = 0;
    int err = state->parts.count ? vf_model_begin(state->model, run, frame) : VF_OK;
    for (size_t i = 0; i < state->parts.count && !err; i++) {
        const struct vf_seen_part *part = &state->parts.items[i];
        struct vf_region *region = &state->regions[count];
        if (!part->is_within || !vf_region_init(region, part->corners))
            continue;
        if (is_reading && region->height > TALL * region->width)
            vf_region_lay_down(region);
        state->places[count++] = i;
        if (count == most) {
            err = look_at(run, count);
            count = 0;
        }
    }
    return !err && count ? look_at(run, count) : err;
}

/* What was not read is left out: it is no text. */
static int send_objects(struct vf_node_run *run, const struct vf_message *frame)
{
    struct recognize *state = run->state;
    bool is_reading = vf_model_card(state->model)->family == VF_FAMILY_READING;
    json_t *all = json_array();
    for (size_t i = 0; i < state->parts.count; i++) {
        json_t *said = state->parts.items[i].said;
        if (!is_reading || json_object_get(said, "text"))
            json_array_append(all, said);
    }
    return vf_found_send_value(run, OBJECTS, all, frame);
}

static int send_numbers(struct vf_node_run *run, const struct vf_message *frame)
{
    struct recognize *state = run->state;
    const struct vf_answer answer = {run, TENSOR, frame};
    struct vf_tensor all = state->numbers.form;
    if (!state->numbers.count)
        vf_model_tensor_form(state->model, &all);
    memmove(all.shape + 1, all.shape, (VF_MAX_DIMENSIONS - 1) * sizeof(all.shape[0]));
    all.shape[0] = (int64_t)state->numbers.count;
    all.rank++;
    all.data = state->numbers.bytes;
    return vf_tensor_send(&answer, &all);
}

static bool is_null(const struct vf_message *message)
{
    json_t *value = message->description.type == VF_VALUE_ARRAY ? NULL : vf_value_parse(message);
    bool is_null = json_is_null(value);
    json_decref(value);
    return is_null;
}

static int recognize_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct recognize *state = run->state;
    const struct vf_message *frame = inputs[VIDEO];
    state->numbers.count = state->numbers.size = 0;
    if (is_null(inputs[BOXES]))
        return vf_node_is_read(run, OBJECTS) ? vf_found_send_null(run, OBJECTS, frame) : VF_OK;
    int err = vf_seen_parts_read(&state->parts, inputs[BOXES], &frame->description.video);
    if (!err)
        err = look_at_all(run, frame);
    if (!err && vf_node_is_read(run, OBJECTS))
        err = send_objects(run, frame);
    if (!err && vf_node_is_read(run, TENSOR))
        err = send_numbers(run, frame);
    return err;
}

static void recognize_close(struct vf_node_run *run)
{
    struct recognize *state = run->state;
    vf_model_close(&state->model);
    vf_found_finish(&state->found);
    vf_seen_parts_finish(&state->parts);
    free(state->regions);
    free(state->places);
    free(state->numbers.bytes);
}

const struct vf_node vf_node_recognize = {
    .name = "recognize",
    .summary = "Read or classify what was found in frames, by a model (ONNX).",
    .about =
        "The second model of two: the first, in detect, has found where something is; this one "
        "gets "
        "each of these parts of the frame as a picture of its own, turned upright where the object "
        "has corners. What it tells is added to what is said of the object: the text that was "
        "read, "
        "or in found what detect would tell of a whole frame, such as the surest classes, or boxes "
        "within it in pixels of the frame. Vectors of embeddings come out of tensor, one for each "
        "object.\n\n"
        "Models are run, and described by cards, as with detect. Objects whose text is not sure "
        "enough are left out. Boxes that are null, as with every: 3 of detect, are answered with "
        "null.",
    .related = "detect, track, draw_boxes, crop",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  find:\n"
               "    type: detect\n"
               "    inputs: reader\n"
               "    model: lines.onnx\n"
               "    card: {family: text, size: 960x544}\n"
               "  read:\n"
               "    type: recognize\n"
               "    inputs: {video: reader, boxes: find.objects}\n"
               "    model: characters.onnx\n"
               "    card: {family: reading, dictionary: characters.txt}\n"
               "  out: {type: print, inputs: read}\n",
    .kind = VF_PROCESSOR,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames of any format"},
                       {.name = "boxes",
                        .type = VF_PORT_VALUE,
                        .also = VF_PORT_ARRAY,
                        .help = "What was found in them: objects of detect or track, or boxes"}),
    .outputs = VF_PORTS(
        {.name = "objects",
         .type = VF_PORT_VALUE,
         .help = "The same objects, with text and text_score, or with found"},
        {.name = "tensor",
         .type = VF_PORT_ARRAY,
         .help = "The numbers of one output of the model, for each object that is in the frame"}),
    .options_size = sizeof(struct recognize_options),
    .state_size = sizeof(struct recognize),
    .check = recognize_check,
    .reach = recognize_reach,
    .open = recognize_open,
    .process = recognize_process,
    .close = recognize_close,
};
