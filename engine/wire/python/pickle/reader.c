/* SPDX-License-Identifier: MIT */
#include "engine/wire/python/pickle/reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int vf_pickle_complain(struct vf_pickle_reader *reader, int err, const char *format, ...)
{
    char reason[200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof(reason), format, arguments);
    va_end(arguments);
    return vf_complain(reader->complaint, err, "%s at byte %zu: %s", reader->opcode->name,
                       reader->opcode_offset, reason);
}

int vf_pickle_take_bytes(struct vf_pickle_reader *reader, uint64_t size, const uint8_t **bytes)
{
    *bytes = NULL;
    if (size > (size_t)(reader->end - reader->at)) {
        vf_pickle_complain(reader, -EBADMSG, "the pickle is cut short");
        return -EBADMSG;
    }
    *bytes = reader->at;
    reader->at += size;
    return VF_OK;
}

int vf_pickle_take_number(struct vf_pickle_reader *reader, unsigned width, uint64_t *number)
{
    const uint8_t *bytes;
    int err = vf_pickle_take_bytes(reader, width, &bytes);
    *number = 0;
    for (unsigned i = 0; i < width && !err; i++)
        *number |= (uint64_t)bytes[i] << (8 * i);
    return err;
}

int vf_pickle_take_counted(struct vf_pickle_reader *reader, unsigned width, const uint8_t **bytes,
                           uint64_t *size)
{
    int err = vf_pickle_take_number(reader, width, size);
    return err ? err : vf_pickle_take_bytes(reader, *size, bytes);
}

int vf_pickle_take_line(struct vf_pickle_reader *reader, const char **line, size_t *length)
{
    size_t left = (size_t)(reader->end - reader->at);
    const uint8_t *end = left ? memchr(reader->at, '\n', left) : NULL;
    if (!end) {
        vf_pickle_complain(reader, -EBADMSG, "the pickle is cut short");
        return -EBADMSG;
    }
    *line = (const char *)reader->at;
    *length = (size_t)(end - reader->at);
    reader->at = end + 1;
    return VF_OK;
}

/* Returns `items` with room for at least one more than `count`; NULL: out of memory. */
static void *make_room(void *items, size_t item_size, size_t count, size_t *capacity)
{
    if (count < *capacity)
        return items;
    size_t larger = *capacity ? 2 * *capacity : 64;
    void *moved = reallocarray(items, larger, item_size);
    if (moved)
        *capacity = larger;
    return moved;
}

int vf_pickle_push(struct vf_pickle_reader *reader, struct vf_plain *value)
{
    struct vf_plain **stack = make_room(reader->stack, sizeof(struct vf_plain *),
                                        reader->stack_count, &reader->stack_capacity);
    if (!stack)
        return -ENOMEM;
    reader->stack = stack;
    if (!value)
        return -ENOMEM;
    reader->stack[reader->stack_count++] = value;
    return VF_OK;
}

/* Returns how far down the stack may be looked at. */
static size_t floor_of(const struct vf_pickle_reader *reader)
{
    return reader->mark_count ? reader->marks[reader->mark_count - 1] : 0;
}

int vf_pickle_peek(struct vf_pickle_reader *reader, struct vf_plain **value)
{
    *value = NULL;
    if (reader->stack_count == floor_of(reader)) {
        vf_pickle_complain(reader, -EBADMSG, "there is nothing on the stack");
        return -EBADMSG;
    }
    *value = reader->stack[reader->stack_count - 1];
    return VF_OK;
}

int vf_pickle_pop(struct vf_pickle_reader *reader, struct vf_plain **value)
{
    int err = vf_pickle_peek(reader, value);
    if (!err)
        reader->stack_count--;
    return err;
}

int vf_pickle_pop_to_mark(struct vf_pickle_reader *reader, struct vf_plain ***items, size_t *count)
{
    if (!reader->mark_count)
        return vf_pickle_complain(reader, -EBADMSG, "there is no mark");
    size_t mark = reader->marks[--reader->mark_count];
    *items = reader->stack ? reader->stack + mark : NULL;
    *count = reader->stack_count - mark;
    reader->stack_count = mark;
    return VF_OK;
}

