/* SPDX-License-Identifier: MIT */
/* plain.h - plain data: values that programs exchange without sharing code.
 *
 * A tree owns all its values and frees them together. A value may stand in several places of its
 * tree, as an object in Python may; it must never stand in itself.
 * Trees are made by the readers of this folder, or by hand, from the leaves up:
 *
 *     struct vf_plain *box = vf_plain_container(tree, VF_PLAIN_LIST);
 *     int err = vf_plain_append(box, vf_plain_integer(tree, 640));
 *     vf_plain_set_root(tree, box);
 *
 * Functions that make a value return NULL when out of memory. What is to be put somewhere may
 * be NULL, which is then the failure, so that only the last step has to be checked.
 */
#ifndef VF_ENGINE_WIRE_PYTHON_PICKLE_PLAIN_H
#define VF_ENGINE_WIRE_PYTHON_PICKLE_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"

enum vf_plain_kind {
    VF_PLAIN_NONE,
    VF_PLAIN_BOOLEAN,
    VF_PLAIN_INTEGER,     /* fits in 64 bits */
    VF_PLAIN_BIG_INTEGER, /* does not */
    VF_PLAIN_REAL,
    VF_PLAIN_TEXT,
    VF_PLAIN_BYTES,
    VF_PLAIN_BYTEARRAY,
    VF_PLAIN_LIST,
    VF_PLAIN_TUPLE,
    VF_PLAIN_DICT,
    VF_PLAIN_SET,
    VF_PLAIN_FROZENSET,
};

struct vf_plain {
    enum vf_plain_kind kind;
    uint32_t number; /* of the value in its tree, from 0 */
    union {
        bool boolean;
        int64_t integer;
        double real;
        /* Text in UTF-8 (lone surrogates are encoded like other characters), bytes, and big
         * integers: two's complement, the lowest byte first. A NUL follows that does not count. */
        struct {
            char *bytes;
            size_t length;
        };
        /* What a container holds; of a dict: each key, and its value after it. Where a key
         * stands twice, the last counts. */
        struct {
            struct vf_plain **items;
            size_t count, capacity;
        };
    };
};

struct vf_plain_tree;

VF_MUST_CHECK int vf_plain_tree_create(struct vf_plain_tree **tree);
void vf_plain_tree_destroy(struct vf_plain_tree **tree);

/* The value that the tree stands for; NULL until it is set. */
const struct vf_plain *vf_plain_root(const struct vf_plain_tree *tree);
void vf_plain_set_root(struct vf_plain_tree *tree, const struct vf_plain *value);

/* Returns how many values the tree owns: more than any of their numbers. */
uint32_t vf_plain_tree_size(const struct vf_plain_tree *tree);

/* Make a value of `tree`. Each copies its argument. */
struct vf_plain *vf_plain_none(struct vf_plain_tree *tree);
struct vf_plain *vf_plain_boolean(struct vf_plain_tree *tree, bool boolean);
struct vf_plain *vf_plain_integer(struct vf_plain_tree *tree, int64_t integer);
struct vf_plain *vf_plain_real(struct vf_plain_tree *tree, double real);
struct vf_plain *vf_plain_text(struct vf_plain_tree *tree, const char *text, size_t length);

/* `kind`: VF_PLAIN_BYTES or VF_PLAIN_BYTEARRAY. */
struct vf_plain *vf_plain_bytes(struct vf_plain_tree *tree, enum vf_plain_kind kind,
                                const void *bytes, size_t length);

/* Makes an integer of any size of its two's complement, the lowest byte first. */
struct vf_plain *vf_plain_integer_from_bytes(struct vf_plain_tree *tree, const uint8_t *bytes,
                                             size_t length);

/* Makes an empty list, tuple, dict, set or frozenset. */
struct vf_plain *vf_plain_container(struct vf_plain_tree *tree, enum vf_plain_kind kind);

/* Puts `item`, of the same tree, at the end of a container that is no dict. */
VF_MUST_CHECK int vf_plain_append(struct vf_plain *container, struct vf_plain *item);

/* The same for `count` items. */
VF_MUST_CHECK int vf_plain_append_all(struct vf_plain *container, struct vf_plain *const *items,
                                      size_t count);

/* Puts `key` and `value`, of the same tree, at the end of a dict. */
VF_MUST_CHECK int vf_plain_put(struct vf_plain *dict, struct vf_plain *key, struct vf_plain *value);

/* Lends the value that a dict has for a key that is text; NULL: none. */
const struct vf_plain *vf_plain_find(const struct vf_plain *dict, const char *key);

/* Returns what Python calls the kind: "list". Returns whether it has items. */
const char *vf_plain_kind_name(enum vf_plain_kind kind);
bool vf_plain_is_container(enum vf_plain_kind kind);

#endif
