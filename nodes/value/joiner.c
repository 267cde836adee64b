/* SPDX-License-Identifier: MIT */
/* joiner - puts what its inputs hold into one list. */
#include <errno.h>

#include "engine/node/node.h"
#include "nodes/value/value_text.h"

static void print_list(struct vf_text *text, struct vf_message *const *inputs, unsigned count)
{
    vf_text_append(text, "[", 1);
    for (unsigned i = 0; i < count; i++) {
        if (i)
            vf_text_append(text, ", ", 2);
        if (inputs[i])
            vf_value_print_json(text, inputs[i]);
        else
            vf_text_append(text, "null", 4);
    }
    vf_text_append(text, "]", 1);
}

static int joiner_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct vf_text text = {0};
    struct vf_message *list = NULL;
    print_list(&text, inputs, run->input_count);
    int err = text.failed ? -ENOMEM : vf_message_create_json(&list, text.bytes, text.length);
    vf_text_finish(&text);
    if (!err)
        vf_message_follow(list, inputs[0]);
    if (!err)
        err = vf_node_emit(run, 0, &list);
    vf_message_destroy(&list);
    return err;
}

const struct vf_node vf_node_joiner = {
    .name = "joiner",
    .summary = "Combine several inputs into one list.",
    .related = "window, tile",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  numbers: {type: int_source, end: 40}\n"
               "  total: {type: sum, inputs: numbers}\n"
               "  pair: {type: joiner, inputs: [numbers, total]}\n"
               "  out: {type: print, inputs: pair}\n",
    .kind = VF_PROCESSOR,
    .inputs = VF_PORTS({.name = "in",
                        .type = VF_PORT_ANY,
                        .help = "Messages of one origin; frames are described",
                        .is_repeated = true}),
    .outputs = VF_PORTS(
        {.name = "list", .type = VF_PORT_VALUE, .help = "A list, with one item per input"}),
    .process = joiner_process,
};
