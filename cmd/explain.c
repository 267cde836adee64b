/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/flow_arguments.h"
#include "cmd/gpu_map.h"
#include "cmd/plan_summary.h"
#include "cmd/plan_table.h"
#include "cmd/planning.h"

struct explain_values {
    struct vf_flow_arguments flow;
    char *gpus;
    bool shows_internals;
};

static const struct vf_flag flags[] = {
    VF_FLOW_FLAGS(struct explain_values, flow),
    VF_GPU_FLAG(struct explain_values, gpus),
    VF_FLAG(0, "internals", NULL, "Show task numbers, sockets, queues and places of memory",
            VF_BOOLEAN(struct explain_values, shows_internals)),
};

static void print_plan(const struct explain_values *values, const struct vf_plan *plan,
                       const struct vf_gpu_list *gpus)
{
    if (!values->shows_internals) {
        vf_plan_summary_print(plan, gpus);
        return;
    }
    vf_plan_table_print(plan);
    vf_gpu_map_print(gpus, plan);
}

static enum vf_exit_status explain_file(const struct explain_values *values, const char *file)
{
    struct vf_plan *plan;
    struct vf_diagnostics excess = {0};
    struct vf_gpu_list gpus = {0};
    enum vf_exit_status status = vf_planning_open(&values->flow, file, &plan, &excess);
    if (status == VF_EXIT_OK) {
        status = vf_gpu_map_allocate(&gpus, plan, values->gpus);
        print_plan(values, plan, &gpus);
        fflush(stdout);
        vf_diagnostics_print(&excess, stderr);
    }
    if (status == VF_EXIT_OK && excess.count)
        status = VF_EXIT_INVALID_FLOW;
    vf_gpu_list_finish(&gpus);
    vf_diagnostics_finish(&excess);
    vf_plan_destroy(&plan);
    return status;
}

static int explain(int argc, char **argv)
{
    struct explain_values values = {0};
    struct vf_operands files;
    int err = vf_command_line_parse(&vf_command_explain, argc, argv, &values, &files);
    if (err)
        return (int)vf_command_line_status(err);
    enum vf_exit_status status =
        vf_flow_arguments_resolve(&values.flow, &vf_command_explain, &files);
    if (status == VF_EXIT_OK)
        status = explain_file(&values, files.items[0]);
    vf_flow_arguments_release(&values.flow);
    vf_command_line_release(&vf_command_explain, &values);
    return (int)status;
}

const struct vf_command vf_command_explain = {
    .name = "explain",
    .summary = "Show how a flow would run: tasks, memory, GPUs, losses.",
    .operand = VF_FLOW_OPERAND,
    .operand_kind = VF_OPERAND_FLOW,
    .maximum_operands = VF_ANY_NUMBER,
    .flags = VF_LIST(flags),
    .run = explain,
};
