/* SPDX-License-Identifier: MIT */
#include "engine/node/group/group.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/node/group/parts.h"
#include "engine/node/reach.h"

#define SPARE_PAYLOADS 2 /* of each member: the one it makes, and the one that is handed over */

int vf_group_create(struct vf_group **group, const char *name)
{
    *group = calloc(1, sizeof(**group));
    if (!*group)
        return -ENOMEM;
    (*group)->name = strdup(name);
    if (!(*group)->name) {
        vf_group_destroy(group);
        return -ENOMEM;
    }
    return VF_OK;
}

static void finish_member(struct vf_group_member *member)
{
    if (member->options)
        vf_option_release(&member->node->options, member->options);
    free(member->options);
    free(member->name);
    free(member->sources);
    free(member->is_connected);
    free(member->input_ports);
}

void vf_group_destroy(struct vf_group **group)
{
    struct vf_group *dead = *group;
    if (!dead)
        return;
    for (size_t i = 0; i < dead->member_count; i++)
        finish_member(&dead->members[i]);
    for (size_t i = 0; i < dead->port_count; i++)
        free(dead->port_names[i]);
    free(dead->members);
    free(dead->outputs);
    free(dead->input_ports);
    free(dead->output_ports);
    free(dead->port_names);
    free(dead->name);
    free(dead);
    *group = NULL;
}

/* The elements beyond the last port are more sources of that port. */
static unsigned find_port(const struct vf_node *node, size_t element)
{
    size_t last = node->inputs.count - 1;
    return (unsigned)(element < last ? element : last);
}

static int init_member(struct vf_group_member *member, const char *name,
                       const struct vf_group_source *sources, size_t count)
{
    member->source_count = count;
    member->name = strdup(name);
    member->sources = calloc(count + 1, sizeof(*member->sources));
    member->is_connected = calloc(count + 1, sizeof(*member->is_connected));
    member->input_ports = calloc(count + 1, sizeof(*member->input_ports));
    if (!member->name || !member->sources || !member->is_connected || !member->input_ports)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        member->input_ports[i] = find_port(member->node, i);
        member->sources[i] = sources[i];
        member->is_connected[i] = sources[i].from != VF_GROUP_NOTHING;
        member->has_inner |= sources[i].from == VF_GROUP_MEMBER;
        member->has_outer |= sources[i].from == VF_GROUP_OUTSIDE;
    }
    return VF_OK;
}

int vf_group_add(struct vf_group *group, const struct vf_node *node, const char *name,
                 void **options, const struct vf_group_source *sources, size_t count)
{
    size_t size = (group->member_count + 1) * sizeof(*group->members);
    struct vf_group_member added = {.node = node};
    struct vf_group_member *members = realloc(group->members, size);
    if (!members)
        return -ENOMEM;
    group->members = members;
    if (init_member(&added, name, sources, count) != VF_OK) {
        finish_member(&added);
        return -ENOMEM;
    }
    added.options = *options;
    *options = NULL;
    members[group->member_count++] = added;
    return VF_OK;
}

int vf_group_add_output(struct vf_group *group, size_t member, unsigned port)
{
    size_t size = (group->output_count + 1) * sizeof(*group->outputs);
    struct vf_group_output *outputs = realloc(group->outputs, size);
    if (!outputs)
        return -ENOMEM;
    group->outputs = outputs;
    outputs[group->output_count++] = (struct vf_group_output){member, port};
    return VF_OK;
}

/* Makes a port of the group of one of a member: "member.port". */
static int name_port(struct vf_group *group, struct vf_port *port,
                     const struct vf_group_member *member, const struct vf_port *inner)
{
    char *name = vf_text_format("%s.%s", member->name, inner->name);
    if (!name)
        return -ENOMEM;
    group->port_names[group->port_count++] = name;
    *port = (struct vf_port){.name = name, .type = inner->type, .help = inner->help};
    return VF_OK;
}

