/* SPDX-License-Identifier: MIT */
/* kinds - how the text of a flow file becomes a value of each kind. */
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/node/option/option.h"

static bool is_in_range(const struct vf_option *option, double value)
{
    return !vf_option_is_limited(option) || (value >= option->minimum && value <= option->maximum);
}

static int parse_boolean(const struct vf_option *option, const char *text, void *field)
{
    (void)option;
    bool is_true = strcmp(text, "true") == 0;
    if (!is_true && strcmp(text, "false") != 0)
        return -EINVAL;
    *(bool *)field = is_true;
    return VF_OK;
}

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

static int parse_whole(const struct vf_option *option, const char *text, int64_t *value)
{
    char *end;
    size_t sign = text[0] == '-' || text[0] == '+';
    if (!is_digit(text[sign]))
        return -EINVAL;
    errno = 0;
    *value = strtoll(text, &end, 10);
    if (*end)
        return -EINVAL;
    return errno == ERANGE || !is_in_range(option, (double)*value) ? -ERANGE : VF_OK;
}

static int parse_integer(const struct vf_option *option, const char *text, void *field)
{
    int64_t value;
    int err = parse_whole(option, text, &value);
    if (err)
        return err;
    if (value < INT_MIN || value > INT_MAX)
        return -ERANGE;
    *(int *)field = (int)value;
    return VF_OK;
}

static int parse_integer64(const struct vf_option *option, const char *text, void *field)
{
    int64_t value;
    int err = parse_whole(option, text, &value);
    if (!err)
        *(int64_t *)field = value;
    return err;
}

/* Reads a decimal number at the start of `text`; *end is where it ends. strtod() also knows
 * hexadecimal numbers, infinities and NaN, which nobody means. */
static int read_decimal(const char *text, double *value, const char **end)
{
    char *stop;
    const char *digits = text + (text[0] == '-' || text[0] == '+');
    if (!is_digit(digits[0]) && !(digits[0] == '.' && is_digit(digits[1])))
        return -EINVAL;
    *value = strtod(text, &stop);
    *end = stop;
    if (stop > text + strspn(text, "0123456789+-.eE"))
        return -EINVAL;
    return isfinite(*value) ? VF_OK : -ERANGE;
}

static int parse_number(const struct vf_option *option, const char *text, void *field)
{
    double value;
    const char *end;
    int err = read_decimal(text, &value, &end);
    if (err == -EINVAL || *end)
        return -EINVAL;
    if (err || !is_in_range(option, value))
        return -ERANGE;
    *(double *)field = value;
    return VF_OK;
}

static const struct {
    const char *name;
    double seconds;
} time_units[] = {{"d", 86400}, {"h", 3600},  {"m", 60},   {"s", 1},
                  {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}};

/* Moves *text past the name of a unit. Returns its seconds, 0 when there is none. */
static double read_time_unit(const char **text)
{
    size_t length = strspn(*text, "abcdefghijklmnopqrstuvwxyz");
    for (size_t i = 0; i < VF_COUNT(time_units); i++) {
        if (strlen(time_units[i].name) == length &&
            strncmp(*text, time_units[i].name, length) == 0) {
            *text += length;
            return time_units[i].seconds;
        }
    }
    return 0;
}

/* "2.5" is seconds; "1m30s" is a sum. */
static int read_sum(const char *at, double *seconds)
{
    bool is_first = true;
    do {
        double part;
        int err = *at == '+' || *at == '-' ? -EINVAL : read_decimal(at, &part, &at);
        if (err)
            return err;
        double unit = *at || !is_first ? read_time_unit(&at) : 1;
        if (unit <= 0)
            return -EINVAL;
        *seconds += part * unit;
        is_first = false;
    } while (*at);
    return VF_OK;
}

/* "1:05:30.25" is hours, minutes and seconds, "5:30" minutes and seconds; all but the first have two
 * digits, and are below sixty. */
static int read_clock(const char *at, double *seconds)
{
    unsigned parts = 0;
    for (; ++parts <= 3; at++) {
        size_t digits = strspn(at, "0123456789");
        double part;
        const char *end;
        if (!digits || digits > 9 || (parts > 1 && digits != 2))
            return -EINVAL;
        int err = read_decimal(at, &part, &end);
        if (err || (parts > 1 && part >= 60))
            return -EINVAL;
        *seconds = *seconds * 60 + part;
        at += digits;
        if (*at != ':')
            return parts > 1 && !*end ? VF_OK : -EINVAL;
    }
    return -EINVAL;
}

static int parse_duration(const struct vf_option *option, const char *text, void *field)
{
    double seconds = 0;
    bool is_negative = text[0] == '-';
    const char *begin = text + is_negative;
    int err = strchr(begin, ':') ? read_clock(begin, &seconds) : read_sum(begin, &seconds);
    if (err)
        return err;
    if (is_negative)
        seconds = -seconds;
    double nanoseconds = round(seconds * VF_NS_PER_S);
    if (!(fabs(nanoseconds) < 9.2e18) || !is_in_range(option, seconds))
        return -ERANGE;
    *(int64_t *)field = (int64_t)nanoseconds;
    return VF_OK;
}

static int parse_text(const struct vf_option *option, const char *text, void *field)
{
    (void)option;
    char *copy = strdup(text);
    if (!copy)
        return -ENOMEM;
    free(*(char **)field);
    *(char **)field = copy;
    return VF_OK;
}

