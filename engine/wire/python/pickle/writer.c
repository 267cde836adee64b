/* SPDX-License-Identifier: MIT */
/* writer - plain data as CPython's pickle.dumps() writes it, byte for byte. */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/wire/python/pickle/number.h"
#include "engine/wire/python/pickle/output.h"
#include "engine/wire/python/pickle/pickle.h"
#include "engine/wire/python/pickle/text.h"

#define BATCH 1000 /* items written by one APPENDS, SETITEMS or ADDITEMS */

static int write_value(struct vf_pickle_output *output, const struct vf_plain *value);

static int refuse(const struct vf_pickle_output *output, const char *reason)
{
    return vf_complain(output->complaint, -EINVAL, "%s", reason);
}

static void write_boolean(struct vf_pickle_output *output, bool boolean)
{
    if (output->protocol >= 2)
        vf_pickle_put_opcode(output, boolean ? 0x88 : 0x89);
    else
        vf_pickle_put(output, boolean ? "I01\n" : "I00\n", 4);
}

/* Numbers of 32 bits have opcodes of their own. */
static void write_short_integer(struct vf_pickle_output *output, int32_t integer)
{
    if (output->protocol == 0) {
        struct vf_text line = {0};
        vf_text_print(&line, "I%d\n", integer);
        vf_pickle_put_text(output, &line);
    } else if (integer >= 0 && integer <= UINT8_MAX) {
        vf_pickle_put_number(output, 'K', 1, (uint64_t)integer);
    } else if (integer >= 0 && integer <= UINT16_MAX) {
        vf_pickle_put_number(output, 'M', 2, (uint64_t)integer);
    } else {
        vf_pickle_put_number(output, 'J', 4, (uint32_t)integer);
    }
}

static int write_decimal(struct vf_pickle_output *output, const struct vf_plain *value)
{
    struct vf_text line = {0};
    vf_text_append(&line, "L", 1);
    int err = vf_decimal_print(&line, value);
    vf_text_append(&line, "L\n", 2);
    if (!err) {
        vf_pickle_put_text(output, &line);
        return VF_OK;
    }
    vf_text_finish(&line);
    return refuse(output, "an integer of more than 4300 digits needs protocol 2 or higher");
}

static int write_integer(struct vf_pickle_output *output, const struct vf_plain *value)
{
    bool is_small = value->kind == VF_PLAIN_INTEGER;
    char own[sizeof(int64_t)];
    const char *bytes = is_small ? own : value->bytes;
    size_t length = is_small ? sizeof(own) : value->length;
    if (is_small && value->integer >= INT32_MIN && value->integer <= INT32_MAX) {
        write_short_integer(output, (int32_t)value->integer);
        return VF_OK;
    }
    if (output->protocol < 2)
        return write_decimal(output, value);
    for (size_t i = 0; i < sizeof(own) && is_small; i++)
        own[i] = (char)((uint64_t)value->integer >> (8 * i));
    for (; is_small; length--) { /* as few bytes as keep the sign */
        char sign = (char)(value->integer < 0 ? 0xff : 0);
        if (own[length - 1] != sign || ((own[length - 2] ^ sign) & 0x80))
            break;
    }
    if (length <= UINT8_MAX)
        vf_pickle_put_number(output, 0x8a, 1, length);
    else
        vf_pickle_put_number(output, 0x8b, 4, length);
    vf_pickle_put(output, bytes, length);
    return VF_OK;
}

static void write_real(struct vf_pickle_output *output, double real)
{
    if (output->protocol == 0) {
        struct vf_text line = {0};
        vf_text_append(&line, "F", 1);
        vf_float_print(&line, real);
        vf_text_append(&line, "\n", 1);
        vf_pickle_put_text(output, &line);
        return;
    }
    uint64_t bits;
    char bytes[9] = {'G'};
    memcpy(&bits, &real, sizeof(bits));
    for (unsigned i = 8; i > 0; i--, bits >>= 8)
        bytes[i] = (char)bits;
    vf_pickle_put(output, bytes, sizeof(bytes));
}

