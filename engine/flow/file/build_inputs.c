/* SPDX-License-Identifier: MIT */
#include "engine/flow/file/build_inputs.h"

#include <errno.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/flow/file/keys.h"

#define OWNER "a source"

struct builder {
    struct vf_diagnostics *diagnostics;
    struct vf_flow_node *node;
};

int vf_edge_values_read(const struct vf_tree *tree, const char *owner,
                        struct vf_diagnostics *diagnostics, struct vf_edge_values *values)
{
    return vf_flow_keys_read(&vf_edge_key_options, tree, owner, diagnostics, values);
}

static bool is_source(const char *text)
{
    const char *dot = strchr(text, '.');
    return *text && dot != text && (!dot || (dot[1] && !strchr(dot + 1, '.')));
}

static int add_source(struct builder *builder, const char *port, const struct vf_tree *tree,
                      struct vf_flow_input **input)
{
    if (!is_source(tree->text)) {
        vf_diagnostics_add(builder->diagnostics, VF_GRAVITY_FLOW, "bad-source", tree->place,
                           "\"%s\" names no source; a source is NODE or NODE.PORT", tree->text);
        builder->node->has_broken_inputs = true;
        return VF_OK;
    }
    int err = vf_flow_add_input(builder->node, port, tree->text, input);
    if (!err)
        (*input)->place = tree->place;
    return err;
}

static const struct vf_tree *find_from(const struct vf_tree *tree)
{
    return vf_tree_find(tree, vf_input_key_options.items[VF_INPUT_FROM].name);
}

/* Reads one key of a source but `from`. */
static int read_key(const struct builder *builder, const struct vf_tree *tree,
                    struct vf_edge_values *edge, struct vf_input_values *input)
{
    const struct vf_option *delay = &vf_input_key_options.items[VF_INPUT_DELAY];
    const struct vf_option_list own = {delay, 1};
    static const struct vf_option_list *const tables[] = {&vf_edge_key_options,
                                                          &vf_input_key_options};
    if (strcmp(tree->key, delay->name) == 0)
        return vf_flow_keys_read(&own, tree, OWNER, builder->diagnostics, input);
    if (vf_option_find(&vf_edge_key_options, tree->key))
        return vf_edge_values_read(tree, OWNER, builder->diagnostics, edge);
    vf_flow_keys_report(tables, VF_COUNT(tables), tree, OWNER, builder->diagnostics);
    return VF_OK;
}

/* Reads {from: node.port, queue: 2, drop: oldest, wire: lz4, delay: 40ms}. */
static int add_source_mapping(struct builder *builder, const char *port, const struct vf_tree *tree)
{
    struct vf_flow_input *input = NULL;
    struct vf_edge_values values = {0};
    struct vf_input_values own = {0};
    const struct vf_tree *from = find_from(tree);
    if (from && from->kind == VF_TREE_TEXT) {
        int err = add_source(builder, port, from, &input);
        if (err)
            return err;
    } else {
        builder->node->has_broken_inputs = true;
        if (!from || from->kind != VF_TREE_BROKEN)
            vf_diagnostics_add(builder->diagnostics, VF_GRAVITY_FLOW, "bad-source",
                               from ? from->place : tree->place,
                               "this source does not say where it comes from; add from: NODE");
    }
    for (size_t i = 0; i < tree->count; i++) {
        const struct vf_tree *child = &tree->children[i];
        int err = child == from ? VF_OK : read_key(builder, child, &values, &own);
        if (err)
            return err;
    }
    if (input) {
        input->queue = (unsigned)values.queue.messages;
        input->queue_ns = values.queue.time_ns;
        input->drop = values.drop;
        input->wire = values.wire;
        input->delay_ns = own.delay_ns;
    }
    return VF_OK;
}

static int read_source(struct builder *builder, const char *port, const struct vf_tree *tree);

static int read_list_element(struct builder *builder, const char *port, const struct vf_tree *tree)
{
    if (tree->kind != VF_TREE_LIST)
        return read_source(builder, port, tree);
    vf_diagnostics_add(builder->diagnostics, VF_GRAVITY_FLOW, "bad-source", tree->place,
                       "this is a list within a list; name a NODE or a NODE.PORT");
    builder->node->has_broken_inputs = true;
    return VF_OK;
}

/* Reads one source, or the list of them that a repeated port takes. */
static int read_source(struct builder *builder, const char *port, const struct vf_tree *tree)
{
    struct vf_flow_input *input;
    int err = VF_OK;
    switch (tree->kind) {
    case VF_TREE_TEXT:
        return add_source(builder, port, tree, &input);
    case VF_TREE_MAPPING:
        return add_source_mapping(builder, port, tree);
    case VF_TREE_LIST:
        for (size_t i = 0; i < tree->count && !err; i++)
            err = read_list_element(builder, port, &tree->children[i]);
        return err;
    case VF_TREE_NOTHING:
        vf_diagnostics_add(builder->diagnostics, VF_GRAVITY_FLOW, "bad-source", tree->place,
                           "a source is missing here; name a NODE or a NODE.PORT");
        break;
    case VF_TREE_BROKEN:
        break;
    }
    builder->node->has_broken_inputs = true;
    return VF_OK;
}

int vf_flow_build_inputs(const struct vf_tree *tree, struct vf_diagnostics *diagnostics,
                         struct vf_flow_node *node)
{
    struct builder builder = {.diagnostics = diagnostics, .node = node};
    node->inputs_place = tree->key_place;
    if (tree->kind != VF_TREE_MAPPING || find_from(tree))
        return read_source(&builder, NULL, tree);
    int err = VF_OK;
    for (size_t i = 0; i < tree->count && !err; i++)
        err = read_source(&builder, tree->children[i].key, &tree->children[i]);
    return err;
}
