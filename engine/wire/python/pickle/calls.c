/* SPDX-License-Identifier: MIT */
/* calls - the opcodes that import, call or build, which are refused; and the few calls by
 * which CPython writes plain values in protocols that have no opcode for them. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/wire/python/pickle/reader.h"
#include "engine/wire/python/pickle/text.h"

#define PLAIN_ONLY "; only plain data is read"

enum callable { MAKE_SET, MAKE_FROZENSET, MAKE_EMPTY_BYTES, ENCODE };

/* Protocols below 3 name modules as Python 2 did. */
static const struct {
    const char *module, *name;
    enum callable callable;
    uint64_t below_protocol; /* from this one on there is an opcode for it */
} callables[] = {
    {"__builtin__", "set", MAKE_SET, 3},
    {"builtins", "set", MAKE_SET, 4},
    {"__builtin__", "frozenset", MAKE_FROZENSET, 3},
    {"builtins", "frozenset", MAKE_FROZENSET, 4},
    {"__builtin__", "bytes", MAKE_EMPTY_BYTES, 3},
    {"_codecs", "encode", ENCODE, 3},
};

/* A name from a pickle, fit to be shown. */
struct shown_name {
    char text[48];
};

static struct shown_name show(const char *name, size_t length)
{
    struct shown_name shown = {""};
    size_t kept = length < sizeof(shown.text) ? length : sizeof(shown.text) - 1;
    for (size_t i = 0; i < kept; i++)
        shown.text[i] = (char)(isprint((unsigned char)name[i]) ? name[i] : '?');
    return shown;
}

static bool equals(const char *bytes, size_t length, const char *name)
{
    return strlen(name) == length && memcmp(bytes, name, length) == 0;
}

static int refuse_import(struct vf_pickle_reader *reader, const char *const names[2],
                         const size_t lengths[2])
{
    return vf_pickle_complain(reader, -EPERM, "it would import %s.%s" PLAIN_ONLY,
                              show(names[0], lengths[0]).text, show(names[1], lengths[1]).text);
}

static int take_names(struct vf_pickle_reader *reader, const char *names[2], size_t lengths[2])
{
    int err = vf_pickle_take_line(reader, &names[0], &lengths[0]);
    return err ? err : vf_pickle_take_line(reader, &names[1], &lengths[1]);
}

static int run_global(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    const char *names[2];
    size_t lengths[2];
    int err = take_names(reader, names, lengths);
    if (err)
        return err;
    for (size_t i = 0; i < VF_COUNT(callables); i++) {
        if (!equals(names[0], lengths[0], callables[i].module) ||
            !equals(names[1], lengths[1], callables[i].name) ||
            reader->protocol >= callables[i].below_protocol)
            continue;
        struct vf_plain *global = vf_plain_integer(reader->tree, callables[i].callable);
        if (global)
            global->kind = opcode->kind;
        return vf_pickle_push(reader, global);
    }
    return refuse_import(reader, names, lengths);
}

static int run_inst(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    (void)opcode;
    const char *names[2];
    size_t lengths[2];
    int err = take_names(reader, names, lengths);
    return err ? err : refuse_import(reader, names, lengths);
}

static int run_stack_global(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    (void)opcode;
    const char *names[2];
    size_t lengths[2];
    for (unsigned i = 2; i-- > 0;) {
        struct vf_plain *name;
        int err = vf_pickle_pop(reader, &name);
        if (!err && name->kind != VF_PLAIN_TEXT)
            err = vf_pickle_complain(reader, -EBADMSG, "a name that is no text");
        if (err)
            return err;
        names[i] = name->bytes;
        lengths[i] = name->length;
    }
    return refuse_import(reader, names, lengths);
}

/* A set is made of one list: a copy, since the list may be used again. */
static struct vf_plain *make_set(struct vf_pickle_reader *reader, enum vf_plain_kind kind,
                                 const struct vf_plain *list)
{
    struct vf_plain *set = vf_plain_container(reader->tree, kind);
    if (vf_plain_append_all(set, list->items, list->count) != VF_OK)
        return NULL;
    reader->copied += list->count;
    return set;
}

