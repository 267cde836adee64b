/* SPDX-License-Identifier: MIT */
/* delaying - keeps the last inputs, and hands on what came before them. */
#include "engine/node/node.h"

#define KEPT 3

struct delaying {
    struct vf_message *kept[KEPT]; /* a ring */
    unsigned count;                /* of all inputs */
};

static int emit_kept(struct vf_node_run *run, unsigned place)
{
    struct delaying *delaying = run->state;
    struct vf_message **kept = &delaying->kept[place % KEPT];
    int err = *kept ? vf_node_emit(run, 0, kept) : VF_OK;
    return err == VF_DROPPED ? VF_OK : err;
}

static int delaying_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct delaying *delaying = run->state;
    int err = emit_kept(run, delaying->count);
    if (!err)
        err = vf_message_clone(&delaying->kept[delaying->count++ % KEPT], inputs[0]);
    return err;
}

static int delaying_flush(struct vf_node_run *run)
{
    struct delaying *delaying = run->state;
    int err = VF_OK;
    for (unsigned i = 0; !err && i < KEPT; i++)
        err = emit_kept(run, delaying->count + i);
    return err;
}

static void delaying_close(struct vf_node_run *run)
{
    struct delaying *delaying = run->state;
    for (unsigned i = 0; i < KEPT; i++)
        vf_message_destroy(&delaying->kept[i]);
}

extern const struct vf_node vf_node_delaying;
const struct vf_node vf_node_delaying = {
    .name = "delaying",
    .summary = "Hand everything on, three inputs late.",
    .kind = VF_PROCESSOR,
    .is_stateful = true,
    .holds = KEPT,
    .state_size = sizeof(struct delaying),
    .inputs = VF_PORTS({.name = "in", .type = VF_PORT_ANY, .help = "Anything"}),
    .outputs = VF_PORTS({.name = "out", .type = VF_PORT_ANY, .help = "The same, later"}),
    .process = delaying_process,
    .flush = delaying_flush,
    .close = delaying_close,
};
