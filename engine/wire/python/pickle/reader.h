/* SPDX-License-Identifier: MIT */
/* reader.h - the machine that reads pickles: a stack, marks on it, and a memo.
 *
 * Private to the files of this reader. Each opcode is one row of a table in the file that knows
 * its kind; what several opcodes do alike is one function; the row says which.
 */
#ifndef VF_ENGINE_WIRE_PYTHON_PICKLE_READER_H
#define VF_ENGINE_WIRE_PYTHON_PICKLE_READER_H

#include <stdint.h>

#include "engine/wire/python/pickle/pickle.h"

/* On the stack, in a memo, and refused everywhere else: one of the callables that stand for
 * plain values. Its `integer` says which. */
#define VF_PLAIN_GLOBAL ((enum vf_plain_kind)(VF_PLAIN_FROZENSET + 1))

struct vf_pickle_reader;

struct vf_pickle_opcode {
    const char *name; /* as pickletools calls it; NULL: no such opcode */
    int (*run)(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode);
    unsigned width;          /* of its argument, bytes; or how many items it takes */
    enum vf_plain_kind kind; /* what it makes, or what it adds to */
    const char *refusal;     /* of one that is refused: what it would do */
};

struct vf_pickle_reader {
    const uint8_t *start, *at, *end;
    struct vf_plain_tree *tree;
    struct vf_pickle_limits limits;
    struct vf_complaint *complaint;
    const struct vf_pickle_opcode *opcode; /* the one that is being run */
    size_t opcode_offset;
    uint64_t protocol;
    struct vf_plain **stack;
    size_t stack_count, stack_capacity;
    size_t *marks; /* how high the stack was at each */
    size_t mark_count, mark_capacity;
    struct vf_plain **memo; /* NULL: nothing is kept under this number */
    size_t memo_capacity, memo_count;
    size_t copied; /* items of containers that were copied, which cost no bytes of the pickle */
    bool is_done;
};

/* Complains about the opcode that is being run. Returns `err`. */
int vf_pickle_complain(struct vf_pickle_reader *reader, int err, const char *format, ...)
    VF_PRINTF(3, 4);

/* Take an argument of the opcode: `size` bytes; an unsigned number, lowest byte first; a line,
 * without its end. All are lent as long as the pickle is. */
VF_MUST_CHECK int vf_pickle_take_bytes(struct vf_pickle_reader *reader, uint64_t size,
                                       const uint8_t **bytes);
VF_MUST_CHECK int vf_pickle_take_number(struct vf_pickle_reader *reader, unsigned width,
                                        uint64_t *number);
VF_MUST_CHECK int vf_pickle_take_line(struct vf_pickle_reader *reader, const char **line,
                                      size_t *length);

/* Takes a number of bytes and then as many bytes. */
VF_MUST_CHECK int vf_pickle_take_counted(struct vf_pickle_reader *reader, unsigned width,
                                         const uint8_t **bytes, uint64_t *size);

/* Pushes `value`; NULL: memory was short. */
VF_MUST_CHECK int vf_pickle_push(struct vf_pickle_reader *reader, struct vf_plain *value);

/* Lends the top of the stack, or takes it off. Fails on a mark and on the bottom. */
VF_MUST_CHECK int vf_pickle_peek(struct vf_pickle_reader *reader, struct vf_plain **value);
VF_MUST_CHECK int vf_pickle_pop(struct vf_pickle_reader *reader, struct vf_plain **value);

/* Takes off everything above the topmost mark, and the mark. The items are lent until the next
 * push. */
VF_MUST_CHECK int vf_pickle_pop_to_mark(struct vf_pickle_reader *reader, struct vf_plain ***items,
                                        size_t *count);

/* The opcodes, by their byte. Each returns NULL for a byte that is none of its own. */
const struct vf_pickle_opcode *vf_pickle_scalar_opcode(uint8_t byte);
const struct vf_pickle_opcode *vf_pickle_container_opcode(uint8_t byte);
const struct vf_pickle_opcode *vf_pickle_machine_opcode(uint8_t byte);
const struct vf_pickle_opcode *vf_pickle_call_opcode(uint8_t byte);

/* Checks what has been read: depth, size, no value in itself, nothing but plain data, and keys
 * that can be keys. Returns as vf_pickle_read(). */
VF_MUST_CHECK int vf_pickle_check(const struct vf_plain_tree *tree,
                                  const struct vf_pickle_limits *limits,
                                  struct vf_complaint *complaint);

#endif
