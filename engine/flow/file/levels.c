/* SPDX-License-Identifier: MIT */
#include "engine/flow/file/levels.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/flow/hint.h"

#define MAX_DEPTH 32     /* of outputs that are outputs of others */
#define MAX_SOURCES 4096 /* that one source can stand for */

struct resolver {
    const struct vf_levels *levels;
    const struct vf_tree *nodes;
    struct vf_diagnostics *diagnostics;
    struct vf_tree found; /* a list of texts */
    unsigned depth;
};

/* A source as it is written. */
struct reference {
    const char *path; /* "cams" and so on */
    const char *port; /* ".video" or "" */
    unsigned level;
    struct vf_place place;
};

int vf_levels_add(struct vf_levels *levels, const struct vf_level *level, unsigned *number)
{
    struct vf_level *items = realloc(levels->items, (levels->count + 1) * sizeof(*items));
    if (!items)
        return -ENOMEM;
    levels->items = items;
    struct vf_level added = *level;
    added.prefix = strdup(level->prefix);
    if (!added.prefix)
        return -ENOMEM;
    items[levels->count++] = added;
    *number = (unsigned)levels->count;
    return VF_OK;
}

int vf_levels_add_loop(struct vf_levels *levels, const struct vf_loop *loop)
{
    struct vf_loop *loops = realloc(levels->loops, (levels->loop_count + 1) * sizeof(*loops));
    if (!loops)
        return -ENOMEM;
    levels->loops = loops;
    loops[levels->loop_count] = *loop;
    loops[levels->loop_count].name = strdup(loop->name);
    if (!loops[levels->loop_count].name)
        return -ENOMEM;
    levels->loop_count++;
    return VF_OK;
}

void vf_levels_finish(struct vf_levels *levels)
{
    for (size_t i = 0; i < levels->count; i++) {
        free(levels->items[i].prefix);
        vf_tree_finish(&levels->items[i].outputs);
    }
    for (size_t i = 0; i < levels->loop_count; i++)
        free(levels->loops[i].name);
    free(levels->items);
    free(levels->loops);
    *levels = (struct vf_levels){0};
}

static const struct vf_level *level_at(const struct resolver *resolver, unsigned number)
{
    return &resolver->levels->items[number - 1];
}

static int add_found(struct resolver *resolver, const char *node, const char *port)
{
    struct vf_tree text = {0};
    char *name = vf_text_format("%s%s", node, port);
    int err = name && resolver->found.count < MAX_SOURCES ? vf_tree_set_text(&text, name) : -ENOMEM;
    free(name);
    if (!err)
        err = vf_tree_append(&resolver->found, &text);
    vf_tree_finish(&text);
    return err;
}

static int resolve_reference(struct resolver *resolver, const struct reference *reference);

/* Finds what an output of a sub-flow is, in there. */
static int resolve_output(struct resolver *resolver, unsigned level,
                          const struct reference *reference)
{
    const struct vf_level *inside = level_at(resolver, level);
    const struct vf_tree *outputs = &inside->outputs;
    const char *port = reference->port[0] ? reference->port + 1 : NULL;
    const struct vf_tree *output = port             ? vf_tree_find(outputs, port)
                                   : outputs->count ? &outputs->children[0]
                                                    : NULL;
    struct vf_hint hint = {.nearest.wanted = port ? port : ""};
    if (output && output->kind == VF_TREE_TEXT && resolver->depth < MAX_DEPTH) {
        char *path = strndup(output->text, strcspn(output->text, "."));
        const struct reference target = {path, output->text + strcspn(output->text, "."), level,
                                         output->place};
        resolver->depth++;
        int err = path ? resolve_reference(resolver, &target) : -ENOMEM;
        resolver->depth--;
        free(path);
        return err;
    }
    for (size_t i = 0; i < outputs->count; i++)
        vf_hint_consider(&hint, outputs->children[i].key);
    if (!outputs->count)
        vf_diagnostics_add(resolver->diagnostics, VF_GRAVITY_FLOW, "no-output", reference->place,
                           "%s has no outputs; read a node in it, as %s/NODE, or give it "
                           "outputs: {NAME: NODE}",
                           inside->prefix, inside->prefix);
    else if (!output)
        vf_diagnostics_add(resolver->diagnostics, VF_GRAVITY_FLOW, "unknown-port", reference->place,
                           "%s has no output \"%s\"%s", inside->prefix, port ? port : "",
                           vf_hint_text(&hint, "it has"));
    vf_hint_finish(&hint);
    return -EINVAL;
}

