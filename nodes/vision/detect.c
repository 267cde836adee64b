/* SPDX-License-Identifier: MIT */
/* detect - runs a model on every frame. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/node/node.h"
#include "engine/node/reach.h"
#include "nodes/value/batch_size.h"
#include "nodes/vision/model/answers.h"
#include "nodes/vision/model/found.h"
#include "nodes/vision/model/options.h"

/* What there are outputs of: one each, or of several cameras one for each of those. */
enum { BOXES, OBJECTS, MASKS, TENSOR, KINDS };

#define MOST_CAMERAS 32

struct detect_options {
    struct vf_model_options model;
    int every;
    struct vf_map batch;
};

struct detect {
    struct vf_model *model;
    struct vf_found_list found;
    struct vf_batch_size size;
    unsigned count,
        next; /* frames in the batch that was run last, and which of them is answered next */
    unsigned *turns, *later_turns; /* for each camera, of its next frame: those of turn 0 are looked
                                      at; and of what follows the frames ahead */
    unsigned alone;                /* frames that still come alone: a process before died on one */
};

/* The outputs of several cameras. */
struct declared {
    struct vf_port ports[KINDS * (MOST_CAMERAS + 1)];
    char names[KINDS * (MOST_CAMERAS + 1)][16];
};

static const struct vf_option options[] = {
    VF_MODEL_OPTION(struct detect_options),
    VF_CARD_OPTION(struct detect_options),
    VF_TENSOR_OPTION(struct detect_options),
    VF_BATCH_OPTION(struct detect_options),
    {"every",
     "Look at the first of so many frames; of the others the answer is null, and boxes are a list "
     "then",
     VF_INTEGER(struct detect_options, every), VF_RANGE(1, 1000), .fallback = "1",
     .unit = "frames"},
    VF_PROVIDER_OPTION(struct detect_options),
    VF_MODEL_THREADS_OPTION(struct detect_options),
    VF_RUNTIME_OPTION(struct detect_options),
};

#define BOXES_PORT(of_type)                                                                        \
    {                                                                                              \
        .name = "boxes", .type = (of_type),                                                        \
        .help = "An array of n x 6: ymin, xmin, ymax, xmax, class and score of each object; with " \
                "every, a list of such rows, or null"                                              \
    }
#define OTHER_PORTS                                                                                \
    {.name = "objects",                                                                            \
     .type = VF_PORT_VALUE,                                                                        \
     .help = "A list with box, class, score and, where the card has names, name of each; of text " \
             "also corners"},                                                                      \
        {.name = "masks",                                                                          \
         .type = VF_PORT_ARRAY,                                                                    \
         .help = "An array of n x height x width, 1 where an object is, over the whole frame, "    \
                 "of models that tell it"},                                                        \
    {                                                                                              \
        .name = "tensor", .type = VF_PORT_ARRAY, .help = "The numbers of one output of the model"  \
    }

static const struct vf_port outputs[] = {BOXES_PORT(VF_PORT_ARRAY), OTHER_PORTS};

/* A frame that is not looked at has no array. */
static const struct vf_port outputs_at_times[] = {BOXES_PORT(VF_PORT_VALUE), OTHER_PORTS};

static int detect_check(const void *values, char *problem, size_t size)
{
    const struct detect_options *asked = values;
    struct vf_batch_size batch;
    int err = vf_batch_read(&asked->batch, &batch, problem, size);
    if (err)
        return err;
    struct vf_model_wish wish = vf_model_options_wish(&asked->model, batch.max);
    return vf_model_options_check(&asked->model, &wish, problem, size);
}

static void detect_adapt(const void *values, struct vf_node *copy)
{
    const struct detect_options *asked = values;
    struct vf_batch_size batch;
    char problem[256];
    if (vf_batch_read(&asked->batch, &batch, problem, sizeof(problem)) < 0)
        batch.max = 1;
    copy->looks_ahead = (unsigned)(batch.max * asked->every) - 1;
    copy->is_stateful = asked->every > 1;
    if (asked->every > 1)
        copy->outputs = (struct vf_port_list)VF_LIST(outputs_at_times);
}

/* Of a kind of output, the one that stands for those of all cameras, and then those. */
static void declare_kind(const struct vf_port *kind, unsigned cameras, unsigned first,
                         struct vf_port *whole, struct declared *declared)
{
    *whole = *kind;
    whole->stands_for = (uint16_t)cameras;
    whole->from = (uint16_t)first;
    for (unsigned i = 0; i < cameras; i++) {
        char *name = declared->names[first + i];
        snprintf(name, sizeof(declared->names[0]), "%s[%u]", kind->name, i + 1);
        declared->ports[first + i] = *kind;
        declared->ports[first + i].name = name;
        declared->ports[first + i].answers = (uint16_t)(i + 1);
        declared->ports[first + i].is_numbered = true;
    }
}

