/* SPDX-License-Identifier: MIT */
/* max - finds the largest number. */
#include <math.h>

#include "nodes/value/running_number.h"

static int max_open(struct vf_node_run *run)
{
    struct vf_number *largest = run->state;
    *largest = (struct vf_number){.is_real = true, .real = -INFINITY};
    return VF_OK;
}

static int raise(struct vf_number *largest, const struct vf_number *next)
{
    if (vf_number_compare(next, largest) > 0)
        *largest = *next;
    return VF_OK;
}

static int max_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    return vf_running_number_process(run, inputs[0], raise);
}

const struct vf_node vf_node_max = {
    .name = "max",
    .summary = "Find the largest number so far, and send it after each.",
    .related = "min",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  numbers: {type: int_source, start: 1, end: 10}\n"
               "  most: {type: max, inputs: numbers}\n"
               "  out: {type: print, inputs: most}\n",
    .kind = VF_PROCESSOR,
    .is_stateful = true,
    .inputs = VF_PORTS({.name = "value", .type = VF_PORT_VALUE, .help = "Numbers"}),
    .outputs = VF_PORTS({.name = "max", .type = VF_PORT_VALUE, .help = "The largest so far"}),
    .state_size = sizeof(struct vf_number),
    .open = max_open,
    .process = max_process,
};
