/* SPDX-License-Identifier: MIT */
/* test_source - makes a picture that moves, and a tone. */
#include <errno.h>

#include "engine/base/clock.h"
#include "engine/media/codec/tone.h"
#include "engine/media/libav/options.h"
#include "engine/media/libav/picture.h"
#include "engine/media/picture/test_picture.h"
#include "engine/node/node.h"

#define VIDEO 0
#define AUDIO 1
#define US_PER_S 1e6

struct test_source_options {
    struct vf_frame_size size;
    struct vf_rational rate;
    int64_t frames;
    char *pixel_format;
    double tone;
    bool live;
};

struct test_source {
    struct vf_test_picture *picture;
    struct vf_tone *tone; /* NULL: nobody listens */
    int64_t number, started_ns;
    uint64_t packets_left; /* of the sound: an earlier process has made them */
};

static const struct vf_option options[] = {
    {"size", "Size of the picture", VF_FRAME_SIZE(struct test_source_options, size),
     .fallback = "640x360"},
    {"rate", "Frames a second", VF_FRAME_RATE(struct test_source_options, rate), .fallback = "25"},
    {"frames", "Number of frames to make; 0: no limit",
     VF_INTEGER64(struct test_source_options, frames), .fallback = "0", VF_RANGE(0, 1e15),
     .is_main = true},
    {"pixel_format", "Pixel format of the frames",
     VF_PIXEL_FORMAT(struct test_source_options, pixel_format), .fallback = "yuv420p"},
    {"tone", "Frequency of the tone", VF_NUMBER(struct test_source_options, tone),
     .fallback = "440", VF_RANGE(20, 20000), .unit = "Hz"},
    {"live", "Play at the speed of the clock, as a camera does",
     VF_BOOLEAN(struct test_source_options, live), .fallback = "false"},
};

static int test_source_check(const void *values, char *problem, size_t problem_size)
{
    const struct test_source_options *asked = values;
    if (asked->pixel_format[0])
        return VF_OK;
    snprintf(problem, problem_size, "pixel_format is empty; yuv420p is usual");
    return -EINVAL;
}

static void test_source_forecast(struct vf_foresight *foresight)
{
    const struct test_source_options *asked = foresight->options;
    struct vf_forecast *sound = &foresight->outputs[AUDIO];
    vf_picture_foretell(&foresight->outputs[VIDEO], vf_picture_format(asked->pixel_format),
                        asked->size.width, asked->size.height, asked->rate);
    sound->is_known = true;
    sound->payload_bytes = foresight->is_read[AUDIO] ? vf_tone_payload_size() : 0;
}

static bool test_source_is_endless(const void *values)
{
    const struct test_source_options *asked = values;
    return asked->frames == 0;
}

static int test_source_open(struct vf_node_run *run)
{
    const struct test_source_options *asked = run->options;
    struct test_source *source = run->state;
    source->number = (int64_t)vf_node_made(run, VIDEO)->count;
    source->packets_left = vf_node_made(run, AUDIO)->count;
    if (test_source_is_endless(asked))
        vf_node_expect_no_end(run);
    else
        vf_node_expect(run, VIDEO, (uint64_t)asked->frames);
    if (asked->live)
        vf_node_send_live(run);
    int err = vf_test_picture_create(&source->picture, asked->pixel_format, asked->size.width,
                                     asked->size.height, asked->rate);
    if (!err && vf_node_is_read(run, AUDIO))
        err = vf_tone_create(&source->tone, asked->tone);
    return err;
}

static double frame_seconds(const struct vf_node_run *run)
{
    const struct test_source_options *asked = run->options;
    return (double)asked->rate.den / asked->rate.num;
}

/* Emits the sound that goes with the frames made so far. */
static int emit_sound(struct vf_node_run *run, bool is_last)
{
    struct test_source *source = run->state;
    if (!source->tone)
        return VF_OK;
    double seconds = (double)source->number * frame_seconds(run);
    vf_tone_extend(source->tone, (int64_t)(seconds * US_PER_S), is_last);
    for (;;) {
        struct vf_message *packet = NULL;
        int err = vf_tone_read(source->tone, run, &packet);
        if (err == -EAGAIN || err == VF_END)
            return VF_OK;
        if (err >= 0 && source->packets_left) {
            source->packets_left--;
            vf_message_destroy(&packet);
            continue;
        }
        err = vf_node_emit_made(run, AUDIO, err, &packet);
        if (err)
            return err;
    }
}

static int wait_until_due(struct vf_node_run *run)
{
    const struct test_source_options *asked = run->options;
    struct test_source *source = run->state;
    if (!asked->live)
        return VF_OK;
    int64_t due_ns = (int64_t)((double)source->number * frame_seconds(run) * (double)VF_NS_PER_S);
    if (!source->started_ns)
        source->started_ns =
            vf_clock_now_ns() - run->paused_ns - due_ns; /* of the first frame of this process */
    return vf_node_sleep_until(run, source->started_ns + run->paused_ns + due_ns);
}

static int test_source_next(struct vf_node_run *run)
{
    const struct test_source_options *asked = run->options;
    struct test_source *source = run->state;
    if (asked->frames && source->number >= asked->frames) {
        int err = emit_sound(run, true);
        return err ? err : VF_END;
    }
    int err = source->packets_left ? emit_sound(run, false) : VF_OK; /* up to where it was */
    if (!err)
        err = wait_until_due(run);
    if (err)
        return err;
    struct vf_message *frame = NULL;
    int made = vf_test_picture_draw(source->picture, run, source->number, &frame);
    source->number++;
    err = vf_node_emit_made(run, VIDEO, made, &frame);
    return err ? err : emit_sound(run, false);
}

static void test_source_close(struct vf_node_run *run)
{
    struct test_source *source = run->state;
    vf_tone_destroy(&source->tone);
    vf_test_picture_destroy(&source->picture);
}

const struct vf_node vf_node_test_source = {
    .name = "test_source",
    .summary = "Generate a moving picture and a tone.",
    .related = "int_source",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  picture: {type: test_source, size: 1280x720, frames: 250}\n"
               "  out: {type: video_writer, inputs: {video: picture, audio: picture.audio}, path: "
               "test.mp4}\n",
    .kind = VF_PRODUCER,
    .is_stateful = true,
    .can_resume = true,
    .options = VF_LIST(options),
    .outputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "The picture"},
                        {.name = "audio", .type = VF_PORT_PACKET, .help = "The tone, as AAC"}),
    .options_size = sizeof(struct test_source_options),
    .state_size = sizeof(struct test_source),
    .check = test_source_check,
    .forecast = test_source_forecast,
    .is_endless = test_source_is_endless,
    .open = test_source_open,
    .next = test_source_next,
    .close = test_source_close,
};