/* Writes `length` bytes after the opcode whose argument is wide enough for their number. */
static void write_counted(struct vf_pickle_output *output, const uint8_t opcodes[3],
                          const char *bytes, size_t length)
{
    if (length <= UINT8_MAX && opcodes[0])
        vf_pickle_put_payload(output, opcodes[0], 1, bytes, length);
    else if (length <= UINT32_MAX || !opcodes[2])
        vf_pickle_put_payload(output, opcodes[1], 4, bytes, length);
    else
        vf_pickle_put_payload(output, opcodes[2], 8, bytes, length);
}

static int write_text(struct vf_pickle_output *output, const char *text, size_t length)
{
    static const uint8_t opcodes_of_4[3] = {0x8c, 'X', 0x8d}, opcodes_of_1[3] = {0, 'X'};
    if (!vf_utf8_is_valid(text, length))
        return refuse(output, "text that is no UTF-8 cannot be pickled");
    if (output->protocol == 0) {
        struct vf_text line = {0};
        vf_text_append(&line, "V", 1);
        vf_raw_unicode_print(&line, text, length);
        vf_text_append(&line, "\n", 1);
        vf_pickle_put_text(output, &line);
        return VF_OK;
    }
    if (output->protocol < 4 && length > UINT32_MAX)
        return refuse(output, "text of more than 4 GiB needs protocol 4 or higher");
    write_counted(output, output->protocol < 4 ? opcodes_of_1 : opcodes_of_4, text, length);
    return VF_OK;
}

/* Writes one of the callables that stand for plain values in old protocols. */
static void write_callable(struct vf_pickle_output *output, enum vf_pickle_static callable)
{
    static const char *const names[] = {
        [VF_PICKLE_SET] = "set\n",
        [VF_PICKLE_FROZENSET] = "frozenset\n",
        [VF_PICKLE_BYTES_TYPE] = "bytes\n",
    };
    if (vf_pickle_recall_static(output, callable))
        return;
    struct vf_text line = {0};
    const char *module = output->protocol < 3 ? "__builtin__" : "builtins";
    if (callable == VF_PICKLE_ENCODE)
        vf_text_print(&line, "c_codecs\nencode\n");
    else
        vf_text_print(&line, "c%s\n%s", module, names[callable]);
    vf_pickle_put_text(output, &line);
    vf_pickle_memoize_static(output, callable);
}

static void write_empty_tuple(struct vf_pickle_output *output)
{
    vf_pickle_put(output, output->protocol ? ")" : "(t", output->protocol ? 1 : 2);
}

/* Writes bytes as text whose characters have their numbers. */
static int write_latin1(struct vf_pickle_output *output, const struct vf_plain *value)
{
    unsigned character = VF_PICKLE_CHARACTERS + (uint8_t)value->bytes[0];
    if (value->length == 1 && vf_pickle_recall_static(output, character))
        return VF_OK;
    struct vf_text text = {0};
    vf_latin1_print(&text, value->bytes, value->length);
    int err = text.failed ? -ENOMEM : write_text(output, text.bytes, text.length);
    vf_text_finish(&text);
    if (value->length == 1)
        vf_pickle_memoize_static(output, character);
    else
        vf_pickle_memoize_nothing(output);
    return err;
}

/* _codecs.encode(text, "latin1"): bytes before protocol 3. */
static int write_encoded_bytes(struct vf_pickle_output *output, const struct vf_plain *value)
{
    bool is_short = output->protocol >= 2;
    if (!value->length) {
        write_callable(output, VF_PICKLE_BYTES_TYPE);
        write_empty_tuple(output);
        vf_pickle_put_opcode(output, 'R');
        return VF_OK;
    }
    write_callable(output, VF_PICKLE_ENCODE);
    if (!is_short)
        vf_pickle_put_opcode(output, '(');
    int err = write_latin1(output, value);
    if (!err && !vf_pickle_recall_static(output, VF_PICKLE_LATIN1)) {
        err = write_text(output, "latin1", 6);
        vf_pickle_memoize_static(output, VF_PICKLE_LATIN1);
    }
    vf_pickle_put_opcode(output, is_short ? 0x86 : 't');
    vf_pickle_memoize_nothing(output); /* the tuple of arguments */
    vf_pickle_put_opcode(output, 'R');
    return err;
}

