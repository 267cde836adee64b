/* SPDX-License-Identifier: MIT */
/* gray - turns frames grey, as ffmpeg's format=gray does. */
#include <libavutil/frame.h>

#include "engine/media/libav/frame.h"
#include "engine/media/libav/picture.h"
#include "engine/media/picture/scaler.h"
#include "engine/node/node.h"
#include "tests/bench/bench_nodes.h"

struct gray {
    struct vf_scaler *scaler;
};

static int gray_open(struct vf_node_run *run)
{
    struct gray *gray = run->state;
    return vf_scaler_create(&gray->scaler, VF_SCALER_BICUBIC);
}

static int convert(struct vf_node_run *run, const struct vf_message *message,
                   struct vf_message **converted)
{
    const struct gray *gray = run->state;
    const struct vf_video *video = &message->description.video;
    struct AVFrame *source = NULL, *target = NULL;
    int err = vf_media_frame_from_message(&source, message);
    if (!err)
        err =
            vf_picture_create(&target, run, vf_picture_format("gray"), video->width, video->height);
    if (!err)
        err = vf_scaler_draw(gray->scaler, source, target);
    if (!err)
        err = vf_media_frame_to_message(run, target, video->frame_rate, converted);
    if (!err)
        vf_message_follow(*converted, message);
    av_frame_free(&source);
    av_frame_free(&target);
    return err;
}

static int gray_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct vf_message *converted = NULL;
    int err = convert(run, inputs[0], &converted);
    if (!err)
        err = vf_node_emit(run, 0, &converted);
    vf_message_destroy(&converted);
    return err;
}

static void gray_close(struct vf_node_run *run)
{
    struct gray *gray = run->state;
    vf_scaler_destroy(&gray->scaler);
}

const struct vf_node vf_node_gray = {
    .name = "gray",
    .summary = "Turn frames grey.",
    .kind = VF_PROCESSOR,
    .state_size = sizeof(struct gray),
    .inputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames"}),
    .outputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "The same, grey"}),
    .open = gray_open,
    .process = gray_process,
    .close = gray_close,
};
