/* SPDX-License-Identifier: MIT */
/* containers - the opcodes of lists, tuples, dicts and sets. */
#include <errno.h>

#include "engine/base/array.h"
#include "engine/wire/python/pickle/reader.h"

/* Pushes a container of `count` items; those of a dict are keys and values. */
static int push_filled(struct vf_pickle_reader *reader, enum vf_plain_kind kind,
                       struct vf_plain *const *items, size_t count)
{
    struct vf_plain *container = vf_plain_container(reader->tree, kind);
    int err = vf_plain_append_all(container, items, count);
    return err ? err : vf_pickle_push(reader, container);
}

static int check_pairs(struct vf_pickle_reader *reader, size_t count)
{
    return count % 2 ? vf_pickle_complain(reader, -EBADMSG, "a key without a value") : VF_OK;
}

static int run_empty(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    return push_filled(reader, opcode->kind, NULL, 0);
}

static int run_marked(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    struct vf_plain **items;
    size_t count;
    int err = vf_pickle_pop_to_mark(reader, &items, &count);
    if (!err && opcode->kind == VF_PLAIN_DICT)
        err = check_pairs(reader, count);
    return err ? err : push_filled(reader, opcode->kind, items, count);
}

static int run_short_tuple(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    struct vf_plain *items[3] = {NULL};
    for (unsigned i = opcode->width; i-- > 0;) {
        int err = vf_pickle_pop(reader, &items[i]);
        if (err)
            return err;
    }
    return push_filled(reader, opcode->kind, items, opcode->width);
}

/* Adds items to the container of the opcode's kind on top of the stack. */
static int add_to_top(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode,
                      struct vf_plain *const *items, size_t count)
{
    struct vf_plain *container;
    int err = vf_pickle_peek(reader, &container);
    if (!err && container->kind != opcode->kind)
        err = vf_pickle_complain(reader, -EBADMSG, "what it would add to is no %s",
                                 vf_plain_kind_name(opcode->kind));
    return err ? err : vf_plain_append_all(container, items, count);
}

/* Adds one item, or one key and its value. */
static int run_add(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    struct vf_plain *items[2] = {NULL};
    for (unsigned i = opcode->width; i-- > 0;) {
        int err = vf_pickle_pop(reader, &items[i]);
        if (err)
            return err;
    }
    return add_to_top(reader, opcode, items, opcode->width);
}

static int run_add_marked(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    struct vf_plain **items;
    size_t count;
    int err = vf_pickle_pop_to_mark(reader, &items, &count);
    if (!err && opcode->kind == VF_PLAIN_DICT)
        err = check_pairs(reader, count);
    return err ? err : add_to_top(reader, opcode, items, count);
}

static const struct vf_pickle_opcode opcodes[256] = {
    [']'] = {"EMPTY_LIST", run_empty, 0, VF_PLAIN_LIST},
    ['l'] = {"LIST", run_marked, 0, VF_PLAIN_LIST},
    ['a'] = {"APPEND", run_add, 1, VF_PLAIN_LIST},
    ['e'] = {"APPENDS", run_add_marked, 0, VF_PLAIN_LIST},
    [')'] = {"EMPTY_TUPLE", run_empty, 0, VF_PLAIN_TUPLE},
    ['t'] = {"TUPLE", run_marked, 0, VF_PLAIN_TUPLE},
    [0x85] = {"TUPLE1", run_short_tuple, 1, VF_PLAIN_TUPLE},
    [0x86] = {"TUPLE2", run_short_tuple, 2, VF_PLAIN_TUPLE},
    [0x87] = {"TUPLE3", run_short_tuple, 3, VF_PLAIN_TUPLE},
    ['}'] = {"EMPTY_DICT", run_empty, 0, VF_PLAIN_DICT},
    ['d'] = {"DICT", run_marked, 0, VF_PLAIN_DICT},
    ['s'] = {"SETITEM", run_add, 2, VF_PLAIN_DICT},
    ['u'] = {"SETITEMS", run_add_marked, 0, VF_PLAIN_DICT},
    [0x8f] = {"EMPTY_SET", run_empty, 0, VF_PLAIN_SET},
    [0x90] = {"ADDITEMS", run_add_marked, 0, VF_PLAIN_SET},
    [0x91] = {"FROZENSET", run_marked, 0, VF_PLAIN_FROZENSET},
};

const struct vf_pickle_opcode *vf_pickle_container_opcode(uint8_t byte)
{
    return opcodes[byte].name ? &opcodes[byte] : NULL;
}
