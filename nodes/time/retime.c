/* SPDX-License-Identifier: MIT */
/* retime - gives messages other timestamps. */
#include <errno.h>

#include "engine/base/log.h"
#include "engine/media/picture/retiming.h"
#include "engine/node/node.h"

struct retime_options {
    double speed, fps;
};

struct retime {
    struct vf_rational speed, rate; /* one of them */
    int64_t count;                  /* messages so far */
};

static const struct vf_option options[] = {
    {"speed", "Playback speed: 8 for a time lapse, 0.5 for slow motion; 0: use fps",
     VF_NUMBER(struct retime_options, speed), .fallback = "0", VF_RANGE(0, 1e5), .is_main = true},
    {"fps", "Messages per second, evenly spaced; 0: use speed",
     VF_NUMBER(struct retime_options, fps), .fallback = "0", VF_RANGE(0, 1e5)},
};

static int retime_check(const void *values, char *problem, size_t problem_size)
{
    const struct retime_options *asked = values;
    bool has_speed = asked->speed > 0, has_fps = asked->fps > 0;
    double number = has_speed ? asked->speed : asked->fps;
    if (has_speed == has_fps) {
        snprintf(problem, problem_size, "%s; give one of them",
                 has_speed ? "both speed and fps" : "neither speed nor fps");
        return -EINVAL;
    }
    if (vf_retiming_fraction(number).num <= 0) {
        snprintf(problem, problem_size, "%g is too slow; 0.000001 is slow enough for anything",
                 number);
        return -EINVAL;
    }
    return VF_OK;
}

static void retime_forecast(struct vf_foresight *foresight)
{
    const struct retime_options *asked = foresight->options;
    vf_forecast_forward(foresight);
    struct vf_video *video = &foresight->outputs[0].video;
    if (asked->fps > 0)
        video->frame_rate = vf_retiming_fraction(asked->fps);
    else
        video->frame_rate = vf_retiming_rate(video->frame_rate, vf_retiming_fraction(asked->speed));
}

static int retime_open(struct vf_node_run *run)
{
    const struct retime_options *asked = run->options;
    struct retime *retime = run->state;
    if (asked->speed > 0)
        retime->speed = vf_retiming_fraction(asked->speed);
    else
        retime->rate = vf_retiming_fraction(asked->fps);
    return VF_OK;
}

static int retime_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct retime *retime = run->state;
    struct vf_message *retimed;
    unsigned type = inputs[0]->description.type;
    if (type == VF_VALUE_AUDIO || type == VF_VALUE_PACKET) {
        vf_log(VF_LOG_ERROR, "sound cannot be played at another speed by its timestamps alone; "
                             "retime the pictures only");
        return -EINVAL;
    }
    int err = vf_message_clone(&retimed, inputs[0]);
    if (err)
        return err;
    if (retime->speed.num)
        vf_retiming_speed_up(&retimed->description, retime->speed);
    else
        vf_retiming_number(&retimed->description, retime->count, retime->rate);
    retime->count++;
    err = vf_node_emit(run, 0, &retimed);
    vf_message_destroy(&retimed);
    return err;
}

/* By speed, it counts nothing. */
static void retime_adapt(const void *values, struct vf_node *copy)
{
    const struct retime_options *asked = values;
    copy->is_stateful = asked->speed <= 0;
}

const struct vf_node vf_node_retime = {
    .name = "retime",
    .summary = "Change the speed, or space messages evenly, by changing timestamps.",
    .related = "every, rate",
    .about =
        "Every message passes, with only its time changed. With fps, the first message is at time "
        "0 and the others follow at even distances, whatever their times were. To keep the speed "
        "and drop or repeat frames, use rate or every.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: day.mp4}\n"
               "  few: {type: every, inputs: reader, fps: 0.5}\n"
               "  fast: {type: retime, inputs: few, fps: 25}\n"
               "  out: {type: video_writer, inputs: fast, path: lapse.mp4}\n",
    .kind = VF_PROCESSOR,
    .changes_time = true,
    .is_stateful = true,
    .is_reading_only_heads = true,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "in",
                        .type = VF_PORT_ANY,
                        .help = "Frames, or messages that belong to them; not sound"}),
    .outputs =
        VF_PORTS({.name = "out", .type = VF_PORT_ANY, .help = "The same messages, at other times"}),
    .options_size = sizeof(struct retime_options),
    .state_size = sizeof(struct retime),
    .check = retime_check,
    .adapt = retime_adapt,
    .forecast = retime_forecast,
    .open = retime_open,
    .process = retime_process,
};
