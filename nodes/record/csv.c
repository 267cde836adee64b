/* SPDX-License-Identifier: MIT */
#include "nodes/record/csv.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "nodes/value/value_text.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

void vf_csv_finish(struct vf_csv *csv)
{
    for (size_t i = 0; i < csv->count; i++)
        free(csv->columns[i]);
    free(csv->columns);
    free(csv->left_out);
    *csv = (struct vf_csv){0};
}

/* Takes `name`, also when it fails. */
static int add_column(struct vf_csv *csv, char *name)
{
    char **columns = name ? realloc(csv->columns, (csv->count + 1) * sizeof(*csv->columns)) : NULL;
    if (!columns) {
        free(name);
        return -ENOMEM;
    }
    csv->columns = columns;
    columns[csv->count++] = name;
    return VF_OK;
}

static bool is_one_of(char byte, const char *set)
{
    return byte && strchr(set, byte);
}

/* Reads a cell that is in quotes. Returns what follows; NULL: it does not end. */
static const char *read_quoted(const char *at, const char *end, struct vf_text *cell)
{
    for (at++; at < end; at++) {
        if (*at == '"' && (at + 1 == end || at[1] != '"'))
            return at + 1;
        at += *at == '"';
        vf_text_append(cell, at, 1);
    }
    return NULL;
}

static const char *read_cell(const char *at, const char *end, struct vf_text *cell)
{
    vf_text_append(cell, "", 0);
    if (at < end && *at == '"')
        return read_quoted(at, end, cell);
    const char *start = at;
    while (at < end && !is_one_of(*at, ",\r\n"))
        at++;
    vf_text_append(cell, start, (size_t)(at - start));
    return at;
}

int vf_csv_read_header(struct vf_csv *csv, const char *bytes, size_t length)
{
    const char *at = bytes, *end = bytes + length;
    size_t mark = strlen(BYTE_ORDER_MARK);
    if (length >= mark && memcmp(at, BYTE_ORDER_MARK, mark) == 0)
        at += mark;
    for (;; at++) {
        struct vf_text cell = {0};
        at = read_cell(at, end, &cell);
        int err = add_column(csv, vf_text_take(&cell));
        if (err)
            return err;
        if (at && at + 1 < end && at[0] == '\r' && at[1] == '\n')
            return VF_OK;
        if (!at || at == end || !is_one_of(*at, ",\n"))
            return -EINVAL;
        if (*at == '\n')
            return VF_OK;
    }
}

static void print_cell(struct vf_text *text, const char *bytes, size_t length)
{
    bool needs_quotes = length && (bytes[0] == ' ' || bytes[length - 1] == ' ');
    for (size_t i = 0; i < length && !needs_quotes; i++)
        needs_quotes = is_one_of(bytes[i], ",\"\r\n");
    if (!needs_quotes) {
        vf_text_append(text, bytes, length);
        return;
    }
    vf_text_append(text, "\"", 1);
    for (size_t i = 0; i < length; i++)
        vf_text_append(text, bytes[i] == '"' ? "\"\"" : bytes + i, bytes[i] == '"' ? 2 : 1);
    vf_text_append(text, "\"", 1);
}

static void print_value(struct vf_text *text, const json_t *value)
{
    if (!value || json_is_null(value))
        return;
    if (json_is_string(value)) {
        print_cell(text, json_string_value(value), json_string_length(value));
        return;
    }
    struct vf_text json = {0};
    vf_value_write(&json, value);
    text->failed = text->failed || json.failed;
    print_cell(text, json.bytes, json.length);
    vf_text_finish(&json);
}

void vf_csv_print_header(const struct vf_csv *csv, struct vf_text *text)
{
    for (size_t i = 0; i < csv->count; i++) {
        vf_text_append(text, ",", i > 0);
        print_cell(text, csv->columns[i], strlen(csv->columns[i]));
    }
    vf_text_append(text, "\n", 1);
}

/* Adds the members of an object to a line; NULL: there is none. */
static int flatten_object(json_t *line, const char *name, const json_t *object)
{
    const char *key;
    json_t *member;
    bool is_plain = strcmp(name, "value") == 0;
    json_object_foreach((json_t *)(uintptr_t)object, key, member)
    {
        bool is_bare = is_plain && !json_object_get(line, key);
        char *column = is_bare ? strdup(key) : vf_text_format("%s.%s", name, key);
        int failed = column ? json_object_set(line, column, member) : -1;
        free(column);
        if (failed)
            return -ENOMEM;
    }
    return VF_OK;
}

static bool is_table(const json_t *value)
{
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (!json_is_object(json_array_get(value, i)))
            return false;
    }
    return json_is_array(value);
}

/* Finds the member that makes lines of its own; NULL: there is none. */
static const char *find_table(const struct vf_csv *csv, json_t *record)
{
    const char *key;
    json_t *member;
    json_object_foreach(record, key, member)
    {
        bool is_column = false;
        for (size_t i = 0; i < csv->count && !is_column; i++)
            is_column = strcmp(csv->columns[i], key) == 0;
        if (is_table(member) && !(is_column && json_array_size(member) == 0))
            return key;
    }
    return NULL;
}

/* Makes line number `row` of a record: an object without objects in it, but for JSON in cells. */
static json_t *flatten(json_t *record, const char *table, size_t row)
{
    const char *key;
    json_t *member, *line = json_object();
    json_object_foreach(record, key, member)
    {
        int err = VF_OK;
        if (table && strcmp(key, table) == 0)
            err = flatten_object(line, key, json_array_get(member, row));
        else if (json_is_object(member))
            err = flatten_object(line, key, member);
        else
            err = json_object_set(line, key, member);
        if (err) {
            json_decref(line);
            return NULL;
        }
    }
    return line;
}

static int take_columns(struct vf_csv *csv, json_t *line)
{
    const char *key;
    json_t *member;
    int err = VF_OK;
    json_object_foreach(line, key, member)
    {
        if (!err)
            err = add_column(csv, strdup(key));
    }
    return err;
}

static void find_left_out(struct vf_csv *csv, json_t *line)
{
    const char *key;
    json_t *member;
    json_object_foreach(line, key, member)
    {
        size_t i = 0;
        while (i < csv->count && strcmp(csv->columns[i], key) != 0)
            i++;
        if (i == csv->count && !csv->left_out)
            csv->left_out = strdup(key);
    }
}

static int print_line(struct vf_csv *csv, json_t *line, struct vf_text *text)
{
    int err = csv->count ? VF_OK : take_columns(csv, line);
    csv->used_count = 0;
    for (size_t i = 0; i < csv->count && !err; i++) {
        const json_t *value = json_object_get(line, csv->columns[i]);
        vf_text_append(text, ",", i > 0);
        print_value(text, value);
        csv->used_count += value != NULL;
    }
    vf_text_append(text, "\n", 1);
    csv->line_count++;
    if (!csv->left_out && csv->used_count < json_object_size(line))
        find_left_out(csv, line);
    return err;
}

int vf_csv_print(struct vf_csv *csv, const json_t *record, struct vf_text *text)
{
    json_t *members = (json_t *)(uintptr_t)record; /* jansson's loops do not change it */
    const char *table = find_table(csv, members);
    size_t rows = table ? json_array_size(json_object_get(record, table)) : 1;
    int err = VF_OK;
    for (size_t i = 0; i < rows && !err; i++) {
        json_t *line = flatten(members, table, i);
        err = line ? print_line(csv, line, text) : -ENOMEM;
        json_decref(line);
    }
    return text->failed ? -ENOMEM : err;
}