/* Of several cameras each has outputs of its own. */
static int detect_declare(const void *values, const struct vf_named_inputs *inputs,
                          struct vf_node *copy)
{
    const struct vf_port *kinds = copy->outputs.items;
    (void)values;
    if (inputs->count < 2 || inputs->count > MOST_CAMERAS)
        return VF_OK;
    unsigned cameras = (unsigned)inputs->count;
    struct declared *declared = calloc(1, sizeof(*declared));
    if (!declared)
        return -ENOMEM;
    for (unsigned kind = 0; kind < KINDS; kind++)
        declare_kind(&kinds[kind], cameras, 1 + kind * cameras,
                     &declared->ports[kind ? KINDS * cameras + kind : 0], declared);
    copy->outputs = (struct vf_port_list){declared->ports, (size_t)KINDS * (cameras + 1)};
    copy->takes = VF_TAKES_EACH;
    copy->declared = declared;
    return VF_OK;
}

static void detect_reach(const void *values, const struct vf_reach *reach)
{
    const struct detect_options *asked = values;
    vf_model_options_reach(&asked->model, reach);
}

static int detect_open(struct vf_node_run *run)
{
    const struct detect_options *asked = run->options;
    struct detect *detect = run->state;
    char text[256];
    int err = vf_batch_read(&asked->batch, &detect->size, text, sizeof(text));
    if (err)
        return err;
    detect->alone = run->is_restarted ? (unsigned)detect->size.max : 0;
    if (run->input_count > 1 && run->node->takes != VF_TAKES_EACH) {
        vf_log(VF_LOG_ERROR, "%u cameras; %d are the most for one task", run->input_count,
               MOST_CAMERAS);
        return -EINVAL;
    }
    detect->turns = calloc(2 * (size_t)run->input_count, sizeof(*detect->turns));
    if (!detect->turns)
        return -ENOMEM;
    detect->later_turns = detect->turns + run->input_count;
    struct vf_model_wish wish = vf_model_options_wish(&asked->model, detect->size.max);
    return vf_model_options_open(&detect->model, &asked->model, &wish, run);
}

/* Returns the output of a kind that answers an input. */
static unsigned port_of(const struct vf_node_run *run, unsigned kind, unsigned input)
{
    return run->input_count == 1 ? kind : 1 + kind * run->input_count + input;
}

/* What is sent on an output as the answer to an input; `is_read` says whether anybody wants it. */
static struct vf_answer answer_to(struct vf_node_run *run, unsigned kind, unsigned input,
                                  struct vf_message *const *inputs, bool *is_read)
{
    struct vf_answer answer = {run, port_of(run, kind, input), inputs[input]};
    *is_read = vf_node_is_read(run, answer.port);
    return answer;
}

/* Answers a frame that is not looked at. */
static int send_null(struct vf_node_run *run, unsigned input, struct vf_message *const *inputs)
{
    int err = VF_OK;
    for (unsigned kind = BOXES; kind <= OBJECTS && !err; kind++) {
        bool is_read;
        struct vf_answer answer = answer_to(run, kind, input, inputs, &is_read);
        if (is_read)
            err = vf_found_send_null(run, answer.port, answer.input);
    }
    return err;
}

static int send_kind(const struct vf_answer *answer, unsigned kind, unsigned place)
{
    const struct detect_options *asked = answer->run->options;
    struct detect *detect = answer->run->state;
    struct vf_tensor tensor;
    switch (kind) {
    case BOXES:
        return (asked->every > 1 ? vf_found_send_rows : vf_found_send)(
            answer->run, answer->port, &detect->found, answer->input);
    case OBJECTS:
        return vf_found_send_value(answer->run, answer->port,
                                   vf_model_describe(detect->model, place, &detect->found),
                                   answer->input);
    case MASKS:
        return vf_model_send_masks(answer, detect->model, place, &detect->found);
    default:
        vf_model_tensor(detect->model, place, &tensor);
        return vf_tensor_send(answer, &tensor);
    }
}

/* Sends what was found in one place of the batch. */
static int send_found(struct vf_node_run *run, unsigned place, unsigned input,
                      struct vf_message *const *inputs)
{
    struct detect *detect = run->state;
    int err = vf_model_found(detect->model, place, &detect->found);
    for (unsigned kind = 0; kind < KINDS && !err; kind++) {
        bool is_read;
        struct vf_answer answer = answer_to(run, kind, input, inputs, &is_read);
        if (is_read)
            err = send_kind(&answer, kind, place);
    }
    return err;
}

/* Returns the camera whose frame it is. */
static unsigned input_of(const struct vf_node_run *run, struct vf_message *const *inputs)
{
    unsigned input = 0;
    while (input + 1 < run->input_count && !inputs[input])
        input++;
    return input;
}

