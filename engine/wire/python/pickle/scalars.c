/* SPDX-License-Identifier: MIT */
/* scalars - the opcodes of None, booleans, numbers, text and bytes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/wire/python/pickle/number.h"
#include "engine/wire/python/pickle/reader.h"
#include "engine/wire/python/pickle/text.h"

static int run_none(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    (void)opcode;
    return vf_pickle_push(reader, vf_plain_none(reader->tree));
}

static int run_true(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    (void)opcode;
    return vf_pickle_push(reader, vf_plain_boolean(reader->tree, true));
}

static int run_false(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    (void)opcode;
    return vf_pickle_push(reader, vf_plain_boolean(reader->tree, false));
}

static int push_decimal(struct vf_pickle_reader *reader, const char *line, size_t length)
{
    struct vf_plain *value = NULL;
    int err = vf_decimal_read(reader->tree, line, length, &value);
    if (err == -EINVAL)
        return vf_pickle_complain(reader, -EBADMSG, "its line is no integer");
    if (err == -EMSGSIZE)
        return vf_pickle_complain(reader, err, "more than %d digits", VF_DECIMAL_MAX_DIGITS);
    return err ? err : vf_pickle_push(reader, value);
}

/* Two digits that no integer is written with are booleans. */
static int run_int(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    const char *line;
    size_t length;
    int err = vf_pickle_take_line(reader, &line, &length);
    if (err)
        return err;
    if (length == 2 && line[0] == '0' && (line[1] == '0' || line[1] == '1'))
        return line[1] == '1' ? run_true(reader, opcode) : run_false(reader, opcode);
    return push_decimal(reader, line, length);
}

static int run_long(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    (void)opcode;
    const char *line;
    size_t length;
    int err = vf_pickle_take_line(reader, &line, &length);
    if (err)
        return err;
    return push_decimal(reader, line, length - (length && line[length - 1] == 'L'));
}

/* One and two bytes are unsigned, four have a sign. */
static int run_binint(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    uint64_t number;
    int err = vf_pickle_take_number(reader, opcode->width, &number);
    if (err)
        return err;
    int64_t integer = opcode->width == 4 ? (int32_t)(uint32_t)number : (int64_t)number;
    return vf_pickle_push(reader, vf_plain_integer(reader->tree, integer));
}

static int run_binary_long(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    const uint8_t *bytes;
    uint64_t size;
    int err = vf_pickle_take_counted(reader, opcode->width, &bytes, &size);
    if (err)
        return err;
    return vf_pickle_push(reader, vf_plain_integer_from_bytes(reader->tree, bytes, (size_t)size));
}

static int run_float(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    (void)opcode;
    const char *line;
    size_t length;
    double real;
    int err = vf_pickle_take_line(reader, &line, &length);
    if (err)
        return err;
    if (vf_float_read(line, length, &real) != VF_OK)
        return vf_pickle_complain(reader, -EBADMSG, "its line is no number");
    return vf_pickle_push(reader, vf_plain_real(reader->tree, real));
}

static int run_binfloat(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    const uint8_t *bytes;
    uint64_t bits = 0;
    double real;
    int err = vf_pickle_take_bytes(reader, opcode->width, &bytes);
    if (err)
        return err;
    for (unsigned i = 0; i < opcode->width; i++)
        bits = bits << 8 | bytes[i];
    memcpy(&real, &bits, sizeof(real));
    return vf_pickle_push(reader, vf_plain_real(reader->tree, real));
}

/* Pushes text that was decoded, and lets go of it. */
static int push_text(struct vf_pickle_reader *reader, struct vf_text *text)
{
    struct vf_plain *value =
        text->failed ? NULL : vf_plain_text(reader->tree, text->bytes, text->length);
    vf_text_finish(text);
    return vf_pickle_push(reader, value);
}

static int run_unicode(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    (void)opcode;
    const char *line;
    size_t length;
    int err = vf_pickle_take_line(reader, &line, &length);
    if (err)
        return err;
    struct vf_text text = {0};
    if (vf_raw_unicode_read(&text, line, length) == VF_OK)
        return push_text(reader, &text);
    vf_text_finish(&text);
    return vf_pickle_complain(reader, -EBADMSG, "an escape in its line is no character");
}

