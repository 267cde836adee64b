/* SPDX-License-Identifier: MIT */
#include "engine/flow/plan/part.h"

#include <errno.h>
#include <stdlib.h>

/* What is known of a task. */
enum mark {
    MARK_NONE,
    MARK_OPEN, /* what it reads is looked at */
    MARK_DONE, /* pictures go through it into a piece */
};

struct looking {
    const struct vf_plan *plan;
    struct vf_part_needs *needs;
    struct vf_text *reason;
    unsigned char *marks; /* by task, at [id - 1] */
    uint64_t *warm_ups;   /* likewise: what it and those before it need */
};

int64_t vf_part_pieces(const struct vf_plan_task *task, const char **path)
{
    return !task->group && task->node->pieces ? task->node->pieces(task->options, path) : 0;
}

/* Returns why pieces cannot be made of what a task sends, or NULL. */
static const char *find_obstacle(const struct vf_plan_task *task)
{
    const struct vf_node *node = task->node;
    if (node->kind == VF_CONSUMER)
        return "answers what others send";
    if (node->changes_time)
        return "changes the time of its messages";
    if (task->is_gather || !node->is_stateful)
        return NULL;
    if (node->thins && node->thins(task->options) != 1)
        return "leaves out some of its inputs, counted from the first one";
    if (task->warm_up < 0)
        return "remembers earlier inputs; if it is enough that it sees the last N of them, say "
               "warm_up: N there";
    return NULL;
}

static int refuse(struct looking *looking, const struct vf_plan_task *task, const char *why)
{
    vf_text_print(looking->reason, "%s (%s) %s", task->name, task->node->name, why);
    return -EINVAL;
}

static int look_at_source(struct looking *looking, const struct vf_plan_task *source, unsigned port)
{
    const struct vf_plan_task *tasks = looking->plan->tasks;
    if (!source->node->can_begin)
        return refuse(looking, source,
                      "cannot begin in the middle: a video_reader can, of a file, without frames, "
                      "loop and every");
    if (port != 0)
        return refuse(looking, source, "sends more than pictures to what pieces are made of");
    if (looking->needs->source && looking->needs->source != source->id) {
        vf_text_print(looking->reason,
                      "the pictures come from %s and from %s; one can be begun in "
                      "the middle",
                      tasks[looking->needs->source - 1].name, source->name);
        return -EINVAL;
    }
    looking->needs->source = source->id;
    return VF_OK;
}

/* Looks at the sender of an edge, and all before it. */
static int look_at(struct looking *looking, const struct vf_plan_edge *edge)
{
    const struct vf_plan_task *task = vf_plan_sender(looking->plan, edge);
    unsigned char *mark = &looking->marks[task->id - 1];
    uint64_t before = 0;
    int err = VF_OK;
    if (edge->delay_ns)
        return refuse(looking, vf_plan_receiver(looking->plan, edge), "delays its input");
    if (edge->drop != VF_DROP_NEVER)
        return refuse(looking, vf_plan_receiver(looking->plan, edge), "drops inputs");
    if (task->node->kind == VF_PRODUCER)
        return look_at_source(looking, task, edge->sender_port);
    if (*mark)
        return VF_OK;
    const char *obstacle = find_obstacle(task);
    if (obstacle)
        return refuse(looking, task, obstacle);
    *mark = MARK_OPEN;
    for (size_t i = 0; i < task->in_count && !err; i++) {
        err = look_at(looking, task->in_edges[i]);
        uint64_t sender = looking->warm_ups[task->in_edges[i]->sender - 1];
        before = sender > before ? sender : before;
    }
    looking->warm_ups[task->id - 1] = before + (task->warm_up > 0 ? (uint64_t)task->warm_up : 0);
    *mark = MARK_DONE;
    return err;
}

static int look_at_writer(struct looking *looking, const struct vf_plan_task *writer,
                          int64_t length_ns)
{
    struct vf_part_needs *needs = looking->needs;
    int err = VF_OK;
    if (needs->length_ns && needs->length_ns != length_ns)
        return refuse(looking, writer, "has another checkpoint than other writers");
    needs->length_ns = length_ns;
    looking->marks[writer->id - 1] = MARK_DONE;
    for (size_t i = 0; i < writer->in_count && !err; i++) {
        const struct vf_plan_edge *edge = writer->in_edges[i];
        if (edge->input_port)
            continue; /* it is no picture */
        err = look_at(looking, edge);
        uint64_t warm_up = looking->warm_ups[edge->sender - 1];
        needs->warm_up = warm_up > needs->warm_up ? warm_up : needs->warm_up;
    }
    return err;
}

/* Looks for others that get pictures, of which they would get only a part. Tasks come after those
 * that they read. */
static int look_for_others(struct looking *looking)
{
    const struct vf_plan *plan = looking->plan;
    unsigned char *reached = calloc(plan->task_count + 1, 1);
    int err = reached ? VF_OK : -ENOMEM;
    for (size_t i = 0; i < plan->task_count && !err; i++) {
        const struct vf_plan_task *task = &plan->tasks[i];
        for (size_t j = 0; j < task->in_count; j++) {
            const struct vf_plan_edge *edge = task->in_edges[j];
            bool is_source = edge->sender == looking->needs->source && edge->sender_port == 0;
            reached[i] |= is_source || reached[edge->sender - 1];
        }
        if (reached[i] && task->node->kind == VF_CONSUMER && !looking->marks[i])
            err =
                refuse(looking, task,
                       "gets pictures, too, and keeps no pieces; give it a checkpoint, if it is a "
                       "video_writer, or a flow of its own");
    }
    free(reached);
    return err;
}

int vf_part_check(const struct vf_plan *plan, struct vf_part_needs *needs, struct vf_text *reason)
{
    struct looking looking = {
        .plan = plan,
        .needs = needs,
        .reason = reason,
        .marks = calloc(plan->task_count + 1, 1),
        .warm_ups = calloc(plan->task_count + 1, sizeof(*looking.warm_ups)),
    };
    int err = looking.marks && looking.warm_ups ? VF_OK : -ENOMEM;
    const char *path;
    *needs = (struct vf_part_needs){0};
    for (size_t i = 0; i < plan->task_count && !err; i++) {
        int64_t length_ns = vf_part_pieces(&plan->tasks[i], &path);
        if (length_ns)
            err = look_at_writer(&looking, &plan->tasks[i], length_ns);
    }
    if (!err && needs->length_ns && plan->mode == VF_MODE_REALTIME) {
        vf_text_print(reason, "in a realtime flow what is late is dropped; make it a batch");
        err = -EINVAL;
    }
    if (!err && needs->length_ns)
        err = look_for_others(&looking);
    free(looking.marks);
    free(looking.warm_ups);
    return err;
}
