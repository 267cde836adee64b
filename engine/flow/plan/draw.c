/* SPDX-License-Identifier: MIT */
#include "engine/flow/plan/draw.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/flow/plan/view.h"
#include "engine/flow/vocabulary.h"
#include "engine/node/reference/value.h"

struct drawing {
    FILE *out;
    const struct vf_plan *plan;
    bool *is_drawn;        /* for each task */
    struct vf_text margin; /* what stands before the branches of the present task */
};

static void print_name(FILE *out, const struct vf_plan_task *task)
{
    struct vf_text label = {0};
    vf_plan_task_label(&label, task);
    fputs(label.bytes ? label.bytes : "", out);
    vf_text_finish(&label);
}

/* What a task runs: its node, or the members of its group. */
static void print_content(FILE *out, const struct vf_plan_task *task)
{
    struct vf_text members = {0};
    vf_plan_task_members(&members, task);
    fputs(members.bytes ? members.bytes : task->node->name, out);
    vf_text_finish(&members);
}

static void print_type(FILE *out, const struct vf_plan_task *task)
{
    fputs(": ", out);
    print_content(out, task);
    fputc('\n', out);
}

static void draw_branches(struct drawing *drawing, const struct vf_plan_task *task);

static void draw_branch(struct drawing *drawing, const struct vf_plan_edge *edge, bool is_last)
{
    const struct vf_plan_task *receiver = vf_plan_receiver(drawing->plan, edge);
    const char *margin = drawing->margin.bytes ? drawing->margin.bytes : "";
    size_t length = drawing->margin.length;
    fprintf(drawing->out, "%s%s-- %s --> ", margin, is_last ? "`" : "|",
            vf_plan_edge_output(drawing->plan, edge));
    print_name(drawing->out, receiver);
    if (receiver->node->inputs.count > 1)
        fprintf(drawing->out, ".%s", vf_plan_edge_input(drawing->plan, edge));
    if (drawing->is_drawn[receiver->id - 1]) {
        fputc('\n', drawing->out);
        return;
    }
    print_type(drawing->out, receiver);
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
    size_t left = 0;
    for (size_t i = 0; i < task->out_count; i++)
        left += vf_plan_edge_is_shown(drawing->plan, task->out_edges[i]);
    for (size_t i = 0; i < task->out_count; i++) {
        if (vf_plan_edge_is_shown(drawing->plan, task->out_edges[i]))
            draw_branch(drawing, task->out_edges[i], --left == 0);
    }
}

