/* SPDX-License-Identifier: MIT */
/* splitting - answers an input several times, or not at all. repeating - three times, and remembers
 * nothing. joining - takes two of one origin. */
#include "engine/node/node.h"

struct splitting_options {
    int every, times;
};

struct splitting {
    int count;
};

static const struct vf_option options[] = {
    {"every", "Inputs of which only the last is answered",
     VF_INTEGER(struct splitting_options, every), VF_RANGE(1, 1000), .fallback = "1"},
    {"times", "How often it is answered", VF_INTEGER(struct splitting_options, times),
     VF_RANGE(0, 1000), .fallback = "1"},
};

static int splitting_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    (void)inputs;
    const struct splitting_options *asked = run->options;
    struct splitting *splitting = run->state;
    int err = VF_OK;
    if (++splitting->count % asked->every)
        return VF_OK;
    for (int i = 0; i < asked->times && (err == VF_OK || err == VF_DROPPED); i++)
        err = vf_node_passthrough(run, 0, 0);
    return err;
}

static int repeating_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    (void)inputs;
    int err = VF_OK;
    for (int i = 0; i < 3 && (err == VF_OK || err == VF_DROPPED); i++)
        err = vf_node_passthrough(run, 0, 0);
    return err;
}

static int joining_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    /* What is not of one origin goes no further, so that a test misses it. */
    if (inputs[0]->description.origin.number != inputs[1]->description.origin.number)
        return VF_OK;
    return vf_node_passthrough(run, 0, 1);
}

extern const struct vf_node vf_node_splitting, vf_node_repeating, vf_node_joining;

const struct vf_node vf_node_splitting = {
    .name = "splitting",
    .summary = "Answer some inputs, maybe often.",
    .kind = VF_PROCESSOR,
    .is_stateful = true,
    .options = VF_LIST(options),
    .options_size = sizeof(struct splitting_options),
    .state_size = sizeof(struct splitting),
    .inputs = VF_PORTS({.name = "in", .type = VF_PORT_ANY, .help = "Anything"}),
    .outputs = VF_PORTS({.name = "out", .type = VF_PORT_ANY, .help = "The same"}),
    .process = splitting_process,
};

const struct vf_node vf_node_repeating = {
    .name = "repeating",
    .summary = "Answer each input three times.",
    .kind = VF_PROCESSOR,
    .inputs = VF_PORTS({.name = "in", .type = VF_PORT_ANY, .help = "Anything"}),
    .outputs = VF_PORTS({.name = "out", .type = VF_PORT_ANY, .help = "The same"}),
    .process = repeating_process,
};

const struct vf_node vf_node_joining = {
    .name = "joining",
    .summary = "Hand on the second of two inputs of one origin.",
    .kind = VF_PROCESSOR,
    .inputs = VF_PORTS({.name = "first", .type = VF_PORT_VALUE, .help = "Numbers"},
                       {.name = "second", .type = VF_PORT_VALUE, .help = "Numbers"}),
    .outputs = VF_PORTS({.name = "out", .type = VF_PORT_VALUE, .help = "The second"}),
    .process = joining_process,
};
