/* SPDX-License-Identifier: MIT */
/* tree.h - a flow file as texts, lists and mappings, each with its place.
 *
 * What stands between the YAML and the flow: settings from the command line and variables are
 * put in here, before anything is understood.
 */
#ifndef VF_ENGINE_FLOW_FILE_TREE_H
#define VF_ENGINE_FLOW_FILE_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "engine/flow/flow.h"

enum vf_tree_kind {
    VF_TREE_NOTHING, /* a key without a value */
    VF_TREE_TEXT,
    VF_TREE_LIST,
    VF_TREE_MAPPING,
    VF_TREE_BROKEN, /* its mistake has been reported */
};

/* Starts as {0}. */
struct vf_tree {
    enum vf_tree_kind kind;
    char *key; /* in a mapping */
    char *text;
    bool is_quoted;           /* the text, in the file */
    struct vf_tree *children; /* of a list or mapping */
    size_t count;
    struct vf_place key_place, place;
    unsigned level; /* whose nodes a source in it names: levels.h; 0: those of where it stands */
};

/* Returns the child called `key`; NULL: there is none, or `mapping` is none or NULL. */
struct vf_tree *vf_tree_find(const struct vf_tree *mapping, const char *key);

/* Makes *copy, which is {0}, the same as `tree`, with its key and all its places. */
VF_MUST_CHECK int vf_tree_copy(struct vf_tree *copy, const struct vf_tree *tree);

/* Returns how many values a tree has, itself among them, and how many levels. */
size_t vf_tree_size(const struct vf_tree *tree);
unsigned vf_tree_depth(const struct vf_tree *tree);

/* Takes what *child holds and leaves {0}, except on failure. Moves the other children. */
VF_MUST_CHECK int vf_tree_append(struct vf_tree *parent, struct vf_tree *child);

/* Removes child number `index`. Moves those after it. */
void vf_tree_remove(struct vf_tree *parent, size_t index);

/* Gives a mapping a key with a text, in place of what the key had. Copies both. Moves the other
 * children. */
VF_MUST_CHECK int vf_tree_put(struct vf_tree *mapping, const char *key, const char *text);

/* Removes a key, if the mapping has it. Moves those after it. */
void vf_tree_drop(struct vf_tree *mapping, const char *key);

/* Makes the tree a text. Copies `text`; keeps key and places. */
VF_MUST_CHECK int vf_tree_set_text(struct vf_tree *tree, const char *text);

/* Empties the tree because its mistake has been reported. Keeps key and places. */
void vf_tree_break(struct vf_tree *tree);

/* Returns "a mapping", "a list" and so on. */
const char *vf_tree_kind_name(enum vf_tree_kind kind);

/* Gives a tree, and all in it, one place. */
void vf_tree_set_place(struct vf_tree *tree, struct vf_place place);

/* Frees what the tree holds and leaves {0}. */
void vf_tree_finish(struct vf_tree *tree);

#endif
