/* SPDX-License-Identifier: MIT */
/* delay - answers each message with an earlier one. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/node/node.h"
#include "nodes/time/history.h"
#include "nodes/time/message_time.h"

/* So many inputs are kept where they are; more are copied, as their senders could not go on. */
#define MOST_HELD 64

struct delay_options {
    int messages;
    int64_t time; /* nanoseconds */
};

struct delay {
    struct vf_history past;
    unsigned in_arena; /* copies that are in the task's own memory */
};

static const struct vf_option options[] = {
    {"messages", "Send the message N places earlier; 0: use time",
     VF_INTEGER(struct delay_options, messages), .fallback = "0", VF_RANGE(0, 100000),
     .is_main = true},
    {"time", "Send the message of this long ago, by timestamps; 0: use messages",
     VF_DURATION(struct delay_options, time), .fallback = "0", VF_RANGE(0, 86400)},
};

static int delay_check(const void *values, char *problem, size_t problem_size)
{
    const struct delay_options *asked = values;
    bool has_messages = asked->messages > 0, has_time = asked->time > 0;
    if (has_messages != has_time)
        return VF_OK;
    snprintf(problem, problem_size, "%s; give one of them",
             has_messages ? "both messages and time" : "neither messages nor time");
    return -EINVAL;
}

static bool is_copying(const struct delay_options *asked)
{
    return asked->time > 0 || asked->messages > MOST_HELD;
}

/* How many copies there will be at once; 0: nobody knows. */
static unsigned count_copies(const struct delay_options *asked, struct vf_rational rate)
{
    if (asked->messages)
        return (unsigned)asked->messages;
    if (rate.num <= 0 || rate.den <= 0)
        return 0;
    return (unsigned)ceil((double)asked->time / VF_NS_PER_S * rate.num / rate.den) + 2;
}

static void delay_forecast(struct vf_foresight *foresight)
{
    const struct delay_options *asked = foresight->options;
    vf_forecast_forward(foresight);
    if (!is_copying(asked) || !foresight->inputs[0].is_known)
        return;
    foresight->outputs[0].forwards = 0;
    foresight->keeps = count_copies(asked, foresight->inputs[0].video.frame_rate);
}

/* Copies the payload of *kept into memory of this task. */
static int copy_payload(struct vf_node_run *run, struct vf_message *kept)
{
    struct delay *delay = run->state;
    struct vf_payload *copy = NULL, *payload = kept->payload;
    int err = -EAGAIN;
    if (!payload)
        return VF_OK;
    if (delay->in_arena < run->keeps)
        err = vf_node_try_allocate(run, payload->size, &copy);
    if (err == VF_OK)
        delay->in_arena += copy->arena != 0;
    else if (err == -EAGAIN)
        err = vf_payload_create(&copy, payload->size);
    if (err)
        return err;
    memcpy(copy->data, payload->data, payload->size);
    kept->payload = copy;
    kept->is_received = false;
    vf_payload_drop(&payload);
    return VF_OK;
}

static int remember(struct vf_node_run *run, const struct vf_message *input)
{
    struct delay *delay = run->state;
    struct vf_message *kept;
    int err = vf_message_clone(&kept, input);
    if (!err && is_copying(run->options))
        err = copy_payload(run, kept);
    if (!err)
        err = vf_history_add(&delay->past, &kept);
    vf_message_destroy(&kept);
    return err;
}

static void forget(struct vf_node_run *run, size_t count)
{
    struct delay *delay = run->state;
    for (; count && delay->past.count; count--) {
        const struct vf_payload *payload = vf_history_at(&delay->past, 0)->payload;
        if (is_copying(run->options) && payload && payload->arena)
            delay->in_arena--;
        vf_history_forget(&delay->past, 1);
    }
}

/* Returns whether the oldest message that is left is old enough, after those before it are
 * forgotten. */
static bool find_answer(struct vf_node_run *run, const struct vf_message *input)
{
    const struct delay_options *asked = run->options;
    struct delay *delay = run->state;
    size_t count = delay->past.count;
    if (asked->messages) {
        size_t wanted = (size_t)asked->messages;
        forget(run, count > wanted + 1 ? count - wanted - 1 : 0);
        return delay->past.count > wanted;
    }
    double now = vf_message_seconds(input), seconds = (double)asked->time / VF_NS_PER_S;
    if (count > 1 && vf_message_seconds(vf_history_at(&delay->past, count - 2)) > now)
        forget(run, count - 1); /* time starts again */
    forget(run, vf_history_count_past(&delay->past, now, seconds));
    return vf_message_seconds(vf_history_at(&delay->past, 0)) <= now - seconds + VF_TIME_ROUNDING;
}

static int answer(struct vf_node_run *run, const struct vf_message *input)
{
    struct delay *delay = run->state;
    struct vf_message *late;
    int err = vf_message_clone(&late, vf_history_at(&delay->past, 0));
    if (err)
        return err;
    vf_message_follow(late, input);
    late->description.order = input->description.order;
    late->description.is_last_of_order = input->description.is_last_of_order;
    err = vf_node_emit(run, 0, &late);
    vf_message_destroy(&late);
    return err;
}

static int delay_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    int err = remember(run, inputs[0]);
    if (!err && find_answer(run, inputs[0])) {
        err = answer(run, inputs[0]);
        if (((const struct delay_options *)run->options)->messages)
            forget(run, 1);
    }
    return err;
}

static void delay_close(struct vf_node_run *run)
{
    struct delay *delay = run->state;
    vf_history_finish(&delay->past);
}

/* Holds no more inputs than it needs, so that their senders have no memory for nothing. */
static void delay_adapt(const void *values, struct vf_node *copy)
{
    const struct delay_options *asked = values;
    copy->holds = is_copying(asked) ? 0 : (unsigned)asked->messages;
    copy->is_reading_only_heads = !is_copying(asked);
}

static uint64_t delay_lags(const void *values)
{
    const struct delay_options *asked = values;
    return (uint64_t)asked->messages;
}

const struct vf_node vf_node_delay = {
    .name = "delay",
    .summary = "Replace each message by an earlier one.",
    .related = "window",
    .about =
        "The output has the number and the time of the message it replaces, and the content of an "
        "earlier one: so a join can pair a frame with the previous one, to compare them. The "
        "first messages, which have no earlier one, are dropped.\n\n"
        "By time, the output is the last message that is at least as old; messages without "
        "timestamps count from when they were made. Up to 64 messages stay in the memory of their "
        "senders; for more, and by time, copies are kept.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  before: {type: delay, inputs: reader, messages: 1}\n"
               "  both: {type: joiner, inputs: [reader, before]}\n"
               "  out: {type: print, inputs: both}\n",
    .kind = VF_PROCESSOR,
    .is_stateful = true,
    .is_reading_only_heads = true,
    .holds = MOST_HELD,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "in", .type = VF_PORT_ANY, .help = "Messages of any type"}),
    .outputs = VF_PORTS({.name = "out", .type = VF_PORT_ANY, .help = "Earlier messages"}),
    .options_size = sizeof(struct delay_options),
    .state_size = sizeof(struct delay),
    .check = delay_check,
    .adapt = delay_adapt,
    .lags = delay_lags,
    .forecast = delay_forecast,
    .process = delay_process,
    .close = delay_close,
};
