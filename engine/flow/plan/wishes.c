/* SPDX-License-Identifier: MIT */
#include "engine/flow/plan/wishes.h"

#include "engine/flow/plan/view.h"

/* Returns whether the receiver of an edge says which of its inputs it wants. */
static bool has_wish(const struct vf_plan *plan, const struct vf_plan_edge *edge)
{
    const struct vf_plan_task *receiver = vf_plan_receiver(plan, edge);
    return !receiver->group && receiver->node->wants;
}

bool vf_plan_edge_may_be_hollow(const struct vf_plan *plan, const struct vf_plan_edge *edge)
{
    return vf_plan_sender(plan, edge)->node->makes_wanted && has_wish(plan, edge);
}

static const struct vf_plan_edge *find_edge(const struct vf_plan *plan,
                                            const struct vf_plan_task *task, bool with_wish)
{
    for (size_t i = 0; i < task->out_count; i++) {
        const struct vf_plan_edge *edge = task->out_edges[i];
        if (!edge->is_leaving && has_wish(plan, edge) == with_wish)
            return edge;
    }
    return NULL;
}

/* Tells why an edge cannot have pictures left out, or NULL. */
static const char *find_obstacle(const struct vf_plan_task *receiver,
                                 const struct vf_plan_edge *edge)
{
    if (edge->delay_ns)
        return "gets them with a delay";
    if (edge->drop != VF_DROP_NEVER)
        return "may not get each, so that it is not known which it takes";
    if (receiver->input_count != 1 || receiver->replica)
        return "gets more than its pictures";
    return NULL;
}

/* Returns the edge whose receiver has the producer make all, and why. NULL: none has. */
static const struct vf_plan_edge *find_hindrance(const struct vf_plan *plan,
                                                 const struct vf_plan_task *task, const char **why)
{
    const struct vf_plan_edge *other = find_edge(plan, task, false);
    *why = other && other->sender_port ? "gets what comes with them" : "takes each";
    for (size_t i = 0; !other && i < task->out_count; i++) {
        const struct vf_plan_edge *edge = task->out_edges[i];
        *why = edge->is_leaving ? NULL : find_obstacle(vf_plan_receiver(plan, edge), edge);
        if (!*why && i >= VF_MAX_WISHES)
            *why = "is one of too many";
        other = *why ? edge : NULL;
    }
    return other;
}

static bool may_have_wishes(const struct vf_plan *plan, const struct vf_plan_task *task)
{
    return task->node->makes_wanted && find_edge(plan, task, true);
}

static void find_wishes(const struct vf_plan *plan, struct vf_plan_task *task)
{
    const char *why;
    if (!may_have_wishes(plan, task) || task->recovery.restart == VF_RESTART_ALWAYS ||
        find_hindrance(plan, task, &why))
        return;
    for (size_t i = 0; i < task->out_count; i++) {
        const struct vf_plan_task *receiver = vf_plan_receiver(plan, task->out_edges[i]);
        receiver->node->wants(receiver->options, &task->wishes[task->wish_count++]);
    }
}

void vf_plan_find_wishes(struct vf_plan *plan)
{
    for (size_t i = 0; i < plan->task_count; i++)
        find_wishes(plan, &plan->tasks[i]);
}

/* Adds the names of all that take some. */
static void add_takers(struct vf_text *text, const struct vf_plan *plan,
                       const struct vf_plan_task *task)
{
    for (size_t i = 0; i < task->out_count; i++) {
        const char *between = i + 1 == task->out_count ? " and " : ", ";
        vf_text_print(text, "%s", i ? between : "");
        vf_plan_task_unit(text, vf_plan_receiver(plan, task->out_edges[i]));
    }
}

void vf_plan_describe_wishes(struct vf_text *text, const struct vf_plan *plan,
                             const struct vf_plan_task *task)
{
    const char *why;
    if (!may_have_wishes(plan, task))
        return;
    const struct vf_plan_edge *edge = find_hindrance(plan, task, &why);
    if (task->wish_count) {
        vf_text_print(text, "; decodes only what is needed for the pictures that ");
        add_takers(text, plan, task);
        vf_text_print(text, task->wish_count == 1 ? " takes" : " take");
    } else if (edge) {
        vf_text_print(text, "; decodes all pictures, as ");
        vf_plan_task_unit(text, vf_plan_receiver(plan, edge));
        vf_text_print(text, " %s", why);
    } else {
        vf_text_print(text, "; decodes all pictures, because of restart: always");
    }
}
