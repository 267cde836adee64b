/* SPDX-License-Identifier: MIT */
#include "engine/flow/file/expand.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/text.h"
#include "engine/flow/file/attach.h"
#include "engine/flow/file/keys.h"
#include "engine/flow/file/levels.h"
#include "engine/flow/file/loop.h"
#include "engine/flow/vocabulary.h"

#define MAX_DEPTH 8 /* of flows within flows */
#define MAX_NODES 4096

struct expander {
    struct vf_flow_files *files;
    const struct vf_variables_flow *flow;
    struct vf_levels levels;
    struct vf_tree nodes; /* all that there will be */
};

/* Where an entry of `nodes` stands. */
struct site {
    unsigned level;
    struct vf_variables *variables;
    unsigned depth;
};

static int expand_entry(struct expander *expander, const struct site *site,
                        const struct vf_tree *entry);

static void report(const struct expander *expander, const char *code, struct vf_place place,
                   const char *name, const char *problem)
{
    vf_diagnostics_add(expander->flow->diagnostics, VF_GRAVITY_FLOW, code, place, "\"%s\" %s", name,
                       problem);
}

static const struct vf_level *level_of(const struct expander *expander, const struct site *site)
{
    return &expander->levels.items[site->level - 1];
}

/* Returns the whole name of an entry, or of a turn of it, in fresh memory; NULL: out of memory. */
static char *name_entry(const struct expander *expander, const struct site *site,
                        const struct vf_tree *entry, const char *turn)
{
    const char *prefix = level_of(expander, site)->prefix;
    return vf_text_format("%s%s%s%s%s", prefix, *prefix ? "/" : "", entry->key, turn ? "/" : "",
                          turn ? turn : "");
}

static void drop_key(struct vf_tree *mapping, const char *key)
{
    struct vf_tree *child = vf_tree_find(mapping, key);
    if (child)
        vf_tree_remove(mapping, (size_t)(child - mapping->children));
}

/* A group is one of the place where it is. */
static int qualify_group(const char *prefix, struct vf_tree *node)
{
    struct vf_tree *group = vf_tree_find(node, "group");
    if (!*prefix || !group || group->kind != VF_TREE_TEXT)
        return VF_OK;
    char *name = vf_text_format("%s/%s", prefix, group->text);
    int err = name ? vf_tree_set_text(group, name) : -ENOMEM;
    free(name);
    return err;
}

/* Adds a node as it is, under its whole name. */
static int add_node(struct expander *expander, const struct site *site, const struct vf_tree *entry,
                    const char *name)
{
    struct vf_tree node = {0};
    if (expander->nodes.count >= MAX_NODES + 1)
        return VF_OK; /* reported by who counts them */
    int err = vf_tree_copy(&node, entry);
    if (!err) {
        drop_key(&node, "for_each");
        drop_key(&node, "as");
        free(node.key);
        node.key = strdup(name);
        node.level = site->level;
        err = node.key ? vf_variables_expand(site->variables, &node) : -ENOMEM;
    }
    if (!err)
        err = qualify_group(level_of(expander, site)->prefix, &node);
    const struct vf_tree *known = err ? NULL : vf_tree_find(&expander->nodes, name);
    if (known)
        vf_diagnostics_add(expander->flow->diagnostics, VF_GRAVITY_FLOW, "duplicate-key",
                           entry->key_place, "duplicate node \"%s\"; it stands in line %u already",
                           name, known->key_place.line);
    else if (!err)
        err = vf_tree_append(&expander->nodes, &node);
    vf_tree_finish(&node);
    return err;
}

/* Reports keys that a sub-flow, or nodes within a node, cannot have. */
static void check_keys(const struct expander *expander, const struct vf_tree *entry,
                       const struct vf_option_list *keys)
{
    for (size_t i = 0; i < entry->count; i++) {
        if (!vf_option_find(keys, entry->children[i].key))
            vf_flow_keys_report(&keys, 1, &entry->children[i], entry->key,
                                expander->flow->diagnostics);
    }
}

