/* SPDX-License-Identifier: MIT */
#include "cmd/export/needs.h"

#include <string.h>

#define MIB ((uint64_t)1 << 20)
#define PROCESS_MIB \
    48 /* of a task, beside frames: libraries, and what codecs have for themselves */
#define ENCODER_FRAMES 80 /* that an encoder holds, looking ahead */
#define STEP_MIB 64       /* in which memory is asked for */

/* Returns the threads that the flow says for a task; 0: nothing. */
static unsigned threads_said(const struct vf_plan_task *task)
{
    const struct vf_option_list *options = &task->node->options;
    for (size_t i = 0; i < options->count && !task->group; i++) {
        const struct vf_option *option = &options->items[i];
        if (strcmp(option->name, "threads") != 0 || option->kind != &vf_kind_integer)
            continue;
        int threads = *(const int *)((const char *)task->options + option->offset);
        return threads > 0 ? (unsigned)threads : 0;
    }
    return 0;
}

static unsigned cores_of(const struct vf_plan_task *task)
{
    if (task->is_gather || task->node->is_reading_only_heads)
        return 0;
    unsigned threads = threads_said(task);
    return threads ? threads : 1;
}

/* Returns the size of the largest payload that comes to a task. */
static uint64_t largest_input(const struct vf_plan *plan, const struct vf_plan_task *task)
{
    uint64_t largest = 0;
    for (size_t i = 0; i < task->in_count; i++) {
        const struct vf_plan_edge *edge = task->in_edges[i];
        const struct vf_forecast *forecast =
            &vf_plan_sender(plan, edge)->forecasts[edge->sender_port];
        largest = forecast->payload_bytes > largest ? forecast->payload_bytes : largest;
    }
    return largest;
}

/* Frames that a consumer writes into files are encoded first. */
static bool may_encode(const struct vf_plan_task *task)
{
    bool has_files = false;
    for (size_t i = 0; i < task->node->options.count && task->node->kind == VF_CONSUMER; i++) {
        enum vf_option_role role = task->node->options.items[i].kind->role;
        has_files = has_files || role == VF_ROLE_OUTPUT_FILE || role == VF_ROLE_OUTPUT_FILES;
    }
    return has_files;
}

static uint64_t memory_of(const struct vf_plan *plan)
{
    uint64_t bytes = plan->memory_limit ? plan->memory_limit : plan->memory;
    if (!plan->memory_limit && !plan->is_memory_known)
        return 0;
    for (size_t i = 0; i < plan->task_count; i++) {
        if (may_encode(&plan->tasks[i]))
            bytes += ENCODER_FRAMES * largest_input(plan, &plan->tasks[i]);
    }
    return (bytes + MIB - 1) / MIB + (plan->task_count + 1) * PROCESS_MIB;
}

/* Tasks that ask for any GPU have one each; those that share take what there is. */
static unsigned gpus_of(const struct vf_plan *plan)
{
    unsigned own = 0, numbered = 0;
    bool is_shared = false;
    for (size_t i = 0; i < plan->task_count; i++) {
        const struct vf_plan_task *task = &plan->tasks[i];
        own += task->gpu == VF_GPU_ANY;
        is_shared = is_shared || task->gpu == VF_GPU_SHARED;
        if (task->gpu == VF_GPU_NUMBER && task->gpu_number >= numbered)
            numbered = task->gpu_number + 1;
    }
    own += numbered;
    return own ? own : is_shared;
}

static uint64_t round_up(uint64_t mib)
{
    return (mib + STEP_MIB - 1) / STEP_MIB * STEP_MIB;
}

unsigned vf_export_needs_cores(const struct vf_plan *plan)
{
    unsigned cores = 0;
    for (size_t i = 0; i < plan->task_count; i++)
        cores += cores_of(&plan->tasks[i]);
    return cores ? cores : 1;
}

void vf_export_needs_of_plan(struct vf_export_needs *needs, const struct vf_plan *plan,
                             unsigned cores)
{
    *needs = (struct vf_export_needs){
        .cores = cores, .memory_mib = round_up(memory_of(plan)), .gpus = gpus_of(plan)};
}

void vf_export_needs_multiply(struct vf_export_needs *needs, unsigned runs)
{
    needs->cores *= runs;
    needs->memory_mib *= runs;
    needs->gpus *= runs;
}
