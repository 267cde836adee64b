/* SPDX-License-Identifier: MIT */
/* volume - makes sound louder or quieter. */
#include <errno.h>
#include <stdio.h>

#include "engine/base/text.h"
#include "nodes/sound/gain.h"
#include "nodes/sound/sound_graph.h"

struct volume_options {
    char *gain;
};

static const struct vf_option options[] = {
    {"gain", "A factor, such as 0.5, or decibels, such as -6dB; 0 is silence",
     VF_TEXT(struct volume_options, gain), .is_main = true},
};

static int volume_check(const void *values, char *problem, size_t problem_size)
{
    const struct volume_options *asked = values;
    double factor;
    if (vf_gain_read(asked->gain, &factor))
        return VF_OK;
    snprintf(problem, problem_size,
             "gain is \"%s\"; it is a factor from 0 to 1000, such as 0.5, or decibels up to 60, "
             "such as -6dB",
             asked->gain);
    return -EINVAL;
}

static void compose(const void *values, const struct vf_filter_form *forms,
                    const struct vf_video *videos, struct vf_text *text)
{
    const struct volume_options *asked = values;
    double factor = 1;
    (void)forms;
    (void)videos;
    (void)vf_gain_read(asked->gain, &factor); /* it has been checked */
    vf_text_print(text, "volume=");
    vf_text_print_real(text, factor);
}

static int volume_open(struct vf_node_run *run)
{
    const struct vf_filter_plan plan = {.media = VF_FILTER_SOUND,
                                        .compose = compose,
                                        .options = run->options,
                                        .input_count = 1,
                                        .output_count = 1,
                                        .is_steady = true,
                                        .threads = 1};
    return vf_sound_graph_open(run, &plan);
}

const struct vf_node vf_node_volume = {
    .name = "volume",
    .summary = "Make sound louder or quieter.",
    .related = "loudness, mix, sound_filter",
    .about = "Where samples are whole numbers, what becomes too loud for them is clipped. Most "
             "codecs decode to floating point, which is never too loud here; but an encoder may "
             "have to clip it.",
    .example =
        "vflow: 1\n"
        "nodes:\n"
        "  reader: {type: video_reader, path: in.mp4}\n"
        "  quiet: {type: volume, inputs: reader.audio_frames, gain: -12dB}\n"
        "  out: {type: video_writer, inputs: {video: reader, audio: quiet}, path: out.mp4}\n",
    .kind = VF_PROCESSOR,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "in", .type = VF_PORT_AUDIO, .help = "The sound"}),
    .outputs = VF_PORTS({.name = "out", .type = VF_PORT_AUDIO, .help = "The sound at that volume"}),
    .options_size = sizeof(struct volume_options),
    .state_size = sizeof(struct vf_sound_graph),
    .check = volume_check,
    .open = volume_open,
    .process = vf_sound_graph_process,
    .flush = vf_sound_graph_flush,
    .close = vf_sound_graph_close,
};
