/* SPDX-License-Identifier: MIT */
#include "engine/flow/file/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/flow/file/yaml.h"
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

static bool ends_in(const char *path, const char *key)
{
    const char *dot = strrchr(path, '.');
    return strcmp(dot ? dot + 1 : path, key) == 0;
}

/* Returns whether what a mapping has are values, so that it is none in a text: "{seq}" is no
 * mapping here. */
static bool is_whole(const struct vf_tree *tree)
{
    bool is_whole = tree->kind != VF_TREE_NOTHING && tree->kind != VF_TREE_BROKEN;
    for (size_t i = 0; i < tree->count && is_whole; i++)
        is_whole = tree->kind == VF_TREE_LIST || tree->children[i].kind != VF_TREE_NOTHING;
    return is_whole;
}

/* Sets a value: a mapping, or, where options do not take lists as texts, a list, in YAML. */
static int set_value(struct vf_tree *tree, const char *path, const char *text,
                     struct vf_place place)
{
    struct vf_diagnostics unheard = {0};
    struct vf_tree value = {0};
    bool may_be_list = strncmp(path, "vars.", strlen("vars.")) == 0 || ends_in(path, "inputs") ||
                       ends_in(path, "for_each");
    int err = -EINVAL;
    if (text[0] == '{' || (text[0] == '[' && may_be_list))
        err = vf_flow_file_parse(text, strlen(text), NULL, &unheard, &value);
    bool is_yaml = !err && !unheard.count && is_whole(&value);
    vf_diagnostics_finish(&unheard);
    if (is_yaml) {
        value.key = tree->key;
        tree->key = NULL;
        value.key_place = tree->key_place;
        vf_tree_finish(tree);
        *tree = value;
        struct vf_place key_place = value.key_place;
        vf_tree_set_place(tree, place);
        tree->key_place = key_place;
        return VF_OK;
    }
    vf_tree_finish(&value);
    err = vf_tree_set_text(tree, text);
    tree->place = place;
    return err;
}

int vf_flow_settings_apply(struct vf_tree *root, const char *setting,
                           struct vf_diagnostics *diagnostics, struct vf_tree **set)
{
    const char *text = setting + strlen(PREFIX);
    const char *equals = strchr(text, '=');
    struct vf_place place = {.setting = setting};
    *set = NULL;
    if (!equals || equals == text) {
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "bad-setting", place,
                           "this sets nothing; a setting is PATH=VALUE, as in "
                           "nodes.small.width=320");
        return VF_OK;
    }
    char *path = strndup(text, (size_t)(equals - text));
    char *whole = strndup(text, (size_t)(equals - text));
    struct step step = {.at = root, .place = place, .diagnostics = diagnostics};
    int err = path && whole ? walk(&step, path) : -ENOMEM;
    if (!err) {
        err = set_value(step.at, whole, equals + 1, place);
        *set = step.at;
    }
    free(path);
    free(whole);
    return err == -EINVAL ? VF_OK : err;
}

bool vf_flow_settings_is_of(const char *setting, const struct vf_tree *root)
{
    static const char start[] = PREFIX "nodes.";
    if (strncmp(setting, start, strlen(start)) != 0)
        return true;
    const char *name = setting + strlen(start);
    size_t length = strcspn(name, ".=");
    const struct vf_tree *nodes = vf_tree_find(root, "nodes");
    if (!memchr(name, '/', length))
        return true;
    for (size_t i = 0; nodes && i < nodes->count; i++) {
        const char *key = nodes->children[i].key;
        if (key && strlen(key) == length && strncmp(key, name, length) == 0)
            return true;
    }
    return false;
}
