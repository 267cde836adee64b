/* SPDX-License-Identifier: MIT */
#include "engine/flow/file/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/flow/hint.h"

#define PREFIX "-s "
#define MAX_DEPTH 16

struct step {
    struct vf_tree *at;
    struct vf_text path; /* how one gets here */
    struct vf_place place;
    struct vf_diagnostics *diagnostics;
};

static void report_unknown_node(const struct step *step, const char *name)
{
    struct vf_hint hint = {.nearest.wanted = name};
    for (size_t i = 0; i < step->at->count; i++)
        vf_hint_consider(&hint, step->at->children[i].key);
    vf_diagnostics_add(step->diagnostics, VF_GRAVITY_FLOW, "unknown-node", step->place,
                       "there is no node \"%s\"%s", name, vf_hint_text(&hint, "the nodes are"));
    vf_hint_finish(&hint);
}

/* Adds an empty child, for what the file leaves to its default. */
static int add_child(struct step *step, const char *key)
{
    struct vf_tree child = {.key = strdup(key), .key_place = step->place, .place = step->place};
    int err = child.key ? vf_tree_append(step->at, &child) : -ENOMEM;
    vf_tree_finish(&child);
    if (!err)
        step->at = &step->at->children[step->at->count - 1];
    return err;
}

static int enter_list(struct step *step, const char *key)
{
    char *end;
    unsigned long index = strtoul(key, &end, 10);
    if (key[0] >= '0' && key[0] <= '9' && !*end && index < step->at->count) {
        step->at = &step->at->children[index];
        return VF_OK;
    }
    vf_diagnostics_add(step->diagnostics, VF_GRAVITY_FLOW, "bad-setting", step->place,
                       "\"%s\" is a list of %zu; its elements are numbered from 0",
                       step->path.bytes, step->at->count);
    return -EINVAL;
}

static int enter_mapping(struct step *step, const char *key)
{
    struct vf_tree *child = vf_tree_find(step->at, key);
    if (child) {
        step->at = child;
        return VF_OK;
    }
    if (step->path.bytes && strcmp(step->path.bytes, "nodes") == 0) {
        report_unknown_node(step, key);
        return -EINVAL;
    }
    return add_child(step, key);
}

/* Goes from *step to its child `key`. */
static int enter(struct step *step, const char *key)
{
    struct vf_tree *at = step->at;
    if (at->kind == VF_TREE_NOTHING)
        at->kind = VF_TREE_MAPPING;
    if (at->kind == VF_TREE_MAPPING)
        return enter_mapping(step, key);
    if (at->kind == VF_TREE_LIST)
        return enter_list(step, key);
    if (at->kind == VF_TREE_TEXT)
        vf_diagnostics_add(step->diagnostics, VF_GRAVITY_FLOW, "bad-setting", step->place,
                           "\"%s\" is a single value; there is no \"%s\" in it", step->path.bytes,
                           key);
    return -EINVAL;
}

static int report_depth(const struct step *step)
{
    vf_diagnostics_add(step->diagnostics, VF_GRAVITY_FLOW, "bad-setting", step->place,
                       "this path is too long; a flow has at most %d levels", MAX_DEPTH);
    return -EINVAL;
}

/* Cuts `path` at its dots. */
static int walk(struct step *step, char *path)
{
    int err = VF_OK;
    unsigned depth = 0;
    for (char *key; !err && (key = strsep(&path, "."));) {
        err = ++depth <= MAX_DEPTH ? enter(step, key) : report_depth(step);
        vf_text_print(&step->path, "%s%s", step->path.length ? "." : "", key);
        if (step->path.failed)
            err = -ENOMEM;
    }
    vf_text_finish(&step->path);
    return err;
}

int vf_flow_settings_apply(struct vf_tree *root, const char *setting,
                           struct vf_diagnostics *diagnostics)
{
    const char *text = setting + strlen(PREFIX);
    const char *equals = strchr(text, '=');
    struct vf_place place = {.setting = setting};
    if (!equals || equals == text) {
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "bad-setting", place,
                           "this sets nothing; a setting is PATH=VALUE, as in "
                           "nodes.small.width=320");
        return VF_OK;
    }
    char *path = strndup(text, (size_t)(equals - text));
    if (!path)
        return -ENOMEM;
    struct step step = {.at = root, .place = place, .diagnostics = diagnostics};
    int err = walk(&step, path);
    if (!err) {
        err = vf_tree_set_text(step.at, equals + 1);
        step.at->place = place;
    }
    free(path);
    return err == -EINVAL ? VF_OK : err;
}
