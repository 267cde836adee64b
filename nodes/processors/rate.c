/* SPDX-License-Identifier: MIT */
/* rate - doubles and leaves out frames, so that they come at even distances. */
#include <errno.h>

#include "engine/base/clock.h"
#include "engine/media/media_options.h"
#include "engine/media/retiming.h"
#include "engine/node/node.h"

struct rate_options {
    struct vf_rational fps;
};

struct rate {
    struct vf_message *held; /* the last that came: the next one tells how often it is shown */
    int64_t slot;            /* that it stands in */
    int64_t next;            /* slot that is filled next */
};

static const struct vf_option options[] = {
    {"fps", "Frames a second to make, such as 25 or 30000/1001",
     VF_FRAME_RATE(struct rate_options, fps)},
};

static void rate_forecast(struct vf_foresight *foresight)
{
    const struct rate_options *asked = foresight->options;
    vf_forecast_forward(foresight);
    foresight->outputs[0].video.frame_rate = asked->fps;
}

/* Returns the slot that is nearest to `amount` of the message's time base, the later one where two
 * are: what ffmpeg's filter fps calls round=near. */
static int64_t slot_of(const struct rate_options *asked, const struct vf_description *description,
                       int64_t amount)
{
    struct vf_rational base = description->time_base;
    if (description->timestamp == VF_NO_TIMESTAMP || base.num <= 0 || base.den <= 0) {
        amount = description->event_time_ns;
        base = (struct vf_rational){1, (int32_t)VF_NS_PER_S};
    }
    __extension__ typedef __int128 wide;
    wide numerator = (wide)amount * base.num * asked->fps.num;
    wide denominator = (wide)base.den * asked->fps.den;
    bool is_negative = numerator < 0;
    wide rounded = ((is_negative ? -numerator : numerator) + denominator / 2) / denominator;
    return (int64_t)(is_negative ? -rounded : rounded);
}

static int show_held(struct vf_node_run *run, bool is_flushing)
{
    const struct rate_options *asked = run->options;
    struct rate *rate = run->state;
    struct vf_message *shown;
    int err = vf_message_clone(&shown, rate->held);
    if (err)
        return err;
    struct vf_description *description = &shown->description;
    vf_retiming_number(description, rate->next++, asked->fps);
    /* Its own number has passed: it is an answer to the one that has come, or to the end. */
    if (is_flushing)
        description->origin.number++;
    else
        description->origin = (struct vf_origin){0};
    err = vf_node_emit(run, 0, &shown);
    vf_message_destroy(&shown);
    return err == VF_DROPPED ? VF_OK : err;
}

static int show_up_to(struct vf_node_run *run, int64_t end, bool is_flushing)
{
    const struct rate *rate = run->state;
    int err = VF_OK;
    while (rate->held && rate->next < end && !err)
        err = show_held(run, is_flushing);
    return err;
}

static int rate_process(struct vf_node_run *run, struct vf_message *const *frames)
{
    const struct rate_options *asked = run->options;
    struct rate *rate = run->state;
    const struct vf_description *description = &frames[0]->description;
    int64_t slot = slot_of(asked, description, description->timestamp);
    int64_t second = asked->fps.num / asked->fps.den + 1;
    bool has_gone_back = rate->held && slot < rate->slot - second; /* more than that: begin again */
    int err = show_up_to(run, has_gone_back ? rate->slot + 1 : slot, false);
    if (err)
        return err;
    if (!rate->held || has_gone_back)
        rate->next = slot;
    rate->slot = slot;
    vf_message_destroy(&rate->held);
    return vf_message_clone(&rate->held, frames[0]);
}

/* The last frame is shown for as long as it says. */
static int rate_flush(struct vf_node_run *run)
{
    const struct rate_options *asked = run->options;
    struct rate *rate = run->state;
    if (!rate->held)
        return VF_OK;
    const struct vf_description *description = &rate->held->description;
    int64_t end = slot_of(asked, description, description->timestamp + description->duration);
    if (!description->duration || description->timestamp == VF_NO_TIMESTAMP)
        end = rate->slot + 1;
    int err = show_up_to(run, end, true);
    return err == VF_END ? VF_OK : err;
}

static void rate_close(struct vf_node_run *run)
{
    struct rate *rate = run->state;
    vf_message_destroy(&rate->held);
}

const struct vf_node vf_node_rate = {
    .name = "rate",
    .summary = "Make frames come at a constant rate, by doubling some and leaving out others.",
    .about =
        "Time is cut into slots of one frame each. Every frame goes to the slot that is nearest to "
        "its time stamp; a slot that gets none shows the frame before once more, and of several "
        "the "
        "last one is shown. That is what ffmpeg's filter fps makes. Pixels are not copied: a frame "
        "that is doubled is sent twice from the same place.\n\n"
        "A frame goes on when the next one has come, since only then it is known how often it is "
        "shown. Frames without time stamps go by when they were made. Time stamps that go back by "
        "more than a second begin anew.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mkv}\n"
               "  even: {type: rate, inputs: reader, fps: 25}\n"
               "  out: {type: video_writer, inputs: even, path: out.mp4}\n",
    .kind = VF_PROCESSOR,
    .is_stateful = true,
    .may_split = true,
    .is_reading_only_heads = true,
    .holds = 1,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames of any rate"}),
    .outputs = VF_PORTS({.name = "video",
                         .type = VF_PORT_VIDEO,
                         .help = "The same frames, as often as the rate asks for"}),
    .options_size = sizeof(struct rate_options),
    .state_size = sizeof(struct rate),
    .forecast = rate_forecast,
    .process = rate_process,
    .flush = rate_flush,
    .close = rate_close,
};
