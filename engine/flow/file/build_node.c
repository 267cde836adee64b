/* SPDX-License-Identifier: MIT */
#include "engine/flow/file/build_node.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/flow/file/build_inputs.h"
#include "engine/flow/file/keys.h"
#include "engine/flow/file/tree_json.h"
#include "engine/node/option/list.h"

#define MAX_NAME 64        /* of a part */
#define MAX_WHOLE_NAME 160 /* "cams/front/reader" */
#define NAME_START "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define NAME_REST NAME_START "0123456789-"

struct builder {
    struct vf_diagnostics *diagnostics;
    struct vf_flow_node *node;
};

/* Returns whether one part of a name, up to a slash, is good. */
static bool is_part(const char *part, const char *starts)
{
    size_t length = strcspn(part, "/");
    return length && length <= MAX_NAME && strchr(starts, part[0]) &&
           strspn(part, NAME_REST) == length;
}

/* A node in a sub-flow or a loop has a name with slashes. */
static void check_name(struct vf_diagnostics *diagnostics, const char *name, const char *what,
                       struct vf_place place)
{
    bool is_good = strlen(name) <= MAX_WHOLE_NAME && is_part(name, NAME_START);
    for (const char *slash = strchr(name, '/'); slash && is_good; slash = strchr(slash + 1, '/'))
        is_good = is_part(slash + 1, NAME_REST);
    if (!is_good)
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "bad-name", place,
                           "\"%s\" cannot name a %s; use up to %d letters, digits, \"_\" and "
                           "\"-\", a letter first",
                           name, what, MAX_NAME);
}

static int read_pairs(const struct vf_tree *tree, struct vf_flow_option *option)
{
    option->is_mapping = true;
    for (size_t i = 0; i < tree->count; i++) {
        const struct vf_tree *child = &tree->children[i];
        if (child->kind == VF_TREE_BROKEN)
            continue;
        int err = vf_flow_set_pair(option, child->key, child->text ? child->text : "");
        if (err)
            return err;
        struct vf_flow_option *pair = &option->pairs[option->pair_count - 1];
        pair->is_list = child->kind == VF_TREE_LIST;
        pair->is_mapping = child->kind == VF_TREE_MAPPING;
        pair->place = child->key_place;
        pair->value_place = child->place;
    }
    return VF_OK;
}

/* Writes a list of values, and of lists of them, as one text. */
static void write_list(const struct builder *builder, const struct vf_tree *tree,
                       struct vf_text *text)
{
    vf_text_append(text, "[", 1);
    for (size_t i = 0; i < tree->count; i++) {
        const struct vf_tree *child = &tree->children[i];
        if (child->kind == VF_TREE_LIST) {
            vf_option_list_print(text, "", i == 0, true);
            write_list(builder, child, text);
        } else if (vf_flow_keys_is_kind(child, VF_TREE_TEXT, "a single value or a list here",
                                        builder->diagnostics)) {
            vf_option_list_print(text, child->text, i == 0, false);
        }
    }
    vf_text_append(text, "]", 1);
}

/* In braces "width:640" is a key without a value. */
static void report_nothing(const struct builder *builder, const struct vf_tree *tree)
{
    const char *colon = strchr(tree->key, ':');
    if (colon && colon != tree->key && colon[1])
        vf_diagnostics_add(builder->diagnostics, VF_GRAVITY_FLOW, "missing-value", tree->key_place,
                           "\"%s\" lacks a space after its colon; write %.*s: %s", tree->key,
                           (int)(colon - tree->key), tree->key, colon + 1);
    else
        vf_diagnostics_add(builder->diagnostics, VF_GRAVITY_FLOW, "missing-value", tree->place,
                           "\"%s\" has no value; give it one, or leave the key out", tree->key);
}

static int read_option(const struct builder *builder, const struct vf_tree *tree)
{
    struct vf_flow_node *node = builder->node;
    if (tree->kind == VF_TREE_NOTHING)
        report_nothing(builder, tree);
    struct vf_text list = {0};
    if (tree->kind == VF_TREE_LIST)
        write_list(builder, tree, &list);
    int err = list.failed
                  ? -ENOMEM
                  : vf_flow_set_option(node, tree->key,
                                       tree->kind == VF_TREE_TEXT ? tree->text : list.bytes);
    vf_text_finish(&list);
    if (err)
        return err;
    struct vf_flow_option *option = &node->options[node->option_count - 1];
    option->is_list = tree->kind == VF_TREE_LIST;
    option->place = tree->key_place;
    option->value_place = tree->place;
    free(option->json);
    option->json = vf_tree_to_json(tree);
    if (!option->json)
        return -ENOMEM;
    return tree->kind == VF_TREE_MAPPING ? read_pairs(tree, option) : VF_OK;
}