/* Returns whether the next frame of a camera is to be looked at, and counts it. */
static bool takes_turn(const struct vf_node_run *run, unsigned *turns, unsigned input)
{
    const struct detect_options *asked = run->options;
    unsigned turn = turns[input];
    turns[input] = (turn + 1) % (unsigned)asked->every;
    return turn == 0;
}

/* Waits for those that follow. Returns how many there are. */
static int gather(struct vf_node_run *run)
{
    const struct detect_options *asked = run->options;
    struct detect *detect = run->state;
    if (detect->size.max == 1)
        return 0;
    if (detect->alone) {
        detect->alone--;
        return 0;
    }
    return vf_node_look_ahead(run, (unsigned)(detect->size.max * asked->every) - 1,
                              vf_clock_now_ns() + detect->size.wait_ns);
}

/* Puts those that follow and are to be looked at into the places behind the first. One that cannot be
 * drawn is left to its own turn. Returns how many places are taken. */
static unsigned put_followers(struct vf_node_run *run, unsigned ahead)
{
    struct detect *detect = run->state;
    unsigned count = 1;
    memcpy(detect->later_turns, detect->turns, run->input_count * sizeof(*detect->turns));
    for (unsigned i = 0; i < ahead && count < (unsigned)detect->size.max; i++) {
        struct vf_message *const *inputs = vf_node_ahead(run, i);
        unsigned input = input_of(run, inputs);
        if (!takes_turn(run, detect->later_turns, input))
            continue;
        if (vf_model_put(detect->model, run, count, inputs[input]) != VF_OK)
            break;
        count++;
    }
    return count;
}

/* Runs the model on this frame and on those that follow. */
static int run_batch(struct vf_node_run *run, const struct vf_message *frame)
{
    const struct detect_options *asked = run->options;
    struct detect *detect = run->state;
    int ahead = gather(run);
    if (ahead < 0)
        return ahead;
    int err = vf_model_put(detect->model, run, 0, frame);
    if (err)
        return err;
    unsigned count = put_followers(run, (unsigned)ahead);
    err = vf_model_options_run(detect->model, &asked->model, count, run);
    if (err)
        return err;
    detect->count = count;
    detect->next = 0;
    return VF_OK;
}

static int detect_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct detect *detect = run->state;
    unsigned input = input_of(run, inputs);
    if (!takes_turn(run, detect->turns, input))
        return send_null(run, input, inputs);
    int err = detect->next < detect->count ? VF_OK : run_batch(run, inputs[input]);
    return err ? err : send_found(run, detect->next++, input, inputs);
}

static void detect_close(struct vf_node_run *run)
{
    struct detect *detect = run->state;
    vf_model_close(&detect->model);
    vf_found_finish(&detect->found);
    free(detect->turns);
}

const struct vf_node vf_node_detect = {
    .name = "detect",
    .summary = "Find objects in frames by a model (ONNX).",
    .about =
        "The model is run by ONNX Runtime, a library of its own, which is loaded when a flow "
        "has this node: pip install onnxruntime brings it, or its release for C; with the "
        "library for GPUs the node can run on one, with gpu: any.\n\n"
        "A frame of any size and format is scaled to what the model takes, and the boxes are "
        "pixels of the frame again, the surest first. What else there is to know of a model "
        "stands in its card, beside it or in the flow; vflow-models(7) has its settings, and "
        "how the usual models are exported. A model of Ultralytics needs none. Before "
        "anything starts, the model is opened, and seen whether it fits its card.\n\n"
        "With batch, several frames are given to the model at a time, where it takes them; each "
        "is answered by itself, in order.\n\n"
        "Several cameras can share it: frames are taken as they come, and a batch has those of "
        "all. Then there is an output for each: boxes[1] has the boxes of the first camera of "
        "inputs, objects[2] the objects of the second. Who waits for one camera waits for no "
        "other. "
        "\n\nWith every: 3 the model looks at every third frame, "
        "and track tells where the objects are in between.",
    .related = "track, draw_boxes, blur_boxes, python, process",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  find:\n"
               "    type: detect\n"
               "    inputs: reader\n"
               "    model: yolo.onnx\n"
               "    card: {family: yolo, score: 0.4, classes: [person, car]}\n"
               "  marked: {type: draw_boxes, inputs: {video: reader, boxes: find.boxes}}\n"
               "  out: {type: video_writer, inputs: marked, path: marked.mp4}\n",
    .kind = VF_PROCESSOR,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "video",
                        .type = VF_PORT_VIDEO,
                        .help = "Frames of any format, of one camera or of several",
                        .is_repeated = true}),
    .outputs = VF_LIST(outputs),
    .options_size = sizeof(struct detect_options),
    .state_size = sizeof(struct detect),
    .check = detect_check,
    .adapt = detect_adapt,
    .reach = detect_reach,
    .declare = detect_declare,
    .open = detect_open,
    .process = detect_process,
    .close = detect_close,
};
