/* SPDX-License-Identifier: MIT */
/* watch - tells when picture or sound are not as they should be. */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/media/filter/loudness_meter.h"
#include "engine/media/picture/luma.h"
#include "engine/node/node.h"
#include "nodes/vision/episode.h"
#include "nodes/vision/event.h"

#define LOOK_WIDTH 320 /* of the picture that is looked at, about */
#define MOST_DIVISOR 64

enum { VIDEO, AUDIO, INPUT_COUNT }; /* inputs */
enum { EVENTS, STATE };             /* outputs */
enum { BLACK, FROZEN, NO_KEY_FRAME, SILENT, LOUD, STATE_COUNT };

struct watch_options {
    int64_t after[STATE_COUNT], end, jump;
    double black_share, black_level, noise, silence, loudest;
    char *camera;
};

/* A state, and what is told of it. */
static const struct {
    const char *name, *measure; /* in events */
    int input;
    double steps; /* of the measure that are one */
} states[STATE_COUNT] = {
    [BLACK] = {"black", "share", VIDEO, 100},
    [FROZEN] = {"frozen", "difference", VIDEO, 10000},
    [NO_KEY_FRAME] = {"no_key_frame", "seconds", VIDEO, 1000},
    [SILENT] = {"silent", "loudness", AUDIO, 10},
    [LOUD] = {"loud", "loudness", AUDIO, 10},
};

struct watch {
    struct watched {
        struct vf_episode episode;
        double most; /* of its measure */
    } states[STATE_COUNT];
    struct vf_message *last[INPUT_COUNT]; /* without their payloads */
    bool is_connected[INPUT_COUNT];
    struct vf_luma luma;
    float *reference; /* that a frozen picture is like */
    int reference_width, reference_height;
    double key_time; /* of the last key frame, in seconds; NAN: there was none */
    struct vf_loudness_meter *meter;
    double loudness; /* NAN: not known */
};

#define OF(field) VF_DURATION(struct watch_options, field)

static const struct vf_option options[] = {
    {"black", "Time for which the picture is black before that is told; 0: it never is",
     OF(after[BLACK]), .fallback = "2s", VF_RANGE(0, 86400)},
    {"frozen", "Time for which the picture stands still before that is told; 0: it never is",
     OF(after[FROZEN]), .fallback = "5s", VF_RANGE(0, 86400)},
    {"no_key_frame", "Time without a key frame after which that is told; 0: it never is",
     OF(after[NO_KEY_FRAME]), .fallback = "15s", VF_RANGE(0, 86400)},
    {"silent", "Time for which it is silent before that is told; 0: it never is", OF(after[SILENT]),
     .fallback = "5s", VF_RANGE(0, 86400)},
    {"loud", "Time for which it is too loud before that is told; 0: it never is", OF(after[LOUD]),
     .fallback = "1s", VF_RANGE(0, 86400)},
    {"jump", "Gap between timestamps that is told, as each step back is; 0: none is", OF(jump),
     .fallback = "1s", VF_RANGE(0, 86400)},
    {"end", "Time for which it is otherwise before the end of a state is told", OF(end),
     .fallback = "0.5s", VF_RANGE(0, 86400)},
    {"black_share", "Share of the picture that is dark when it is black",
     VF_NUMBER(struct watch_options, black_share), .fallback = "98", VF_RANGE(1, 100),
     .unit = "percent"},
    {"black_level", "Brightness up to which a pixel is dark, from black to white",
     VF_NUMBER(struct watch_options, black_level), .fallback = "10", VF_RANGE(0, 100),
     .unit = "percent"},
    {"noise", "Difference, on average, up to which a picture stands still",
     VF_NUMBER(struct watch_options, noise), .fallback = "0.1", VF_RANGE(0, 100),
     .unit = "percent"},
    {"silence", "Momentary loudness below which it is silent",
     VF_NUMBER(struct watch_options, silence), .fallback = "-60", VF_RANGE(-119, 0),
     .unit = "LUFS"},
    {"loudest", "Momentary loudness above which it is too loud",
     VF_NUMBER(struct watch_options, loudest), .fallback = "-8", VF_RANGE(-119, 20),
     .unit = "LUFS"},
    VF_CAMERA_OPTION(struct watch_options, camera),
};

static int watch_check(const void *values, char *problem, size_t size)
{
    const struct watch_options *asked = values;
    if (asked->silence < asked->loudest)
        return VF_OK;
    snprintf(problem, size, "silence: it is not below loudest, which is %g", asked->loudest);
    return -EINVAL;
}