/* Adds all that a whole path names. *count becomes how many they are. */
static int match(struct resolver *resolver, const char *path, const struct reference *reference,
                 size_t *count)
{
    bool is_pattern = strchr(path, '*');
    int err = VF_OK;
    for (size_t i = 0; i < resolver->nodes->count && !err; i++) {
        const char *name = resolver->nodes->children[i].key;
        if (is_pattern ? fnmatch(path, name, FNM_PATHNAME) != 0 : strcmp(path, name) != 0)
            continue;
        ++*count;
        err = add_found(resolver, name, reference->port);
    }
    for (unsigned i = VF_FIRST_LEVEL + 1; i <= resolver->levels->count && !err; i++) {
        const char *name = level_at(resolver, i)->prefix;
        if (is_pattern ? fnmatch(path, name, FNM_PATHNAME) != 0 : strcmp(path, name) != 0)
            continue;
        ++*count;
        err = resolve_output(resolver, i, reference);
    }
    return err;
}

/* Returns the loop that a path is in, or is; NULL: it is in none. */
static const struct vf_loop *find_loop(const struct resolver *resolver, const char *path,
                                       bool is_inside)
{
    for (size_t i = 0; i < resolver->levels->loop_count; i++) {
        const struct vf_loop *loop = &resolver->levels->loops[i];
        size_t length = strlen(loop->name);
        if (strncmp(path, loop->name, length) == 0 &&
            (!path[length] || (is_inside && path[length] == '/')))
            return loop;
    }
    return NULL;
}

/* Considers the names of sub-flows and loops, as they are called below `prefix`. */
static void consider_places(const struct resolver *resolver, struct vf_text_nearest *nearest,
                            const char *prefix)
{
    size_t length = strlen(prefix);
    for (unsigned i = VF_FIRST_LEVEL + 1; i <= resolver->levels->count; i++) {
        const char *name = level_at(resolver, i)->prefix;
        if (strncmp(name, prefix, length) == 0 && (!length || name[length] == '/'))
            vf_text_nearest_consider(nearest, name + length + (length > 0));
    }
    for (size_t i = 0; i < resolver->levels->loop_count && !length; i++)
        vf_text_nearest_consider(nearest, resolver->levels->loops[i].name);
}

/* Says that nothing is called so, with what is nearest among what could be named from there. */
static int report_unknown(const struct resolver *resolver, const struct reference *reference)
{
    struct vf_text_nearest nearest = {.wanted = reference->path};
    for (unsigned level = reference->level; level; level = level_at(resolver, level)->outer) {
        const char *prefix = level_at(resolver, level)->prefix;
        size_t length = strlen(prefix);
        for (size_t i = 0; i < resolver->nodes->count; i++) {
            const char *name = resolver->nodes->children[i].key;
            if (strncmp(name, prefix, length) == 0 && (!length || name[length] == '/'))
                vf_text_nearest_consider(&nearest, name + length + (length > 0));
        }
        consider_places(resolver, &nearest, prefix);
    }
    const char *prefix = level_at(resolver, reference->level)->prefix;
    vf_diagnostics_add(resolver->diagnostics, VF_GRAVITY_FLOW, "unknown-node", reference->place,
                       "there is no node \"%s\"%s%s%s", reference->path, *prefix ? " in " : "",
                       prefix, vf_text_suggest(&nearest));
    return -EINVAL;
}

/* Returns whether a name that is nowhere is nearly that of a sub-flow or a loop. */
static bool is_near_place(const struct resolver *resolver, const char *path)
{
    struct vf_text_nearest nearest = {.wanted = path};
    consider_places(resolver, &nearest, "");
    return nearest.name;
}

