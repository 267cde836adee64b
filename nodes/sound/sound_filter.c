/* SPDX-License-Identifier: MIT */
/* sound_filter - runs sound through a graph of libavfilter's filters. */
#include "engine/base/text.h"
#include "engine/media/filter/look.h"
#include "engine/media/filter/option.h"
#include "nodes/sound/sound_graph.h"

struct sound_filter_options {
    char *graph;
    bool may_be_unsafe;
};

static const struct vf_option options[] = {
    {"graph", "The filters, as in ffmpeg's -af and -filter_complex",
     VF_TEXT(struct sound_filter_options, graph), .is_main = true},
    VF_FILTER_UNSAFE(struct sound_filter_options, may_be_unsafe),
};

static int sound_filter_check(const void *values, char *problem, size_t problem_size)
{
    const struct sound_filter_options *asked = values;
    struct vf_filter_nature nature;
    const struct vf_filter_wish wish = {"graph", asked->graph, VF_FILTER_SOUND,
                                        asked->may_be_unsafe};
    return vf_filter_option_check(&wish, &nature, problem, problem_size);
}

static void sound_filter_reach(const void *values, const struct vf_reach *reach)
{
    const struct sound_filter_options *asked = values;
    vf_filter_option_reach(asked->graph, reach);
}

static void compose(const void *values, const struct vf_filter_form *forms,
                    const struct vf_video *videos, struct vf_text *text)
{
    const struct sound_filter_options *asked = values;
    (void)forms;
    (void)videos;
    vf_text_print(text, "%s", asked->graph);
}

/* The node is as its graph was found to be before the start. */
static int sound_filter_open(struct vf_node_run *run)
{
    const struct sound_filter_options *asked = run->options;
    const struct vf_filter_plan plan = {
        .media = VF_FILTER_SOUND,
        .compose = compose,
        .options = asked,
        .input_count = (unsigned)run->node->inputs.count,
        .output_count = (unsigned)run->node->outputs.count,
        .is_steady = !run->node->may_split,
        .may_be_unsafe = asked->may_be_unsafe,
        .threads = run->threads,
    };
    return vf_sound_graph_open(run, &plan);
}

#define INPUT(number, may_lack)                                                 \
    {                                                                           \
        .name = "in" #number, .type = VF_PORT_AUDIO, .is_optional = (may_lack), \
        .help = "Sound for [in" #number "] of the graph"                        \
    }
#define INPUTS(may_lack)                                                                     \
    {.name = "in0", .type = VF_PORT_AUDIO, .help = "Sound for [in0] of the graph, or [in]"}, \
        INPUT(1, may_lack), INPUT(2, may_lack), INPUT(3, may_lack), INPUT(4, may_lack),      \
        INPUT(5, may_lack), INPUT(6, may_lack), INPUT(7, may_lack)
#define OUTPUT(number)                                     \
    {                                                      \
        .name = "out" #number, .type = VF_PORT_AUDIO,      \
        .help = "Sound from [out" #number "] of the graph" \
    }

static const struct vf_port inputs[VF_FILTER_INPUTS] = {INPUTS(true)};

/* Those that a graph has must all be connected. */
static const struct vf_port required[VF_FILTER_INPUTS] = {INPUTS(false)};

static void sound_filter_adapt(const void *values, struct vf_node *copy)
{
    const struct sound_filter_options *asked = values;
    struct vf_filter_nature nature;
    struct vf_filter_problem found;
    if (vf_filter_look(asked->graph, VF_FILTER_SOUND, &nature, &found) != VF_OK)
        return;
    copy->takes = nature.input_count == 1 ? VF_TAKES_JOINED : VF_TAKES_EACH;
    copy->is_stateful = !nature.is_pure;
    copy->may_split = !nature.is_steady;
    copy->inputs = (struct vf_port_list){required, nature.input_count};
    copy->outputs.count = nature.output_count;
}

const struct vf_node vf_node_sound_filter = {
    .name = "sound_filter",
    .summary = "Run sound through a libavfilter graph.",
    .related = "filter, volume, loudness",
    .about =
        "The graph has the syntax of ffmpeg's -af and -filter_complex, and all of its audio "
        "filters: `ffmpeg -filters` lists them, `ffmpeg -h filter=NAME` describes one. The sound "
        "comes decoded, from the port audio_frames of a reader; a video_writer encodes it.\n\n"
        "Pads that are not linked within the graph are its inputs and outputs. Those labelled "
        "[in0], [in1] and [out0], [out1] are the inputs and outputs of the node with these names; "
        "a single one may be called [in] or [out]. Those without a label are numbered from left "
        "to right. The node has exactly as many as the graph.\n\n"
        "`vflow check` reports mistakes in the graph: an unknown filter or option, a bad value or "
        "expression, a label that leads nowhere. Files that filters read have to be there then; it "
        "opens none of them. " VF_FILTER_UNSAFE_ABOUT "\n\n"
        "Several inputs go into the filters as they come: join does not apply. Some filters, such "
        "as amix, put them together from the first sample on, whatever their timestamps say; the "
        "node mix goes by the timestamps. The node fails when an input is so far behind another "
        "that "
        "more than 256 MB of that would wait for it. When the rate, the format or the channels of "
        "an input "
        "change, the graph is drained and starts again.",
    .example =
        "vflow: 1\n"
        "nodes:\n"
        "  reader: {type: video_reader, path: in.mp4}\n"
        "  clear: {type: sound_filter, inputs: reader.audio_frames,\n"
        "          graph: \"highpass=f=100,acompressor\"}\n"
        "  out: {type: video_writer, inputs: {video: reader, audio: clear}, path: out.mp4}\n",
    .kind = VF_PROCESSOR,
    .takes = VF_TAKES_EACH,
    .is_stateful = true,
    .may_split = true,
    .options = VF_LIST(options),
    .inputs = {inputs, VF_FILTER_INPUTS},
    .outputs = VF_PORTS(OUTPUT(0), OUTPUT(1), OUTPUT(2), OUTPUT(3)),
    .options_size = sizeof(struct sound_filter_options),
    .state_size = sizeof(struct vf_sound_graph),
    .check = sound_filter_check,
    .reach = sound_filter_reach,
    .adapt = sound_filter_adapt,
    .open = sound_filter_open,
    .process = vf_sound_graph_process,
    .input_ended = vf_sound_graph_input_ended,
    .flush = vf_sound_graph_flush,
    .close = vf_sound_graph_close,
};
