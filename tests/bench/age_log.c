/* SPDX-License-Identifier: MIT */
/* age_log - prints how old each message is when it arrives. */
#include <inttypes.h>

#include "engine/base/clock.h"
#include "engine/node/node.h"
#include "tests/bench/bench_nodes.h"

/* One line a message: when it came, and how long ago its producer made it, in nanoseconds. */
static int age_log_consume(struct vf_node_run *run, struct vf_message *const *inputs)
{
    (void)run;
    int64_t now_ns = vf_clock_now_ns();
    printf("%" PRId64 " %" PRId64 "\n", now_ns, now_ns - inputs[0]->description.event_time_ns);
    return VF_OK;
}

const struct vf_node vf_node_age_log = {
    .name = "age_log",
    .summary = "Print how old each message is.",
    .kind = VF_CONSUMER,
    .is_stateful = true,
    .is_reading_only_heads = true,
    .inputs = VF_PORTS({.name = "in", .type = VF_PORT_ANY, .help = "Messages of any type"}),
    .consume = age_log_consume,
};