/* Finds what a source stands for: beside who names it, or further out. Returns -ENOENT when there is
 * nothing at the first level either. */
static int resolve_reference(struct resolver *resolver, const struct reference *reference)
{
    for (unsigned level = reference->level; level; level = level_at(resolver, level)->outer) {
        const char *prefix = level_at(resolver, level)->prefix;
        size_t count = 0;
        char *path = vf_text_format("%s%s%s", prefix, *prefix ? "/" : "", reference->path);
        if (!path)
            return -ENOMEM;
        int err = match(resolver, path, reference, &count);
        const struct vf_loop *loop = find_loop(resolver, path, false);
        const struct vf_loop *around = find_loop(resolver, path, true);
        if (!err && !count && around && around->is_broken) {
            free(path);
            return -EINVAL;
        }
        if (!err && !count && loop) {
            vf_diagnostics_add(resolver->diagnostics, VF_GRAVITY_FLOW, "bad-source",
                               reference->place,
                               "%s is a loop of %zu; read all of it as %s/*, or one as %s/NAME",
                               path, loop->count, reference->path, reference->path);
            err = -EINVAL;
        }
        bool is_empty = !count && strchr(path, '*') && around;
        free(path);
        if (err || count || is_empty)
            return err;
    }
    bool is_plain = reference->level == VF_FIRST_LEVEL && !strchr(reference->path, '*');
    return is_plain && !is_near_place(resolver, reference->path)
               ? -ENOENT
               : report_unknown(resolver, reference);
}

/* Puts what was found in the place of a source: a text, or several. */
static int take_found(struct resolver *resolver, struct vf_tree *tree)
{
    struct vf_tree *found = &resolver->found;
    int err = VF_OK;
    for (size_t i = 0; i < found->count; i++)
        found->children[i].place = tree->place;
    if (found->count == 1) {
        err = vf_tree_set_text(tree, found->children[0].text);
    } else {
        found->kind = VF_TREE_LIST;
        found->key = tree->key;
        found->key_place = tree->key_place;
        found->place = tree->place;
        tree->key = NULL;
        vf_tree_finish(tree);
        *tree = *found;
        *found = (struct vf_tree){0};
    }
    return err;
}

static int resolve_text(struct resolver *resolver, struct vf_tree *tree, unsigned level)
{
    size_t length = strcspn(tree->text, ".");
    char *path = strndup(tree->text, length);
    const struct reference reference = {path, tree->text + length, level, tree->place};
    int err = !path ? -ENOMEM : *path ? resolve_reference(resolver, &reference) : -ENOENT;
    free(path);
    if (!err)
        err = take_found(resolver, tree);
    vf_tree_finish(&resolver->found);
    if (err == -EINVAL)
        vf_tree_break(tree);
    return err == -ENOMEM ? err : VF_OK;
}

static int resolve_source(struct resolver *resolver, struct vf_tree *tree, unsigned level);

/* Puts each element of a list within the list `tree` into it. */
static int flatten(struct vf_tree *tree)
{
    struct vf_tree flat = {.kind = VF_TREE_LIST};
    int err = VF_OK;
    for (size_t i = 0; i < tree->count && !err; i++) {
        struct vf_tree *child = &tree->children[i];
        bool is_list = child->kind == VF_TREE_LIST;
        for (size_t j = 0; is_list && j < child->count && !err; j++)
            err = vf_tree_append(&flat, &child->children[j]);
        if (!is_list)
            err = vf_tree_append(&flat, child);
    }
    if (err) {
        vf_tree_finish(&flat);
        return err;
    }
    for (size_t i = 0; i < tree->count; i++)
        vf_tree_finish(&tree->children[i]);
    free(tree->children);
    tree->children = flat.children;
    tree->count = flat.count;
    return VF_OK;
}

