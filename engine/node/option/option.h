/* SPDX-License-Identifier: MIT */
/* option.h - the settings of a node, declared once as a table.
 *
 * The same table checks a flow file, fills the node's options struct, and
 * prints `vflow inspect`, the man page, the JSON schema and completions.
 */
#ifndef VF_ENGINE_NODE_OPTION_OPTION_H
#define VF_ENGINE_NODE_OPTION_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/array.h"
#include "engine/base/result.h"
#include "engine/base/text.h"

struct vf_option;

/* What a value names outside of the flow. */
enum vf_option_role {
    VF_ROLE_NONE,
    VF_ROLE_INPUT_FILE,
    VF_ROLE_INPUT_FOLDER,
    VF_ROLE_INPUT_FILES,
    VF_ROLE_OUTPUT_FILE,
    VF_ROLE_SHARED_FILE, /* an output that several nodes may write */
    VF_ROLE_OUTPUT_FILES,
    VF_ROLE_ENDPOINT,
    VF_ROLE_COUNT,
};

/* How text becomes a value of one C type, and all that is known of such values. A new kind is a
 * new object, with a macro that checks the type of the field. What fails leaves the field as it
 * was. */
struct vf_option_kind {
    const char *name;           /* shown to users: "integer" */
    const char *example;        /* shown after the name: ", such as [a, b]" */
    bool is_time;               /* its range is in seconds */
    const char *schema_type;    /* JSON schema "type" */
    const char *schema_pattern; /* of texts that are values, too; NULL: there are none */
    bool is_json;               /* a mapping is parsed as one text, which is JSON */
    enum vf_option_role role;   /* other than VF_ROLE_NONE: the value is a char * */
    int (*parse)(const struct vf_option *option, const char *text, void *field);
    void (*release)(void *field); /* NULL when the value owns nothing */
    /* Adds one `key: text` of a mapping; NULL when the value is no mapping. */
    int (*add)(const struct vf_option *option, const char *key, const char *text, void *field);
    /* The value as a flow file may have it, the caller's: of kinds that the engine does not know. */
    char *(*print)(const struct vf_option *option, const void *field);
};

extern const struct vf_option_kind vf_kind_boolean;   /* bool */
extern const struct vf_option_kind vf_kind_integer;   /* int */
extern const struct vf_option_kind vf_kind_integer64; /* int64_t */
extern const struct vf_option_kind vf_kind_number;    /* double, finite */
extern const struct vf_option_kind vf_kind_text;      /* char * */
extern const struct vf_option_kind vf_kind_choice;    /* an enum */

/* int64_t, nanoseconds: "2.5" or "2.5s", "40ms", "1m30s". Range in seconds. */
extern const struct vf_option_kind vf_kind_duration;

/* int64_t, bytes: "512MB", "1.5GiB". Range in bytes. */
extern const struct vf_option_kind vf_kind_memory;

/* struct vf_map; its fallback is "{}". */
extern const struct vf_option_kind vf_kind_map;

/* char *: a mapping of any depth, as the text of a JSON object; its fallback is "{}". */
extern const struct vf_option_kind vf_kind_json_object;

/* char *: a file that must be there, a URL, or "-". "": none. */
extern const struct vf_option_kind vf_kind_input_path;

/* char *: a folder that must be there. */
extern const struct vf_option_kind vf_kind_input_folder;

/* char *: a file in a folder that must be there, a URL, or "-". "": none. */
extern const struct vf_option_kind vf_kind_output_path;

/* The same, of a file that several nodes may write at a time. */
extern const struct vf_option_kind vf_kind_shared_path;

/* char *: a file, a folder of files, or a glob(7) that fits some file. */
extern const struct vf_option_kind vf_kind_input_files;

/* char *: a file, or a pattern of many: "out/{seq:04d}.jpg". Its folders need not be there. */
extern const struct vf_option_kind vf_kind_output_files;

/* char *: where ZeroMQ meets programs outside of the flow: "tcp://127.0.0.1:5555". */
extern const struct vf_option_kind vf_kind_endpoint;

/* Names and texts as they stand in a mapping of the flow file. */
struct vf_map_entry {
    char *key, *text;
};

struct vf_map {
    struct vf_map_entry *items;
    size_t count;
};

struct vf_choice {
    const char *name;
    unsigned value; /* of the enum */
    const char *help;
};

struct vf_choice_list {
    const struct vf_choice *items;
    size_t count;
};

struct vf_option {
    const char *name; /* key in the flow file */
    const char *help; /* sentence fragment, capitalised, no full stop */
    const struct vf_option_kind *kind;
    size_t offset;           /* of the value in the node's options struct */
    const char *fallback;    /* default, spelled as in a flow file; NULL: required */
    double minimum, maximum; /* inclusive; both zero: unlimited; seconds of a duration */
    const char *unit;        /* "pixels"; NULL: none */
    struct vf_choice_list choices;
    bool is_main; /* in a chain, a word without a key is its value: engine/flow/chain/chain.h */
};

struct vf_option_list {
    const struct vf_option *items;
    size_t count;
};