/* Names an input after the first member's that takes it. */
static int name_inputs(struct vf_group *group)
{
    struct vf_port *ports = group->input_ports;
    for (size_t i = 0; i < group->member_count; i++) {
        const struct vf_group_member *member = &group->members[i];
        for (size_t j = 0; j < member->source_count; j++) {
            const struct vf_group_source *source = &member->sources[j];
            if (source->from != VF_GROUP_OUTSIDE || ports[source->port].name)
                continue;
            int err = name_port(group, &ports[source->port], member,
                                &member->node->inputs.items[member->input_ports[j]]);
            if (err)
                return err;
        }
    }
    return VF_OK;
}

static int name_outputs(struct vf_group *group)
{
    int err = VF_OK;
    for (size_t i = 0; i < group->output_count && !err; i++) {
        const struct vf_group_member *member = &group->members[group->outputs[i].member];
        err = name_port(group, &group->output_ports[i], member,
                        &member->node->outputs.items[group->outputs[i].port]);
    }
    return err;
}

static size_t count_inputs(const struct vf_group *group)
{
    size_t count = 0;
    for (size_t i = 0; i < group->member_count; i++) {
        for (size_t j = 0; j < group->members[i].source_count; j++) {
            const struct vf_group_source *source = &group->members[i].sources[j];
            if (source->from == VF_GROUP_OUTSIDE && source->port >= count)
                count = source->port + 1;
        }
    }
    return count;
}

/* What the members are, the group is. */
static void sum_up(struct vf_group *group, struct vf_node *node)
{
    node->is_reading_only_heads = true;
    for (size_t i = 0; i < group->member_count; i++) {
        const struct vf_node *member = group->members[i].node;
        node->is_stateful |= member->is_stateful;
        node->may_split |= member->may_split;
        node->is_reading_only_heads &= member->is_reading_only_heads;
        node->holds += member->holds;
        node->keeps += member->keeps + member->holds + SPARE_PAYLOADS;
    }
}

static void reach_of_members(const void *options, const struct vf_reach *reach)
{
    const struct vf_group *group = options;
    for (size_t i = 0; i < group->member_count; i++)
        vf_node_reach(group->members[i].node, group->members[i].options, reach);
}

int vf_group_complete(struct vf_group *group)
{
    size_t inputs = count_inputs(group), outputs = group->output_count;
    group->input_ports = calloc(inputs + 1, sizeof(*group->input_ports));
    group->output_ports = calloc(outputs + 1, sizeof(*group->output_ports));
    group->port_names = calloc(inputs + outputs + 1, sizeof(char *));
    if (!group->input_ports || !group->output_ports || !group->port_names)
        return -ENOMEM;
    int err = name_inputs(group);
    if (!err)
        err = name_outputs(group);
    if (err)
        return err;
    struct vf_node node = {
        .name = "group",
        .summary = "Run several processors in one task.",
        .kind = VF_PROCESSOR,
        .inputs = {.items = group->input_ports, .count = inputs},
        .outputs = {.items = group->output_ports, .count = outputs},
        .state_size = sizeof(struct vf_group_run),
        .reach = reach_of_members,
        .open = vf_group_open,
        .process = vf_group_process,
        .flush = vf_group_flush,
        .close = vf_group_close,
    };
    sum_up(group, &node);
    memcpy(&group->node, &node, sizeof(node));
    return VF_OK;
}

const struct vf_node *vf_group_node(const struct vf_group *group)
{
    return &group->node;
}

size_t vf_group_member_count(const struct vf_group *group)
{
    return group->member_count;
}

const struct vf_node *vf_group_member_node(const struct vf_group *group, size_t member)
{
    return group->members[member].node;
}

const char *vf_group_member_name(const struct vf_group *group, size_t member)
{
    return group->members[member].name;
}

const void *vf_group_member_options(const struct vf_group *group, size_t member)
{
    return group->members[member].options;
}
