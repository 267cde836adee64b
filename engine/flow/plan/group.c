/* SPDX-License-Identifier: MIT */
#include "engine/flow/plan/group.h"

#include <errno.h>
#include <stdlib.h>

#include "engine/flow/graph/options.h"

static size_t find_member(const struct vf_unit *unit, size_t node)
{
    size_t member = 0;
    while (unit->members[member] != node)
        member++;
    return member;
}

/* Sets where each element of a member comes from; those without a link come from nowhere. */
static void find_sources(const struct vf_units *units, size_t unit, size_t node,
                         struct vf_group_source *sources)
{
    const struct vf_wiring *wiring = units->nodes;
    for (size_t i = wiring->first_links[node]; i < wiring->first_links[node + 1]; i++) {
        const struct vf_link *link = &wiring->links[i];
        bool is_inside = units->of_node[link->sender] == unit;
        sources[link->element] =
            is_inside ? (struct vf_group_source){VF_GROUP_MEMBER,
                                                 find_member(&units->items[unit], link->sender),
                                                 link->sender_port}
                      : (struct vf_group_source){VF_GROUP_OUTSIDE, 0, units->elements[i]};
    }
}

/* How many elements the inputs of a node have, connected or not. */
static size_t count_elements(const struct vf_wiring *wiring, size_t node)
{
    const struct vf_port_list *ports = &wiring->types[node]->inputs;
    size_t count = ports->count, end = wiring->first_links[node + 1];
    if (count && ports->items[count - 1].is_repeated)
        count--;
    if (end > wiring->first_links[node] && wiring->links[end - 1].element >= count)
        count = wiring->links[end - 1].element + 1;
    return count;
}

static int add_member(struct vf_group *made, const struct vf_units *units, size_t unit, size_t node,
                      struct vf_diagnostics *mistakes)
{
    const struct vf_flow_node *described = &units->flow->nodes[node];
    const struct vf_node *type = units->nodes->types[node];
    size_t count = count_elements(units->nodes, node);
    struct vf_group_source *sources = calloc(count + 1, sizeof(*sources));
    void *options = NULL;
    int err = sources ? vf_flow_options_create(&options, described, type, mistakes) : -ENOMEM;
    if (!err) {
        find_sources(units, unit, node, sources);
        err = vf_group_add(made, type, described->name, &options, sources, count);
    }
    vf_flow_options_destroy(&options, type);
    free(sources);
    return err;
}

int vf_plan_make_group(struct vf_group **made, const struct vf_units *units, size_t unit,
                       struct vf_diagnostics *mistakes)
{
    const struct vf_unit *group = &units->items[unit];
    int err = vf_group_create(made, group->name);
    for (size_t i = 0; i < group->member_count && !err; i++)
        err = add_member(*made, units, unit, group->members[i], mistakes);
    for (size_t i = 0; i < group->output_count && !err; i++)
        err = vf_group_add_output(*made, find_member(group, group->outputs[i].node),
                                  group->outputs[i].port);
    if (!err)
        err = vf_group_complete(*made);
    if (err)
        vf_group_destroy(made);
    return err;
}
