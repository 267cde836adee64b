/* SPDX-License-Identifier: MIT */
#include "engine/flow/flow_draw.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/node/reference_value.h"

struct drawing {
    FILE *out;
    const struct vf_plan *plan;
    bool *is_drawn;        /* for each task */
    struct vf_text margin; /* what stands before the branches of the present task */
};

static const struct vf_plan_task *sender_of(const struct vf_plan *plan,
                                            const struct vf_plan_edge *edge)
{
    return &plan->tasks[edge->sender - 1];
}

static const struct vf_plan_task *receiver_of(const struct vf_plan *plan,
                                              const struct vf_plan_edge *edge)
{
    return &plan->tasks[edge->receiver - 1];
}

static const char *output_name(const struct vf_plan *plan, const struct vf_plan_edge *edge)
{
    return sender_of(plan, edge)->node->outputs.items[edge->sender_port].name;
}

/* The elements beyond the last port are more sources of that port. */
static const char *input_name(const struct vf_plan *plan, const struct vf_plan_edge *edge)
{
    const struct vf_port_list *ports = &receiver_of(plan, edge)->node->inputs;
    size_t last = ports->count - 1;
    return ports->items[edge->input < last ? edge->input : last].name;
}

static void draw_branches(struct drawing *drawing, const struct vf_plan_task *task);

static void draw_branch(struct drawing *drawing, const struct vf_plan_edge *edge, bool is_last)
{
    const struct vf_plan_task *receiver = receiver_of(drawing->plan, edge);
    const char *margin = drawing->margin.bytes ? drawing->margin.bytes : "";
    size_t length = drawing->margin.length;
    fprintf(drawing->out, "%s%s-- %s --> %s", margin, is_last ? "`" : "|",
            output_name(drawing->plan, edge), receiver->name);
    if (receiver->node->inputs.count > 1)
        fprintf(drawing->out, ".%s", input_name(drawing->plan, edge));
    if (drawing->is_drawn[receiver->id - 1]) {
        fputc('\n', drawing->out);
        return;
    }
    fprintf(drawing->out, ": %s\n", receiver->node->name);
    vf_text_print(&drawing->margin, "%s   ", is_last ? " " : "|");
    if (drawing->margin.failed)
        return;
    draw_branches(drawing, receiver);
    drawing->margin.length = length;
    drawing->margin.bytes[length] = '\0';
}

static void draw_branches(struct drawing *drawing, const struct vf_plan_task *task)
{
    drawing->is_drawn[task->id - 1] = true;
    for (size_t i = 0; i < task->out_count; i++)
        draw_branch(drawing, task->out_edges[i], i + 1 == task->out_count);
}

int vf_flow_draw_ascii(FILE *out, const struct vf_plan *plan)
{
    struct drawing drawing = {.out = out, .plan = plan};
    drawing.is_drawn = calloc(plan->task_count + 1, sizeof(*drawing.is_drawn));
    if (!drawing.is_drawn)
        return -ENOMEM;
    for (size_t i = 0; i < plan->task_count; i++) {
        const struct vf_plan_task *task = &plan->tasks[i];
        if (drawing.is_drawn[i])
            continue;
        fprintf(out, "%s: %s\n", task->name, task->node->name);
        draw_branches(&drawing, task);
    }
    int err = drawing.margin.failed ? -ENOMEM : VF_OK;
    vf_text_finish(&drawing.margin);
    free(drawing.is_drawn);
    return err;
}

/* Prints the name of the output, and that of the input where it is another. */
static void print_label(FILE *out, const struct vf_plan *plan, const struct vf_plan_edge *edge)
{
    const char *output = output_name(plan, edge), *input = input_name(plan, edge);
    fputs(output, out);
    if (strcmp(output, input) != 0)
        fprintf(out, " to %s", input);
}

void vf_flow_draw_dot(FILE *out, const struct vf_plan *plan)
{
    fputs("digraph ", out);
    vf_reference_print_json(out, plan->file);
    fputs(" {\n  rankdir=LR;\n  node [shape=box];\n", out);
    for (size_t i = 0; i < plan->task_count; i++)
        fprintf(out, "  t%u [label=\"%s\\n%s\"];\n", plan->tasks[i].id, plan->tasks[i].name,
                plan->tasks[i].node->name);
    for (size_t i = 0; i < plan->edge_count; i++) {
        fprintf(out, "  t%u -> t%u [label=\"", plan->edges[i].sender, plan->edges[i].receiver);
        print_label(out, plan, &plan->edges[i]);
        fputs("\"];\n", out);
    }
    fputs("}\n", out);
}

void vf_flow_draw_mermaid(FILE *out, const struct vf_plan *plan)
{
    fputs("flowchart LR\n", out);
    for (size_t i = 0; i < plan->task_count; i++)
        fprintf(out, "  t%u[\"%s<br>%s\"]\n", plan->tasks[i].id, plan->tasks[i].name,
                plan->tasks[i].node->name);
    for (size_t i = 0; i < plan->edge_count; i++) {
        fprintf(out, "  t%u -- \"", plan->edges[i].sender);
        print_label(out, plan, &plan->edges[i]);
        fprintf(out, "\" --> t%u\n", plan->edges[i].receiver);
    }
}

static void print_task_json(FILE *out, const struct vf_plan_task *task)
{
    fprintf(out, "    {\"id\": %u, \"name\": ", task->id);
    vf_reference_print_json(out, task->name);
    fprintf(out, ", \"type\": \"%s\", \"kind\": \"%s\"}", task->node->name,
            vf_node_kind_name(task->node->kind));
}

static void print_edge_json(FILE *out, const struct vf_plan *plan, const struct vf_plan_edge *edge)
{
    static const char *const drops[] = {
        [VF_DROP_BY_MODE] = "never",
        [VF_DROP_NEVER] = "never",
        [VF_DROP_NEWEST] = "newest",
        [VF_DROP_OLDEST] = "oldest",
    };
    fprintf(out, "    {\"from\": ");
    vf_reference_print_json(out, sender_of(plan, edge)->name);
    fprintf(out, ", \"output\": \"%s\", \"to\": ", output_name(plan, edge));
    vf_reference_print_json(out, receiver_of(plan, edge)->name);
    fprintf(out, ", \"input\": \"%s\", \"queue\": %u, \"drop\": \"%s\"}", input_name(plan, edge),
            edge->depth, drops[edge->drop]);
}

void vf_flow_draw_json(FILE *out, const struct vf_plan *plan)
{
    fputs("{\n  \"file\": ", out);
    vf_reference_print_json(out, plan->file);
    fprintf(out, ",\n  \"mode\": \"%s\",\n  \"tasks\": [",
            plan->mode == VF_MODE_BATCH ? "batch" : "realtime");
    for (size_t i = 0; i < plan->task_count; i++) {
        fputs(i ? ",\n" : "\n", out);
        print_task_json(out, &plan->tasks[i]);
    }
    fputs("\n  ],\n  \"edges\": [", out);
    for (size_t i = 0; i < plan->edge_count; i++) {
        fputs(i ? ",\n" : "\n", out);
        print_edge_json(out, plan, &plan->edges[i]);
    }
    fputs(plan->edge_count ? "\n  ]\n}\n" : "]\n}\n", out);
}