static void release_text(void *field)
{
    free(*(char **)field);
    *(char **)field = NULL;
}

static int parse_choice(const struct vf_option *option, const char *text, void *field)
{
    for (size_t i = 0; i < option->choices.count; i++) {
        if (strcmp(option->choices.items[i].name, text) == 0) {
            *(unsigned *)field = option->choices.items[i].value;
            return VF_OK;
        }
    }
    return -EINVAL;
}

static void release_map(void *field)
{
    struct vf_map *map = field;
    for (size_t i = 0; i < map->count; i++) {
        free(map->items[i].key);
        free(map->items[i].text);
    }
    free(map->items);
    *map = (struct vf_map){0};
}

/* As one text a mapping can only be empty. */
static int parse_map(const struct vf_option *option, const char *text, void *field)
{
    (void)option;
    if (strcmp(text, "{}") != 0)
        return -EINVAL;
    release_map(field);
    return VF_OK;
}

static struct vf_map_entry *find_entry(const struct vf_map *map, const char *key)
{
    for (size_t i = 0; i < map->count; i++) {
        if (strcmp(map->items[i].key, key) == 0)
            return &map->items[i];
    }
    return NULL;
}

char *vf_map_print(const struct vf_map *map)
{
    struct vf_text text = {0};
    for (size_t i = 0; i < map->count; i++)
        vf_text_print(&text, "%s%s: %s", i ? ", " : "{", map->items[i].key, map->items[i].text);
    vf_text_print(&text, "%s", map->count ? "}" : "{}");
    return vf_text_take(&text);
}

static int add_to_map(const struct vf_option *option, const char *key, const char *text,
                      void *field)
{
    struct vf_map *map = field;
    struct vf_map_entry *entry = find_entry(map, key);
    if (entry)
        return parse_text(option, text, &entry->text);
    struct vf_map_entry *items = realloc(map->items, (map->count + 1) * sizeof(*items));
    if (!items)
        return -ENOMEM;
    map->items = items;
    struct vf_map_entry added = {strdup(key), strdup(text)};
    if (!added.key || !added.text) {
        free(added.key);
        free(added.text);
        return -ENOMEM;
    }
    map->items[map->count++] = added;
    return VF_OK;
}

const struct vf_option_kind vf_kind_boolean = {
    .name = "boolean",
    .example = ", true or false",
    .schema_type = "boolean",
    .parse = parse_boolean,
};
const struct vf_option_kind vf_kind_integer = {
    .name = "integer",
    .schema_type = "integer",
    .parse = parse_integer,
};
const struct vf_option_kind vf_kind_integer64 = {
    .name = "integer",
    .schema_type = "integer",
    .parse = parse_integer64,
};
const struct vf_option_kind vf_kind_number = {
    .name = "number",
    .schema_type = "number",
    .parse = parse_number,
};
const struct vf_option_kind vf_kind_duration = {
    .name = "duration",
    .example = ", such as 2.5, 40ms, 1m30s or 00:01:30",
    .is_time = true,
    .schema_type = "string",
    .parse = parse_duration,
};
const struct vf_option_kind vf_kind_choice = {
    .name = "choice",
    .schema_type = "string",
    .parse = parse_choice,
};
const struct vf_option_kind vf_kind_map = {
    .name = "mapping",
    .example = ", such as {name: value}",
    .schema_type = "object",
    .parse = parse_map,
    .release = release_map,
    .add = add_to_map,
};

static int parse_json_object(const struct vf_option *option, const char *text, void *field)
{
    json_t *value = json_loads(text, 0, NULL);
    bool is_object = json_is_object(value);
    json_decref(value);
    return is_object ? parse_text(option, text, field) : -EINVAL;
}

const struct vf_option_kind vf_kind_json_object = {
    .name = "mapping",
    .example = " of any depth, such as {name: value, list: [1, 2]}",
    .schema_type = "object",
    .is_json = true,
    .parse = parse_json_object,
    .release = release_text,
};

#define TEXT_KIND(shown, what, examples)                                                 \
    {                                                                                    \
        .name = (shown), .example = (examples), .role = (what), .schema_type = "string", \
        .parse = parse_text, .release = release_text                                     \
    }

const struct vf_option_kind vf_kind_text = TEXT_KIND("text", VF_ROLE_NONE, NULL);
const struct vf_option_kind vf_kind_endpoint =
    TEXT_KIND("endpoint", VF_ROLE_ENDPOINT, ", such as tcp://127.0.0.1:5555");
const struct vf_option_kind vf_kind_input_path =
    TEXT_KIND("input file", VF_ROLE_INPUT_FILE, ", such as in.mp4");
const struct vf_option_kind vf_kind_input_folder =
    TEXT_KIND("input folder", VF_ROLE_INPUT_FOLDER, ", such as films");
const struct vf_option_kind vf_kind_input_files =
    TEXT_KIND("input files", VF_ROLE_INPUT_FILES, ", such as shots/*.jpg");
const struct vf_option_kind vf_kind_output_path =
    TEXT_KIND("output file", VF_ROLE_OUTPUT_FILE, ", such as out.mp4");
const struct vf_option_kind vf_kind_shared_path =
    TEXT_KIND("output file", VF_ROLE_SHARED_FILE, ", such as out.csv");
const struct vf_option_kind vf_kind_output_files =
    TEXT_KIND("output files", VF_ROLE_OUTPUT_FILES, ", such as out-{seq:04d}.jpg");