static int resolve_list(struct resolver *resolver, struct vf_tree *tree, unsigned level)
{
    int err = VF_OK;
    bool has_lists = false;
    for (size_t i = 0; i < tree->count && !err; i++) {
        bool was_list = tree->children[i].kind == VF_TREE_LIST;
        err = resolve_source(resolver, &tree->children[i], level);
        has_lists = has_lists || (!was_list && tree->children[i].kind == VF_TREE_LIST);
    }
    return err || !has_lists ? err : flatten(tree);
}

/* {from: SOURCE, queue: 2}: where the source is several, each gets the rest. */
static int resolve_mapping(struct resolver *resolver, struct vf_tree *tree, struct vf_tree *from,
                           unsigned level)
{
    struct vf_tree list = {.kind = VF_TREE_LIST, .place = tree->place};
    size_t index = (size_t)(from - tree->children);
    if (from->kind != VF_TREE_TEXT)
        return VF_OK; /* reported by who reads it */
    int err = resolve_source(resolver, from, level);
    if (err || from->kind != VF_TREE_LIST)
        return err;
    for (size_t i = 0; i < from->count && !err; i++) {
        struct vf_tree copy = {0};
        err = vf_tree_copy(&copy, tree);
        if (!err)
            err = vf_tree_set_text(&copy.children[index], from->children[i].text);
        free(copy.key);
        copy.key = NULL;
        if (!err)
            err = vf_tree_append(&list, &copy);
        vf_tree_finish(&copy);
    }
    if (err) {
        vf_tree_finish(&list);
        return err;
    }
    list.key = tree->key;
    list.key_place = tree->key_place;
    tree->key = NULL;
    vf_tree_finish(tree);
    *tree = list;
    return VF_OK;
}

static int resolve_source(struct resolver *resolver, struct vf_tree *tree, unsigned level)
{
    if (tree->level)
        level = tree->level;
    struct vf_tree *from = vf_tree_find(tree, "from");
    if (tree->kind == VF_TREE_TEXT)
        return resolve_text(resolver, tree, level);
    if (tree->kind == VF_TREE_LIST)
        return resolve_list(resolver, tree, level);
    return from ? resolve_mapping(resolver, tree, from, level) : VF_OK;
}

static int resolve_inputs(struct resolver *resolver, struct vf_tree *inputs, unsigned level)
{
    if (inputs->kind != VF_TREE_MAPPING || vf_tree_find(inputs, "from"))
        return resolve_source(resolver, inputs, level);
    int err = VF_OK;
    for (size_t i = 0; i < inputs->count && !err; i++)
        err = resolve_source(resolver, &inputs->children[i], level);
    return err;
}

/* Looks for what the outputs of a level name. */
static int check_outputs(struct resolver *resolver, unsigned level)
{
    const struct vf_tree *outputs = &level_at(resolver, level)->outputs;
    int err = VF_OK;
    for (size_t i = 0; i < outputs->count && err != -ENOMEM; i++) {
        const struct vf_tree *output = &outputs->children[i];
        const char *text = output->kind == VF_TREE_TEXT ? output->text : "";
        char *path = strndup(text, strcspn(text, "."));
        const struct reference reference = {path, text + strcspn(text, "."), level, output->place};
        err = path ? resolve_reference(resolver, &reference) : -ENOMEM;
        if (err == -ENOENT)
            err = report_unknown(resolver, &reference);
        vf_tree_finish(&resolver->found);
        free(path);
    }
    return err == -ENOMEM ? err : VF_OK;
}

int vf_levels_resolve(const struct vf_levels *levels, struct vf_tree *nodes,
                      struct vf_diagnostics *diagnostics)
{
    struct resolver resolver = {.levels = levels, .nodes = nodes, .diagnostics = diagnostics};
    int err = VF_OK;
    for (size_t i = 0; i < nodes->count && !err; i++) {
        struct vf_tree *node = &nodes->children[i];
        struct vf_tree *inputs = vf_tree_find(node, "inputs");
        if (inputs)
            err = resolve_inputs(&resolver, inputs, node->level ? node->level : VF_FIRST_LEVEL);
    }
    for (unsigned i = VF_FIRST_LEVEL; i <= levels->count && !err; i++)
        err = check_outputs(&resolver, i);
    return err;
}