/* Expands the entries of `nodes` one by one. */
static int expand_all(struct expander *expander, const struct site *site,
                      const struct vf_tree *nodes)
{
    int err = VF_OK;
    bool is_mapping = nodes && nodes->kind == VF_TREE_MAPPING;
    if (!is_mapping && nodes && nodes->kind != VF_TREE_NOTHING)
        (void)vf_flow_keys_is_kind(nodes, VF_TREE_MAPPING, "a mapping of names to nodes",
                                   expander->flow->diagnostics);
    for (size_t i = 0; is_mapping && i < nodes->count && !err; i++)
        err = expand_entry(expander, site, &nodes->children[i]);
    return err;
}

/* Goes into a level, whose variables are made, and expands what is in it. */
static int enter(struct expander *expander, const struct site *inside, const struct vf_level *level,
                 const struct vf_tree *outputs, const struct vf_tree *nodes)
{
    struct site site = *inside;
    int err = vf_levels_add(&expander->levels, level, &site.level);
    struct vf_tree copy = {0};
    if (!err && outputs)
        err = vf_tree_copy(&copy, outputs);
    if (!err)
        err = vf_variables_expand(site.variables, &copy);
    if (!err && outputs && copy.kind != VF_TREE_BROKEN &&
        !vf_flow_keys_is_kind(&copy, VF_TREE_MAPPING, "a mapping of names to nodes: {video: small}",
                              expander->flow->diagnostics))
        vf_tree_break(&copy);
    if (!err) {
        expander->levels.items[site.level - 1].outputs = copy;
        copy = (struct vf_tree){0};
        err = expand_all(expander, &site, nodes);
    }
    vf_tree_finish(&copy);
    return err;
}

/* Nodes that stand within a node: they see those around them. */
static int expand_nodes(struct expander *expander, const struct site *site,
                        const struct vf_tree *entry, const char *name)
{
    struct site inside = {.depth = site->depth + 1};
    const struct vf_level level = {
        .prefix = (char *)name, .outer = site->level, .parent = site->level};
    check_keys(expander, entry, &vf_nested_key_options);
    int err = vf_variables_create(&inside.variables, expander->flow, site->variables);
    if (!err)
        err = vf_variables_define_all(inside.variables, vf_tree_find(entry, "vars"));
    if (!err)
        err = vf_variables_settle(inside.variables);
    if (!err)
        err = enter(expander, &inside, &level, vf_tree_find(entry, "outputs"),
                    vf_tree_find(entry, "nodes"));
    vf_variables_destroy(&inside.variables);
    return err;
}

/* Returns whether a file is one that this is in already. */
static bool is_circle(const struct expander *expander, unsigned level, const char *file)
{
    for (; level; level = expander->levels.items[level - 1].parent) {
        const char *other = expander->levels.items[level - 1].file;
        if (other && strcmp(other, file) == 0)
            return true;
    }
    return false;
}

/* Sets what the node gives to the sub-flow's variables, then the file's own. */
static int define_variables(struct expander *expander, const struct site *site,
                            struct vf_variables *inside, const struct vf_tree *entry,
                            const struct vf_tree *root)
{
    const struct vf_tree *given = vf_tree_find(entry, "vars");
    const struct vf_tree *own = vf_tree_find(root, "vars");
    int err = VF_OK;
    if (given && given->kind != VF_TREE_NOTHING &&
        !vf_flow_keys_is_kind(given, VF_TREE_MAPPING, "a mapping of names to values",
                              expander->flow->diagnostics))
        given = NULL;
    for (size_t i = 0; given && i < given->count && !err; i++) {
        struct vf_tree copy = {0};
        err = vf_tree_copy(&copy, &given->children[i]);
        if (!err)
            err = vf_variables_expand(site->variables, &copy);
        if (!err)
            err = vf_variables_set(inside, &copy);
        vf_tree_finish(&copy);
    }
    if (!err)
        err = vf_variables_define_all(inside, own);
    return err ? err : vf_variables_settle(inside);
}

