/* SPDX-License-Identifier: MIT */
/* window - puts the last messages together as one. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/media/libav/options.h"
#include "engine/media/picture/packed_picture.h"
#include "engine/node/node.h"
#include "nodes/time/history.h"
#include "nodes/time/message_time.h"

#define ARRAY 0
#define LIST 1
#define USUAL_FORMAT "rgb24"

struct window_options {
    int messages;
    int64_t time; /* nanoseconds */
    int step;
    bool is_partial;
    char *format;
};

struct window {
    struct vf_packer *packer;
    struct vf_history past; /* arrays and values, in memory of this process */
    int64_t answerable;     /* inputs so far that had enough before them */
    bool is_begun;          /* a message has come */
};

static const struct vf_option options[] = {
    {"messages", "Length of the window in messages; 0: use time",
     VF_INTEGER(struct window_options, messages), .fallback = "0", VF_RANGE(0, 100000),
     .is_main = true},
    {"time", "Length of the window in time, by timestamps; 0: use messages",
     VF_DURATION(struct window_options, time), .fallback = "0", VF_RANGE(0, 86400)},
    {"step", "Messages from one output to the next", VF_INTEGER(struct window_options, step),
     .fallback = "1", VF_RANGE(1, 100000)},
    {"partial", "Send shorter windows for the first messages, too",
     VF_BOOLEAN(struct window_options, is_partial), .fallback = "false"},
    {"format", "Pixel format of frames, one byte per channel: rgb24, bgr24, gray, rgba",
     VF_PIXEL_FORMAT(struct window_options, format), .fallback = USUAL_FORMAT},
};

static int window_check(const void *values, char *problem, size_t problem_size)
{
    const struct window_options *asked = values;
    bool has_messages = asked->messages > 0, has_time = asked->time > 0;
    if (has_messages == has_time) {
        snprintf(problem, problem_size, "%s; give one of them",
                 has_messages ? "both messages and time" : "neither messages nor time");
        return -EINVAL;
    }
    if (!vf_packed_channels(asked->format)) {
        snprintf(problem, problem_size,
                 "%s is no format of one byte a channel; rgb24, bgr24, gray and rgba are",
                 *asked->format ? asked->format : "nothing");
        return -EINVAL;
    }
    return VF_OK;
}

static unsigned count_foreseen(const struct window_options *asked, struct vf_rational rate)
{
    if (asked->messages)
        return (unsigned)asked->messages;
    if (rate.num <= 0 || rate.den <= 0)
        return 0;
    return (unsigned)ceil((double)asked->time / VF_NS_PER_S * rate.num / rate.den) + 1;
}

static void window_forecast(struct vf_foresight *foresight)
{
    const struct window_options *asked = foresight->options;
    const struct vf_forecast *input = &foresight->inputs[0];
    unsigned count = count_foreseen(asked, input->video.frame_rate);
    size_t bytes = input->payload_bytes;
    if (input->type == VF_VALUE_VIDEO)
        bytes = (size_t)input->video.width * (size_t)input->video.height *
                vf_packed_channels(asked->format);
    if (input->is_known && count && bytes && input->type != VF_VALUE_JSON)
        foresight->outputs[ARRAY] = (struct vf_forecast){
            .is_known = true, .type = VF_VALUE_ARRAY, .payload_bytes = bytes * count};
}

static int window_open(struct vf_node_run *run)
{
    const struct window_options *asked = run->options;
    struct window *window = run->state;
    return vf_packer_create(&window->packer, asked->format);
}

/* Makes an array of a frame: height x width x channels, or height x width of a single channel. */
static int pack(struct window *window, const struct vf_message *frame, struct vf_message **array)
{
    struct vf_packed_picture picture;
    int err = vf_packer_pack(window->packer, frame, &picture);
    if (!err)
        err = vf_message_create(array, VF_VALUE_ARRAY, &picture.payload);
    vf_payload_drop(&picture.payload);
    if (err)
        return err;
    (*array)->description.array = (struct vf_array){
        .dtype = "|u1",
        .dimensions = picture.channels > 1 ? 3 : 2,
        .shape = {picture.height, picture.width, picture.channels > 1 ? picture.channels : 0},
    };
    vf_message_follow(*array, frame);
    return VF_OK;
}

