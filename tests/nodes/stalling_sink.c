/* SPDX-License-Identifier: MIT */
/* stalling_sink - takes its time, and shows what it was given. */
#include <stdlib.h>
#include <time.h>

#include "engine/base/clock.h"
#include "engine/node/node.h"
#include "tests/nodes/test_board.h"

struct stalling_sink_options {
    int64_t wait_ns;
    bool is_gated, is_deaf;
    int sink;
};

static const struct vf_option options[] = {
    {"wait", "Time that each message takes", VF_DURATION(struct stalling_sink_options, wait_ns),
     VF_RANGE(0, 60), .fallback = "0"},
    {"gated", "Whether it stands still until the test opens the gate",
     VF_BOOLEAN(struct stalling_sink_options, is_gated), .fallback = "false"},
    {"deaf", "Whether it hears no stop", VF_BOOLEAN(struct stalling_sink_options, is_deaf),
     .fallback = "false"},
    {"sink", "Where on the board it writes", VF_INTEGER(struct stalling_sink_options, sink),
     VF_RANGE(0, BOARD_SINKS - 1), .fallback = "0"},
};

static int64_t number_of(const struct vf_message *message)
{
    char text[32] = "";
    size_t length = 0;
    const char *json = vf_message_json(message, &length);
    memcpy(text, json, length < sizeof(text) - 1 ? length : sizeof(text) - 1);
    return strtoll(text, NULL, 10);
}

static void note(struct test_sink *sink, int64_t number)
{
    int count = atomic_load(&sink->count);
    if (count < BOARD_VALUES)
        sink->values[count] = number;
    atomic_store(&sink->count, count + 1);
}

static void note_lead(struct test_sink *sink, int64_t number)
{
    int lead = atomic_load(&test_board->published) - (int)number;
    if (lead > atomic_load(&sink->most_ahead))
        atomic_store(&sink->most_ahead, lead);
}

static int sleep_on(struct vf_node_run *run, int64_t duration_ns)
{
    const struct stalling_sink_options *asked = run->options;
    const struct timespec rest = {.tv_nsec = (long)duration_ns};
    if (!asked->is_deaf)
        return vf_node_sleep_until(run, vf_clock_now_ns() + duration_ns);
    nanosleep(&rest, NULL); /* which no stop ends */
    return VF_OK;
}

static int stalling_sink_consume(struct vf_node_run *run, struct vf_message *const *inputs)
{
    const struct stalling_sink_options *asked = run->options;
    struct test_sink *sink = &test_board->sinks[asked->sink];
    int64_t number = number_of(inputs[0]);
    int err = VF_OK;
    note(sink, number);
    while (!err && asked->is_gated && !atomic_load(&test_board->is_open))
        err = sleep_on(run, VF_NS_PER_MS);
    if (!err && asked->wait_ns)
        err = sleep_on(run, asked->wait_ns);
    note_lead(sink, number);
    return err;
}

extern const struct vf_node vf_node_stalling_sink;
const struct vf_node vf_node_stalling_sink = {
    .name = "stalling_sink",
    .summary = "Take numbers, slowly.",
    .kind = VF_CONSUMER,
    .options = VF_LIST(options),
    .options_size = sizeof(struct stalling_sink_options),
    .inputs = VF_PORTS({.name = "value", .type = VF_PORT_VALUE, .help = "Numbers"}),
    .consume = stalling_sink_consume,
};
