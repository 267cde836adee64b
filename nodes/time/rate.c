/* SPDX-License-Identifier: MIT */
/* rate - doubles and leaves out frames, so that they come at even distances. */
#include <errno.h>

#include "engine/media/libav/frame.h"
#include "engine/media/libav/options.h"
#include "engine/media/picture/steady_rate.h"
#include "engine/node/node.h"

#define LONGEST_STEP_BACK_US 1000000 /* beyond it, time starts again */

struct rate_options {
    struct vf_rational fps;
};

struct rate {
    struct vf_steady_rate steady;
    int64_t latest_us;            /* when the last frame came; INT64_MIN: no timestamp */
    struct vf_description latest; /* of that frame; version 0: there was none */
};

static const struct vf_option options[] = {
    {"fps", "Frames per second to send, such as 25 or 30000/1001",
     VF_FRAME_RATE(struct rate_options, fps), .is_main = true},
};

static void rate_forecast(struct vf_foresight *foresight)
{
    const struct rate_options *asked = foresight->options;
    vf_forecast_forward(foresight);
    foresight->outputs[0].video.frame_rate = asked->fps;
}

static void rate_wants(const void *values, struct vf_wish *wish)
{
    const struct rate_options *asked = values;
    wish->rate = asked->fps;
}

static int rate_open(struct vf_node_run *run)
{
    const struct rate_options *asked = run->options;
    struct rate *rate = run->state;
    rate->steady.rate = asked->fps;
    return VF_OK;
}

/* Emits what fills the slots up to the last frame. Its own number has passed when it is sent: it is
 * an answer to the frame that has come, or to the end. */
static int emit_all(struct vf_node_run *run, bool is_flushing)
{
    struct rate *rate = run->state;
    struct vf_message *frame;
    int err;
    while ((err = vf_steady_rate_next(&rate->steady, &frame)) == VF_OK) {
        if (frame->description.is_hollow) { /* what was to be shown could not be decoded */
            vf_message_destroy(&frame);
            continue;
        }
        frame->description.origin = is_flushing ? rate->latest.origin : (struct vf_origin){0};
        frame->description.origin.number += is_flushing;
        err = vf_node_emit_made(run, 0, VF_OK, &frame);
        if (err)
            return err;
    }
    return err == VF_END || err == -EAGAIN ? VF_OK : err;
}

/* A source that begins again, such as a camera that was connected again. */
static int begin_anew(struct vf_node_run *run)
{
    const struct rate_options *asked = run->options;
    struct rate *rate = run->state;
    vf_steady_rate_end(&rate->steady);
    int err = emit_all(run, false);
    vf_steady_rate_finish(&rate->steady);
    rate->steady = (struct vf_steady_rate){.rate = asked->fps};
    return err;
}

static int rate_process(struct vf_node_run *run, struct vf_message *const *frames)
{
    struct rate *rate = run->state;
    int64_t start_us = vf_media_start_us(frames[0]);
    bool are_timed = rate->latest.version && rate->latest_us != INT64_MIN && start_us != INT64_MIN;
    bool has_gone_back = are_timed && start_us < rate->latest_us - LONGEST_STEP_BACK_US;
    int err = has_gone_back ? begin_anew(run) : VF_OK;
    if (!err)
        err = vf_steady_rate_push(&rate->steady, frames[0]);
    rate->latest_us = start_us;
    rate->latest = frames[0]->description;
    return err ? err : emit_all(run, false);
}

static int rate_flush(struct vf_node_run *run)
{
    struct rate *rate = run->state;
    vf_steady_rate_end(&rate->steady);
    int err = emit_all(run, true);
    return err == VF_END ? VF_OK : err;
}

static void rate_close(struct vf_node_run *run)
{
    struct rate *rate = run->state;
    vf_steady_rate_finish(&rate->steady);
}

const struct vf_node vf_node_rate = {
    .name = "rate",
    .summary = "Convert to a constant frame rate, by repeating and dropping frames.",
    .related = "every, retime, hold",
    .about =
        "Time is divided into slots of one frame. Each frame goes to the slot nearest to its "
        "timestamp; a slot without a frame repeats the previous one, and of several frames in a "
        "slot the last is sent, as with ffmpeg's fps filter. Pixels are not copied: a repeated "
        "frame is sent twice from the same place.\n\n"
        "A frame is sent once the next one has arrived, since only then it is known how often to "
        "repeat it. Frames without timestamps take one slot each. Timestamps that go back by more "
        "than a second start again; a gap of more than 30 hours is not filled.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mkv}\n"
               "  even: {type: rate, inputs: reader, fps: 25}\n"
               "  out: {type: video_writer, inputs: even, path: out.mp4}\n",
    .kind = VF_PROCESSOR,
    .is_stateful = true,
    .may_split = true,
    .is_reading_only_heads = true,
    .holds = VF_STEADY_RATE_HOLDS,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames of any rate"}),
    .outputs = VF_PORTS(
        {.name = "video", .type = VF_PORT_VIDEO, .help = "The same frames at the constant rate"}),
    .options_size = sizeof(struct rate_options),
    .state_size = sizeof(struct rate),
    .wants = rate_wants,
    .forecast = rate_forecast,
    .open = rate_open,
    .process = rate_process,
    .flush = rate_flush,
    .close = rate_close,
};
