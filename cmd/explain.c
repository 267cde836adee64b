/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/flow_arguments.h"
#include "cmd/gpu_map.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/flow/flow_plan.h"
#include "engine/wire/socket_number.h"
#include "nodes/all_nodes.h"

struct explain_values {
    struct vf_flow_arguments flow;
    char *gpus;
};

static const struct vf_flag flags[] = {
    VF_FLOW_FLAGS(struct explain_values, flow),
    VF_GPU_FLAG(struct explain_values, gpus),
};

static const char *mode_name(enum vf_flow_mode mode)
{
    return mode == VF_MODE_REALTIME ? "realtime" : "batch";
}

static const char *drop_name(enum vf_drop_policy drop)
{
    switch (drop) {
    case VF_DROP_NEWEST:
        return "newest";
    case VF_DROP_OLDEST:
        return "oldest";
    case VF_DROP_BY_MODE:
    case VF_DROP_NEVER:
        break;
    }
    return "never";
}

static const char *join_name(enum vf_join_policy join)
{
    switch (join) {
    case VF_JOIN_ORIGIN:
        return "origin";
    case VF_JOIN_ORDER:
        return "order";
    case VF_JOIN_TIME:
        return "time";
    case VF_JOIN_NONE:
        break;
    }
    return "-";
}

static int name_width(const struct vf_plan *plan)
{
    size_t width = strlen("task");
    for (size_t i = 0; i < plan->task_count; i++) {
        size_t length = strlen(plan->tasks[i].name);
        width = length > width ? length : width;
    }
    return (int)width;
}

static void print_tasks(const struct vf_plan *plan)
{
    int width = name_width(plan);
    printf("%4s  %-*s  %-14s %6s %6s %6s %9s  %s\n", "id", width, "task", "type", "data", "stop",
           "cores", "payloads", "join");
    for (size_t i = 0; i < plan->task_count; i++) {
        const struct vf_plan_task *task = &plan->tasks[i];
        printf("%4u  %-*s  %-14s %6d %6d %6u %9u  %s\n", task->id, width, task->name,
               task->node->name, vf_socket_from_task_id((int)task->id),
               vf_termination_socket_from_task_id((int)task->id), task->cores, task->payloads,
               join_name(task->join));
    }
}

/* Adds "task.port" of the sending end of an edge. */
static void print_sender(struct vf_text *text, const struct vf_plan *plan,
                         const struct vf_plan_edge *edge)
{
    const struct vf_plan_task *task = &plan->tasks[edge->sender - 1];
    vf_text_print(text, "%s.%s", task->name, task->node->outputs.items[edge->sender_port].name);
}

/* The same of the receiving end. A repeated port, always the last, is numbered from 1. */
static void print_receiver(struct vf_text *text, const struct vf_plan *plan,
                           const struct vf_plan_edge *edge)
{
    const struct vf_plan_task *task = &plan->tasks[edge->receiver - 1];
    const struct vf_port_list *ports = &task->node->inputs;
    size_t last = ports->count - 1;
    size_t port = edge->input < last ? edge->input : last;
    vf_text_print(text, "%s.%s", task->name, ports->items[port].name);
    if (ports->items[port].is_repeated)
        vf_text_print(text, "[%zu]", edge->input - last + 1);
}

static void print_edge(const struct vf_plan *plan, const struct vf_plan_edge *edge)
{
    struct vf_text ends = {0};
    print_sender(&ends, plan, edge);
    vf_text_print(&ends, " -> ");
    print_receiver(&ends, plan, edge);
    printf("%4u  %-40s %5u %6s %6u %6u%s\n", edge->id, ends.bytes ? ends.bytes : "", edge->depth,
           drop_name(edge->drop), edge->group, edge->cells,
           edge->is_deepened ? "  deepened to match the longer branch" : "");
    vf_text_finish(&ends);
}

static void print_plan(const struct vf_plan *plan)
{
    printf("%s: %s, %zu task%s, %zu edge%s\n\n", plan->file, mode_name(plan->mode),
           plan->task_count, plan->task_count == 1 ? "" : "s", plan->edge_count,
           plan->edge_count == 1 ? "" : "s");
    print_tasks(plan);
    printf("\n%4s  %-40s %5s %6s %6s %6s\n", "edge", "from -> to", "queue", "drop", "group",
           "cells");
    for (size_t i = 0; i < plan->edge_count; i++)
        print_edge(plan, &plan->edges[i]);
}

static enum vf_exit_status explain_file(const struct explain_values *values, const char *file)
{
    struct vf_flow *flow = NULL;
    struct vf_plan *plan = NULL;
    struct vf_gpu_list gpus = {0};
    enum vf_exit_status status = vf_flow_arguments_open(&values->flow, file, &flow);
    if (status != VF_EXIT_OK)
        return status;
    int err = vf_plan_create(&plan, flow, &vf_all_nodes);
    if (err) {
        vf_log(VF_LOG_ERROR, "%s: no plan: %s", file, strerror(-err));
        status = VF_EXIT_INTERNAL;
    } else {
        status = vf_gpu_map_allocate(&gpus, plan, values->gpus);
        print_plan(plan);
        vf_gpu_map_print(&gpus, plan);
    }
    vf_gpu_list_finish(&gpus);
    vf_plan_destroy(&plan);
    vf_flow_destroy(&flow);
    return status;
}

static int explain(int argc, char **argv)
{
    struct explain_values values = {0};
    struct vf_operands files;
    int err = vf_command_line_parse(&vf_command_explain, argc, argv, &values, &files);
    if (err)
        return (int)vf_command_line_status(err);
    enum vf_exit_status status = explain_file(&values, files.items[0]);
    vf_command_line_release(&vf_command_explain, &values);
    return (int)status;
}

const struct vf_command vf_command_explain = {
    .name = "explain",
    .summary = "Show the tasks, sockets and queues that a flow would run with.",
    .operand = "FLOW",
    .operand_kind = VF_OPERAND_FLOW,
    .minimum_operands = 1,
    .maximum_operands = 1,
    .flags = VF_LIST(flags),
    .run = explain,
};
