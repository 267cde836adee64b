/* SPDX-License-Identifier: MIT */
#include "engine/flow/file/build_events.h"

#include <string.h>

#include "engine/flow/file/keys.h"
#include "engine/flow/hint.h"
#include "engine/flow/vocabulary.h"

struct builder {
    struct vf_diagnostics *diagnostics;
    struct vf_flow *flow;
};

static struct vf_flow_node *find_node(const struct builder *builder, const char *name)
{
    for (size_t i = 0; i < builder->flow->node_count; i++) {
        if (strcmp(builder->flow->nodes[i].name, name) == 0)
            return &builder->flow->nodes[i];
    }
    return NULL;
}

static void report_unknown(const struct builder *builder, const struct vf_tree *name)
{
    struct vf_hint hint = {.nearest.wanted = name->text};
    for (size_t i = 0; i < builder->flow->node_count; i++)
        vf_hint_consider(&hint, builder->flow->nodes[i].name);
    vf_diagnostics_add(builder->diagnostics, VF_GRAVITY_FLOW, "unknown-node", name->place,
                       "there is no node \"%s\" to send events to%s", name->text,
                       vf_hint_text(&hint, "the nodes are"));
    vf_hint_finish(&hint);
}

/* Adds the node that the others read, unless the flow has one of that name. */
static int add_source(const struct builder *builder, const struct vf_tree *events, bool *is_added)
{
    const struct vf_flow_node *known = find_node(builder, VF_EVENTS_NODE);
    struct vf_flow_node *node = NULL;
    *is_added = !known;
    if (known) {
        vf_diagnostics_add(builder->diagnostics, VF_GRAVITY_FLOW, "duplicate-key", known->place,
                           "\"" VF_EVENTS_NODE "\" is the name of the node that events adds; give "
                           "this one another name");
        return VF_OK;
    }
    int err = vf_flow_add_node(builder->flow, VF_EVENTS_NODE, VF_EVENTS_TYPE, &node);
    if (!err)
        node->place = node->type_place = events->key_place;
    return err;
}

static int connect_node(const struct builder *builder, const struct vf_tree *name)
{
    struct vf_flow_input *input = NULL;
    if (name->kind != VF_TREE_TEXT) {
        if (name->kind != VF_TREE_BROKEN)
            vf_diagnostics_add(builder->diagnostics, VF_GRAVITY_FLOW, "wrong-kind", name->place,
                               "this is %s; events takes names of nodes: events: [hook, list]",
                               vf_tree_kind_name(name->kind));
        return VF_OK;
    }
    struct vf_flow_node *node = find_node(builder, name->text);
    if (!node) {
        if (!builder->flow->is_broken)
            report_unknown(builder, name);
        return VF_OK;
    }
    if (node->input_count || node->has_broken_inputs) {
        vf_diagnostics_add(builder->diagnostics, VF_GRAVITY_FLOW, "surplus-input", name->place,
                           "%s has inputs already, and events come by themselves; name a node "
                           "without inputs, such as another %s",
                           node->name, node->type ? node->type : "one");
        return VF_OK;
    }
    int err = vf_flow_add_input(node, NULL, VF_EVENTS_NODE, &input);
    if (!err)
        input->place = node->inputs_place = name->place;
    return err;
}

int vf_flow_build_events(const struct vf_tree *events, struct vf_diagnostics *diagnostics,
                         struct vf_flow *flow)
{
    const struct builder builder = {.diagnostics = diagnostics, .flow = flow};
    bool is_list = events && events->kind == VF_TREE_LIST, is_added = false;
    if (!events || events->kind == VF_TREE_NOTHING || events->kind == VF_TREE_BROKEN ||
        (is_list && !events->count))
        return VF_OK;
    int err = add_source(&builder, events, &is_added);
    if (err || !is_added)
        return err;
    if (!is_list)
        return connect_node(&builder, events);
    for (size_t i = 0; i < events->count && !err; i++)
        err = connect_node(&builder, &events->children[i]);
    return err;
}