static int watch_open(struct vf_node_run *run)
{
    const struct watch_options *asked = run->options;
    struct watch *watch = run->state;
    watch->key_time = NAN;
    watch->loudness = NAN;
    for (unsigned i = 0; i < run->input_count; i++)
        watch->is_connected[run->input_ports[i]] |= run->is_connected[i];
    if (!watch->is_connected[VIDEO] && !watch->is_connected[AUDIO]) {
        vf_log(VF_LOG_ERROR, "neither video nor audio is connected; connect one of them, or both");
        return -EINVAL;
    }
    for (int i = 0; i < STATE_COUNT; i++)
        watch->states[i].episode = (struct vf_episode){
            .what = states[i].name,
            .camera = asked->camera,
            .port = EVENTS,
            .begin = {1, i == NO_KEY_FRAME ? 0 : asked->after[i]},
            .end = {1, i == NO_KEY_FRAME ? 0 : asked->end},
        };
    return vf_loudness_meter_create(&watch->meter);
}

static double seconds_of(int64_t ticks, const struct vf_description *message)
{
    return (double)ticks * message->time_base.num / message->time_base.den;
}

/* The message that events belong to: of pictures, where there are any. */
static const struct vf_message *leader_of(const struct watch *watch)
{
    return watch->is_connected[VIDEO] && watch->last[VIDEO] ? watch->last[VIDEO]
                                                            : watch->last[AUDIO];
}

static json_t *tell_measure(const struct watch *watch, int state)
{
    double steps = states[state].steps;
    return json_pack("{s:f}", states[state].measure,
                     round(watch->states[state].most * steps) / steps);
}

/* Takes whether a state is so in the last message of its input, and its measure. */
static int take(struct vf_node_run *run, int state, bool is_so, double measure)
{
    const struct watch_options *asked = run->options;
    struct watch *watch = run->state;
    struct watched *watched = &watch->states[state];
    struct vf_episode *episode = &watched->episode;
    bool is_first = !episode->is_on && episode->messages == 0;
    enum vf_turn turn;
    if (!asked->after[state])
        return VF_OK;
    if (is_so && (is_first || measure > watched->most))
        watched->most = measure;
    int err = vf_episode_take(episode, is_so, watch->last[states[state].input], &turn);
    if (err || turn == VF_TURN_NONE)
        return err;
    return vf_episode_tell(episode, turn, run, tell_measure(watch, state), leader_of(watch));
}

/* Ends the states of an input, when it has ended or another file begins. */
static int end_states(struct vf_node_run *run, int input)
{
    struct watch *watch = run->state;
    int err = VF_OK;
    for (int i = 0; i < STATE_COUNT && !err; i++) {
        struct vf_episode *episode = &watch->states[i].episode;
        if (states[i].input != input)
            continue;
        episode->messages = 0;
        if (episode->is_on)
            err = vf_episode_end(episode, run, tell_measure(watch, i));
    }
    return err;
}

static int tell_jump(struct vf_node_run *run, int input, const struct vf_message *message,
                     double gap)
{
    const struct watch_options *asked = run->options;
    struct watch *watch = run->state;
    if (!vf_node_is_read(run, EVENTS))
        return VF_OK;
    json_t *from = vf_event_frame(run, watch->last[input]), *to = vf_event_frame(run, message);
    const struct vf_event event = {.what = "jump",
                                   .camera = asked->camera,
                                   .begin = from,
                                   .end = to,
                                   .details =
                                       json_pack("{s:f, s:s}", "seconds", round(gap * 1e6) / 1e6,
                                                 "input", input == VIDEO ? "video" : "audio")};
    const struct vf_message *leader = input == VIDEO ? message : leader_of(watch);
    int err = vf_event_emit(run, EVENTS, &event, leader);
    json_decref(from);
    json_decref(to);
    return err == VF_DROPPED ? VF_OK : err;
}

/* Compares the timestamp with that of the message before it of the same input. */
static int look_at_time(struct vf_node_run *run, int input, const struct vf_message *message)
{
    const struct watch_options *asked = run->options;
    struct watch *watch = run->state;
    const struct vf_description *now = &message->description, *before;
    if (!asked->jump || !watch->last[input])
        return VF_OK;
    before = &watch->last[input]->description;
    if (now->timestamp == VF_NO_TIMESTAMP || before->timestamp == VF_NO_TIMESTAMP)
        return VF_OK;
    double begin = seconds_of(before->timestamp, before), here = seconds_of(now->timestamp, now);
    double gap = here - begin - seconds_of(before->duration, before);
    if (here >= begin && gap * VF_NS_PER_S < (double)asked->jump)
        return VF_OK;
    return tell_jump(run, input, message, gap);
}

