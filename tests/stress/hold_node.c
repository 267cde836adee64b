/* SPDX-License-Identifier: MIT */
/* hold - keeps some inputs, and answers each input with the oldest of them. */
#include "tests/stress/behaviour.h"
#include "tests/stress/nodes.h"

#define MOST_HELD 8

struct hold {
    struct vf_message *held[MOST_HELD]; /* the oldest first */
    unsigned count;
};

static int let_go(struct vf_node_run *run)
{
    struct hold *hold = run->state;
    struct vf_message *oldest = hold->held[0];
    for (unsigned i = 1; i < hold->count; i++)
        hold->held[i - 1] = hold->held[i];
    hold->held[--hold->count] = NULL;
    return vf_node_emit_made(run, 0, VF_OK, &oldest);
}

static int hold_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    const struct stress_options *asked = run->options;
    struct hold *hold = run->state;
    uint64_t value;
    int err = stress_read(inputs[0], &value);
    if (!err)
        err = stress_spend(run, value);
    if (!err)
        err = vf_message_clone(&hold->held[hold->count], inputs[0]);
    if (err)
        return err;
    hold->count++;
    return hold->count >= (unsigned)asked->habits.most ? let_go(run) : VF_OK;
}

static int hold_flush(struct vf_node_run *run)
{
    const struct hold *hold = run->state;
    int err = VF_OK;
    while (!err && hold->count)
        err = let_go(run);
    return err;
}

static void hold_close(struct vf_node_run *run)
{
    struct hold *hold = run->state;
    for (unsigned i = 0; i < hold->count; i++)
        vf_message_destroy(&hold->held[i]);
}

const struct vf_node stress_hold = {
    .name = "hold",
    .summary = "Answer each input with one before it.",
    .kind = VF_PROCESSOR,
    .is_stateful = true,
    .holds = MOST_HELD,
    STRESS_OPTIONS,
    .state_size = sizeof(struct hold),
    .inputs = VF_PORTS({.name = "in", .type = VF_PORT_ARRAY, .help = "What is kept"}),
    .outputs = VF_PORTS({.name = "out", .type = VF_PORT_ARRAY, .help = "What was kept"}),
    .process = hold_process,
    .flush = hold_flush,
    .close = hold_close,
};
