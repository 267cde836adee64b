/* SPDX-License-Identifier: MIT */
/* run - a group at work: its members run one after the other, parents first. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/node/group/parts.h"

/* Lets log lines name another member. Returns whom they named before. */
static const char *speak_as(struct vf_group_run *group, const char *name)
{
    const char *former = group->name;
    group->name = name;
    vf_log_set_name(name);
    return former;
}

static int call(struct vf_member_run *member, int (*callback)(struct vf_node_run *run))
{
    const char *former = speak_as(member->group, member->name);
    int err = vf_node_outcome(callback(&member->run));
    (void)speak_as(member->group, former);
    if (err < 0)
        member->group->failure = err;
    return err;
}

/* Calls process() with the inputs that have been set, and takes them away again. */
static int run_member(struct vf_member_run *member)
{
    struct vf_group_run *group = member->group;
    const char *former = speak_as(group, member->name);
    int err = vf_node_outcome(member->member->node->process(&member->run, member->inputs));
    (void)speak_as(group, former);
    memset(member->inputs, 0, member->member->source_count * sizeof(struct vf_message *));
    if (err < 0)
        group->failure = err;
    member->has_ended = member->has_ended || err == VF_END;
    return err;
}

static int enqueue(struct vf_group_queue *queue, const struct vf_message *message)
{
    struct vf_message *clone;
    struct vf_message **items = realloc(queue->items, (queue->count + 1) * sizeof(*items));
    if (!items)
        return -ENOMEM;
    queue->items = items;
    int err = vf_message_clone(&clone, message);
    if (!err)
        items[queue->count++] = clone;
    return err;
}

static struct vf_message *front(const struct vf_group_queue *queue)
{
    return queue->first < queue->count ? queue->items[queue->first] : NULL;
}

static void discard(struct vf_group_queue *queue)
{
    vf_message_destroy(&queue->items[queue->first++]);
}

static void clear_queues(struct vf_member_run *member)
{
    for (size_t i = 0; i < member->member->source_count; i++) {
        struct vf_group_queue *queue = &member->queues[i];
        while (front(queue))
            discard(queue);
        free(queue->items);
        *queue = (struct vf_group_queue){0};
    }
}

/* Discards what the front of some element has no partner for. *target is the highest origin of the
 * fronts. Returns false when an element has none. */
static bool discard_lonely(struct vf_member_run *member, uint64_t *target)
{
    for (size_t i = 0; i < member->member->source_count; i++) {
        struct vf_group_queue *queue = &member->queues[i];
        while (front(queue) && front(queue)->description.origin.number < *target)
            discard(queue);
        if (front(queue))
            *target = front(queue)->description.origin.number;
        else if (member->member->is_connected[i])
            return false;
    }
    return true;
}

/* Puts fronts of one origin into the inputs. Returns false when an element has none. */
static bool gather(struct vf_member_run *member)
{
    uint64_t target = 0, reached;
    do {
        reached = target;
        if (!discard_lonely(member, &target))
            return false;
    } while (target != reached);
    for (size_t i = 0; i < member->member->source_count; i++)
        member->inputs[i] = front(&member->queues[i]);
    return true;
}

/* Runs a member that joins as often as its inputs are complete. */
static int run_join(struct vf_member_run *member)
{
    int err = VF_OK;
    while (err == VF_OK && gather(member)) {
        err = run_member(member);
        for (size_t i = 0; i < member->member->source_count; i++) {
            if (member->member->is_connected[i])
                discard(&member->queues[i]);
        }
    }
    return err;
}

static size_t count_connected(const struct vf_group_member *member)
{
    size_t count = 0;
    for (size_t i = 0; i < member->source_count; i++)
        count += member->is_connected[i];
    return count;
}

int vf_group_offer(struct vf_member_run *member, size_t element, struct vf_message *message)
{
    if (member->has_ended)
        return VF_END;
    if (count_connected(member->member) == 1) {
        member->inputs[element] = message;
        return run_member(member);
    }
    int err = enqueue(&member->queues[element], message);
    return err ? err : run_join(member);
}

/* Names what one element of a member comes from. NULL: out of memory. */
static char *name_of_source(const struct vf_group_run *group, const struct vf_group_source *source)
{
    if (source->from == VF_GROUP_OUTSIDE)
        return strdup(group->outer->input_names[source->port]);
    const struct vf_group_member *sender = &group->group->members[source->member];
    if (source->port == 0)
        return strdup(sender->name);
    return vf_text_format("%s.%s", sender->name, sender->node->outputs.items[source->port].name);
}

static int name_inputs(struct vf_member_run *member)
{
    const struct vf_group_member *described = member->member;
    member->input_names = calloc(described->source_count + 1, sizeof(*member->input_names));
    if (!member->input_names)
        return -ENOMEM;
    for (size_t i = 0; i < described->source_count; i++) {
        if (!described->is_connected[i])
            continue;
        member->input_names[i] = name_of_source(member->group, &described->sources[i]);
        if (!member->input_names[i])
            return -ENOMEM;
    }
    return VF_OK;
}