/* Makes a message of its own of an array or a value. */
static int copy(const struct vf_message *input, struct vf_message **kept)
{
    struct vf_payload *payload = NULL;
    size_t size = input->payload ? input->payload->size : 0;
    int err = size ? vf_payload_create(&payload, size) : VF_OK;
    if (!err && size)
        memcpy(payload->data, input->payload->data, size);
    if (!err)
        err = vf_message_create(kept, (enum vf_value_type)input->description.type, &payload);
    vf_payload_drop(&payload);
    if (err)
        return err;
    (*kept)->description.array = input->description.array;
    vf_message_follow(*kept, input);
    return VF_OK;
}

/* Returns whether two messages go into one answer. */
static bool is_alike(const struct vf_message *one, const struct vf_message *other)
{
    const struct vf_array *a = &one->description.array, *b = &other->description.array;
    if (one->description.type != other->description.type)
        return false;
    if (one->description.type == VF_VALUE_JSON)
        return true;
    return strcmp(a->dtype, b->dtype) == 0 && a->dimensions == b->dimensions &&
           memcmp(a->shape, b->shape, a->dimensions * sizeof(a->shape[0])) == 0;
}

static int make_kept(struct vf_node_run *run, const struct vf_message *input,
                     struct vf_message **kept)
{
    const struct vf_description *description = &input->description;
    switch (description->type) {
    case VF_VALUE_VIDEO:
        return pack(run->state, input, kept);
    case VF_VALUE_ARRAY:
        if (description->array.dimensions < VF_MAX_DIMENSIONS)
            return copy(input, kept);
        vf_log(VF_LOG_ERROR, "arrays of %d dimensions cannot be put together; that is one more",
               VF_MAX_DIMENSIONS);
        return -EINVAL;
    case VF_VALUE_JSON:
        return copy(input, kept);
    default:
        vf_log(VF_LOG_ERROR, "only frames, arrays and values can be put together");
        return -EINVAL;
    }
}

/* What comes out of the port that nobody reads would be missed in silence. */
static int check_port(struct vf_node_run *run, const struct vf_message *input)
{
    struct window *window = run->state;
    bool is_value = input->description.type == VF_VALUE_JSON;
    unsigned port = is_value ? LIST : ARRAY;
    bool is_first = !window->is_begun;
    window->is_begun = true;
    if (!is_first || vf_node_is_read(run, port) || !vf_node_is_read(run, ARRAY + LIST - port))
        return VF_OK;
    vf_log(VF_LOG_ERROR, "%s make %s; read %s.%s", is_value ? "values" : "frames and arrays",
           is_value ? "lists" : "arrays", run->name, is_value ? "list" : "array");
    return -EINVAL;
}

static void forget_all(struct window *window)
{
    vf_history_forget(&window->past, window->past.count);
    window->answerable = 0;
}

static int remember(struct vf_node_run *run, const struct vf_message *input)
{
    struct window *window = run->state;
    struct vf_message *kept = NULL;
    int err = make_kept(run, input, &kept);
    if (err)
        return err;
    if (window->past.count) {
        const struct vf_message *last = vf_history_at(&window->past, window->past.count - 1);
        bool has_gone_back = vf_message_seconds(last) > vf_message_seconds(kept);
        if (!is_alike(last, kept)) {
            vf_log(VF_LOG_WARNING, "messages of another shape come; they are put together again");
            forget_all(window);
        } else if (has_gone_back && ((const struct window_options *)run->options)->time) {
            forget_all(window);
        }
    }
    err = vf_history_add(&window->past, &kept);
    vf_message_destroy(&kept);
    return err;
}

/* Forgets what is too old. Returns whether there is enough for an answer. */
static bool has_enough(const struct window_options *asked, struct window *window, double now)
{
    size_t count = window->past.count, wanted = (size_t)asked->messages;
    if (asked->messages) {
        vf_history_forget(&window->past, count > wanted ? count - wanted : 0);
        return count >= wanted;
    }
    /* Those of one second before are past: of 10 a second, it is 10 that are left. */
    double seconds = (double)asked->time / VF_NS_PER_S;
    size_t past = vf_history_count_past(&window->past, now, seconds);
    bool is_whole =
        vf_message_seconds(vf_history_at(&window->past, past)) <= now - seconds + VF_TIME_ROUNDING;
    vf_history_forget(&window->past, past + is_whole);
    return is_whole || window->answerable > 0;
}

