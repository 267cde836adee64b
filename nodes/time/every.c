/* SPDX-License-Identifier: MIT */
/* every - lets some messages pass, at even distances. */
#include <errno.h>

#include "engine/node/node.h"
#include "nodes/time/message_time.h"

struct every_options {
    int64_t nth;
    double fps;
};

struct every {
    int64_t seen; /* messages */
    struct vf_slots slots;
    bool is_owed; /* the one that was to pass was hollow: the next that is not does */
};

static const struct vf_option options[] = {
    {"nth", "Pass one message in every N; 0: use fps", VF_INTEGER64(struct every_options, nth),
     .fallback = "0", VF_RANGE(0, 1e15), .is_main = true},
    {"fps", "Messages to pass for each second of their timestamps; 0: use nth",
     VF_NUMBER(struct every_options, fps), .fallback = "0", VF_RANGE(0, 1e6)},
};

static int every_check(const void *values, char *problem, size_t problem_size)
{
    const struct every_options *asked = values;
    bool has_nth = asked->nth > 0, has_fps = asked->fps > 0;
    if (has_nth != has_fps)
        return VF_OK;
    snprintf(problem, problem_size, "%s; give one of them",
             has_nth ? "both nth and fps" : "neither nth nor fps");
    return -EINVAL;
}

static uint64_t every_thins(const void *values)
{
    const struct every_options *asked = values;
    return (uint64_t)asked->nth;
}

static void every_wants(const void *values, struct vf_wish *wish)
{
    const struct every_options *asked = values;
    wish->nth = (uint64_t)asked->nth;
    wish->fps = asked->nth ? 0 : asked->fps;
}

static int every_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    const struct every_options *asked = run->options;
    struct every *every = run->state;
    bool is_hollow = inputs[0]->description.is_hollow;
    every->seen++;
    bool passes = asked->nth
                      ? (every->seen - 1) % asked->nth == 0
                      : vf_slots_begin(&every->slots, vf_message_seconds(inputs[0]), asked->fps);
    if (is_hollow) {
        every->is_owed = every->is_owed || passes;
        return VF_OK;
    }
    /* What was left out was another, as in a process that has not seen the first: count from here. */
    if (every->is_owed)
        every->seen = 1;
    passes = passes || every->is_owed;
    every->is_owed = false;
    return passes ? vf_node_passthrough(run, 0, 0) : VF_OK;
}

const struct vf_node vf_node_every = {
    .name = "every",
    .summary = "Pass every nth message, or at most some per second.",
    .related = "rate, retime, identity",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  few: {type: every, inputs: reader, fps: 1}\n"
               "  out: {type: print, inputs: few}\n",
    .kind = VF_PROCESSOR,
    .is_stateful = true,
    .is_reading_only_heads = true,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "in", .type = VF_PORT_ANY, .help = "Messages of any type"}),
    .outputs =
        VF_PORTS({.name = "out", .type = VF_PORT_ANY, .help = "The messages that pass, unchanged"}),
    .options_size = sizeof(struct every_options),
    .state_size = sizeof(struct every),
    .check = every_check,
    .thins = every_thins,
    .wants = every_wants,
    .forecast = vf_forecast_forward,
    .process = every_process,
};