/* Puts the nodes of a file in, as `root` has them, with what the node connects to its inputs. */
static int expand_root(struct expander *expander, const struct site *site,
                       const struct vf_tree *entry, const char *name,
                       const struct vf_flow_file *file)
{
    struct site inside = {.depth = site->depth + 1};
    struct vf_tree nodes = {0};
    const struct vf_tree *own = vf_tree_find(&file->root, "nodes");
    const struct vf_level level = {
        .prefix = (char *)name, .parent = site->level, .file = file->real};
    struct vf_attachment attachment = {.entry = entry,
                                       .name = name,
                                       .file = file->name,
                                       .declared = vf_tree_find(&file->root, "inputs"),
                                       .level = site->level,
                                       .variables = site->variables,
                                       .flow = expander->flow};
    int err = vf_variables_create(&inside.variables, expander->flow, NULL);
    if (!err)
        err = define_variables(expander, site, inside.variables, entry, &file->root);
    if (!err && own)
        err = vf_tree_copy(&nodes, own);
    if (!err)
        err = vf_attach(&attachment, &nodes);
    if (!err)
        err = enter(expander, &inside, &level, vf_tree_find(&file->root, "outputs"), &nodes);
    vf_tree_finish(&nodes);
    vf_variables_destroy(&inside.variables);
    return err;
}

/* Notes that what has this name could not be had. */
static int note_broken(struct expander *expander, const char *name)
{
    expander->flow->flow->is_broken = true;
    return vf_levels_add_loop(&expander->levels,
                              &(struct vf_loop){.name = (char *)name, .is_broken = true});
}

static int expand_file(struct expander *expander, const struct site *site,
                       const struct vf_tree *entry, const char *name)
{
    const struct vf_tree *named = vf_tree_find(entry, "file");
    const struct vf_flow_file *file = NULL;
    struct vf_tree path = {0};
    check_keys(expander, entry, &vf_subflow_key_options);
    if (!named) {
        report(expander, "missing-option", entry->key_place, name,
               "is a sub-flow without a file; add file: NAME.yaml");
        return note_broken(expander, name);
    }
    int err = vf_tree_copy(&path, named);
    if (!err)
        err = vf_variables_expand(site->variables, &path);
    bool is_text = !err && vf_flow_keys_is_kind(&path, VF_TREE_TEXT, "the name of a flow file",
                                                expander->flow->diagnostics);
    if (is_text)
        err = vf_flow_files_read(expander->files, &path, &file);
    if (!err && is_text && is_circle(expander, site->level, file->real)) {
        report(expander, "circle", path.place, file->name,
               "is a sub-flow of itself, by way of this; take one of them away");
        err = -EINVAL;
    } else if (!err && is_text) {
        err = expand_root(expander, site, entry, name, file);
    }
    vf_tree_finish(&path);
    return err == -EINVAL ? note_broken(expander, name) : err;
}

/* Expands an entry, or one turn of it, which `site` has the variable for. */
static int expand_turn(struct expander *expander, const struct site *site,
                       const struct vf_tree *entry, const char *turn)
{
    const struct vf_tree *type = vf_tree_find(entry, "type");
    bool is_flow = type && type->kind == VF_TREE_TEXT && strcmp(type->text, VF_SUBFLOW_TYPE) == 0;
    bool has_nodes = vf_tree_find(entry, "nodes") && (!type || is_flow);
    char *name = name_entry(expander, site, entry, turn);
    int err = name ? VF_OK : -ENOMEM;
    if (!err && (is_flow || has_nodes) && site->depth >= MAX_DEPTH)
        report(expander, "too-large", entry->key_place, name,
               "is too deep within other flows; at most 8 can be in one another");
    else if (!err && has_nodes)
        err = expand_nodes(expander, site, entry, name);
    else if (!err && is_flow)
        err = expand_file(expander, site, entry, name);
    else if (!err)
        err = add_node(expander, site, entry, name);
    free(name);
    return err;
}

static int set_fact(struct vf_variables *variables, const struct vf_tree *element, const char *key,
                    const char *text)
{
    struct vf_tree fact = {.key = vf_text_format("%s.%s", element->key, key),
                           .place = element->place};
    int err = fact.key ? vf_tree_set_text(&fact, text) : -ENOMEM;
    if (!err)
        err = vf_variables_set(variables, &fact);
    vf_tree_finish(&fact);
    return err;
}

/* What is no mapping has a name and an index, too. */
static int set_facts(struct vf_variables *variables, const struct vf_tree *element,
                     const char *name, size_t number)
{
    char index[24];
    snprintf(index, sizeof(index), "%zu", number);
    int err = set_fact(variables, element, "name", name);
    return err ? err : set_fact(variables, element, "index", index);
}

