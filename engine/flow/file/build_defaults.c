/* SPDX-License-Identifier: MIT */
#include "engine/flow/file/build_defaults.h"

#include <string.h>

#include "engine/flow/file/build_inputs.h"
#include "engine/flow/file/keys.h"

#define OWNER "the defaults"

static int read_key(const struct vf_tree *tree, struct vf_diagnostics *diagnostics,
                    struct vf_edge_values *values, struct vf_flow *flow)
{
    static const struct vf_option_list *const tables[] = {&vf_edge_key_options,
                                                          &vf_recovery_key_options};
    if (vf_option_find(&vf_edge_key_options, tree->key))
        return vf_edge_values_read(tree, OWNER, diagnostics, values);
    if (vf_option_find(&vf_recovery_key_options, tree->key))
        return vf_flow_keys_read(&vf_recovery_key_options, tree, OWNER, diagnostics,
                                 &flow->recovery);
    vf_flow_keys_report(tables, VF_COUNT(tables), tree, OWNER, diagnostics);
    return VF_OK;
}

int vf_flow_build_defaults(const struct vf_tree *tree, struct vf_diagnostics *diagnostics,
                           struct vf_flow *flow)
{
    struct vf_edge_values values = {.queue = {(int)flow->queue, flow->queue_ns}};
    if (!tree || tree->kind == VF_TREE_NOTHING ||
        !vf_flow_keys_is_kind(tree, VF_TREE_MAPPING, "a mapping of queue, drop, restart and so on",
                              diagnostics))
        return VF_OK;
    for (size_t i = 0; i < tree->count; i++) {
        const struct vf_tree *child = &tree->children[i];
        int err = read_key(child, diagnostics, &values, flow);
        if (err)
            return err;
        if (strcmp(child->key, "drop") == 0)
            flow->drop_place = child->place;
    }
    flow->queue = (unsigned)values.queue.messages;
    flow->queue_ns = values.queue.time_ns;
    flow->drop = values.drop;
    flow->wire = values.wire;
    return VF_OK;
}
