/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/flow_arguments.h"
#include "engine/base/log.h"
#include "engine/flow/plan/draw.h"
#include "engine/flow/plan/plan.h"
#include "nodes/all_nodes.h"

enum graph_format { GRAPH_ASCII, GRAPH_DOT, GRAPH_MERMAID, GRAPH_JSON };

struct graph_values {
    struct vf_flow_arguments flow;
    enum graph_format format;
};

static const struct vf_flag flags[] = {
    VF_FLOW_FLAGS(struct graph_values, flow),
    VF_FLAG(0, "format", "FORMAT", "Format",
            VF_CHOICE(struct graph_values, format, {"ascii", GRAPH_ASCII, "For a terminal"},
                      {"dot", GRAPH_DOT, "For Graphviz"},
                      {"mermaid", GRAPH_MERMAID, "For Mermaid, in Markdown"},
                      {"json", GRAPH_JSON, "For programs"}),
            .fallback = "ascii"),
};

static int draw(enum graph_format format, const struct vf_plan *plan)
{
    switch (format) {
    case GRAPH_ASCII:
        return vf_flow_draw_ascii(stdout, plan);
    case GRAPH_DOT:
        vf_flow_draw_dot(stdout, plan);
        break;
    case GRAPH_MERMAID:
        vf_flow_draw_mermaid(stdout, plan);
        break;
    case GRAPH_JSON:
        vf_flow_draw_json(stdout, plan);
        break;
    }
    return VF_OK;
}

static enum vf_exit_status draw_file(const struct graph_values *values, const char *file)
{
    struct vf_flow *flow;
    struct vf_plan *plan = NULL;
    enum vf_exit_status status = vf_flow_arguments_open(&values->flow, file, &flow);
    if (status != VF_EXIT_OK)
        return status;
    int err = vf_plan_create(&plan, flow, &vf_all_nodes);
    if (!err)
        err = draw(values->format, plan);
    vf_plan_destroy(&plan);
    vf_flow_destroy(&flow);
    if (!err)
        return VF_EXIT_OK;
    vf_log(VF_LOG_ERROR, "the flow could not be drawn: %s", strerror(-err));
    return VF_EXIT_INTERNAL;
}

static int graph(int argc, char **argv)
{
    struct graph_values values = {0};
    struct vf_operands files;
    int err = vf_command_line_parse(&vf_command_graph, argc, argv, &values, &files);
    if (err)
        return (int)vf_command_line_status(err);
    enum vf_exit_status status = vf_flow_arguments_resolve(&values.flow, &vf_command_graph, &files);
    if (status == VF_EXIT_OK)
        status = draw_file(&values, files.items[0]);
    vf_flow_arguments_release(&values.flow);
    vf_command_line_release(&vf_command_graph, &values);
    return (int)status;
}

const struct vf_command vf_command_graph = {
    .name = "graph",
    .summary = "Print a flow as a graph.",
    .operand = VF_FLOW_OPERAND,
    .operand_kind = VF_OPERAND_FLOW,
    .maximum_operands = VF_ANY_NUMBER,
    .flags = VF_LIST(flags),
    .run = graph,
};
