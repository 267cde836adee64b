/* SPDX-License-Identifier: MIT */
/* void - takes everything and does nothing with it. */
#include "engine/node/node.h"

static int void_consume(struct vf_node_run *run, struct vf_message *const *inputs)
{
    (void)run;
    (void)inputs;
    return VF_OK;
}

const struct vf_node vf_node_void = {
    .name = "void",
    .summary = "Discard everything.",
    .related = "print",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  out: {type: void, inputs: reader}\n",
    .kind = VF_CONSUMER,
    .takes = VF_TAKES_EACH,
    .is_reading_only_heads = true,
    .inputs = VF_PORTS(
        {.name = "in", .type = VF_PORT_ANY, .help = "Messages of any type", .is_repeated = true}),
    .consume = void_consume,
};