static int run_mark(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    (void)opcode;
    size_t *marks =
        make_room(reader->marks, sizeof(*marks), reader->mark_count, &reader->mark_capacity);
    if (!marks)
        return -ENOMEM;
    reader->marks = marks;
    reader->marks[reader->mark_count++] = reader->stack_count;
    return VF_OK;
}

static int run_stop(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    (void)opcode;
    struct vf_plain *value;
    int err = vf_pickle_pop(reader, &value);
    if (!err)
        vf_plain_set_root(reader->tree, value);
    reader->is_done = true;
    return err;
}

static int run_pop(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    (void)opcode;
    struct vf_plain *value;
    if (reader->mark_count && reader->stack_count == floor_of(reader)) {
        reader->mark_count--;
        return VF_OK;
    }
    return vf_pickle_pop(reader, &value);
}

static int run_pop_mark(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    (void)opcode;
    struct vf_plain **items;
    size_t count;
    return vf_pickle_pop_to_mark(reader, &items, &count);
}

static int run_dup(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    (void)opcode;
    struct vf_plain *value;
    int err = vf_pickle_peek(reader, &value);
    return err ? err : vf_pickle_push(reader, value);
}

/* Takes the number of a memo: a line of decimal digits, or of the opcode's width. */
static int take_memo_number(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode,
                            uint64_t *number)
{
    const char *line;
    size_t length;
    if (opcode->width)
        return vf_pickle_take_number(reader, opcode->width, number);
    int err = vf_pickle_take_line(reader, &line, &length);
    *number = 0;
    if (err)
        return err;
    if (!length || length > 18 || strspn(line, "0123456789") != length)
        return vf_pickle_complain(reader, -EBADMSG, "the number of the memo is none");
    for (size_t i = 0; i < length; i++)
        *number = 10 * *number + (uint64_t)(line[i] - '0');
    return VF_OK;
}

static int run_get(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    uint64_t number;
    int err = take_memo_number(reader, opcode, &number);
    if (err)
        return err;
    if (number >= reader->memo_capacity || !reader->memo[number])
        return vf_pickle_complain(reader, -EBADMSG, "memo %" PRIu64 " is empty", number);
    return vf_pickle_push(reader, reader->memo[number]);
}

static int grow_memo(struct vf_pickle_reader *reader, size_t number)
{
    if (number < reader->memo_capacity)
        return VF_OK;
    size_t capacity = 2 * number + 16;
    struct vf_plain **memo = reallocarray(reader->memo, capacity, sizeof(struct vf_plain *));
    if (!memo)
        return -ENOMEM;
    memset(memo + reader->memo_capacity, 0,
           (capacity - reader->memo_capacity) * sizeof(struct vf_plain *));
    reader->memo = memo;
    reader->memo_capacity = capacity;
    return VF_OK;
}

static int memoize(struct vf_pickle_reader *reader, uint64_t number)
{
    struct vf_plain *value;
    int err = vf_pickle_peek(reader, &value);
    /* Memos are numbered densely and each costs an opcode: a higher number is only meant to use
     * up memory. */
    if (!err && number > reader->opcode_offset)
        err = vf_pickle_complain(reader, -EMSGSIZE, "memo %" PRIu64 " is too high", number);
    if (!err)
        err = grow_memo(reader, (size_t)number);
    if (err)
        return err;
    reader->memo_count += !reader->memo[number];
    reader->memo[number] = value;
    return VF_OK;
}

static int run_put(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    uint64_t number;
    int err = take_memo_number(reader, opcode, &number);
    return err ? err : memoize(reader, number);
}

static int run_memoize(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    (void)opcode;
    return memoize(reader, reader->memo_count);
}

static int run_proto(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    int err = vf_pickle_take_number(reader, opcode->width, &reader->protocol);
    if (!err && reader->protocol > VF_PICKLE_HIGHEST_PROTOCOL)
        err = vf_pickle_complain(reader, -EBADMSG, "protocol %" PRIu64 " is not known",
                                 reader->protocol);
    return err;
}

