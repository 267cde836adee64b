/* SPDX-License-Identifier: MIT */
/* min - finds the smallest number. */
#include <math.h>

#include "nodes/value/running_number.h"

static int min_open(struct vf_node_run *run)
{
    struct vf_number *smallest = run->state;
    *smallest = (struct vf_number){.is_real = true, .real = INFINITY};
    return VF_OK;
}

static int lower(struct vf_number *smallest, const struct vf_number *next)
{
    if (vf_number_compare(next, smallest) < 0)
        *smallest = *next;
    return VF_OK;
}

static int min_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    return vf_running_number_process(run, inputs[0], lower);
}

const struct vf_node vf_node_min = {
    .name = "min",
    .summary = "Find the smallest number so far, and send it after each.",
    .related = "max",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  numbers: {type: int_source, start: 1, end: 10}\n"
               "  least: {type: min, inputs: numbers}\n"
               "  out: {type: print, inputs: least}\n",
    .kind = VF_PROCESSOR,
    .is_stateful = true,
    .inputs = VF_PORTS({.name = "value", .type = VF_PORT_VALUE, .help = "Numbers"}),
    .outputs = VF_PORTS({.name = "min", .type = VF_PORT_VALUE, .help = "The smallest so far"}),
    .state_size = sizeof(struct vf_number),
    .open = min_open,
    .process = min_process,
};
