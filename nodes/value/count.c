/* SPDX-License-Identifier: MIT */
/* count - counts what comes in. */
#include "engine/node/node.h"

struct count {
    int64_t messages;
};

static int count_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct count *count = run->state;
    struct vf_message *number = NULL;
    int err = vf_message_create_integer(&number, ++count->messages);
    if (err)
        return err;
    vf_message_follow(number, inputs[0]);
    err = vf_node_emit(run, 0, &number);
    vf_message_destroy(&number);
    return err;
}

const struct vf_node vf_node_count = {
    .name = "count",
    .summary = "Count messages, and send the count after each.",
    .related = "sum",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  frames: {type: count, inputs: reader}\n"
               "  out: {type: print, inputs: frames}\n",
    .kind = VF_PROCESSOR,
    .is_stateful = true,
    .is_reading_only_heads = true,
    .inputs = VF_PORTS({.name = "in", .type = VF_PORT_ANY, .help = "Messages of any type"}),
    .outputs =
        VF_PORTS({.name = "count", .type = VF_PORT_VALUE, .help = "Number of messages so far"}),
    .state_size = sizeof(struct count),
    .process = count_process,
};
