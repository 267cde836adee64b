/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/flow_arguments.h"
#include "cmd/gpu_map.h"
#include "cmd/plan_table.h"
#include "engine/base/log.h"
#include "engine/flow/flow_plan.h"
#include "nodes/all_nodes.h"

struct explain_values {
    struct vf_flow_arguments flow;
    char *gpus;
};

static const struct vf_flag flags[] = {
    VF_FLOW_FLAGS(struct explain_values, flow),
    VF_GPU_FLAG(struct explain_values, gpus),
};

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
        vf_plan_table_print(plan);
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
