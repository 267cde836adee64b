/* SPDX-License-Identifier: MIT */
/* hold - keeps what follows running at a constant rate while a live source is away. */
#include <errno.h>

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/media/libav/options.h"
#include "engine/media/picture/mosaic.h"
#include "engine/node/node.h"

enum shown { SHOW_LAST, SHOW_SLATE, SHOW_BLACK };

struct hold_options {
    enum shown hold;
    struct vf_rational rate;
    int64_t after;
    char *text;
};

struct hold {
    struct vf_mosaic *picture; /* of one cell: that in place of the source */
    struct vf_message *last;   /* whose size and format it has */
    struct vf_text text;
};

static const struct vf_option options[] = {
    {"hold", "What to send while the source is away",
     VF_CHOICE(struct hold_options, hold, {"last", SHOW_LAST, "Its last frame"},
               {"slate", SHOW_SLATE, "White text on black"}, {"black", SHOW_BLACK, "Black frames"}),
     .fallback = "last"},
    {"rate", "Frames per second, by the clock", VF_FRAME_RATE(struct hold_options, rate),
     .fallback = "25", .is_main = true},
    {"after", "Silence after which the source is away; until then its last frame is repeated",
     VF_DURATION(struct hold_options, after), .fallback = "1s", VF_RANGE(0.001, 86400)},
    {"text", "Text of the slate, in ASCII; empty: the name of the source",
     VF_TEXT(struct hold_options, text), .fallback = ""},
};

static void hold_adapt(const void *values, struct vf_node *copy)
{
    const struct hold_options *asked = values;
    copy->ticks = asked->rate;
    copy->gone_after_ns = asked->after;
    copy->forgets = asked->hold != SHOW_LAST;
}

static int hold_open(struct vf_node_run *run)
{
    const struct hold_options *asked = run->options;
    struct hold *hold = run->state;
    const struct vf_mosaic_plan plan = {.columns = 1,
                                        .rows = 1,
                                        .width = -1,
                                        .height = -1,
                                        .colour = {.alpha = 255},
                                        .filter = VF_SCALER_BICUBIC};
    if (asked->hold == SHOW_SLATE)
        vf_text_print(&hold->text, "%s", asked->text[0] ? asked->text : run->input_names[0]);
    return hold->text.failed ? -ENOMEM : vf_mosaic_create(&hold->picture, &plan);
}

/* Keeps the newest frame, and sends it. */
static int send_frame(struct vf_node_run *run, const struct vf_message *frame)
{
    struct hold *hold = run->state;
    vf_message_destroy(&hold->last);
    int err = vf_message_clone(&hold->last, frame);
    return err ? err : vf_node_passthrough(run, 0, 0);
}

static int hold_process(struct vf_node_run *run, struct vf_message *const *frames)
{
    struct hold *hold = run->state;
    struct vf_message *picture = NULL;
    if (frames[0])
        return send_frame(run, frames[0]);
    if (!hold->last)
        return VF_OK;
    int err = vf_mosaic_begin(hold->picture, run, hold->last);
    if (!err)
        err = vf_mosaic_name(hold->picture, 0, hold->text.bytes ? hold->text.bytes : "");
    if (!err)
        err = vf_mosaic_finish(hold->picture, run, &picture);
    if (!err) /* the task knows the time */
        picture->description.time_base = (struct vf_rational){0, 1};
    return vf_node_emit_made(run, 0, err, &picture);
}

static void hold_close(struct vf_node_run *run)
{
    struct hold *hold = run->state;
    vf_message_destroy(&hold->last);
    vf_mosaic_destroy(&hold->picture);
    vf_text_finish(&hold->text);
}

/* Frames go on as they are, or are made like them. */
static void hold_forecast(struct vf_foresight *foresight)
{
    foresight->outputs[0] = foresight->inputs[0];
    foresight->outputs[0].forwards = 0;
}

const struct vf_node vf_node_hold = {
    .name = "hold",
    .summary = "Keep a live stream at a constant rate while its source is away.",
    .related = "rate, video_reader",
    .about =
        "Put it behind a reader with reconnect: true. At each tick of a clock it sends the newest "
        "frame of its input, or the same again if none has come. After the silence of after, it "
        "sends the last frame, a slate with text, or black, until frames come again; what follows "
        "runs on. Timestamps count the ticks, so they rise evenly. Frames that are not the newest "
        "at a tick are left out, and counted. It begins with the first frame, which decides size "
        "and format, and ends with its input.",
    .example = "vflow: 1\n"
               "mode: realtime\n"
               "nodes:\n"
               "  # A camera would be path: rtsp://camera/stream, reconnect: true.\n"
               "  camera: {type: video_reader, path: in.mp4}\n"
               "  steady: {type: hold, inputs: camera, hold: slate, text: no signal}\n"
               "  out: {type: video_writer, inputs: steady, path: steady.mp4}\n",
    .kind = VF_PROCESSOR,
    .live_join = VF_LIVE_ALONE,
    .may_lack = true,
    .holds = 1,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames"}),
    .outputs =
        VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames at a constant rate"}),
    .options_size = sizeof(struct hold_options),
    .state_size = sizeof(struct hold),
    .adapt = hold_adapt,
    .forecast = hold_forecast,
    .open = hold_open,
    .process = hold_process,
    .close = hold_close,
};