/* Which share of the picture is dark, in percent. */
static double dark_share(const struct vf_luma *luma, double level)
{
    size_t pixels = (size_t)luma->width * (size_t)luma->height, dark = 0;
    double black = luma->is_full ? 0 : 16, white = luma->is_full ? 255 : 235;
    float most = (float)(black + level / 100 * (white - black));
    for (size_t i = 0; i < pixels; i++)
        dark += luma->samples[i] <= most;
    return 100 * (double)dark / (double)pixels;
}

/* How much the picture differs from the reference, in percent; INFINITY: there is none. */
static double difference(const struct watch *watch)
{
    const struct vf_luma *luma = &watch->luma;
    size_t pixels = (size_t)luma->width * (size_t)luma->height;
    double sum = 0;
    if (!watch->reference || watch->reference_width != luma->width ||
        watch->reference_height != luma->height)
        return INFINITY;
    for (size_t i = 0; i < pixels; i++)
        sum += fabsf(luma->samples[i] - watch->reference[i]);
    return 100 * sum / (double)pixels / (luma->is_full ? 255 : 219);
}

/* A picture that moves is what the next one is compared with. */
static int refer(struct watch *watch)
{
    const struct vf_luma *luma = &watch->luma;
    size_t bytes = (size_t)luma->width * (size_t)luma->height * sizeof(*watch->reference);
    if (watch->reference_width != luma->width || watch->reference_height != luma->height) {
        free(watch->reference);
        watch->reference = malloc(bytes);
        watch->reference_width = luma->width;
        watch->reference_height = luma->height;
    }
    if (!watch->reference)
        return -ENOMEM;
    memcpy(watch->reference, luma->samples, bytes);
    return VF_OK;
}

static int look_at_picture(struct vf_node_run *run, const struct vf_message *message)
{
    const struct watch_options *asked = run->options;
    struct watch *watch = run->state;
    int divisor = message->description.video.width / LOOK_WIDTH;
    divisor = divisor < 1 ? 1 : divisor > MOST_DIVISOR ? MOST_DIVISOR : divisor;
    if (!asked->after[BLACK] && !asked->after[FROZEN])
        return VF_OK;
    int err = vf_luma_read(&watch->luma, message, divisor);
    if (err)
        return err;
    double share = dark_share(&watch->luma, asked->black_level);
    bool is_black = asked->after[BLACK] && share >= asked->black_share;
    err = take(run, BLACK, is_black, share);
    double differs = difference(watch);
    bool is_still = differs <= asked->noise;
    if (!err)
        err = take(run, FROZEN, is_still && !is_black, differs);
    if (!err && !is_still)
        err = refer(watch);
    return err;
}

static int look_at_key(struct vf_node_run *run, const struct vf_description *frame)
{
    const struct watch_options *asked = run->options;
    struct watch *watch = run->state;
    if (frame->timestamp == VF_NO_TIMESTAMP)
        return VF_OK;
    double now = seconds_of(frame->timestamp, frame);
    if (frame->video.is_key || isnan(watch->key_time) || now < watch->key_time)
        watch->key_time = now;
    double since = now - watch->key_time;
    return take(run, NO_KEY_FRAME, since * VF_NS_PER_S >= (double)asked->after[NO_KEY_FRAME],
                since);
}

static int listen_to(struct vf_node_run *run, const struct vf_message *message)
{
    const struct watch_options *asked = run->options;
    struct watch *watch = run->state;
    int err = vf_loudness_meter_take(watch->meter, message, &watch->loudness);
    if (!err)
        err = take(run, SILENT, watch->loudness < asked->silence, watch->loudness);
    if (!err)
        err = take(run, LOUD, watch->loudness > asked->loudest, watch->loudness);
    return err;
}

static json_t *state_of(const struct vf_node_run *run, int state)
{
    const struct watch_options *asked = run->options;
    const struct watch *watch = run->state;
    if (!asked->after[state] || !watch->is_connected[states[state].input])
        return json_null();
    return json_boolean(watch->states[state].episode.is_on);
}