static int init_member(struct vf_member_run *member, struct vf_group_run *group,
                       const struct vf_group_member *described)
{
    const struct vf_node_run *outer = group->outer;
    *member =
        (struct vf_member_run){.emitter = vf_group_emitter, .member = described, .group = group};
    member->inputs = calloc(described->source_count + 1, sizeof(struct vf_message *));
    member->queues = calloc(described->source_count + 1, sizeof(*member->queues));
    int err = name_inputs(member);
    member->run = (struct vf_node_run){
        .emitter = &member->emitter,
        .state = calloc(1, described->node->state_size + 1),
        .options = described->options,
        .name = described->name,
        .input_count = (unsigned)described->source_count,
        .input_ports = described->input_ports,
        .is_connected = described->is_connected,
        .input_names = (const char *const *)member->input_names,
        .threads = outer->threads,
        .node = described->node,
        .keeps = described->node->keeps,
        .part = outer->part,
        .is_realtime = outer->is_realtime,
        .must_not_replace = outer->must_not_replace,
        .is_restarted = outer->is_restarted,
    };
    snprintf(member->name, sizeof(member->name), "%s.%s", outer->name, described->name);
    return member->inputs && member->queues && member->run.state ? err : -ENOMEM;
}

int vf_group_open(struct vf_node_run *run)
{
    struct vf_group_run *group = run->state;
    group->group = run->options;
    group->outer = run;
    group->name = run->name;
    group->members = calloc(group->group->member_count + 1, sizeof(*group->members));
    int err = group->members ? VF_OK : -ENOMEM;
    for (size_t i = 0; i < group->group->member_count && !err; i++)
        err = init_member(&group->members[i], group, &group->group->members[i]);
    for (size_t i = 0; i < group->group->member_count && !err; i++) {
        struct vf_member_run *member = &group->members[i];
        member->is_reached = true;
        if (member->member->node->open)
            err = call(member, member->member->node->open);
    }
    return err;
}

/* Puts what comes from outside in front of members that also wait for what comes from inside. */
static int enqueue_inputs(struct vf_group_run *group, struct vf_message *const *inputs)
{
    int err = VF_OK;
    for (size_t i = 0; i < group->group->member_count; i++) {
        struct vf_member_run *member = &group->members[i];
        for (size_t j = 0; j < member->member->source_count && !err; j++) {
            const struct vf_group_source *source = &member->member->sources[j];
            bool is_waiting = source->from == VF_GROUP_OUTSIDE && member->member->has_inner;
            if (is_waiting && inputs[source->port])
                err = enqueue(&member->queues[j], inputs[source->port]);
        }
    }
    return err;
}

/* Runs the members that read from outside only, and so all that wait for them. */
static int run_entries(struct vf_group_run *group, struct vf_message *const *inputs)
{
    bool have_ended = true;
    for (size_t i = 0; i < group->group->member_count && !group->failure; i++) {
        struct vf_member_run *member = &group->members[i];
        if (member->member->has_inner)
            continue;
        for (size_t j = 0; j < member->member->source_count; j++) {
            const struct vf_group_source *source = &member->member->sources[j];
            if (source->from == VF_GROUP_OUTSIDE)
                member->inputs[j] = inputs[source->port];
        }
        int err = member->has_ended ? VF_END : run_member(member);
        have_ended = have_ended && err == VF_END;
    }
    return have_ended ? VF_END : VF_OK;
}

/* A join inside never waits for another input: what has no partner now has none. */
static void clear_all_queues(struct vf_group_run *group)
{
    for (size_t i = 0; i < group->group->member_count; i++)
        clear_queues(&group->members[i]);
}

int vf_group_process(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct vf_group_run *group = run->state;
    group->has_inputs = true;
    int err = enqueue_inputs(group, inputs);
    if (!err)
        err = run_entries(group, inputs);
    group->has_inputs = false;
    clear_all_queues(group);
    return group->failure ? group->failure : err;
}

int vf_group_flush(struct vf_node_run *run)
{
    struct vf_group_run *group = run->state;
    int err = VF_OK;
    for (size_t i = 0; i < group->group->member_count && err >= 0 && !group->failure; i++) {
        struct vf_member_run *member = &group->members[i];
        if (member->member->node->flush)
            err = call(member, member->member->node->flush);
    }
    clear_all_queues(group);
    return group->failure ? group->failure : err;
}

static void finish_member(struct vf_member_run *member)
{
    if (member->is_reached && member->member->node->close) {
        const char *former = speak_as(member->group, member->name);
        member->member->node->close(&member->run);
        (void)speak_as(member->group, former);
    }
    if (member->queues)
        clear_queues(member);
    for (size_t i = 0; member->input_names && i < member->member->source_count; i++)
        free(member->input_names[i]);
    free(member->input_names);
    free(member->inputs);
    free(member->queues);
    free(member->run.state);
}

void vf_group_close(struct vf_node_run *run)
{
    struct vf_group_run *group = run->state;
    for (size_t i = group->group->member_count; group->members && i-- > 0;) {
        if (group->members[i].member)
            finish_member(&group->members[i]);
    }
    free(group->members);
    group->members = NULL;
}