/* Offset of a field, refused by the compiler when the field is of another type. */
#define VF_FIELD(type, field, ctype) \
    (offsetof(type, field) + 0 * sizeof(_Generic(&((type *)0)->field, ctype * : 0)))

/* The same for an enum, which GCC and Clang store as an unsigned int. */
#define VF_ENUM_FIELD(type, field) \
    (offsetof(type, field) + 0 * sizeof(_Generic(&((type *)0)->field, unsigned * : 0)))

#define VF_OF_KIND(name, place) .kind = &vf_kind_##name, .offset = (place)
#define VF_BOOLEAN(type, field) VF_OF_KIND(boolean, VF_FIELD(type, field, bool))
#define VF_INTEGER(type, field) VF_OF_KIND(integer, VF_FIELD(type, field, int))
#define VF_INTEGER64(type, field) VF_OF_KIND(integer64, VF_FIELD(type, field, int64_t))
#define VF_NUMBER(type, field) VF_OF_KIND(number, VF_FIELD(type, field, double))
#define VF_DURATION(type, field) VF_OF_KIND(duration, VF_FIELD(type, field, int64_t))
#define VF_MEMORY(type, field) VF_OF_KIND(memory, VF_FIELD(type, field, int64_t))
#define VF_TEXT(type, field) VF_OF_KIND(text, VF_FIELD(type, field, char *))
#define VF_INPUT_PATH(type, field) VF_OF_KIND(input_path, VF_FIELD(type, field, char *))
#define VF_INPUT_FOLDER(type, field) VF_OF_KIND(input_folder, VF_FIELD(type, field, char *))
#define VF_OUTPUT_PATH(type, field) VF_OF_KIND(output_path, VF_FIELD(type, field, char *))
#define VF_SHARED_PATH(type, field) VF_OF_KIND(shared_path, VF_FIELD(type, field, char *))
#define VF_INPUT_FILES(type, field) VF_OF_KIND(input_files, VF_FIELD(type, field, char *))
#define VF_OUTPUT_FILES(type, field) VF_OF_KIND(output_files, VF_FIELD(type, field, char *))
#define VF_ENDPOINT(type, field) VF_OF_KIND(endpoint, VF_FIELD(type, field, char *))
#define VF_MAP(type, field) VF_OF_KIND(map, VF_FIELD(type, field, struct vf_map))
#define VF_JSON_OBJECT(type, field) VF_OF_KIND(json_object, VF_FIELD(type, field, char *))
#define VF_CHOICE(type, field, ...)                 \
    VF_OF_KIND(choice, VF_ENUM_FIELD(type, field)), \
        .choices = VF_ITEMS(struct vf_choice, __VA_ARGS__)
#define VF_RANGE(lowest, highest) .minimum = (lowest), .maximum = (highest)

/* Returns the option called `name`, or NULL. */
const struct vf_option *vf_option_find(const struct vf_option_list *options, const char *name);

/* Returns the name of the choice that has this value, or NULL. */
const char *vf_choice_name(const struct vf_choice_list *choices, unsigned value);

/* Returns a mapping as a flow file may have it, "{title: Garden, year: 1999}": the caller's; NULL: out
 * of memory. */
char *vf_map_print(const struct vf_map *map);

/* Returns whether the option has a range. */
bool vf_option_is_limited(const struct vf_option *option);

/* Adds what the value of `option` may be to `text`: "an integer, 2 to 16384 pixels", "a
 * duration, such as 2.5 or 1m30s (0 to 60 seconds)". */
void vf_option_describe(const struct vf_option *option, struct vf_text *text);

/* The same without examples and with the exact limits, for a value that is out of its range: "a
 * duration, 0 to 60 seconds". */
void vf_option_describe_limits(const struct vf_option *option, struct vf_text *text);

/* Adds the range alone, ", 2 to 16384 pixels", if the option has one. */
void vf_option_describe_range(const struct vf_option *option, struct vf_text *text);

/* Returns the text of an option whose kind has a role; NULL: none was set. */
const char *vf_option_path(const struct vf_option *option, const void *values);

/* Parses `text` into its field of `values`. Returns 0, -ENOMEM, -EINVAL when it is of another
 * kind, or -ERANGE when it is out of the range. */
VF_MUST_CHECK int vf_option_set(const struct vf_option *option, const char *text, void *values);

/* Adds one `key: text` to a mapping, or replaces the one of that key. Copies both. Returns as
 * vf_option_set(); -EINVAL when the option is no mapping. */
VF_MUST_CHECK int vf_option_add(const struct vf_option *option, const char *key, const char *text,
                                void *values);

/* Fills `values` with every fallback. Returns 0 or a negative errno. */
VF_MUST_CHECK int vf_option_set_fallbacks(const struct vf_option_list *options, void *values);

/* Returns whether one of the input files in `values` is "-", standard input. */
bool vf_option_reads_standard_input(const struct vf_option_list *options, const void *values);

/* Frees what `values` owns. The struct itself stays the caller's. */
void vf_option_release(const struct vf_option_list *options, void *values);

#endif
