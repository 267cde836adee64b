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
#include "nodes/vision/model/found.h"
#include "nodes/vision/model/model.h"

enum { BOXES, OBJECTS, MASKS, TENSOR }; /* outputs */

struct detect_options {
    char *model, *card, *runtime, *tensor;
    enum vf_provider provider;
    int threads, every;
    struct vf_map batch;
};

struct detect {
    struct vf_model *model;
    struct vf_found_list found;
    struct vf_batch_size size;
    unsigned count,
        next;       /* frames in the batch that was run last, and which of them is answered next */
    unsigned turn;  /* of the next frame: those of turn 0 are looked at */
    unsigned alone; /* frames that still come alone: a process before died on one */
};

static const struct vf_option options[] = {
    {"model", "The model, a file of ONNX", VF_INPUT_PATH(struct detect_options, model),
     .is_main = true},
    {"card",
     "What the model takes and tells, {family: yolo, size: 640x640}, see vflow-models(7); goes "
     "before what stands in a file beside the model, whose name is that of the model with .yaml "
     "after it",
     VF_JSON_OBJECT(struct detect_options, card), .fallback = "{}"},
    {"tensor", "Output of the model that is handed on as tensor; empty: the first",
     VF_TEXT(struct detect_options, tensor), .fallback = ""},
    VF_BATCH_OPTION(struct detect_options),
    {"every",
     "Look at the first of so many frames; of the others the answer is null, and boxes are a list "
     "then",
     VF_INTEGER(struct detect_options, every), VF_RANGE(1, 1000), .fallback = "1",
     .unit = "frames"},
    {"provider", "What does the work",
     VF_CHOICE(struct detect_options, provider,
               {"auto", VF_PROVIDER_AUTO, "CUDA where the node has a GPU, else the CPU"},
               {"cpu", VF_PROVIDER_CPU, "The CPU"}, {"cuda", VF_PROVIDER_CUDA, "A GPU of NVIDIA's"},
               {"tensorrt", VF_PROVIDER_TENSORRT, "The same by TensorRT, which starts slowly"},
               {"openvino", VF_PROVIDER_OPENVINO, "Intel's OpenVINO"}),
     .fallback = "auto"},
    {"threads", "Threads that calculate on the CPU; 0: as many as the flow has processors",
     VF_INTEGER(struct detect_options, threads), VF_RANGE(0, 1024), .fallback = "0"},
    {"runtime",
     "The library ONNX Runtime, libonnxruntime.so; empty: VFLOW_ONNXRUNTIME, or where it is "
     "usually installed",
     VF_TEXT(struct detect_options, runtime), .fallback = ""},
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

static struct vf_model_wish wish_of(const struct detect_options *asked, int batch)
{
    return (struct vf_model_wish){
        .session = {.model = asked->model,
                    .runtime = asked->runtime,
                    .provider = asked->provider,
                    .threads = (unsigned)asked->threads},
        .card = asked->card,
        .tensor = asked->tensor,
        .batch = batch,
    };
}

/* A model that is not there is a mistake of its own. */
static int detect_check(const void *values, char *problem, size_t size)
{
    const struct detect_options *asked = values;
    const struct vf_model_problem said = {problem, size};
    struct vf_batch_size batch;
    int err = vf_batch_read(&asked->batch, &batch, problem, size);
    if (err)
        return err;
    struct vf_model_wish wish = wish_of(asked, batch.max);
    FILE *file = fopen(asked->model, "rbe");
    if (!file)
        return VF_OK;
    fclose(file);
    wish.session.is_trial = true;
    return vf_model_examine(&wish, &said);
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

/* Says what does the work. */
static void tell(const struct vf_node_run *run, const struct vf_model *model)
{
    const struct detect_options *asked = run->options;
    const struct vf_session *session = vf_model_session(model);
    vf_log(VF_LOG_INFO, "%s: a model of the family %s, run by ONNX Runtime %s with the provider %s",
           asked->model, vf_family_name(vf_model_card(model)->family), vf_session_release(session),
           vf_provider_name(vf_session_provider(session)));
}

static void detect_reach(const void *values, const struct vf_reach *reach)
{
    const struct detect_options *asked = values;
    vf_reach_add_folder_of(reach, VF_REACH_READ_BELOW, asked->model);
    vf_runtime_reach(asked->runtime, reach);
    if (asked->provider != VF_PROVIDER_CPU)
        vf_reach_add(reach, VF_REACH_GPU, "models");
}

static int detect_open(struct vf_node_run *run)
{
    const struct detect_options *asked = run->options;
    struct detect *detect = run->state;
    char text[1024];
    const struct vf_model_problem problem = {text, sizeof(text)};
    int err = vf_batch_read(&asked->batch, &detect->size, text, sizeof(text));
    struct vf_model_wish wish = wish_of(asked, detect->size.max);
    if (!wish.session.threads)
        wish.session.threads = run->threads;
    detect->alone = run->is_restarted ? (unsigned)detect->size.max : 0;
    if (!err)
        err = vf_model_open(&detect->model, &wish, &problem);
    if (err)
        vf_log(VF_LOG_ERROR, "%s: %s", asked->model, text);
    else
        tell(run, detect->model);
    return err;
}

/* Answers a frame that is not looked at. */
static int emit_null(struct vf_node_run *run, const struct vf_message *input)
{
    int err = VF_OK;
    if (vf_node_is_read(run, BOXES))
        err = vf_found_send_null(run, BOXES, input);
    if (!err && vf_node_is_read(run, OBJECTS))
        err = vf_found_send_null(run, OBJECTS, input);
    return err;
}

/* One mask for each object, in their order. */
static int emit_masks(struct vf_node_run *run, unsigned place, const struct vf_message *input)
{
    struct detect *detect = run->state;
    const struct vf_found_list *found = &detect->found;
    struct vf_mask_grid grid = {0};
    struct vf_payload *payload = NULL;
    struct vf_message *message = NULL;
    int err = vf_model_masks(detect->model, place, &grid);
    if (err)
        return err == VF_DROPPED ? VF_OK : err;
    size_t size = grid.width * grid.height;
    if (found->count)
        err = vf_node_allocate(run, found->count * size, &payload);
    for (size_t i = 0; i < found->count && !err; i++)
        err =
            vf_model_mask(detect->model, place, &grid, &found->items[i], payload->data + i * size);
    if (!err)
        err = vf_message_create(&message, VF_VALUE_ARRAY, &payload);
    vf_payload_drop(&payload);
    if (!err) {
        message->description.array = (struct vf_array){
            .dtype = "|u1", .dimensions = 3, .shape = {found->count, grid.height, grid.width}};
        vf_message_follow(message, input);
    }
    vf_mask_grid_finish(&grid);
    return vf_node_emit_made(run, MASKS, err, &message);
}

static int emit_tensor(struct vf_node_run *run, const struct vf_tensor *tensor,
                       const struct vf_message *input)
{
    struct vf_payload *payload = NULL;
    struct vf_message *message = NULL;
    struct vf_array array = {.dimensions = tensor->rank};
    size_t size = vf_element_size(tensor->element);
    for (unsigned i = 0; i < tensor->rank; i++) {
        array.shape[i] = (uint64_t)tensor->shape[i];
        size *= (size_t)tensor->shape[i];
    }
    snprintf(array.dtype, sizeof(array.dtype), "%s", vf_element_dtype(tensor->element));
    int err = size ? vf_node_allocate(run, size, &payload) : VF_OK;
    if (!err && size)
        memcpy(payload->data, tensor->data, size);
    if (!err)
        err = vf_message_create(&message, VF_VALUE_ARRAY, &payload);
    vf_payload_drop(&payload);
    if (!err) {
        message->description.array = array;
        vf_message_follow(message, input);
    }
    return vf_node_emit_made(run, TENSOR, err, &message);
}

/* Sends what was found in one place of the batch. */
static int emit(struct vf_node_run *run, unsigned place, const struct vf_message *input)
{
    const struct detect_options *asked = run->options;
    struct detect *detect = run->state;
    struct vf_tensor tensor;
    int err = vf_model_found(detect->model, place, &detect->found);
    if (!err && vf_node_is_read(run, BOXES))
        err = (asked->every > 1 ? vf_found_send_rows : vf_found_send)(run, BOXES, &detect->found,
                                                                      input);
    if (!err && vf_node_is_read(run, OBJECTS))
        err = vf_found_send_objects(run, OBJECTS, &detect->found,
                                    &vf_model_card(detect->model)->classes, input);
    if (!err && vf_node_is_read(run, MASKS))
        err = emit_masks(run, place, input);
    if (err || !vf_node_is_read(run, TENSOR))
        return err;
    vf_model_tensor(detect->model, place, &tensor);
    return emit_tensor(run, &tensor, input);
}

/* Waits for those that follow. Returns how many there are. */
static int gather(struct vf_node_run *run, unsigned every)
{
    struct detect *detect = run->state;
    if (detect->size.max == 1)
        return 0;
    if (detect->alone) {
        detect->alone--;
        return 0;
    }
    return vf_node_look_ahead(run, (unsigned)detect->size.max * every - 1,
                              vf_clock_now_ns() + detect->size.wait_ns);
}

/* Runs the model on this frame and on those that follow and are to be looked at. One of those that
 * cannot be drawn is left to its own turn. */
static int run_batch(struct vf_node_run *run, const struct vf_message *frame)
{
    const struct detect_options *asked = run->options;
    struct detect *detect = run->state;
    char text[1024];
    const struct vf_model_problem problem = {text, sizeof(text)};
    unsigned every = (unsigned)asked->every, count = 1;
    int ahead = gather(run, every);
    if (ahead < 0)
        return ahead;
    int err = vf_model_put(detect->model, run, 0, frame);
    if (err)
        return err;
    while (count * every <= (unsigned)ahead &&
           vf_model_put(detect->model, run, count, vf_node_ahead(run, count * every - 1)[0]) ==
               VF_OK)
        count++;
    err = vf_model_run(detect->model, count, &problem);
    if (err) {
        vf_log(VF_LOG_ERROR, "%s: %s", asked->model, text);
        vf_node_complain(run, text, NULL);
        return err;
    }
    detect->count = count;
    detect->next = 0;
    return VF_OK;
}

static int detect_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    const struct detect_options *asked = run->options;
    struct detect *detect = run->state;
    bool is_looked_at = detect->turn == 0;
    detect->turn = (detect->turn + 1) % (unsigned)asked->every;
    if (!is_looked_at)
        return emit_null(run, inputs[0]);
    int err = detect->next < detect->count ? VF_OK : run_batch(run, inputs[0]);
    return err ? err : emit(run, detect->next++, inputs[0]);
}

static void detect_close(struct vf_node_run *run)
{
    struct detect *detect = run->state;
    vf_model_close(&detect->model);
    vf_found_finish(&detect->found);
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
        "is answered by itself, in order. With every: 3 the model looks at every third frame, "
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
    .inputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames of any format"}),
    .outputs = VF_LIST(outputs),
    .options_size = sizeof(struct detect_options),
    .state_size = sizeof(struct detect),
    .check = detect_check,
    .adapt = detect_adapt,
    .reach = detect_reach,
    .open = detect_open,
    .process = detect_process,
    .close = detect_close,
};