static int emit_list(struct vf_node_run *run, const struct vf_message *input)
{
    const struct window *window = run->state;
    struct vf_message *list = NULL;
    struct vf_text text = {0};
    vf_text_append(&text, "[", 1);
    for (size_t i = 0; i < window->past.count; i++) {
        size_t length;
        const char *json = vf_message_json(vf_history_at(&window->past, i), &length);
        vf_text_append(&text, ", ", i ? 2 : 0);
        vf_text_append(&text, json, length);
    }
    vf_text_append(&text, "]", 1);
    int err = text.failed ? -ENOMEM : vf_message_create_json(&list, text.bytes, text.length);
    vf_text_finish(&text);
    if (err)
        return err;
    vf_message_follow(list, input);
    err = vf_node_emit(run, LIST, &list);
    vf_message_destroy(&list);
    return err;
}

static int emit_array(struct vf_node_run *run, const struct vf_message *input)
{
    const struct window *window = run->state;
    const struct vf_message *oldest = vf_history_at(&window->past, 0);
    size_t count = window->past.count, size = oldest->payload ? oldest->payload->size : 0;
    struct vf_payload *payload = NULL;
    struct vf_message *array = NULL;
    int err = size ? vf_node_allocate(run, count * size, &payload) : VF_OK;
    if (err == VF_DROPPED)
        return vf_node_drop(run, ARRAY);
    for (size_t i = 0; i < count && size && !err; i++)
        memcpy(payload->data + i * size, vf_history_at(&window->past, i)->payload->data, size);
    if (!err)
        err = vf_message_create(&array, VF_VALUE_ARRAY, &payload);
    vf_payload_drop(&payload);
    if (err)
        return err;
    struct vf_array *shape = &array->description.array;
    *shape = oldest->description.array;
    memmove(shape->shape + 1, shape->shape, shape->dimensions * sizeof(shape->shape[0]));
    shape->shape[0] = count;
    shape->dimensions++;
    vf_message_follow(array, input);
    err = vf_node_emit(run, ARRAY, &array);
    vf_message_destroy(&array);
    return err;
}

static int window_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    const struct window_options *asked = run->options;
    struct window *window = run->state;
    int err = check_port(run, inputs[0]);
    if (!err)
        err = remember(run, inputs[0]);
    if (err)
        return err;
    bool is_answerable =
        has_enough(asked, window, vf_message_seconds(inputs[0])) || asked->is_partial;
    if (!is_answerable || window->answerable++ % asked->step != 0)
        return VF_OK;
    return inputs[0]->description.type == VF_VALUE_JSON ? emit_list(run, inputs[0])
                                                        : emit_array(run, inputs[0]);
}

static void window_close(struct vf_node_run *run)
{
    struct window *window = run->state;
    vf_packer_destroy(&window->packer);
    vf_history_finish(&window->past);
}

static uint64_t window_thins(const void *values)
{
    const struct window_options *asked = values;
    return (uint64_t)asked->step;
}

static uint64_t window_lags(const void *values)
{
    const struct window_options *asked = values;
    return asked->messages && !asked->is_partial ? (uint64_t)asked->messages - 1 : 0;
}

const struct vf_node vf_node_window = {
    .name = "window",
    .summary = "Collect the last messages into one.",
    .related = "delay, joiner",
    .about =
        "For nodes that need earlier messages, too. Frames become an array of messages x height x "
        "width x channels of uint8 (without the last dimension if the format has one channel), "
        "arrays one with an additional first dimension, values a list; the oldest comes first. "
        "The output has the number and the time of its last message.\n\n"
        "Output starts when the window is full, or with partial at once. With a step as long as "
        "the window, each message is in exactly one output. By time, a window of one second has "
        "all frames of a second. When frames or arrays change their shape, the window starts "
        "again.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  small: {type: resize, inputs: reader, width: 112, height: 112}\n"
               "  clip: {type: window, inputs: small, messages: 16, step: 8}\n"
               "  out: {type: zmq_out, inputs: clip, endpoint: \"tcp://127.0.0.1:6001\"}\n",
    .kind = VF_PROCESSOR,
    .is_stateful = true,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "in", .type = VF_PORT_ANY, .help = "Frames, arrays or values"}),
    .outputs =
        VF_PORTS({.name = "array", .type = VF_PORT_ARRAY, .help = "Windows of frames and arrays"},
                 {.name = "list", .type = VF_PORT_VALUE, .help = "Windows of values"}),
    .options_size = sizeof(struct window_options),
    .state_size = sizeof(struct window),
    .check = window_check,
    .thins = window_thins,
    .lags = window_lags,
    .forecast = window_forecast,
    .open = window_open,
    .process = window_process,
    .close = window_close,
};