/* Reports what this policy does not listen to. */
static void check_join(const struct builder *builder, const struct vf_tree *tree)
{
    static const struct {
        const char *key;
        bool is_of_time, is_of_latest;
    } keys[] = {{"tolerance", true, false},
                {"missing", true, true},
                {"rate", false, true},
                {"gone_after", false, true}};
    enum vf_join_policy by = builder->node->keys.join.by;
    if (!vf_tree_find(tree, "by"))
        vf_diagnostics_add(builder->diagnostics, VF_GRAVITY_FLOW, "missing-value", tree->place,
                           "join of %s does not say how; add by: origin, order, time or latest",
                           builder->node->name);
    for (size_t i = 0; i < VF_COUNT(keys); i++) {
        const struct vf_tree *child = vf_tree_find(tree, keys[i].key);
        bool is_used = by == VF_JOIN_NONE || (by == VF_JOIN_TIME && keys[i].is_of_time) ||
                       (by == VF_JOIN_LATEST && keys[i].is_of_latest);
        const char *user = keys[i].is_of_time ? "time" : "latest";
        if (child && !is_used)
            vf_diagnostics_add(
                builder->diagnostics, VF_GRAVITY_WARNING, "unused-key", child->key_place,
                "only a join by %s has a %s; leave it out, or say by: %s", user, keys[i].key, user);
    }
}

/* Reports what this policy cannot do when an input is missing. */
static void check_missing(const struct builder *builder, const struct vf_tree *tree)
{
    const struct vf_join_wish *wish = &builder->node->keys.join;
    const struct vf_tree *child = vf_tree_find(tree, "missing");
    if (child && wish->by == VF_JOIN_TIME && wish->missing == VF_MISSING_ABSENT)
        vf_diagnostics_add(
            builder->diagnostics, VF_GRAVITY_FLOW, "bad-join", child->place,
            "a join by time has no missing: absent; say skip or last, or by: latest");
    if (child && wish->by == VF_JOIN_LATEST && wish->missing == VF_MISSING_SKIP)
        vf_diagnostics_add(builder->diagnostics, VF_GRAVITY_FLOW, "bad-join", child->place,
                           "a join by latest has no missing: skip; say last or absent");
}

static int read_join(const struct builder *builder, const struct vf_tree *tree)
{
    struct vf_flow_node *node = builder->node;
    char owner[MAX_NAME + 16];
    snprintf(owner, sizeof(owner), "join of %.64s", node->name);
    int err = vf_flow_keys_read_all(&vf_join_key_options, tree, owner, builder->diagnostics,
                                    &node->keys.join);
    if (!err)
        check_join(builder, tree);
    if (!err)
        check_missing(builder, tree);
    return err;
}

static int read_paths(const struct builder *builder, const struct vf_tree *tree)
{
    struct vf_text list = {0};
    write_list(builder, tree, &list);
    int err = list.failed ? -ENOMEM
                          : vf_option_set(&vf_node_key_options.items[VF_KEY_PATHS], list.bytes,
                                          &builder->node->keys);
    vf_text_finish(&list);
    return err;
}

static int read_key(const struct builder *builder, const struct vf_tree *tree,
                    const struct vf_option *key)
{
    struct vf_flow_node *node = builder->node;
    size_t index = (size_t)(key - vf_node_key_options.items);
    node->key_places[index] = tree->place;
    if (index == VF_KEY_JOIN && tree->kind == VF_TREE_MAPPING)
        return read_join(builder, tree);
    if (index == VF_KEY_PATHS && tree->kind == VF_TREE_LIST)
        return read_paths(builder, tree);
    int err = vf_flow_keys_read(&vf_node_key_options, tree, node->name, builder->diagnostics,
                                &node->keys);
    if (!err && index == VF_KEY_GROUP && node->keys.group)
        check_name(builder->diagnostics, node->keys.group, "group", tree->place);
    return err;
}

static const char *read_type(const struct vf_tree *tree, struct vf_diagnostics *diagnostics)
{
    const struct vf_tree *type = vf_tree_find(tree, "type");
    if (!type) {
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "missing-type", tree->key_place,
                           "node \"%s\" has no type; add type: and a name from `vflow list`",
                           tree->key);
        return NULL;
    }
    bool is_text = vf_flow_keys_is_kind(type, VF_TREE_TEXT, "the name of a type", diagnostics);
    return is_text ? type->text : NULL;
}

static int read_child(const struct builder *builder, const struct vf_tree *child)
{
    const struct vf_option *key = vf_option_find(&vf_node_key_options, child->key);
    if (key)
        return read_key(builder, child, key);
    if (strcmp(child->key, "inputs") == 0)
        return vf_flow_build_inputs(child, builder->diagnostics, builder->node);
    if (strcmp(child->key, "type") != 0)
        return read_option(builder, child);
    builder->node->type_place = child->place;
    return VF_OK;
}

int vf_flow_build_node(const struct vf_tree *tree, struct vf_diagnostics *diagnostics,
                       struct vf_flow *flow)
{
    struct builder builder = {.diagnostics = diagnostics};
    const char *type = NULL;
    check_name(diagnostics, tree->key, "node", tree->key_place);
    bool is_mapping =
        vf_flow_keys_is_kind(tree, VF_TREE_MAPPING, "a mapping with a type", diagnostics);
    if (is_mapping)
        type = read_type(tree, diagnostics);
    int err = vf_flow_add_node(flow, tree->key, type, &builder.node);
    if (err)
        return err;
    builder.node->place = builder.node->inputs_place = tree->key_place;
    for (size_t i = 0; is_mapping && i < tree->count && !err; i++)
        err = read_child(&builder, &tree->children[i]);
    return err;
}
