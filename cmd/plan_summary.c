/* SPDX-License-Identifier: MIT */
#include "cmd/plan_summary.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/plan_encoders.h"
#include "cmd/plan_sandbox.h"
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/flow/plan/memory_available.h"
#include "engine/flow/plan/view.h"
#include "engine/flow/plan/wishes.h"
#include "engine/flow/vocabulary.h"
#include "nodes/vision/model/explanation.h"

#define MEGABYTE 1e6

/* What a text holds; "" where memory was short. */
static const char *bytes_of(const struct vf_text *text)
{
    return text->bytes && !text->failed ? text->bytes : "";
}

static int widest_label(const struct vf_plan *plan)
{
    size_t width = 0;
    for (size_t i = 0; i < plan->task_count; i++) {
        struct vf_text label = {0};
        vf_plan_task_label(&label, &plan->tasks[i]);
        width = label.length > width ? label.length : width;
        vf_text_finish(&label);
    }
    return (int)width;
}

/* Returns whether an edge of a task comes from where no edge before it does. */
static bool is_new_source(const struct vf_plan *plan, const struct vf_plan_task *task,
                          size_t number)
{
    const struct vf_plan_edge *edge = task->in_edges[number];
    bool is_new = vf_plan_edge_is_shown(plan, edge);
    for (size_t i = 0; i < number; i++)
        is_new &= task->in_edges[i]->sender != edge->sender ||
                  task->in_edges[i]->sender_port != edge->sender_port;
    return is_new;
}

/* Adds from where a task gets its messages: "a, b.audio and c". */
static void add_sources(struct vf_text *text, const struct vf_plan *plan,
                        const struct vf_plan_task *task)
{
    size_t left = 0;
    for (size_t i = 0; i < task->in_count; i++)
        left += is_new_source(plan, task, i);
    const char *between = ", reads ";
    for (size_t i = 0; i < task->in_count; i++) {
        const struct vf_plan_edge *edge = task->in_edges[i];
        if (!is_new_source(plan, task, i))
            continue;
        vf_text_print(text, "%s", between);
        vf_plan_task_unit(text, vf_plan_sender(plan, edge));
        if (edge->sender_port)
            vf_text_print(text, ".%s", vf_plan_edge_output(plan, edge));
        between = --left == 1 ? " and " : ", ";
    }
}

static void add_join(struct vf_text *text, const struct vf_plan_task *task)
{
    switch (task->join) {
    case VF_JOIN_NONE:
        break;
    case VF_JOIN_ORIGIN:
        vf_text_print(text, "; waits for what was made of the same message");
        break;
    case VF_JOIN_ORDER:
        vf_text_print(text, "; joins the first of each, then the second");
        break;
    case VF_JOIN_TIME:
        vf_text_print(text, "; joins what is within %.6g ms of each other",
                      (double)task->tolerance_ns / VF_NS_PER_MS);
        break;
    case VF_JOIN_LATEST:
        vf_text_print(text, "; takes the newest of each, and waits for none");
        break;
    }
}

static void print_task(const struct vf_plan *plan, const struct vf_plan_task *task, int width)
{
    struct vf_text label = {0}, text = {0};
    vf_plan_task_label(&label, task);
    if (task->is_gather)
        vf_text_print(&text, "puts its inputs together for the replicas");
    else if (task->group)
        vf_plan_task_members(&text, task);
    else
        vf_text_print(&text, "%s", task->node->name);
    if (task->group)
        vf_text_print(&text, ", one after the other in one task");
    add_sources(&text, plan, task);
    add_join(&text, task);
    vf_plan_describe_wishes(&text, plan, task);
    if (task->replica)
        vf_text_print(&text, "; %u tasks share its work", task->replica_count);
    printf("  %-*s  %s\n", width, bytes_of(&label), bytes_of(&text));
    vf_text_finish(&label);
    vf_text_finish(&text);
}

static void print_tasks(const struct vf_plan *plan)
{
    int width = widest_label(plan);
    puts("\nWhat runs, each task in a process of its own and all at the same time:");
    for (size_t i = 0; i < plan->task_count; i++) {
        if (vf_plan_task_is_shown(&plan->tasks[i]))
            print_task(plan, &plan->tasks[i], width);
    }
}

static void print_memory(const struct vf_plan *plan)
{
    struct vf_memory_available available = {0};
    printf("  memory  %.1f MB for frames at most", (double)plan->memory / MEGABYTE);
    if (!plan->is_memory_known)
        fputs(", and what the first frames of live or unknown sources show", stdout);
    if (plan->memory_limit)
        printf("; the flow may have %.1f MB", (double)plan->memory_limit / MEGABYTE);
    if (vf_memory_available(NULL, &available) == VF_OK)
        printf("; %.0f MB can be used here%s", (double)available.bytes / MEGABYTE,
               available.bytes < plan->memory ? ": too little" : "");
    putchar('\n');
    free(available.group);
}

/* Returns the bytes that a task may keep until it is told what of them is wanted, as its option
 * buffer_size says; 0: nobody tells it. */
static int64_t kept_bytes(const struct vf_plan_task *task)
{
    const struct vf_port_list *ports = &task->node->inputs;
    bool is_told = false;
    for (size_t i = 0; i < task->in_count; i++) {
        unsigned port = task->in_edges[i]->input_port;
        is_told = is_told || (port < ports->count && ports->items[port].tells_passed);
    }
    for (size_t i = 0; is_told && i < task->node->options.count; i++) {
        const struct vf_option *option = &task->node->options.items[i];
        if (strcmp(option->name, "buffer_size") == 0)
            return *(const int64_t *)(const void *)((const char *)task->options + option->offset);
    }
    return 0;
}

