/* SPDX-License-Identifier: MIT */
#include "engine/wire/python/pickle/plain.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_VALUES 128

struct block {
    struct block *next;
    size_t count;
    struct vf_plain values[BLOCK_VALUES];
};

struct vf_plain_tree {
    struct block *blocks; /* the one that is being filled first */
    const struct vf_plain *root;
    uint32_t size;
};

static const char *const kind_names[] = {
    [VF_PLAIN_NONE] = "NoneType",       [VF_PLAIN_BOOLEAN] = "bool",
    [VF_PLAIN_INTEGER] = "int",         [VF_PLAIN_BIG_INTEGER] = "int",
    [VF_PLAIN_REAL] = "float",          [VF_PLAIN_TEXT] = "str",
    [VF_PLAIN_BYTES] = "bytes",         [VF_PLAIN_BYTEARRAY] = "bytearray",
    [VF_PLAIN_LIST] = "list",           [VF_PLAIN_TUPLE] = "tuple",
    [VF_PLAIN_DICT] = "dict",           [VF_PLAIN_SET] = "set",
    [VF_PLAIN_FROZENSET] = "frozenset",
};

int vf_plain_tree_create(struct vf_plain_tree **tree)
{
    *tree = calloc(1, sizeof(**tree));
    return *tree ? VF_OK : -ENOMEM;
}

bool vf_plain_is_container(enum vf_plain_kind kind)
{
    return kind >= VF_PLAIN_LIST && kind <= VF_PLAIN_FROZENSET;
}

static bool has_bytes(enum vf_plain_kind kind)
{
    return kind == VF_PLAIN_BIG_INTEGER || kind == VF_PLAIN_TEXT || kind == VF_PLAIN_BYTES ||
           kind == VF_PLAIN_BYTEARRAY;
}

static void free_block(struct block *block)
{
    for (size_t i = 0; i < block->count; i++) {
        struct vf_plain *value = &block->values[i];
        if (has_bytes(value->kind))
            free(value->bytes);
        else if (vf_plain_is_container(value->kind))
            free(value->items);
    }
    free(block);
}

void vf_plain_tree_destroy(struct vf_plain_tree **tree)
{
    if (!*tree)
        return;
    while ((*tree)->blocks) {
        struct block *block = (*tree)->blocks;
        (*tree)->blocks = block->next;
        free_block(block);
    }
    free(*tree);
    *tree = NULL;
}

const struct vf_plain *vf_plain_root(const struct vf_plain_tree *tree)
{
    return tree->root;
}

void vf_plain_set_root(struct vf_plain_tree *tree, const struct vf_plain *value)
{
    tree->root = value;
}

uint32_t vf_plain_tree_size(const struct vf_plain_tree *tree)
{
    return tree->size;
}

static struct vf_plain *make(struct vf_plain_tree *tree, enum vf_plain_kind kind)
{
    if (tree->size == UINT32_MAX)
        return NULL;
    if (!tree->blocks || tree->blocks->count == BLOCK_VALUES) {
        struct block *block = malloc(sizeof(*block));
        if (!block)
            return NULL;
        block->next = tree->blocks;
        block->count = 0;
        tree->blocks = block;
    }
    struct vf_plain *value = &tree->blocks->values[tree->blocks->count++];
    memset(value, 0, sizeof(*value)); /* an initialiser need not clear all of a union */
    value->kind = kind;
    value->number = tree->size++;
    return value;
}

static struct vf_plain *make_bytes(struct vf_plain_tree *tree, enum vf_plain_kind kind,
                                   const void *bytes, size_t length)
{
    struct vf_plain *value = make(tree, kind);
    if (!value)
        return NULL;
    value->bytes = length < SIZE_MAX ? malloc(length + 1) : NULL;
    if (!value->bytes)
        return NULL;
    if (length)
        memcpy(value->bytes, bytes, length);
    value->bytes[length] = '\0';
    value->length = length;
    return value;
}

struct vf_plain *vf_plain_none(struct vf_plain_tree *tree)
{
    return make(tree, VF_PLAIN_NONE);
}

struct vf_plain *vf_plain_boolean(struct vf_plain_tree *tree, bool boolean)
{
    struct vf_plain *value = make(tree, VF_PLAIN_BOOLEAN);
    if (value)
        value->boolean = boolean;
    return value;
}