static int refuse_python2(struct vf_pickle_reader *reader)
{
    return vf_pickle_complain(reader, -EBADMSG, "text of Python 2 that is not ASCII");
}

static int run_string(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    (void)opcode;
    const char *line;
    size_t length;
    int err = vf_pickle_take_line(reader, &line, &length);
    if (err)
        return err;
    struct vf_text text = {0};
    err = vf_string_literal_read(&text, line, length);
    if (err)
        err = vf_pickle_complain(reader, -EBADMSG, "its line is no string in quotes");
    else if (text.length && !vf_ascii_is_valid(text.bytes, text.length))
        err = refuse_python2(reader);
    if (!err)
        return push_text(reader, &text);
    vf_text_finish(&text);
    return err;
}

static int run_binstring(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    const uint8_t *bytes;
    uint64_t size;
    int err = vf_pickle_take_counted(reader, opcode->width, &bytes, &size);
    if (err)
        return err;
    if (!vf_ascii_is_valid((const char *)bytes, (size_t)size))
        return refuse_python2(reader);
    return vf_pickle_push(reader, vf_plain_text(reader->tree, (const char *)bytes, (size_t)size));
}

static int run_binunicode(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    const uint8_t *bytes;
    uint64_t size;
    int err = vf_pickle_take_counted(reader, opcode->width, &bytes, &size);
    if (err)
        return err;
    if (!vf_utf8_is_valid((const char *)bytes, (size_t)size))
        return vf_pickle_complain(reader, -EBADMSG, "its text is no UTF-8");
    return vf_pickle_push(reader, vf_plain_text(reader->tree, (const char *)bytes, (size_t)size));
}

static int run_binbytes(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    const uint8_t *bytes;
    uint64_t size;
    int err = vf_pickle_take_counted(reader, opcode->width, &bytes, &size);
    if (err)
        return err;
    return vf_pickle_push(reader, vf_plain_bytes(reader->tree, opcode->kind, bytes, (size_t)size));
}

static const struct vf_pickle_opcode opcodes[256] = {
    ['N'] = {"NONE", run_none},
    [0x88] = {"NEWTRUE", run_true},
    [0x89] = {"NEWFALSE", run_false},
    ['I'] = {"INT", run_int},
    ['J'] = {"BININT", run_binint, 4},
    ['K'] = {"BININT1", run_binint, 1},
    ['M'] = {"BININT2", run_binint, 2},
    ['L'] = {"LONG", run_long},
    [0x8a] = {"LONG1", run_binary_long, 1},
    [0x8b] = {"LONG4", run_binary_long, 4},
    ['F'] = {"FLOAT", run_float},
    ['G'] = {"BINFLOAT", run_binfloat, 8},
    ['S'] = {"STRING", run_string},
    ['T'] = {"BINSTRING", run_binstring, 4},
    ['U'] = {"SHORT_BINSTRING", run_binstring, 1},
    ['V'] = {"UNICODE", run_unicode},
    ['X'] = {"BINUNICODE", run_binunicode, 4},
    [0x8c] = {"SHORT_BINUNICODE", run_binunicode, 1},
    [0x8d] = {"BINUNICODE8", run_binunicode, 8},
    ['B'] = {"BINBYTES", run_binbytes, 4, VF_PLAIN_BYTES},
    ['C'] = {"SHORT_BINBYTES", run_binbytes, 1, VF_PLAIN_BYTES},
    [0x8e] = {"BINBYTES8", run_binbytes, 8, VF_PLAIN_BYTES},
    [0x96] = {"BYTEARRAY8", run_binbytes, 8, VF_PLAIN_BYTEARRAY},
};

const struct vf_pickle_opcode *vf_pickle_scalar_opcode(uint8_t byte)
{
    return opcodes[byte].name ? &opcodes[byte] : NULL;
}