static int push_encoded(struct vf_pickle_reader *reader, const struct vf_plain *text)
{
    struct vf_text bytes = {0};
    struct vf_plain *value = NULL;
    int err = vf_latin1_read(&bytes, text->bytes, text->length);
    if (!err && !bytes.failed)
        value = vf_plain_bytes(reader->tree, VF_PLAIN_BYTES, bytes.bytes, bytes.length);
    vf_text_finish(&bytes);
    if (err)
        return vf_pickle_complain(reader, -EBADMSG, "text that Latin-1 cannot spell");
    return vf_pickle_push(reader, value);
}

static bool is_latin1_call(const struct vf_plain *arguments)
{
    return arguments->count == 2 && arguments->items[0]->kind == VF_PLAIN_TEXT &&
           arguments->items[1]->kind == VF_PLAIN_TEXT &&
           equals(arguments->items[1]->bytes, arguments->items[1]->length, "latin1");
}

/* Makes the value that a callable stands for. Returns -EPERM for arguments CPython never gives. */
static int make_value(struct vf_pickle_reader *reader, enum callable callable,
                      const struct vf_plain *arguments)
{
    bool has_list = arguments->count == 1 && arguments->items[0]->kind == VF_PLAIN_LIST;
    if (callable == MAKE_SET && has_list)
        return vf_pickle_push(reader, make_set(reader, VF_PLAIN_SET, arguments->items[0]));
    if (callable == MAKE_FROZENSET && has_list)
        return vf_pickle_push(reader, make_set(reader, VF_PLAIN_FROZENSET, arguments->items[0]));
    if (callable == MAKE_EMPTY_BYTES && !arguments->count)
        return vf_pickle_push(reader, vf_plain_bytes(reader->tree, VF_PLAIN_BYTES, "", 0));
    if (callable == ENCODE && is_latin1_call(arguments))
        return push_encoded(reader, arguments->items[0]);
    return -EPERM;
}

static int run_reduce(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    struct vf_plain *arguments, *global;
    int err = vf_pickle_pop(reader, &arguments);
    if (!err)
        err = vf_pickle_pop(reader, &global);
    if (err)
        return err;
    if (global->kind != VF_PLAIN_GLOBAL)
        return vf_pickle_complain(reader, -EPERM, "it would %s" PLAIN_ONLY, opcode->refusal);
    err = arguments->kind == VF_PLAIN_TUPLE
              ? make_value(reader, (enum callable)global->integer, arguments)
              : -EPERM;
    if (err == -EPERM)
        return vf_pickle_complain(reader, err,
                                  "it would call with arguments of another kind" PLAIN_ONLY);
    return err;
}

static int run_refused(struct vf_pickle_reader *reader, const struct vf_pickle_opcode *opcode)
{
    return vf_pickle_complain(reader, -EPERM, "it would %s" PLAIN_ONLY, opcode->refusal);
}

static const struct vf_pickle_opcode opcodes[256] = {
    ['c'] = {"GLOBAL", run_global, 0, VF_PLAIN_GLOBAL},
    ['R'] = {"REDUCE", run_reduce, .refusal = "call what was read"},
    ['i'] = {"INST", run_inst},
    [0x93] = {"STACK_GLOBAL", run_stack_global},
    ['o'] = {"OBJ", run_refused, .refusal = "make an object"},
    ['b'] = {"BUILD", run_refused, .refusal = "set the state of an object"},
    [0x81] = {"NEWOBJ", run_refused, .refusal = "make an object"},
    [0x92] = {"NEWOBJ_EX", run_refused, .refusal = "make an object"},
    ['P'] = {"PERSID", run_refused, .refusal = "ask for an object by its name"},
    ['Q'] = {"BINPERSID", run_refused, .refusal = "ask for an object by its name"},
    [0x82] = {"EXT1", run_refused, .refusal = "import an extension"},
    [0x83] = {"EXT2", run_refused, .refusal = "import an extension"},
    [0x84] = {"EXT4", run_refused, .refusal = "import an extension"},
    [0x97] = {"NEXT_BUFFER", run_refused, .refusal = "ask for a buffer outside of the pickle"},
    [0x98] = {"READONLY_BUFFER", run_refused, .refusal = "protect a buffer outside of the pickle"},
};

const struct vf_pickle_opcode *vf_pickle_call_opcode(uint8_t byte)
{
    return opcodes[byte].name ? &opcodes[byte] : NULL;
}
