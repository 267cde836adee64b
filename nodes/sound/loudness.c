/* SPDX-License-Identifier: MIT */
/* loudness - brings sound to a loudness that is asked for. */
#include "engine/base/text.h"
#include "nodes/sound/sound_graph.h"

struct loudness_options {
    double target, range, peak;
};

static const struct vf_option options[] = {
    {"target", "Integrated loudness", VF_NUMBER(struct loudness_options, target), .fallback = "-23",
     VF_RANGE(-70, -5), .unit = "LUFS", .is_main = true},
    {"range", "Loudness range", VF_NUMBER(struct loudness_options, range), .fallback = "7",
     VF_RANGE(1, 50), .unit = "LU"},
    {"peak", "Highest true peak", VF_NUMBER(struct loudness_options, peak), .fallback = "-1",
     VF_RANGE(-9, 0), .unit = "dBTP"},
};

/* The filter works at 192 kHz, and goes by the number of samples, not by their times: gaps must be
 * filled. */
static void compose(const void *values, const struct vf_filter_form *forms,
                    const struct vf_video *videos, struct vf_text *text)
{
    const struct loudness_options *asked = values;
    (void)videos;
    vf_text_print(text, "aresample=async=1,loudnorm=I=");
    vf_text_print_real(text, asked->target);
    vf_text_print(text, ":LRA=");
    vf_text_print_real(text, asked->range);
    vf_text_print(text, ":TP=");
    vf_text_print_real(text, asked->peak);
    vf_text_print(text, ",aresample=%d", forms[0].sample_rate);
}

static int loudness_open(struct vf_node_run *run)
{
    const struct vf_filter_plan plan = {.media = VF_FILTER_SOUND,
                                        .compose = compose,
                                        .options = run->options,
                                        .input_count = 1,
                                        .output_count = 1,
                                        .threads = 1};
    return vf_sound_graph_open(run, &plan);
}

const struct vf_node vf_node_loudness = {
    .name = "loudness",
    .summary = "Bring sound to an even loudness.",
    .related = "volume, sound_filter",
    .about = "Loudness is measured as EBU R 128 and ITU-R BS.1770 say. The defaults are those of "
             "EBU R 128 for broadcast; streaming services mostly ask for -14 or -16 LUFS. It is "
             "measured over the last three seconds and corrected as the sound goes by, as "
             "libavfilter's loudnorm does in its dynamic mode: so the sound comes three seconds "
             "late out of this node, with its timestamps unchanged. Gaps become silence.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  even: {type: loudness, inputs: reader.audio_frames, target: -16}\n"
               "  out: {type: video_writer, inputs: {video: reader, audio: even}, path: out.mp4}\n",
    .kind = VF_PROCESSOR,
    .is_stateful = true,
    .may_split = true,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "in", .type = VF_PORT_AUDIO, .help = "The sound"}),
    .outputs =
        VF_PORTS({.name = "out", .type = VF_PORT_AUDIO, .help = "The sound at that loudness"}),
    .options_size = sizeof(struct loudness_options),
    .state_size = sizeof(struct vf_sound_graph),
    .open = loudness_open,
    .process = vf_sound_graph_process,
    .flush = vf_sound_graph_flush,
    .close = vf_sound_graph_close,
};
