/* SPDX-License-Identifier: MIT */
/* identity - hands on what it gets, as it is. */
#include "engine/base/clock.h"
#include "engine/node/node.h"

struct identity_options {
    double fps;
};

static const struct vf_option options[] = {
    {"fps", "Largest number of messages per second; 0: no limit",
     VF_NUMBER(struct identity_options, fps), .fallback = "0", VF_RANGE(0, 1e6), .is_main = true},
};

static int identity_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    (void)inputs;
    const struct identity_options *asked = run->options;
    if (asked->fps > 0) {
        int64_t pause_ns = (int64_t)((double)VF_NS_PER_S / asked->fps);
        int err = vf_node_sleep_until(run, vf_clock_now_ns() + pause_ns);
        if (err)
            return err;
    }
    return vf_node_passthrough(run, 0, 0);
}

const struct vf_node vf_node_identity = {
    .name = "identity",
    .summary = "Pass messages on unchanged, at a chosen speed.",
    .related = "every, void",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  numbers: {type: int_source, end: 40}\n"
               "  slow: {type: identity, inputs: numbers, fps: 10}\n"
               "  out: {type: print, inputs: slow}\n",
    .kind = VF_PROCESSOR,
    .is_reading_only_heads = true,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "in", .type = VF_PORT_ANY, .help = "Messages of any type"}),
    .outputs = VF_PORTS({.name = "out", .type = VF_PORT_ANY, .help = "The same messages"}),
    .options_size = sizeof(struct identity_options),
    .forecast = vf_forecast_forward,
    .process = identity_process,
};