struct vf_plain *vf_plain_integer(struct vf_plain_tree *tree, int64_t integer)
{
    struct vf_plain *value = make(tree, VF_PLAIN_INTEGER);
    if (value)
        value->integer = integer;
    return value;
}

struct vf_plain *vf_plain_real(struct vf_plain_tree *tree, double real)
{
    struct vf_plain *value = make(tree, VF_PLAIN_REAL);
    if (value)
        value->real = real;
    return value;
}

struct vf_plain *vf_plain_text(struct vf_plain_tree *tree, const char *text, size_t length)
{
    return make_bytes(tree, VF_PLAIN_TEXT, text, length);
}

struct vf_plain *vf_plain_bytes(struct vf_plain_tree *tree, enum vf_plain_kind kind,
                                const void *bytes, size_t length)
{
    assert(kind == VF_PLAIN_BYTES || kind == VF_PLAIN_BYTEARRAY);
    return make_bytes(tree, kind, bytes, length);
}

struct vf_plain *vf_plain_integer_from_bytes(struct vf_plain_tree *tree, const uint8_t *bytes,
                                             size_t length)
{
    uint8_t sign = length && bytes[length - 1] & 0x80 ? 0xff : 0;
    /* A byte that only repeats the sign says nothing. */
    while (length > 1 && bytes[length - 1] == sign && (bytes[length - 2] & 0x80) == (sign & 0x80))
        length--;
    if (length > sizeof(int64_t))
        return make_bytes(tree, VF_PLAIN_BIG_INTEGER, bytes, length);
    uint64_t integer = 0;
    for (size_t i = 0; i < sizeof(integer); i++)
        integer |= (uint64_t)(i < length ? bytes[i] : sign) << (8 * i);
    return vf_plain_integer(tree, (int64_t)integer);
}

struct vf_plain *vf_plain_container(struct vf_plain_tree *tree, enum vf_plain_kind kind)
{
    assert(vf_plain_is_container(kind));
    return make(tree, kind);
}

static int reserve(struct vf_plain *container, size_t more)
{
    if (more <= container->capacity - container->count)
        return VF_OK;
    if (more > SIZE_MAX / sizeof(*container->items) / 2 - container->count)
        return -ENOMEM;
    size_t needed = container->count + more;
    /* The first items get exactly their room: most containers never grow again. */
    size_t capacity = container->capacity ? 2 * container->capacity : needed;
    capacity = capacity < needed ? needed : capacity;
    struct vf_plain **items = realloc(container->items, capacity * sizeof(struct vf_plain *));
    if (!items)
        return -ENOMEM;
    container->items = items;
    container->capacity = capacity;
    return VF_OK;
}

int vf_plain_append_all(struct vf_plain *container, struct vf_plain *const *items, size_t count)
{
    if (!container)
        return -ENOMEM;
    int err = count ? reserve(container, count) : VF_OK;
    for (size_t i = 0; i < count && !err; i++) {
        if (!items[i])
            err = -ENOMEM;
        else
            container->items[container->count++] = items[i];
    }
    return err;
}

int vf_plain_append(struct vf_plain *container, struct vf_plain *item)
{
    return vf_plain_append_all(container, &item, 1);
}

int vf_plain_put(struct vf_plain *dict, struct vf_plain *key, struct vf_plain *value)
{
    if (!key || !value)
        return -ENOMEM; /* not one without the other */
    struct vf_plain *const pair[] = {key, value};
    return vf_plain_append_all(dict, pair, 2);
}

const struct vf_plain *vf_plain_find(const struct vf_plain *dict, const char *key)
{
    size_t length = strlen(key);
    for (size_t i = dict->count; i >= 2; i -= 2) {
        const struct vf_plain *candidate = dict->items[i - 2];
        if (candidate->kind == VF_PLAIN_TEXT && candidate->length == length &&
            memcmp(candidate->bytes, key, length) == 0)
            return dict->items[i - 1];
    }
    return NULL;
}

const char *vf_plain_kind_name(enum vf_plain_kind kind)
{
    assert(kind <= VF_PLAIN_FROZENSET);
    return kind_names[kind];
}