int vf_flow_draw_ascii(FILE *out, const struct vf_plan *plan)
{
    struct drawing drawing = {.out = out, .plan = plan};
    drawing.is_drawn = calloc(plan->task_count + 1, sizeof(*drawing.is_drawn));
    if (!drawing.is_drawn)
        return -ENOMEM;
    for (size_t i = 0; i < plan->task_count; i++) {
        const struct vf_plan_task *task = &plan->tasks[i];
        if (drawing.is_drawn[i] || !vf_plan_task_is_shown(task))
            continue;
        print_name(out, task);
        print_type(out, task);
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
    const char *output = vf_plan_edge_output(plan, edge), *input = vf_plan_edge_input(plan, edge);
    fputs(output, out);
    if (strcmp(output, input) != 0)
        fprintf(out, " to %s", input);
}

/* How a format writes tasks, and places that have several of them. */
struct style {
    void (*task)(FILE *out, const struct vf_plan_task *task, int margin);
    void (*begin)(FILE *out, const char *name, size_t length, size_t label, int margin);
    const char *end;
};

/* Returns whether a task before number `index` is in the same place. */
static bool has_begun(const struct vf_plan *plan, size_t index, size_t length)
{
    const char *name = plan->tasks[index].name;
    for (size_t i = 0; i < index; i++) {
        const struct vf_plan_task *other = &plan->tasks[i];
        if (vf_plan_task_is_shown(other) && strncmp(other->name, name, length + 1) == 0)
            return true;
    }
    return false;
}

/* Draws the tasks of a sub-flow or loop, and within it those of others; `length` of `prefix` is what
 * their names begin with. */
static void draw_place(FILE *out, const struct vf_plan *plan, const struct style *style,
                       const char *prefix, size_t length)
{
    int margin = 2;
    for (size_t i = 0; i < length; i++)
        margin += prefix[i] == '/' ? 2 : 0;
    for (size_t i = 0; i < plan->task_count; i++) {
        const struct vf_plan_task *task = &plan->tasks[i];
        if (!vf_plan_task_is_shown(task) || strncmp(task->name, prefix, length) != 0)
            continue;
        size_t end = length + strcspn(task->name + length, "/");
        if (!task->name[end]) {
            style->task(out, task, margin);
        } else if (!has_begun(plan, i, end)) {
            style->begin(out, task->name, end, length, margin);
            draw_place(out, plan, style, task->name, end + 1);
            fprintf(out, "%*s%s\n", margin, "", style->end);
        }
    }
}

static void draw_dot_task(FILE *out, const struct vf_plan_task *task, int margin)
{
    fprintf(out, "%*st%u [label=\"", margin, "", task->id);
    print_name(out, task);
    fputs("\\n", out);
    print_content(out, task);
    fputs("\"];\n", out);
}

static void begin_dot(FILE *out, const char *name, size_t length, size_t label, int margin)
{
    fprintf(out, "%*ssubgraph \"cluster_%.*s\" {\n", margin, "", (int)length, name);
    fprintf(out, "%*slabel=\"%.*s\";\n", margin + 2, "", (int)(length - label), name + label);
}

void vf_flow_draw_dot(FILE *out, const struct vf_plan *plan)
{
    static const struct style style = {draw_dot_task, begin_dot, "}"};
    fputs("digraph ", out);
    vf_reference_print_json(out, plan->file);
    fputs(" {\n  rankdir=LR;\n  node [shape=box];\n", out);
    draw_place(out, plan, &style, "", 0);
    for (size_t i = 0; i < plan->edge_count; i++) {
        if (!vf_plan_edge_is_shown(plan, &plan->edges[i]))
            continue;
        fprintf(out, "  t%u -> t%u [label=\"", plan->edges[i].sender, plan->edges[i].receiver);
        print_label(out, plan, &plan->edges[i]);
        fputs("\"];\n", out);
    }
    fputs("}\n", out);
}

static void draw_mermaid_task(FILE *out, const struct vf_plan_task *task, int margin)
{
    fprintf(out, "%*st%u[\"", margin, "", task->id);
    print_name(out, task);
    fputs("<br>", out);
    print_content(out, task);
    fputs("\"]\n", out);
}

static void begin_mermaid(FILE *out, const char *name, size_t length, size_t label, int margin)
{
    fprintf(out, "%*ssubgraph place_", margin, "");
    for (size_t i = 0; i < length; i++)
        fputc(name[i] == '/' ? '_' : name[i], out);
    fprintf(out, "[\"%.*s\"]\n", (int)(length - label), name + label);
}

void vf_flow_draw_mermaid(FILE *out, const struct vf_plan *plan)
{
    static const struct style style = {draw_mermaid_task, begin_mermaid, "end"};
    fputs("flowchart LR\n", out);
    draw_place(out, plan, &style, "", 0);
    for (size_t i = 0; i < plan->edge_count; i++) {
        if (!vf_plan_edge_is_shown(plan, &plan->edges[i]))
            continue;
        fprintf(out, "  t%u -- \"", plan->edges[i].sender);
        print_label(out, plan, &plan->edges[i]);
        fprintf(out, "\" --> t%u\n", plan->edges[i].receiver);
    }
}

static void print_members_json(FILE *out, const struct vf_plan_task *task)
{
    fputs(", \"members\": [", out);
    for (size_t i = 0; i < vf_group_member_count(task->group); i++) {
        fprintf(out, "%s{\"name\": ", i ? ", " : "");
        vf_reference_print_json(out, vf_group_member_name(task->group, i));
        fprintf(out, ", \"type\": \"%s\"}", vf_group_member_node(task->group, i)->name);
    }
    fputc(']', out);
}

static void print_task_json(FILE *out, const struct vf_plan_task *task)
{
    fprintf(out, "    {\"id\": %u, \"name\": ", task->id);
    vf_reference_print_json(out, task->name);
    fprintf(out, ", \"type\": \"%s\", \"kind\": \"%s\"", task->node->name,
            vf_node_kind_name(task->node->kind));
    if (task->replica)
        fprintf(out, ", \"replica\": %u, \"replicas\": %u", task->replica, task->replica_count);
    if (task->group)
        print_members_json(out, task);
    fputc('}', out);
}

static void print_edge_json(FILE *out, const struct vf_plan *plan, const struct vf_plan_edge *edge)
{
    fprintf(out, "    {\"from\": ");
    vf_reference_print_json(out, vf_plan_sender(plan, edge)->name);
    fprintf(out, ", \"output\": \"%s\", \"to\": ", vf_plan_edge_output(plan, edge));
    vf_reference_print_json(out, vf_plan_receiver(plan, edge)->name);
    fprintf(out, ", \"input\": \"%s\", \"queue\": %u, \"drop\": \"%s\"",
            vf_plan_edge_input(plan, edge), edge->depth, vf_drop_policy_name(edge->drop));
    if (edge->delay_ns)
        fprintf(out, ", \"delay\": %g", (double)edge->delay_ns / VF_NS_PER_S);
    fputc('}', out);
}

void vf_flow_draw_json(FILE *out, const struct vf_plan *plan)
{
    fputs("{\n  \"file\": ", out);
    vf_reference_print_json(out, plan->file);
    fprintf(out, ",\n  \"mode\": \"%s\",\n  \"tasks\": [", vf_flow_mode_name(plan->mode));
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
