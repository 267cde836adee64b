/* SPDX-License-Identifier: MIT */
/* mix - adds sounds up to one. */
#include <errno.h>
#include <stdio.h>

#include "engine/base/log.h"
#include "engine/media/libav/sound.h"
#include "engine/media/sound/mixer.h"
#include "engine/node/node.h"

#define LATE_US 500000 /* in realtime: how far behind the others a sound may be */

struct mix_options {
    int rate;
    char *layout;
    enum vf_mixer_end until;
};

struct mix {
    struct vf_mixer *mixer;
    struct vf_description leader; /* of the last message of input 0; version 0: there was none */
    bool is_answering;            /* a message of input 0 */
    bool is_announced;
};

static const struct vf_option options[] = {
    {"rate", "Sample rate; 0: that of the sound that comes first",
     VF_INTEGER(struct mix_options, rate), .fallback = "0", VF_RANGE(0, 768000), .unit = "Hz"},
    {"layout",
     "Channels, as ffmpeg names them: mono, stereo, 5.1; \"\": those of the sound that comes first",
     VF_TEXT(struct mix_options, layout), .fallback = ""},
    {"until", "Where the mix ends",
     VF_CHOICE(struct mix_options, until,
               {"longest", VF_MIXER_LONGEST, "With the sound that ends last"},
               {"first", VF_MIXER_FIRST, "With the first input"},
               {"shortest", VF_MIXER_SHORTEST, "With the sound that ends first"}),
     .fallback = "longest"},
};

static int mix_check(const void *values, char *problem, size_t problem_size)
{
    const struct mix_options *asked = values;
    if (!asked->layout[0] || vf_mixer_knows_layout(asked->layout))
        return VF_OK;
    snprintf(problem, problem_size,
             "layout is \"%s\"; `ffmpeg -layouts` lists those there are, such as mono, stereo, 5.1",
             asked->layout);
    return -EINVAL;
}

static int mix_open(struct vf_node_run *run)
{
    const struct mix_options *asked = run->options;
    struct mix *mix = run->state;
    const struct vf_mixer_order order = {
        .inputs = run->input_count,
        .rate = asked->rate,
        .layout = asked->layout,
        .end = asked->until,
        .patience = run->is_realtime ? LATE_US : INT64_MAX,
    };
    return vf_mixer_create(&mix->mixer, &order);
}

/* The mix has the numbers of its first input, and never one below what that was told to have
 * passed. */
static int send(struct vf_node_run *run, int made, struct vf_message **message)
{
    struct mix *mix = run->state;
    if (!made && mix->leader.version) {
        struct vf_description *description = &(*message)->description;
        description->origin = mix->leader.origin;
        description->event_time_ns = mix->leader.event_time_ns;
        vf_message_copy_source(description, &mix->leader);
        if (!mix->is_answering)
            description->origin.number++;
    }
    return vf_node_emit_made(run, 0, made, message);
}

/* Sends what can be mixed. Returns VF_END behind the end of the mix, too. */
static int send_ready(struct vf_node_run *run)
{
    struct mix *mix = run->state;
    for (;;) {
        struct vf_message *message;
        int err = vf_mixer_take(mix->mixer, run, &message);
        if (err == -EAGAIN)
            return VF_OK;
        if (err && err != VF_DROPPED)
            return err;
        err = send(run, err, &message);
        if (err)
            return err;
    }
}

static int announce(struct vf_node_run *run)
{
    struct mix *mix = run->state;
    struct vf_message *message;
    int err = mix->is_announced ? -EAGAIN : vf_mixer_announce(mix->mixer, run, &message);
    if (err == -EAGAIN)
        return VF_OK;
    mix->is_announced = true;
    return send(run, err, &message);
}

static int refuse_late(const struct vf_node_run *run, unsigned input, unsigned late)
{
    vf_log(VF_LOG_ERROR,
           "the sound of %s waits for that of %s, which is too far behind; what the mix is made of "
           "must come at the same time",
           run->input_names[input], run->input_names[late]);
    return -E2BIG;
}