static int write_bytes(struct vf_pickle_output *output, const struct vf_plain *value)
{
    static const uint8_t opcodes_of_4[3] = {'C', 'B', 0x8e}, opcodes_of_3[3] = {'C', 'B'};
    if (value->kind == VF_PLAIN_BYTEARRAY) {
        if (output->protocol < 5)
            return refuse(output, "a bytearray needs protocol 5");
        vf_pickle_put_payload(output, 0x96, 8, value->bytes, value->length);
        return VF_OK;
    }
    if (output->protocol < 3)
        return write_encoded_bytes(output, value);
    if (output->protocol < 4 && value->length > UINT32_MAX)
        return refuse(output, "more than 4 GiB of bytes need protocol 4 or higher");
    write_counted(output, output->protocol < 4 ? opcodes_of_3 : opcodes_of_4, value->bytes,
                  value->length);
    return VF_OK;
}

static int write_items(struct vf_pickle_output *output, const struct vf_plain *value, size_t first,
                       size_t count)
{
    int err = VF_OK;
    for (size_t i = 0; i < count && !err; i++)
        err = write_value(output, value->items[first + i]);
    return err;
}

/* Writes the items of a container that is on the stack, `width` of them for each `one`. */
static int write_one_by_one(struct vf_pickle_output *output, const struct vf_plain *value,
                            size_t width, unsigned one)
{
    int err = VF_OK;
    for (size_t i = 0; i < value->count && !err; i += width) {
        err = write_items(output, value, i, width);
        vf_pickle_put_opcode(output, one);
    }
    return err;
}

/* The same in batches. CPython writes an empty batch after a last one of a dict or a set that is
 * full, and none after one of a list. */
static int write_batches(struct vf_pickle_output *output, const struct vf_plain *value,
                         size_t width, unsigned many)
{
    int err = VF_OK;
    bool is_list = value->kind == VF_PLAIN_LIST;
    size_t first = 0, batch;
    do {
        batch = value->count - first < BATCH * width ? value->count - first : BATCH * width;
        vf_pickle_put_opcode(output, '(');
        err = write_items(output, value, first, batch);
        vf_pickle_put_opcode(output, many);
        first += batch;
    } while (!err && (is_list ? first < value->count : batch == BATCH * width));
    return err;
}

static int write_tuple(struct vf_pickle_output *output, const struct vf_plain *value)
{
    bool is_short = value->count <= 3 && output->protocol >= 2;
    if (!is_short)
        vf_pickle_put_opcode(output, '(');
    int err = write_items(output, value, 0, value->count);
    vf_pickle_put_opcode(output, is_short ? 0x84 + (unsigned)value->count : 't');
    vf_pickle_memoize(output, value);
    return err;
}

/* Lists and dicts are known to the memo before what is in them. */
static int write_filled(struct vf_pickle_output *output, const struct vf_plain *value)
{
    bool is_list = value->kind == VF_PLAIN_LIST;
    size_t width = is_list ? 1 : 2;
    unsigned one = is_list ? 'a' : 's';
    if (output->protocol == 0)
        vf_pickle_put(output, is_list ? "(l" : "(d", 2);
    else
        vf_pickle_put_opcode(output, is_list ? ']' : '}');
    vf_pickle_memoize(output, value);
    if (value->count % width)
        return refuse(output, "a dict with a key but no value cannot be pickled");
    if (output->protocol == 0 || value->count <= width)
        return write_one_by_one(output, value, width, one);
    return write_batches(output, value, width, is_list ? 'e' : 'u');
}

