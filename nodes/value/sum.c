/* SPDX-License-Identifier: MIT */
/* sum - adds up numbers. */
#include "nodes/value/running_number.h"

static int add(struct vf_number *sum, const struct vf_number *next)
{
    int64_t whole = 0;
    if (sum->is_real || next->is_real)
        return vf_number_set_real(sum, vf_number_as_real(sum) + vf_number_as_real(next), "sum");
    bool has_overflown = __builtin_add_overflow(sum->whole, next->whole, &whole);
    return vf_number_set_whole(sum, whole, has_overflown, "sum");
}

static int sum_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    return vf_running_number_process(run, inputs[0], add);
}

const struct vf_node vf_node_sum = {
    .name = "sum",
    .summary = "Add up numbers, and send the sum after each.",
    .related = "count, product, min, max",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  numbers: {type: int_source, start: 1, end: 10}\n"
               "  total: {type: sum, inputs: numbers}\n"
               "  out: {type: print, inputs: total}\n",
    .kind = VF_PROCESSOR,
    .is_stateful = true,
    .inputs = VF_PORTS({.name = "value", .type = VF_PORT_VALUE, .help = "Numbers"}),
    .outputs = VF_PORTS({.name = "sum", .type = VF_PORT_VALUE, .help = "The sum so far"}),
    .state_size = sizeof(struct vf_number),
    .process = sum_process,
};
