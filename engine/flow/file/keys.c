/* SPDX-License-Identifier: MIT */
#include "engine/flow/file/keys.h"

#include <errno.h>

#include "engine/flow/hint.h"

void vf_flow_keys_report(const struct vf_option_list *const *tables, size_t count,
                         const struct vf_tree *tree, const char *owner,
                         struct vf_diagnostics *diagnostics)
{
    struct vf_hint hint = {.nearest.wanted = tree->key};
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < tables[i]->count; j++)
            vf_hint_consider(&hint, tables[i]->items[j].name);
    }
    vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "unknown-key", tree->key_place,
                       "unknown key \"%s\" of %s%s", tree->key, owner,
                       vf_hint_text(&hint, "there are"));
    vf_hint_finish(&hint);
}

int vf_flow_keys_read(const struct vf_option_list *keys, const struct vf_tree *tree,
                      const char *owner, struct vf_diagnostics *diagnostics, void *values)
{
    const struct vf_option *option = vf_option_find(keys, tree->key);
    if (!option) {
        vf_flow_keys_report(&keys, 1, tree, owner, diagnostics);
        return VF_OK;
    }
    if (tree->kind == VF_TREE_BROKEN)
        return VF_OK;
    if (tree->kind != VF_TREE_TEXT) {
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "wrong-kind", tree->place,
                           "%s of %s is %s; it is a single value", tree->key, owner,
                           vf_tree_kind_name(tree->kind));
        return VF_OK;
    }
    int err = vf_option_set(option, tree->text, values);
    if (err)
        vf_hint_report_value(diagnostics, option, owner, tree->text, tree->place, err);
    return err == -ENOMEM ? err : VF_OK;
}

int vf_flow_keys_read_all(const struct vf_option_list *keys, const struct vf_tree *mapping,
                          const char *owner, struct vf_diagnostics *diagnostics, void *values)
{
    int err = VF_OK;
    for (size_t i = 0; i < mapping->count && !err; i++)
        err = vf_flow_keys_read(keys, &mapping->children[i], owner, diagnostics, values);
    return err;
}

bool vf_flow_keys_is_kind(const struct vf_tree *tree, enum vf_tree_kind kind, const char *right,
                          struct vf_diagnostics *diagnostics)
{
    if (tree->kind == kind)
        return true;
    if (tree->kind != VF_TREE_BROKEN)
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "wrong-kind", tree->place,
                           "\"%s\" is %s; it is %s", tree->key, vf_tree_kind_name(tree->kind),
                           right);
    return false;
}