/* set([...]), before protocol 4. */
static int write_set_call(struct vf_pickle_output *output, const struct vf_plain *value)
{
    struct vf_plain list = *value;
    list.kind = VF_PLAIN_LIST;
    bool is_short = output->protocol >= 2;
    write_callable(output, value->kind == VF_PLAIN_SET ? VF_PICKLE_SET : VF_PICKLE_FROZENSET);
    if (!is_short)
        vf_pickle_put_opcode(output, '(');
    vf_pickle_put(output, output->protocol ? "]" : "(l", output->protocol ? 1 : 2);
    vf_pickle_memoize_nothing(output); /* the list */
    int err = output->protocol == 0 || list.count <= 1 ? write_one_by_one(output, &list, 1, 'a')
                                                       : write_batches(output, &list, 1, 'e');
    vf_pickle_put_opcode(output, is_short ? 0x85 : 't');
    vf_pickle_memoize_nothing(output); /* the tuple of arguments */
    vf_pickle_put_opcode(output, 'R');
    vf_pickle_memoize(output, value);
    return err;
}

static int write_set(struct vf_pickle_output *output, const struct vf_plain *value)
{
    int err = VF_OK;
    if (output->protocol < 4)
        return write_set_call(output, value);
    if (value->kind == VF_PLAIN_SET) {
        vf_pickle_put_opcode(output, 0x8f);
        vf_pickle_memoize(output, value);
        return value->count ? write_batches(output, value, 1, 0x90) : VF_OK;
    }
    vf_pickle_put_opcode(output, '(');
    err = write_items(output, value, 0, value->count);
    vf_pickle_put_opcode(output, 0x91);
    vf_pickle_memoize(output, value);
    return err;
}

static int write_container(struct vf_pickle_output *output, const struct vf_plain *value)
{
    if (value->kind == VF_PLAIN_TUPLE)
        return write_tuple(output, value);
    if (value->kind == VF_PLAIN_LIST || value->kind == VF_PLAIN_DICT)
        return write_filled(output, value);
    return write_set(output, value);
}

static int write_nested(struct vf_pickle_output *output, const struct vf_plain *value)
{
    if (!vf_pickle_enter(output, value))
        return refuse(output,
                      "a value that is in itself, or too deep in others, cannot be pickled");
    int err = write_container(output, value);
    vf_pickle_leave(output, value);
    return err;
}

/* Numbers and their like are never shared. */
static int write_unshared(struct vf_pickle_output *output, const struct vf_plain *value)
{
    if (value->kind == VF_PLAIN_NONE)
        vf_pickle_put_opcode(output, 'N');
    else if (value->kind == VF_PLAIN_BOOLEAN)
        write_boolean(output, value->boolean);
    else if (value->kind == VF_PLAIN_REAL)
        write_real(output, value->real);
    else
        return write_integer(output, value);
    return VF_OK;
}

static int write_value(struct vf_pickle_output *output, const struct vf_plain *value)
{
    vf_pickle_end_full_frame(output);
    if (value->kind <= VF_PLAIN_REAL)
        return write_unshared(output, value);
    if (vf_pickle_recall(output, value))
        return VF_OK;
    if (value->kind == VF_PLAIN_TUPLE && !value->count) {
        write_empty_tuple(output);
        return VF_OK;
    }
    if (vf_plain_is_container(value->kind))
        return write_nested(output, value);
    int err = value->kind == VF_PLAIN_TEXT ? write_text(output, value->bytes, value->length)
                                           : write_bytes(output, value);
    vf_pickle_memoize(output, value);
    return err;
}

int vf_pickle_write(struct vf_text *pickle, const struct vf_plain_tree *tree, int protocol,
                    struct vf_complaint *complaint)
{
    struct vf_pickle_output output;
    if (protocol < -1 || protocol > VF_PICKLE_HIGHEST_PROTOCOL)
        return vf_complain(complaint, -EINVAL, "pickle has no protocol %d", protocol);
    if (!vf_plain_root(tree))
        return vf_complain(complaint, -EINVAL, "there is nothing to pickle");
    protocol = protocol < 0 ? VF_PICKLE_HIGHEST_PROTOCOL : protocol;
    int err = vf_pickle_output_init(&output, pickle, tree, protocol, complaint);
    if (!err)
        err = write_value(&output, vf_plain_root(tree));
    if (!err)
        err = vf_pickle_output_end(&output);
    vf_pickle_output_finish(&output);
    if (err == -ENOMEM)
        err = vf_complain(complaint, err, "memory is too short for the pickle");
    return err;
}