/* What waits for events is not in the memory of frames. */
static void print_waiting(const struct vf_plan *plan)
{
    for (size_t i = 0; i < plan->task_count; i++) {
        const struct vf_plan_task *task = &plan->tasks[i];
        int64_t bytes = kept_bytes(task);
        if (bytes)
            printf("  waiting %.1f MB of packets at most in %s, until their events are known\n",
                   (double)bytes / MEGABYTE, task->name);
    }
}

static void print_cores(const struct vf_plan *plan)
{
    cpu_set_t set;
    int cores = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
    bool is_less = plan->task_count > (size_t)cores;
    printf("  cores   %zu task%s, %d core%s%s\n", plan->task_count,
           plan->task_count == 1 ? "" : "s", cores, cores == 1 ? "" : "s",
           is_less ? ": they take turns when all are busy" : "");
}

static const char *model_of(const struct vf_gpu_list *gpus, const char *id)
{
    for (size_t i = 0; i < gpus->count; i++) {
        if (strcmp(gpus->items[i].id, id) == 0 && gpus->items[i].model)
            return gpus->items[i].model;
    }
    return "unknown model";
}

static void print_gpus(const struct vf_plan *plan, const struct vf_gpu_list *gpus)
{
    for (size_t i = 0; i < plan->task_count; i++) {
        const struct vf_plan_task *task = &plan->tasks[i];
        if (task->gpu == VF_GPU_NONE)
            continue;
        struct vf_text label = {0};
        vf_text_print(&label, "%s", task->name);
        if (task->gpu_id)
            printf("  gpu     %s runs on %s, %s\n", bytes_of(&label), task->gpu_id,
                   model_of(gpus, task->gpu_id));
        else
            printf("  gpu     %s runs on the CPU: no GPU is left for it\n", bytes_of(&label));
        vf_text_finish(&label);
    }
}

/* What runs the models, which is not looked at in groups. */
static void print_models(const struct vf_plan *plan)
{
    for (size_t i = 0; i < plan->task_count; i++) {
        const struct vf_plan_task *task = &plan->tasks[i];
        struct vf_text text = {0};
        bool is_one = !task->group && vf_plan_task_is_shown(task) && vf_model_is_run_by(task->node);
        if (is_one &&
            vf_model_explain(task->node, task->options, task->gpu_id != NULL, &text) == VF_OK)
            printf("  model   %s runs %s\n", task->name, bytes_of(&text));
        vf_text_finish(&text);
    }
}

static void print_sockets(const struct vf_plan *plan)
{
    const struct vf_transport *transport = &plan->transport;
    if (transport->kind == VF_TRANSPORT_IPC)
        puts("  sockets files in a private folder of the run");
    if (transport->kind == VF_TRANSPORT_TCP)
        printf("  sockets ports %u to %u of %s%s\n", transport->base - (unsigned)plan->task_count,
               transport->base + (unsigned)plan->task_count, transport->host,
               transport->is_insecure ? ", open to whoever reaches them" : "");
}

/* What is compressed on its way. */
static void print_wires(const struct vf_plan *plan)
{
    for (size_t i = 0; i < plan->edge_count; i++) {
        const struct vf_plan_edge *edge = &plan->edges[i];
        struct vf_text ends = {0};
        enum vf_wire_form form = vf_plan_edge_form(plan, edge);
        if (form == VF_WIRE_RAW || !vf_plan_edge_is_shown(plan, edge))
            continue;
        vf_plan_task_label(&ends, vf_plan_sender(plan, edge));
        vf_text_print(&ends, ".%s -> ", vf_plan_edge_output(plan, edge));
        vf_plan_task_label(&ends, vf_plan_receiver(plan, edge));
        printf("  wire    %s: %s\n", bytes_of(&ends),
               form == VF_WIRE_H264 && vf_plan_edge_has_pictures(plan, edge)
                   ? "by h264, with loss; what it cannot carry by lz4"
                   : "by lz4, where that makes a payload smaller");
        vf_text_finish(&ends);
    }
}

/* Prints where messages are dropped; returns how many such places there are. */
static size_t print_losses(const struct vf_plan *plan)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->edge_count; i++) {
        const struct vf_plan_edge *edge = &plan->edges[i];
        struct vf_text ends = {0};
        if (edge->drop == VF_DROP_NEVER || !vf_plan_edge_is_shown(plan, edge))
            continue;
        vf_plan_task_label(&ends, vf_plan_sender(plan, edge));
        vf_text_print(&ends, ".%s -> ", vf_plan_edge_output(plan, edge));
        vf_plan_task_label(&ends, vf_plan_receiver(plan, edge));
        printf("  %s: when %u are waiting, the %s is dropped\n", bytes_of(&ends), edge->depth,
               edge->drop == VF_DROP_OLDEST ? "oldest" : "next one");
        vf_text_finish(&ends);
        count++;
    }
    return count;
}

void vf_plan_summary_print(const struct vf_plan *plan, const struct vf_gpu_list *gpus)
{
    printf("%s: %s, %zu task%s, %zu edge%s\n", plan->file, vf_flow_mode_name(plan->mode),
           plan->task_count, plan->task_count == 1 ? "" : "s", plan->edge_count,
           plan->edge_count == 1 ? "" : "s");
    print_tasks(plan);
    puts("\nWhether it fits:");
    print_memory(plan);
    print_waiting(plan);
    print_cores(plan);
    print_gpus(plan, gpus);
    print_models(plan);
    vf_plan_encoders_print(plan);
    print_sockets(plan);
    print_wires(plan);
    vf_plan_sandbox_print(plan);
    puts("\nWhere messages can be lost:");
    if (!print_losses(plan))
        puts("  nowhere: while a queue is full, its sender waits");
}
