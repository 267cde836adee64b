/* SPDX-License-Identifier: MIT */
/* sum - adds up numbers. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>

#include "engine/base/log.h"
#include "engine/node/node.h"
#include "nodes/value_text.h"

struct sum {
    bool is_real; /* from the first number with a fraction on */
    int64_t whole;
    double real;
};

static int refuse(const char *reason)
{
    vf_log(VF_LOG_ERROR, "cannot add up: %s", reason);
    return -EINVAL;
}

static int add_whole(struct sum *sum, int64_t number)
{
    if (sum->is_real)
        sum->real += (double)number;
    else if (__builtin_add_overflow(sum->whole, number, &sum->whole))
        return refuse("the sum is larger than 64 bits hold");
    return VF_OK;
}

static int add_real(struct sum *sum, double number)
{
    if (!sum->is_real)
        sum->real = (double)sum->whole;
    sum->is_real = true;
    sum->real += number;
    return isfinite(sum->real) ? VF_OK : refuse("the sum is larger than a number can be");
}

static int add(struct sum *sum, const struct vf_message *message)
{
    json_t *number = vf_value_parse(message);
    int err;
    if (json_is_integer(number))
        err = add_whole(sum, json_integer_value(number));
    else if (json_is_real(number))
        err = add_real(sum, json_real_value(number));
    else
        err = number ? refuse("an input is not a number") : -EINVAL;
    json_decref(number);
    return err;
}

static int make_message(struct vf_message **message, const struct sum *sum)
{
    if (!sum->is_real)
        return vf_message_create_integer(message, sum->whole);
    struct vf_text text = {0};
    vf_value_print_real(&text, sum->real);
    int err = text.failed ? -ENOMEM : vf_message_create_json(message, text.bytes, text.length);
    vf_text_finish(&text);
    return err;
}

static int sum_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct vf_message *total = NULL;
    int err = add(run->state, inputs[0]);
    if (!err)
        err = make_message(&total, run->state);
    if (err)
        return err;
    vf_message_follow(total, inputs[0]);
    err = vf_node_emit(run, 0, &total);
    vf_message_destroy(&total);
    return err == VF_DROPPED ? VF_OK : err;
}

const struct vf_node vf_node_sum = {
    .name = "sum",
    .summary = "Add up numbers, and tell the sum after each.",
    .kind = VF_PROCESSOR,
    .is_stateful = true,
    .inputs = VF_PORTS({.name = "value", .type = VF_PORT_VALUE, .help = "Numbers"}),
    .outputs = VF_PORTS({.name = "sum", .type = VF_PORT_VALUE, .help = "The sum so far"}),
    .state_size = sizeof(struct sum),
    .process = sum_process,
};
