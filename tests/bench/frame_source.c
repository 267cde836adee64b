/* SPDX-License-Identifier: MIT */
/* frame_source - writes frames of 1080p as fast as memory takes them: bytes that are all the same, or
 * those of a clip, again and again.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/node/node.h"
#include "tests/bench/bench_nodes.h"
#include "tests/bench/frame_bytes.h"

#define RATE 30

struct frame_source_options {
    int64_t frames;
    char *clip;
};

struct frame_source {
    uint64_t number; /* of the last frame */
    const uint8_t *clip;
    size_t clip_frames; /* 0: there is none */
};

static const struct vf_option options[] = {
    {"frames", "How many frames to write", VF_INTEGER64(struct frame_source_options, frames),
     VF_RANGE(1, 1e9)},
    {"clip", "Frames of yuv420p, one after the other, which are written again and again",
     VF_INPUT_PATH(struct frame_source_options, clip), .fallback = ""},
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

static int frame_source_open(struct vf_node_run *run)
{
    const struct frame_source_options *asked = run->options;
    struct frame_source *source = run->state;
    struct stat status;
    if (!asked->clip || !asked->clip[0])
        return VF_OK;
    int fd = open(asked->clip, O_RDONLY | O_CLOEXEC);
    void *bytes = MAP_FAILED;
    if (fd >= 0 && fstat(fd, &status) == 0 && (size_t)status.st_size >= VF_BENCH_FRAME_BYTES) {
        source->clip_frames = (size_t)status.st_size / VF_BENCH_FRAME_BYTES;
        bytes = mmap(NULL, source->clip_frames * VF_BENCH_FRAME_BYTES, PROT_READ,
                     MAP_PRIVATE | MAP_POPULATE, fd, 0);
    }
    if (fd >= 0)
        close(fd);
    if (bytes == MAP_FAILED) {
        source->clip_frames = 0;
        vf_log(VF_LOG_ERROR, "%s is no file with a frame of 1080p that can be read", asked->clip);
        return -EINVAL;
    }
    source->clip = bytes;
    return VF_OK;
}

static void frame_source_close(struct vf_node_run *run)
{
    struct frame_source *source = run->state;
    if (source->clip_frames)
        munmap((void *)(uintptr_t)source->clip, source->clip_frames * VF_BENCH_FRAME_BYTES);
}

static void write_frame(const struct frame_source *source, uint8_t *bytes)
{
    if (!source->clip_frames) {
        vf_frame_bytes_write(bytes, VF_BENCH_FRAME_BYTES, source->number);
        return;
    }
    size_t number = (source->number - 1) % source->clip_frames;
    memcpy(bytes, source->clip + number * VF_BENCH_FRAME_BYTES, VF_BENCH_FRAME_BYTES);
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
    write_frame(source, payload->data);
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
    .open = frame_source_open,
    .next = frame_source_next,
    .close = frame_source_close,
};
