/* SPDX-License-Identifier: MIT */
/* filter - runs frames through a graph of libavfilter's filters. */
#include "engine/base/text.h"
#include "engine/media/filter/look.h"
#include "engine/media/filter/option.h"
#include "engine/media/filter/run.h"
#include "engine/node/node.h"

struct filter_options {
    char *graph;
    bool may_be_unsafe;
    int threads;
};

struct filter {
    struct vf_filter_run *filters;
};

static const struct vf_option options[] = {
    {"graph", "The filters, as in ffmpeg's -vf and -filter_complex",
     VF_TEXT(struct filter_options, graph), .is_main = true},
    {"threads", "Threads that one filter may use; 0: chosen for the task",
     VF_INTEGER(struct filter_options, threads), .fallback = "0", VF_RANGE(0, 64)},
    VF_FILTER_UNSAFE(struct filter_options, may_be_unsafe),
};

static int filter_check(const void *values, char *problem, size_t problem_size)
{
    const struct filter_options *asked = values;
    struct vf_filter_nature nature;
    const struct vf_filter_wish wish = {"graph", asked->graph, VF_FILTER_PICTURES,
                                        asked->may_be_unsafe};
    return vf_filter_option_check(&wish, &nature, problem, problem_size);
}

static void filter_reach(const void *values, const struct vf_reach *reach)
{
    const struct filter_options *asked = values;
    vf_filter_option_reach(asked->graph, reach);
}

static void compose(const void *values, const struct vf_filter_form *forms,
                    const struct vf_video *videos, struct vf_text *text)
{
    const struct filter_options *asked = values;
    (void)forms;
    (void)videos;
    vf_text_print(text, "%s", asked->graph);
}

static void filter_forecast(struct vf_foresight *foresight)
{
    const struct filter_options *asked = foresight->options;
    const struct vf_filter_plan plan = {
        .compose = compose, .options = asked, .input_count = foresight->input_count};
    vf_filter_run_foretell(&plan, foresight);
}

/* The node is as its graph was found to be before the start. */
static int filter_open(struct vf_node_run *run)
{
    const struct filter_options *asked = run->options;
    struct filter *filter = run->state;
    const struct vf_filter_plan plan = {
        .compose = compose,
        .options = asked,
        .input_count = (unsigned)run->node->inputs.count,
        .output_count = (unsigned)run->node->outputs.count,
        .is_steady = !run->node->may_split,
        .may_be_unsafe = asked->may_be_unsafe,
        .threads = asked->threads ? (unsigned)asked->threads : run->threads,
    };
    return vf_filter_run_create(&filter->filters, &plan);
}

static int filter_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct filter *filter = run->state;
    return vf_filter_run_process(filter->filters, run, inputs);
}

static int filter_input_ended(struct vf_node_run *run)
{
    struct filter *filter = run->state;
    return vf_filter_run_input_ended(filter->filters, run);
}

static int filter_flush(struct vf_node_run *run)
{
    struct filter *filter = run->state;
    return vf_filter_run_flush(filter->filters, run);
}

static void filter_close(struct vf_node_run *run)
{
    struct filter *filter = run->state;
    vf_filter_run_destroy(&filter->filters);
}

#define INPUT(number, may_lack)                                                 \
    {                                                                           \
        .name = "in" #number, .type = VF_PORT_VIDEO, .is_optional = (may_lack), \
        .help = "Frames for [in" #number "] of the graph"                       \
    }
#define INPUTS(may_lack)                                                                      \
    {.name = "in0", .type = VF_PORT_VIDEO, .help = "Frames for [in0] of the graph, or [in]"}, \
        INPUT(1, may_lack), INPUT(2, may_lack), INPUT(3, may_lack), INPUT(4, may_lack),       \
        INPUT(5, may_lack), INPUT(6, may_lack), INPUT(7, may_lack)
#define OUTPUT(number)                                      \
    {                                                       \
        .name = "out" #number, .type = VF_PORT_VIDEO,       \
        .help = "Frames from [out" #number "] of the graph" \
    }

static const struct vf_port inputs[VF_FILTER_INPUTS] = {INPUTS(true)};

/* Those that a graph has must all be connected. */
static const struct vf_port required[VF_FILTER_INPUTS] = {INPUTS(false)};

static void filter_adapt(const void *values, struct vf_node *copy)
{
    const struct filter_options *asked = values;
    struct vf_filter_nature nature;
    struct vf_filter_problem found;
    if (vf_filter_look(asked->graph, VF_FILTER_PICTURES, &nature, &found) != VF_OK)
        return;
    copy->takes = nature.input_count == 1 ? VF_TAKES_JOINED : VF_TAKES_EACH;
    copy->is_stateful = !nature.is_pure;
    copy->may_split = !nature.is_steady;
    copy->holds = nature.is_steady ? 0 : VF_FILTER_HOLDS;
    copy->inputs = (struct vf_port_list){required, nature.input_count};
    copy->outputs.count = nature.output_count;
}

const struct vf_node vf_node_filter = {
    .name = "filter",
    .summary = "Run frames through a libavfilter graph.",
    .related = "sound_filter, crop, resize",
    .about =
        "The graph has the syntax of ffmpeg's -vf and -filter_complex, and all of its video "
        "filters: `ffmpeg -filters` lists them, `ffmpeg -h filter=NAME` describes one. Audio "
        "filters are refused.\n\n"
        "Pads that are not linked within the graph are its inputs and outputs. Those labelled "
        "[in0], [in1] and [out0], [out1] are the inputs and outputs of the node with these names; "
        "a single one may be called [in] or [out]. Those without a label are numbered from left "
        "to right. The node has exactly as many as the graph.\n\n"
        "`vflow check` reports mistakes in the graph: an unknown filter or option, a bad value or "
        "expression, a label that leads nowhere. A filter that does not accept the size or format "
        "of the frames fails when the first ones arrive.\n\n"
        "Frames of several inputs are matched by their timestamps, by the filters themselves; so "
        "join does not apply, and an input that has ended may still be shown. When the size or "
        "format of an input changes, the graph is drained and starts again.\n\n"
        "A graph whose filters return one frame for each and keep no state, such as hflip, crop "
        "or drawbox, can have replicas and be joined by origin; other graphs cannot.\n\n"
        "Files that filters read, such as lut3d and subtitles do, have to be there when the flow "
        "is "
        "checked, which opens none of them. " VF_FILTER_UNSAFE_ABOUT,
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  small: {type: filter, inputs: reader, graph: \"yadif,scale=640:-2,unsharp\"}\n"
               "  out: {type: video_writer, inputs: small, path: out.mp4}\n",
    .kind = VF_PROCESSOR,
    .takes = VF_TAKES_EACH,
    .is_stateful = true,
    .may_split = true,
    .holds = VF_FILTER_HOLDS,
    .options = VF_LIST(options),
    .inputs = {inputs, VF_FILTER_INPUTS},
    .outputs = VF_PORTS(OUTPUT(0), OUTPUT(1), OUTPUT(2), OUTPUT(3)),
    .options_size = sizeof(struct filter_options),
    .state_size = sizeof(struct filter),
    .check = filter_check,
    .reach = filter_reach,
    .adapt = filter_adapt,
    .forecast = filter_forecast,
    .open = filter_open,
    .process = filter_process,
    .input_ended = filter_input_ended,
    .flush = filter_flush,
    .close = filter_close,
};