static int emit_state(struct vf_node_run *run)
{
    const struct watch *watch = run->state;
    json_t *told = json_object();
    for (int i = 0; i < STATE_COUNT; i++)
        json_object_set_new(told, states[i].name, state_of(run, i));
    json_object_set_new(told, "loudness", vf_event_number(round(watch->loudness * 10) / 10));
    int err = vf_event_emit_value(run, STATE, told, leader_of(watch));
    return err == VF_DROPPED ? VF_OK : err;
}

static int look(struct vf_node_run *run, int input, const struct vf_message *message)
{
    struct watch *watch = run->state;
    const struct vf_message *last = watch->last[input];
    bool is_other = last && last->description.source_id != message->description.source_id;
    int err = is_other ? end_states(run, input) : look_at_time(run, input, message);
    if (is_other && input == VIDEO) {
        watch->key_time = NAN;
        watch->reference_width = 0;
    }
    if (!err)
        err = vf_episode_note(&watch->last[input], message);
    if (err)
        return err;
    if (input == AUDIO)
        return listen_to(run, message);
    err = look_at_picture(run, message);
    return err ? err : look_at_key(run, &message->description);
}

static int watch_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct watch *watch = run->state;
    int err = VF_OK;
    for (unsigned i = 0; i < run->input_count && !err; i++) {
        int input = (int)run->input_ports[i];
        if (!inputs[i])
            continue;
        err = look(run, input, inputs[i]);
        bool is_told = input == VIDEO || !watch->is_connected[VIDEO];
        if (!err && is_told && vf_node_is_read(run, STATE))
            err = emit_state(run);
    }
    return err;
}

static int watch_flush(struct vf_node_run *run)
{
    int err = end_states(run, VIDEO);
    return err ? err : end_states(run, AUDIO);
}

static void watch_close(struct vf_node_run *run)
{
    struct watch *watch = run->state;
    for (int i = 0; i < STATE_COUNT; i++)
        vf_episode_finish(&watch->states[i].episode);
    for (int i = 0; i < INPUT_COUNT; i++)
        vf_message_destroy(&watch->last[i]);
    vf_luma_finish(&watch->luma);
    free(watch->reference);
    vf_loudness_meter_destroy(&watch->meter);
}

const struct vf_node vf_node_watch = {
    .name = "watch",
    .summary = "Tell when the picture is black or frozen, or the sound silent or too loud.",
    .about =
        "A state is told once it has lasted for a time of its own, and again when it has ended; "
        "the "
        "events name the first and the last frame of it. States are black, frozen, no_key_frame, "
        "silent and loud. A jump of the timestamps is told at once. With 0 in place of a time, "
        "that "
        "is not watched.\n\n"
        "A picture is frozen while it does not differ from that with which it stopped by more than "
        "noise, and is not black. Loudness is that of the last 0.4 seconds, as EBU R 128 measures "
        "it, by "
        "libavfilter's "
        "ebur128. The picture is looked at in a smaller size, 320 pixels wide.\n\n"
        "Which frames are key frames is known after a reader, and not after nodes that make new "
        "frames. A jump that the reader evens out, as video_reader does with joined recordings, is "
        "none here.",
    .related = "motion, scene, hold, loudness, webhook",
    .example =
        "vflow: 1\n"
        "nodes:\n"
        "  reader: {type: video_reader, path: in.mp4}\n"
        "  alarm: {type: watch, inputs: [reader, reader.audio_frames], black: 1s, silent: 2s}\n"
        "  list: {type: file_append, inputs: alarm, path: alarms.jsonl}\n",
    .kind = VF_PROCESSOR,
    .takes = VF_TAKES_EACH,
    .is_stateful = true,
    .options = VF_LIST(options),
    .inputs = VF_PORTS(
        {.name = "video",
         .type = VF_PORT_VIDEO,
         .help = "Frames of any format",
         .is_optional = true},
        {.name = "audio", .type = VF_PORT_AUDIO, .help = "The sound", .is_optional = true}),
    .outputs = VF_PORTS(
        {.name = "events",
         .type = VF_PORT_VALUE,
         .help = "A message when a state begins, and one when it ends: vflow-events(7)",
         .may_split = true},
        {.name = "state",
         .type = VF_PORT_VALUE,
         .help = "Of each frame, or, without video, of each piece of sound, which states it is in: "
                 "{black: false, frozen: true, ..., loudness: -23.1}; null: not watched"}),
    .options_size = sizeof(struct watch_options),
    .state_size = sizeof(struct watch),
    .check = watch_check,
    .open = watch_open,
    .process = watch_process,
    .flush = watch_flush,
    .close = watch_close,
};
