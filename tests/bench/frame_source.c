/* SPDX-License-Identifier: MIT */
/* frame_source - writes frames of 1080p as fast as memory takes them. */
#include "engine/node/node.h"
#include "tests/bench/bench_nodes.h"
#include "tests/bench/frame_bytes.h"

#define RATE 30

struct frame_source_options {
    int64_t frames;
};

struct frame_source {
    uint64_t number; /* of the last frame */
};

static const struct vf_option options[] = {
    {"frames", "How many frames to write", VF_INTEGER64(struct frame_source_options, frames),
     VF_RANGE(1, 1e9)},
};

/* Three planes without gaps. */
static void describe(struct vf_description *description, uint64_t number)
{
    struct vf_video *video = &description->video;
    size_t offset = 0;
    *video = (struct vf_video){
        .format = "yuv420p",
        .width = VF_BENCH_WIDTH,
        .height = VF_BENCH_HEIGHT,
        .frame_rate = {RATE, 1},
        .plane_count = 3,
    };
    for (unsigned i = 0; i < video->plane_count; i++) {
        uint32_t part = i ? 2 : 1;
        struct vf_plane *plane = &video->planes[i];
        plane->offset = offset;
        plane->stride = plane->row_bytes = VF_BENCH_WIDTH / part;
        plane->rows = VF_BENCH_HEIGHT / part;
        offset += (size_t)plane->stride * plane->rows;
    }
    description->timestamp = (int64_t)number - 1;
    description->duration = 1;
    description->time_base = (struct vf_rational){1, RATE};
    description->payload_size = VF_BENCH_FRAME_BYTES;
}

static int frame_source_next(struct vf_node_run *run)
{
    const struct frame_source_options *asked = run->options;
    struct frame_source *source = run->state;
    struct vf_payload *payload = NULL;
    struct vf_message *frame = NULL;
    if (source->number == (uint64_t)asked->frames)
        return VF_END;
    int err = vf_node_allocate(run, VF_BENCH_FRAME_BYTES, &payload);
    if (err)
        return err;
    source->number++;
    vf_frame_bytes_write(payload->data, VF_BENCH_FRAME_BYTES, source->number);
    err = vf_message_create(&frame, VF_VALUE_VIDEO, &payload);
    if (!err) {
        describe(&frame->description, source->number);
        err = vf_node_emit(run, 0, &frame);
    }
    vf_payload_drop(&payload);
    vf_message_destroy(&frame);
    return err;
}

const struct vf_node vf_node_frame_source = {
    .name = "frame_source",
    .summary = "Write frames as fast as memory takes them.",
    .kind = VF_PRODUCER,
    .is_stateful = true,
    .options = VF_LIST(options),
    .options_size = sizeof(struct frame_source_options),
    .state_size = sizeof(struct frame_source),
    .outputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "The frames"}),
    .next = frame_source_next,
};
