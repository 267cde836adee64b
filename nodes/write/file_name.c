/* SPDX-License-Identifier: MIT */
#include "nodes/write/file_name.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "nodes/value/pattern.h"

#define MAX_PART 255 /* bytes of one part of a path, in nearly all file systems */

static int refuse_name(const struct vf_pattern_span *name, char *problem, size_t problem_size)
{
    char wanted[32];
    snprintf(wanted, sizeof(wanted), "%.*s", (int)name->length, name->begin);
    struct vf_text_nearest nearest = {.wanted = wanted, .before = "{", .after = "}"};
    const struct vf_name_field *field;
    for (size_t i = 0; (field = vf_name_field_at(i)); i++)
        vf_text_nearest_consider(&nearest, field->name);
    snprintf(problem, problem_size, "{%s} is no field of a name%s", wanted,
             vf_text_suggest_or(&nearest, "there are {seq}, {n}, {pts}, {time}, {date}, {source}, "
                                          "{source_time}, {folder}, of pictures of objects and "
                                          "events {track}, {class}, {what} and {where}, and {{ for "
                                          "a brace"));
    return -EINVAL;
}

static int check_field(const struct vf_pattern_part *part, char *problem, size_t problem_size)
{
    const struct vf_name_field *field = vf_name_field_find(&part->name);
    if (!field)
        return refuse_name(&part->name, problem, problem_size);
    if (!part->format.begin || (field->is_format && field->is_format(&part->format)))
        return VF_OK;
    snprintf(problem, problem_size, "\"%.*s\" is no format of {%s}; write %s",
             (int)part->format.length, part->format.begin, field->name, field->example);
    return -EINVAL;
}

static int check_part(const struct vf_pattern_part *part, char *problem, size_t problem_size)
{
    if (part->kind == VF_PATTERN_FIELD)
        return check_field(part, problem, problem_size);
    return vf_pattern_check_braces(part, problem, problem_size);
}

/* A number in a name as printf writes it, "%d" or "%04d". */
struct printf_number {
    const char *name; /* the last part of the path */
    const char *at;   /* NULL: none */
    size_t length;
};

/* Looks for one in a text; one after another percent sign is none. */
static void find_printf(const struct vf_pattern_span *text, struct printf_number *number)
{
    const char *end = text->begin + text->length;
    for (const char *at = text->begin; at < end; at++) {
        if (*at == '/')
            *number = (struct printf_number){.name = at + 1};
        if (*at != '%' || at + 1 >= end || number->at)
            continue;
        size_t digits = strspn(at + 1, "0123456789");
        const char *letter = at + 1 + digits;
        if (at[1] == '%')
            at++;
        else if (letter < end && (*letter == 'd' || *letter == 'i'))
            *number = (struct printf_number){number->name, at, digits + 2};
    }
}

/* Other programs number files by it; here it would be one name for all. */
static int refuse_printf(const struct printf_number *number, char *problem, size_t problem_size)
{
    const char *digits = number->at + 1 + strspn(number->at + 1, "0");
    int count = (int)(number->at + number->length - 1 - digits);
    snprintf(problem, problem_size,
             "path: \"%s\" would name a single file; write \"%.*s{seq%s%.*s%s}%s\"", number->name,
             (int)(number->at - number->name), number->name, count ? ":0" : "", count, digits,
             count ? "d" : "", number->at + number->length);
    return -EINVAL;
}

int vf_file_name_check(const char *pattern, char *problem, size_t problem_size)
{
    struct vf_pattern_part part;
    struct printf_number number = {.name = pattern};
    int err;
    do {
        part = vf_pattern_next(&pattern);
        err = check_part(&part, problem, problem_size);
        if (part.kind == VF_PATTERN_TEXT)
            find_printf(&part.name, &number);
    } while (!err && part.kind != VF_PATTERN_END);
    return !err && number.at ? refuse_printf(&number, problem, problem_size) : err;
}

bool vf_file_name_has(const char *pattern, const char *field)
{
    struct vf_pattern_part part;
    do {
        part = vf_pattern_next(&pattern);
        if (part.kind == VF_PATTERN_FIELD && (field ? vf_pattern_span_is(&part.name, field)
                                                    : vf_name_field_find(&part.name) != NULL))
            return true;
    } while (part.kind != VF_PATTERN_END);
    return false;
}

bool vf_file_name_has_subject(const char *pattern, const char **field)
{
    const struct vf_name_field *known;
    for (size_t i = 0; (known = vf_name_field_at(i)); i++) {
        *field = known->name;
        if (known->is_of_subject && vf_file_name_has(pattern, known->name))
            return true;
    }
    return false;
}

size_t vf_file_name_folder(const char *pattern)
{
    size_t length = strcspn(pattern, "{}");
    while (length && pattern[length - 1] != '/')
        length--;
    return length;
}

/* Without a folder, there is no slash after it either. */
static size_t skip_slash(const struct vf_text *text, const struct vf_pattern_part *part)
{
    bool is_at_begin = text->length == 0 || text->bytes[text->length - 1] == '/';
    return is_at_begin && part->name.length && part->name.begin[0] == '/';
}

static char *print(const char *pattern, const struct vf_name_facts *facts)
{
    struct vf_text text = {0};
    struct vf_pattern_part part;
    bool is_nothing = false;
    do {
        part = vf_pattern_next(&pattern);
        const struct vf_name_field *field =
            part.kind == VF_PATTERN_FIELD ? vf_name_field_find(&part.name) : NULL;
        size_t length = text.length, skipped = is_nothing ? skip_slash(&text, &part) : 0;
        if (field)
            field->print(&text, &part.format, facts);
        else if (part.kind != VF_PATTERN_END)
            vf_text_append(&text, part.name.begin + skipped, part.name.length - skipped);
        is_nothing = field && text.length == length;
    } while (part.kind != VF_PATTERN_END);
    return vf_text_take(&text);
}

/* Returns by how many bytes the longest part of a path is longer than a file system takes. */
static size_t find_excess(const char *path)
{
    size_t longest = 0;
    for (const char *at = path; *at; at += *at == '/') {
        size_t length = strcspn(at, "/");
        longest = length > longest ? length : longest;
        at += length;
    }
    return longest > MAX_PART ? longest - MAX_PART : 0;
}

char *vf_file_name_make(const char *pattern, const struct vf_name_facts *facts)
{
    char *path = print(pattern, facts);
    size_t excess = path ? find_excess(path) : 0;
    size_t source = strnlen(facts->first->source, VF_SOURCE_SIZE);
    if (!excess || !vf_file_name_has(pattern, "source") || source <= excess)
        return path;
    /* With an ending that was left out, it may take two attempts. */
    struct vf_name_facts shorter = *facts;
    for (size_t limit = source - excess; path && find_excess(path) && limit > 0; limit--) {
        free(path);
        shorter.source_limit = limit;
        path = print(pattern, &shorter);
    }
    return path;
}

char *vf_file_name_number(const char *path, unsigned number)
{
    if (number == 1)
        return strdup(path);
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    const char *ending = dot ? dot : name + strlen(name);
    size_t added = (size_t)snprintf(NULL, 0, "-%u%s", number, ending);
    size_t length = (size_t)(ending - name), limit = added < MAX_PART ? MAX_PART - added : 0;
    if (length > limit) {
        length = limit;
        while (length && ((unsigned char)name[length] & 0xc0) == 0x80)
            length--;
    }
    return vf_text_format("%.*s-%u%s", (int)(name - path + (ptrdiff_t)length), path, number,
                          ending);
}