/* Makes the variable of a turn, and expands the entry with it. */
static int take_turn(struct expander *expander, const struct site *site,
                     const struct vf_tree *entry, const char *variable, struct vf_tree *element,
                     size_t number)
{
    struct site inside = *site;
    char *name = element->key;
    element->key = strdup(variable);
    int err = element->key ? vf_variables_create(&inside.variables, expander->flow, site->variables)
                           : -ENOMEM;
    if (!err)
        err = vf_variables_set(inside.variables, element);
    if (!err && element->kind != VF_TREE_MAPPING)
        err = set_facts(inside.variables, element, name, number);
    if (!err)
        err = expand_turn(expander, &inside, entry, name);
    vf_variables_destroy(&inside.variables);
    free(name);
    return err;
}

static int expand_loop(struct expander *expander, const struct site *site,
                       const struct vf_tree *entry)
{
    struct vf_loop_elements elements = {0};
    char *name = name_entry(expander, site, entry, NULL);
    int err = name ? vf_loop_read(&elements, entry, site->variables, expander->flow) : -ENOMEM;
    if (!err || err == -EINVAL) {
        int noted = vf_levels_add_loop(&expander->levels,
                                       &(struct vf_loop){name, elements.count, err != VF_OK});
        expander->flow->flow->is_broken |= err != VF_OK;
        err = noted ? noted : err;
    }
    for (size_t i = 0; i < elements.count && !err; i++)
        err = take_turn(expander, site, entry, elements.variable, &elements.items[i], i + 1);
    vf_loop_finish(&elements);
    free(name);
    return err == -EINVAL ? VF_OK : err;
}

static int expand_entry(struct expander *expander, const struct site *site,
                        const struct vf_tree *entry)
{
    bool is_loop = vf_tree_find(entry, "for_each") != NULL;
    return is_loop ? expand_loop(expander, site, entry) : expand_turn(expander, site, entry, NULL);
}

/* Puts the expanded nodes in the place of those of the file. */
static int replace_nodes(struct expander *expander, struct vf_tree *nodes)
{
    struct vf_tree *made = &expander->nodes;
    int err = VF_OK;
    if (expander->levels.count > VF_FIRST_LEVEL || expander->levels.loop_count ||
        expander->flow->flow->is_part)
        err = vf_levels_resolve(&expander->levels, made, expander->flow->diagnostics);
    made->kind = VF_TREE_MAPPING;
    made->key = nodes->key;
    made->key_place = nodes->key_place;
    made->place = nodes->place;
    nodes->key = NULL;
    vf_tree_finish(nodes);
    *nodes = *made;
    *made = (struct vf_tree){0};
    return err;
}

int vf_flow_expand(struct vf_flow_files *files, const struct vf_variables_flow *flow,
                   struct vf_variables *variables, struct vf_tree *root)
{
    struct expander expander = {.files = files, .flow = flow};
    struct vf_tree *nodes = vf_tree_find(root, "nodes");
    char *real = files->first ? realpath(files->first, NULL) : NULL;
    const struct vf_level first = {.prefix = (char *)"", .file = real};
    struct site site = {.variables = variables};
    const struct vf_tree *outputs = vf_tree_find(root, "outputs");
    int err = vf_levels_add(&expander.levels, &first, &site.level);
    if (!err && flow->flow->is_part && outputs && outputs->kind == VF_TREE_MAPPING)
        err = vf_tree_copy(&expander.levels.items[0].outputs, outputs);
    for (size_t i = 0; i < root->count && !err; i++) {
        struct vf_tree *child = &root->children[i];
        bool is_kept = strcmp(child->key, "vars") == 0 || strcmp(child->key, "tests") == 0;
        if (child == nodes && child->kind == VF_TREE_MAPPING)
            err = expand_all(&expander, &site, nodes);
        else if (!is_kept)
            err = vf_variables_expand(variables, child);
    }
    if (!err && nodes && nodes->kind == VF_TREE_MAPPING)
        err = replace_nodes(&expander, nodes);
    vf_tree_finish(&expander.nodes);
    vf_levels_finish(&expander.levels);
    free(real);
    return err;
}
