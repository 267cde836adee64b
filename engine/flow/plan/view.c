/* SPDX-License-Identifier: MIT */
#include "engine/flow/plan/view.h"

#include <string.h>

bool vf_plan_task_is_shown(const struct vf_plan_task *task)
{
    return task->replica <= 1;
}

bool vf_plan_edge_is_shown(const struct vf_plan *plan, const struct vf_plan_edge *edge)
{
    return vf_plan_task_is_shown(vf_plan_sender(plan, edge)) &&
           vf_plan_task_is_shown(vf_plan_receiver(plan, edge));
}

unsigned vf_plan_edge_count_lanes(const struct vf_plan *plan, const struct vf_plan_edge *edge)
{
    unsigned senders = vf_plan_sender(plan, edge)->replica_count;
    unsigned receivers = vf_plan_receiver(plan, edge)->replica_count;
    return senders > receivers ? senders : receivers;
}

void vf_plan_task_label(struct vf_text *text, const struct vf_plan_task *task)
{
    if (task->replica == 1)
        vf_text_print(text, "%s-%u", task->name, task->replica_count);
    else
        vf_text_print(text, "%s", task->name);
}

void vf_plan_task_unit(struct vf_text *text, const struct vf_plan_task *task)
{
    vf_text_append(text, task->name, strcspn(task->name, "."));
}

void vf_plan_task_members(struct vf_text *text, const struct vf_plan_task *task)
{
    size_t count = task->group ? vf_group_member_count(task->group) : 0;
    for (size_t i = 0; i < count; i++)
        vf_text_print(text, "%s%s (%s)", i ? ", " : "", vf_group_member_name(task->group, i),
                      vf_group_member_node(task->group, i)->name);
}

const char *vf_plan_edge_output(const struct vf_plan *plan, const struct vf_plan_edge *edge)
{
    return vf_plan_sender(plan, edge)->node->outputs.items[edge->sender_port].name;
}

const char *vf_plan_edge_input(const struct vf_plan *plan, const struct vf_plan_edge *edge)
{
    return vf_plan_receiver(plan, edge)->node->inputs.items[edge->input_port].name;
}

void vf_plan_task_input(struct vf_text *text, const struct vf_plan_task *task, unsigned input)
{
    const struct vf_port *port = &task->node->inputs.items[task->input_ports[input]];
    unsigned number = 0, count = 0;
    for (unsigned i = 0; i < task->input_count; i++) {
        count += task->input_ports[i] == task->input_ports[input];
        number += i <= input && task->input_ports[i] == task->input_ports[input];
    }
    vf_text_print(text, "%s", port->name);
    if (port->is_repeated && (count > 1 || !port->is_optional))
        vf_text_print(text, "[%u]", number);
}
