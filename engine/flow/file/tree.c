/* SPDX-License-Identifier: MIT */
#include "engine/flow/file/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct vf_tree *vf_tree_find(const struct vf_tree *mapping, const char *key)
{
    if (!mapping || mapping->kind != VF_TREE_MAPPING)
        return NULL;
    for (size_t i = 0; i < mapping->count; i++) {
        if (strcmp(mapping->children[i].key, key) == 0)
            return &mapping->children[i];
    }
    return NULL;
}

int vf_tree_append(struct vf_tree *parent, struct vf_tree *child)
{
    size_t count = parent->count;
    bool is_full = (count & (count - 1)) == 0; /* room for powers of two */
    if (is_full) {
        size_t room = count ? 2 * count : 1;
        struct vf_tree *children = realloc(parent->children, room * sizeof(*children));
        if (!children)
            return -ENOMEM;
        parent->children = children;
    }
    parent->children[parent->count++] = *child;
    *child = (struct vf_tree){0};
    return VF_OK;
}

static int copy_children(struct vf_tree *copy, const struct vf_tree *tree)
{
    int err = VF_OK;
    for (size_t i = 0; i < tree->count && !err; i++) {
        struct vf_tree child = {0};
        err = vf_tree_copy(&child, &tree->children[i]);
        if (!err)
            err = vf_tree_append(copy, &child);
        vf_tree_finish(&child);
    }
    return err;
}

int vf_tree_copy(struct vf_tree *copy, const struct vf_tree *tree)
{
    *copy = (struct vf_tree){.kind = tree->kind,
                             .key_place = tree->key_place,
                             .place = tree->place,
                             .level = tree->level,
                             .is_quoted = tree->is_quoted};
    copy->key = tree->key ? strdup(tree->key) : NULL;
    copy->text = tree->text ? strdup(tree->text) : NULL;
    bool is_made = !tree->key == !copy->key && !tree->text == !copy->text;
    int err = is_made ? copy_children(copy, tree) : -ENOMEM;
    if (err)
        vf_tree_finish(copy);
    return err;
}

size_t vf_tree_size(const struct vf_tree *tree)
{
    size_t size = 1;
    for (size_t i = 0; i < tree->count; i++)
        size += vf_tree_size(&tree->children[i]);
    return size;
}

unsigned vf_tree_depth(const struct vf_tree *tree)
{
    unsigned deepest = 0;
    for (size_t i = 0; i < tree->count; i++) {
        unsigned depth = vf_tree_depth(&tree->children[i]);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + 1;
}

static void drop_content(struct vf_tree *tree)
{
    for (size_t i = 0; i < tree->count; i++)
        vf_tree_finish(&tree->children[i]);
    free(tree->children);
    free(tree->text);
    tree->children = NULL;
    tree->count = 0;
    tree->text = NULL;
}

void vf_tree_remove(struct vf_tree *parent, size_t index)
{
    vf_tree_finish(&parent->children[index]);
    parent->count--;
    memmove(&parent->children[index], &parent->children[index + 1],
            (parent->count - index) * sizeof(parent->children[0]));
}

int vf_tree_put(struct vf_tree *mapping, const char *key, const char *text)
{
    struct vf_tree *there = vf_tree_find(mapping, key);
    if (there)
        return vf_tree_set_text(there, text);
    struct vf_tree pair = {.key = strdup(key)};
    int err = pair.key ? vf_tree_set_text(&pair, text) : -ENOMEM;
    if (!err)
        err = vf_tree_append(mapping, &pair);
    vf_tree_finish(&pair);
    return err;
}

void vf_tree_drop(struct vf_tree *mapping, const char *key)
{
    struct vf_tree *child = vf_tree_find(mapping, key);
    if (child)
        vf_tree_remove(mapping, (size_t)(child - mapping->children));
}

int vf_tree_set_text(struct vf_tree *tree, const char *text)
{
    char *copy = strdup(text);
    if (!copy)
        return -ENOMEM;
    drop_content(tree);
    tree->kind = VF_TREE_TEXT;
    tree->is_quoted = false;
    tree->text = copy;
    return VF_OK;
}

void vf_tree_break(struct vf_tree *tree)
{
    drop_content(tree);
    tree->kind = VF_TREE_BROKEN;
}

const char *vf_tree_kind_name(enum vf_tree_kind kind)
{
    static const char *const names[] = {
        [VF_TREE_NOTHING] = "nothing",  [VF_TREE_TEXT] = "a single value",
        [VF_TREE_LIST] = "a list",      [VF_TREE_MAPPING] = "a mapping",
        [VF_TREE_BROKEN] = "a mistake",
    };
    return names[kind];
}

void vf_tree_set_place(struct vf_tree *tree, struct vf_place place)
{
    tree->place = tree->key_place = place;
    for (size_t i = 0; i < tree->count; i++)
        vf_tree_set_place(&tree->children[i], place);
}

void vf_tree_finish(struct vf_tree *tree)
{
    drop_content(tree);
    free(tree->key);
    *tree = (struct vf_tree){0};
}
