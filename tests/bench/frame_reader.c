/* SPDX-License-Identifier: MIT */
/* frame_reader - reads every byte of what frame_source has written. */
#include <errno.h>
#include <inttypes.h>

#include "engine/base/log.h"
#include "engine/node/node.h"
#include "tests/bench/bench_nodes.h"
#include "tests/bench/frame_bytes.h"

struct frame_reader {
    uint64_t count;
};

static int frame_reader_consume(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct frame_reader *reader = run->state;
    const struct vf_payload *payload = inputs[0]->payload;
    reader->count++;
    if (payload && payload->size >= VF_BENCH_FRAME_BYTES &&
        vf_frame_bytes_read(payload->data, VF_BENCH_FRAME_BYTES, reader->count))
        return VF_OK;
    vf_log(VF_LOG_ERROR, "frame %" PRIu64 " is not the one that was written", reader->count);
    return -EBADMSG;
}

const struct vf_node vf_node_frame_reader = {
    .name = "frame_reader",
    .summary = "Read every byte of each frame.",
    .kind = VF_CONSUMER,
    .is_stateful = true,
    .state_size = sizeof(struct frame_reader),
    .inputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames of frame_source"}),
    .consume = frame_reader_consume,
};
