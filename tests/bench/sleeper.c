/* SPDX-License-Identifier: MIT */
/* sleeper - a detector as far as time goes: sleeps for each message, and passes it on. */
#include "engine/base/clock.h"
#include "engine/node/node.h"
#include "tests/bench/bench_nodes.h"

struct sleeper_options {
    int ms;
};

static const struct vf_option options[] = {
    {"ms", "How long to sleep", VF_INTEGER(struct sleeper_options, ms), VF_RANGE(1, 1000),
     .fallback = "10", .unit = "ms", .is_main = true},
};

static int sleeper_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    const struct sleeper_options *asked = run->options;
    (void)inputs;
    int err = vf_node_sleep_until(run, vf_clock_now_ns() + asked->ms * VF_NS_PER_MS);
    return err ? err : vf_node_passthrough(run, 0, 0);
}

const struct vf_node vf_node_sleeper = {
    .name = "sleeper",
    .summary = "Sleep for each message, and pass it on.",
    .kind = VF_PROCESSOR,
    .is_reading_only_heads = true,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "in", .type = VF_PORT_ANY, .help = "Messages"}),
    .outputs = VF_PORTS({.name = "out", .type = VF_PORT_ANY, .help = "The same"}),
    .options_size = sizeof(struct sleeper_options),
    .forecast = vf_forecast_forward,
    .process = sleeper_process,
};