static int take(struct vf_node_run *run, unsigned input, const struct vf_message *message)
{
    struct mix *mix = run->state;
    unsigned late = 0;
    if (vf_media_sound_is_none(message)) {
        vf_mixer_rest(mix->mixer, input);
        return vf_mixer_is_silent(mix->mixer) ? vf_node_passthrough(run, 0, input) : VF_OK;
    }
    int err = vf_mixer_add(mix->mixer, input, message, &late);
    if (err == -E2BIG)
        return refuse_late(run, input, late);
    if (!err && vf_media_sound_is_announcement(message))
        err = announce(run);
    return err;
}

static int mix_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct mix *mix = run->state;
    int err = VF_OK;
    mix->is_answering = inputs[0] != NULL;
    if (inputs[0])
        mix->leader = inputs[0]->description;
    for (unsigned i = 0; i < run->input_count && !err; i++) {
        if (inputs[i])
            err = take(run, i, inputs[i]);
    }
    if (!err)
        err = send_ready(run);
    mix->is_answering = false;
    return err;
}

static int mix_input_ended(struct vf_node_run *run)
{
    struct mix *mix = run->state;
    int err = VF_OK;
    for (unsigned i = 0; i < run->input_count && !err; i++) {
        if (vf_node_has_ended(run, i))
            err = vf_mixer_end(mix->mixer, i);
    }
    return err ? err : send_ready(run);
}

/* In realtime that is how it goes; in batch it is a loss. */
static void tell_left_out(struct vf_node_run *run)
{
    const struct mix *mix = run->state;
    static const char text[] = "%.3f s of the sound of %s came too late for the mix: left out";
    for (unsigned i = 0; i < run->input_count; i++) {
        double seconds = (double)vf_mixer_left_out_us(mix->mixer, i) / 1e6;
        if (seconds > 0 && run->is_realtime)
            vf_log(VF_LOG_WARNING, text, seconds, run->input_names[i]);
        else if (seconds > 0)
            vf_node_report_error(run, text, seconds, run->input_names[i]);
    }
}

static int mix_flush(struct vf_node_run *run)
{
    struct mix *mix = run->state;
    int err = VF_OK;
    for (unsigned i = 0; i < run->input_count && !err; i++)
        err = vf_mixer_end(mix->mixer, i);
    if (!err)
        err = send_ready(run);
    tell_left_out(run);
    return err == VF_END ? VF_OK : err;
}

static void mix_close(struct vf_node_run *run)
{
    struct mix *mix = run->state;
    vf_mixer_destroy(&mix->mixer);
}

const struct vf_node vf_node_mix = {
    .name = "mix",
    .summary = "Add sounds up to one.",
    .related = "volume, sound_filter",
    .about =
        "Each sample goes where its timestamp says: a sound that begins later begins later in the "
        "mix, and one that has a gap is silent there. Sounds of another rate or with other "
        "channels "
        "are converted. They are added as they are: put the node volume in front of those that are "
        "to be quieter, and of all where the sum would be too loud.\n\n"
        "In batch the mix waits for the sound that is behind, and fails when 256 MiB of another "
        "are waiting for it; but a sound that its reader has said to be missing, as in a file of a "
        "folder, is then silent. In realtime a sound that is half a second behind the others is "
        "silent until it has caught up. What comes too late is left out, and reported at the end.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  music: {type: video_reader, path: music.mp3}\n"
               "  quiet: {type: volume, inputs: music.audio_frames, gain: -15dB}\n"
               "  both: {type: mix, inputs: [reader.audio_frames, quiet], until: first}\n"
               "  out: {type: video_writer, inputs: {video: reader, audio: both}, path: out.mp4}\n",
    .kind = VF_PROCESSOR,
    .takes = VF_TAKES_EACH,
    .is_stateful = true,
    .may_split = true,
    .options = VF_LIST(options),
    .inputs =
        VF_PORTS({.name = "in", .type = VF_PORT_AUDIO, .help = "The sounds", .is_repeated = true}),
    .outputs = VF_PORTS({.name = "out", .type = VF_PORT_AUDIO, .help = "The sum of all"}),
    .options_size = sizeof(struct mix_options),
    .state_size = sizeof(struct mix),
    .check = mix_check,
    .open = mix_open,
    .process = mix_process,
    .input_ended = mix_input_ended,
    .flush = mix_flush,
    .close = mix_close,
};
