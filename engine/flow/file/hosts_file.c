/* SPDX-License-Identifier: MIT */
#include "engine/flow/file/hosts_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/flow/file/keys.h"
#include "engine/flow/file/yaml.h"

/* Takes the hosts out of what the file holds. */
static int replace(struct vf_tree *root, struct vf_tree *held, struct vf_place place,
                   struct vf_diagnostics *diagnostics)
{
    struct vf_tree *hosts = vf_tree_find(held, "hosts");
    if (held->kind == VF_TREE_BROKEN)
        return VF_OK;
    if (!hosts || held->count != 1) {
        vf_diagnostics_add(
            diagnostics, VF_GRAVITY_FLOW, "wrong-kind", place,
            "the file of the hosts has one key, \"hosts\", and in it what a flow has "
            "there");
        return VF_OK;
    }
    vf_tree_drop(root, "hosts");
    int err = vf_tree_append(root, hosts);
    return err;
}

int vf_flow_hosts_file_apply(struct vf_tree *root, const char *file,
                             struct vf_diagnostics *diagnostics, struct vf_flow *flow)
{
    char *bytes = NULL, *copy = strdup(file);
    size_t length = 0;
    struct vf_tree held = {0};
    const char *name = vf_flow_keep(flow, &copy);
    struct vf_place place = {.line = 1, .column = 1, .file = name};
    if (!name)
        return -ENOMEM;
    int err = vf_flow_file_read(name, diagnostics, (struct vf_place){0}, &bytes, &length);
    if (!err)
        err = vf_flow_file_parse(bytes, length, name, diagnostics, &held);
    if (!err)
        err = replace(root, &held, place, diagnostics);
    vf_tree_finish(&held);
    free(bytes);
    return err;
}
