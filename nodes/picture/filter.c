/* SPDX-License-Identifier: MIT */
/* filter - runs frames through a graph of libavfilter's filters. */
#include <errno.h>

#include "engine/base/text.h"
#include "engine/media/filter/graph.h"
#include "engine/media/filter/run.h"
#include "engine/node/node.h"

struct filter_options {
    char *graph;
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
};

static int filter_check(const void *values, char *problem, size_t problem_size)
{
    const struct filter_options *asked = values;
    struct vf_filter_nature nature;
    struct vf_filter_problem found;
    int err = vf_filter_graph_check(asked->graph, VF_FILTER_PICTURES, &nature, &found);
    if (found.text[0])
        snprintf(problem, problem_size, "graph: %s", found.text);
    return err;
}

static void compose(const void *values, const struct vf_filter_form *forms,
                    const struct vf_video *videos, struct vf_text *text)
{
    const struct filter_options *asked = values;
    (void)forms;
    (void)videos;
    vf_text_print(text, "%s", asked->graph);
}

static struct vf_filter_plan plan_of(const struct filter_options *asked, unsigned threads)
{
    struct vf_filter_nature nature;
    struct vf_filter_problem found;
    struct vf_filter_plan plan = {.compose = compose, .options = asked};
    if (vf_filter_graph_check(asked->graph, VF_FILTER_PICTURES, &nature, &found) != VF_OK)
        return plan;
    plan.input_count = nature.input_count;
    plan.output_count = nature.output_count;
    plan.is_steady = nature.is_steady;
    plan.threads = asked->threads ? (unsigned)asked->threads : threads;
    return plan;
}

static void filter_forecast(struct vf_foresight *foresight)
{
    const struct vf_filter_plan plan = plan_of(foresight->options, foresight->threads);
    if (plan.input_count)
        vf_filter_run_foretell(&plan, foresight);
}

static int filter_open(struct vf_node_run *run)
{
    const struct vf_filter_plan plan = plan_of(run->options, run->threads);
    struct filter *filter = run->state;
    return plan.input_count ? vf_filter_run_create(&filter->filters, &plan) : -EINVAL;
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
    if (vf_filter_graph_check(asked->graph, VF_FILTER_PICTURES, &nature, &found) != VF_OK)
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
        "or drawbox, can have replicas and be joined by origin; other graphs cannot. Filters that "
        "open files, such as lut3d and subtitles, open them when the flow is checked, too.",
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
    .adapt = filter_adapt,
    .forecast = filter_forecast,
    .open = filter_open,
    .process = filter_process,
    .input_ended = filter_input_ended,
    .flush = filter_flush,
    .close = filter_close,
};
