/* SPDX-License-Identifier: MIT */
#include "cmd/export/yaml.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "engine/base/array.h"

static void indent(struct vf_text *out, unsigned depth)
{
    vf_text_print(out, "%*s", (int)(2 * depth), "");
}

static bool is_letter(char byte)
{
    return (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
}

/* Returns whether a text is read as itself without quotes, whoever reads it. */
static bool is_plain(const char *text)
{
    static const char *const others[] = {"true", "false", "yes", "no", "on",
                                         "off",  "null",  "y",   "n"};
    if (!is_letter(text[0]) && text[0] != '/')
        return false;
    for (size_t i = 0; i < VF_COUNT(others); i++) {
        if (strcasecmp(text, others[i]) == 0)
            return false;
    }
    for (const char *byte = text; *byte; byte++) {
        bool is_fine = is_letter(*byte) || (*byte >= '0' && *byte <= '9') ||
                       strchr("-_./", *byte) || (*byte == ':' && byte[1] && byte[1] != ' ');
        if (!is_fine)
            return false;
    }
    return true;
}

/* A text in quotes is one of JSON. */
static void print_quoted(struct vf_text *out, const json_t *text)
{
    char *quoted = json_dumps(text, JSON_ENCODE_ANY);
    if (quoted)
        vf_text_print(out, "%s", quoted);
    else
        out->failed = true;
    free(quoted);
}

/* Returns whether a text can be a block: several lines, all of them ended, no other control
 * characters, and neither the first line indented nor an empty line at the end. */
static bool is_block(const char *text)
{
    size_t length = strlen(text);
    if (length < 2 || text[0] == ' ' || text[0] == '\n' || text[length - 1] != '\n' ||
        text[length - 2] == '\n')
        return false;
    for (const char *byte = text; *byte; byte++) {
        if (((unsigned char)*byte < ' ' && *byte != '\n') || *byte == 0x7f)
            return false;
    }
    return true;
}

static void print_block(struct vf_text *out, const char *text, unsigned depth)
{
    vf_text_print(out, " |\n");
    while (*text) {
        size_t length = strcspn(text, "\n");
        if (length)
            indent(out, depth);
        vf_text_append(out, text, length + 1);
        text += length + 1;
    }
}

static void print_value(struct vf_text *out, const json_t *value, unsigned depth);

static void print_members(struct vf_text *out, const json_t *object, unsigned depth, bool is_begun)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        json_t *name = json_string(key);
        if (!is_begun)
            indent(out, depth);
        is_begun = false;
        if (is_plain(key))
            vf_text_print(out, "%s", key);
        else
            print_quoted(out, name);
        vf_text_print(out, ":");
        print_value(out, value, depth);
        json_decref(name);
    }
}

static void print_items(struct vf_text *out, const json_t *array, unsigned depth)
{
    const json_t *item;
    size_t i;
    json_array_foreach(array, i, item)
    {
        indent(out, depth);
        vf_text_print(out, "-");
        if (json_is_object(item) && json_object_size(item)) {
            vf_text_print(out, " ");
            print_members(out, item, depth + 1, true);
        } else {
            print_value(out, item, depth);
        }
    }
}

/* What stands after "key:" or "-", up to the end of its last line. */
static void print_value(struct vf_text *out, const json_t *value, unsigned depth)
{
    const char *text = json_string_value(value);
    if (json_object_size(value)) {
        vf_text_print(out, "\n");
        print_members(out, value, depth + 1, false);
    } else if (json_array_size(value)) {
        vf_text_print(out, "\n");
        print_items(out, value, depth + 1);
    } else if (text && is_block(text)) {
        print_block(out, text, depth + 1);
    } else {
        vf_text_print(out, " ");
        if (text && is_plain(text))
            vf_text_print(out, "%s", text);
        else
            print_quoted(out, value);
        vf_text_print(out, "\n");
    }
}

void vf_yaml_print(struct vf_text *out, const json_t *object)
{
    print_members(out, object, 0, false);
}
