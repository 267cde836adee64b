/* SPDX-License-Identifier: MIT */
/* counting_source - counts from 1, and says how far it has come. */
#include "engine/node/node.h"
#include "tests/nodes/test_board.h"

struct counting_source_options {
    int64_t count;
    bool is_heavy;
};

struct counting_source {
    int64_t last;
};

static const struct vf_option options[] = {
    {"count", "Numbers to publish; 0: no end", VF_INTEGER64(struct counting_source_options, count),
     VF_RANGE(0, 1e9), .fallback = "0"},
    {"heavy", "Pad each number with spaces, so that it lies in the arena",
     VF_BOOLEAN(struct counting_source_options, is_heavy), .fallback = "false"},
};

static int make_heavy(struct vf_node_run *run, struct vf_message **message)
{
    struct vf_payload *payload;
    size_t length = 0;
    const char *text = vf_message_json(*message, &length);
    int err = vf_node_allocate(run, 1000, &payload);
    if (err)
        return err;
    memset(payload->data, ' ', payload->size);
    memcpy(payload->data, text, length);
    vf_payload_drop(&(*message)->payload);
    (*message)->payload = payload;
    (*message)->description.payload_size = payload->size;
    return VF_OK;
}

static int counting_source_next(struct vf_node_run *run)
{
    const struct counting_source_options *asked = run->options;
    struct counting_source *source = run->state;
    struct vf_message *number = NULL;
    if (asked->count && source->last == asked->count)
        return VF_END;
    int err = vf_message_create_integer(&number, ++source->last);
    if (!err && asked->is_heavy)
        err = make_heavy(run, &number);
    err = vf_node_emit_made(run, 0, err, &number);
    if (test_board && err >= 0 && err != VF_END)
        atomic_store(&test_board->published, (int)source->last);
    return err;
}

extern const struct vf_node vf_node_counting_source;
const struct vf_node vf_node_counting_source = {
    .name = "counting_source",
    .summary = "Count.",
    .kind = VF_PRODUCER,
    .options = VF_LIST(options),
    .options_size = sizeof(struct counting_source_options),
    .state_size = sizeof(struct counting_source),
    .outputs = VF_PORTS({.name = "value", .type = VF_PORT_VALUE, .help = "Numbers"}),
    .next = counting_source_next,
};