/* A frame only says how much may be read at once; all is here already. */
static int run_frame(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    uint64_t size;
    int err = vf_pickle_take_number(reader, opcode->width, &size);
    if (!err && size > (size_t)(reader->end - reader->at))
        err = vf_pickle_complain(reader, -EBADMSG, "the pickle is cut short");
    return err;
}

static const struct vf_pickle_opcode opcodes[256] = {
    ['('] = {"MARK", run_mark},
    ['.'] = {"STOP", run_stop},
    ['0'] = {"POP", run_pop},
    ['1'] = {"POP_MARK", run_pop_mark},
    ['2'] = {"DUP", run_dup},
    ['g'] = {"GET", run_get},
    ['h'] = {"BINGET", run_get, 1},
    ['j'] = {"LONG_BINGET", run_get, 4},
    ['p'] = {"PUT", run_put},
    ['q'] = {"BINPUT", run_put, 1},
    ['r'] = {"LONG_BINPUT", run_put, 4},
    [0x80] = {"PROTO", run_proto, 1},
    [0x94] = {"MEMOIZE", run_memoize},
    [0x95] = {"FRAME", run_frame, 8},
};

const struct vf_pickle_opcode *vf_pickle_machine_opcode(uint8_t byte)
{
    return opcodes[byte].name ? &opcodes[byte] : NULL;
}

static const struct vf_pickle_opcode *find_opcode(uint8_t byte)
{
    const struct vf_pickle_opcode *opcode = vf_pickle_scalar_opcode(byte);
    opcode = opcode ? opcode : vf_pickle_container_opcode(byte);
    opcode = opcode ? opcode : vf_pickle_machine_opcode(byte);
    return opcode ? opcode : vf_pickle_call_opcode(byte);
}

static int run_next(struct vf_pickle_reader *reader)
{
    reader->opcode_offset = (size_t)(reader->at - reader->start);
    if (reader->at == reader->end)
        return vf_complain(reader->complaint, -EBADMSG, "the pickle ends without STOP");
    uint8_t byte = *reader->at++;
    reader->opcode = find_opcode(byte);
    if (!reader->opcode)
        return vf_complain(reader->complaint, -EBADMSG, "0x%02x at byte %zu is no opcode of pickle",
                           byte, reader->opcode_offset);
    int err = reader->opcode->run(reader, reader->opcode);
    if (!err && vf_plain_tree_size(reader->tree) + reader->copied > reader->limits.values)
        err = vf_pickle_complain(reader, -EMSGSIZE, "more than %zu values", reader->limits.values);
    return err;
}

static struct vf_pickle_limits choose_limits(const struct vf_pickle_limits *asked)
{
    struct vf_pickle_limits limits = asked ? *asked : (struct vf_pickle_limits){0};
    limits.bytes = limits.bytes ? limits.bytes : VF_PICKLE_MAX_BYTES;
    limits.values = limits.values ? limits.values : VF_PICKLE_MAX_VALUES;
    limits.depth = limits.depth ? limits.depth : VF_PICKLE_MAX_DEPTH;
    return limits;
}

int vf_pickle_read(struct vf_plain_tree **tree, const void *bytes, size_t size,
                   const struct vf_pickle_limits *limits, struct vf_complaint *complaint)
{
    struct vf_pickle_reader reader = {
        .start = bytes,
        .at = bytes,
        .end = (const uint8_t *)bytes + size,
        .limits = choose_limits(limits),
        .complaint = complaint,
    };
    int err = vf_plain_tree_create(tree);
    if (err)
        return err;
    reader.tree = *tree;
    if (size > reader.limits.bytes)
        err = vf_complain(complaint, -EMSGSIZE, "the pickle is longer than %zu bytes",
                          reader.limits.bytes);
    while (!err && !reader.is_done)
        err = run_next(&reader);
    if (!err)
        err = vf_pickle_check(*tree, &reader.limits, complaint);
    if (err == -ENOMEM)
        err = vf_complain(complaint, err, "memory is too short for the pickle");
    free(reader.stack);
    free(reader.marks);
    free(reader.memo);
    if (err)
        vf_plain_tree_destroy(tree);
    return err;
}
