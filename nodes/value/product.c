/* SPDX-License-Identifier: MIT */
/* product - multiplies numbers. */
#include "nodes/value/running_number.h"

static int product_open(struct vf_node_run *run)
{
    struct vf_number *product = run->state;
    product->whole = 1;
    return VF_OK;
}

static int multiply(struct vf_number *product, const struct vf_number *next)
{
    int64_t whole = 0;
    if (product->is_real || next->is_real)
        return vf_number_set_real(product, vf_number_as_real(product) * vf_number_as_real(next),
                                  "product");
    bool has_overflown = __builtin_mul_overflow(product->whole, next->whole, &whole);
    return vf_number_set_whole(product, whole, has_overflown, "product");
}

static int product_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    return vf_running_number_process(run, inputs[0], multiply);
}

const struct vf_node vf_node_product = {
    .name = "product",
    .summary = "Multiply numbers, and send the product after each.",
    .related = "sum",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  numbers: {type: int_source, start: 1, end: 10}\n"
               "  product: {type: product, inputs: numbers}\n"
               "  out: {type: print, inputs: product}\n",
    .kind = VF_PROCESSOR,
    .is_stateful = true,
    .inputs = VF_PORTS({.name = "value", .type = VF_PORT_VALUE, .help = "Numbers"}),
    .outputs = VF_PORTS({.name = "product", .type = VF_PORT_VALUE, .help = "The product so far"}),
    .state_size = sizeof(struct vf_number),
    .open = product_open,
    .process = product_process,
};
