/* SPDX-License-Identifier: MIT */
#include "nodes/record/fields.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nodes/value/value_text.h"

#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_."

static int complain(char *problem, size_t problem_size, const char *option, const char *mistake)
{
    snprintf(problem, problem_size, "%s: %s", option, mistake);
    return -EINVAL;
}

int vf_fields_check_part(const char *option, const struct vf_pattern_part *part, char *problem,
                         size_t problem_size)
{
    char about[160];
    size_t length = part->name.length;
    if (part->kind != VF_PATTERN_FIELD)
        return vf_pattern_check_braces(part, about, sizeof(about))
                   ? complain(problem, problem_size, option, about)
                   : VF_OK;
    if (part->format.begin)
        return complain(problem, problem_size, option,
                        "a field has no format here; write its name alone, such as {camera}");
    if (!length || strspn(part->name.begin, NAME_LETTERS) < length)
        return complain(problem, problem_size, option,
                        "a field is named by letters, digits, underscores and points; {camera} and "
                        "{details.direction} are such fields");
    return VF_OK;
}

int vf_fields_check(const char *option, const char *pattern, char *problem, size_t problem_size)
{
    for (;;) {
        struct vf_pattern_part part = vf_pattern_next(&pattern);
        if (part.kind == VF_PATTERN_END)
            return VF_OK;
        int err = part.kind == VF_PATTERN_TEXT
                      ? VF_OK
                      : vf_fields_check_part(option, &part, problem, problem_size);
        if (err)
            return err;
    }
}

bool vf_fields_vary(const char *pattern)
{
    for (;;) {
        struct vf_pattern_part part = vf_pattern_next(&pattern);
        if (part.kind == VF_PATTERN_FIELD || part.kind == VF_PATTERN_END)
            return part.kind == VF_PATTERN_FIELD;
    }
}

/* Returns the member that a field names, of what stands in an object; NULL: there is none. */
static const json_t *find(const json_t *object, const struct vf_pattern_span *name)
{
    const char *at = name->begin, *end = name->begin + name->length;
    while (object && at < end) {
        const char *point = memchr(at, '.', (size_t)(end - at));
        size_t length = (size_t)((point ? point : end) - at);
        char *key = strndup(at, length);
        object = key ? json_object_get(object, key) : NULL;
        free(key);
        at += length + 1;
    }
    return json_is_null(object) ? NULL : object;
}

static void add_field(struct vf_text *text, const char *bytes, void (*change)(char *field))
{
    char *field = strdup(*bytes ? bytes : "none");
    if (field && change)
        change(field);
    if (field)
        vf_text_print(text, "%s", field);
    else
        text->failed = true;
    free(field);
}

static void print_field(struct vf_text *text, const struct vf_pattern_span *name,
                        const json_t *record, const char *task, void (*change)(char *field))
{
    struct vf_text value = {0};
    const json_t *found = find(json_object_get(record, "value"), name);
    if (!found)
        found = find(record, name);
    if (json_is_string(found))
        vf_text_print(&value, "%s", json_string_value(found));
    else if (found)
        vf_value_write(&value, found);
    else if (vf_pattern_span_is(name, "task") && task)
        vf_text_print(&value, "%s", task);
    add_field(text, value.bytes ? value.bytes : "", change);
    vf_text_finish(&value);
}

void vf_fields_print(struct vf_text *text, const char *pattern, const json_t *record,
                     const char *task, void (*change)(char *field))
{
    for (;;) {
        struct vf_pattern_part part = vf_pattern_next(&pattern);
        if (part.kind == VF_PATTERN_END)
            return;
        if (part.kind == VF_PATTERN_FIELD)
            print_field(text, &part.name, record, task, change);
        else
            vf_text_append(text, part.name.begin, part.name.length);
    }
}
