/* SPDX-License-Identifier: MIT */
#include "engine/flow/file/yaml.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "engine/base/text.h"
#include "engine/flow/file/anchors.h"
#include "engine/flow/file/syntax.h"

#define MAX_FILE_BYTES (1 << 20)
#define MAX_DEPTH 16
#define MAX_VALUES 10000

struct reader {
    yaml_parser_t parser;
    const char *bytes;
    size_t length;
    const char *file; /* for places; NULL: the flow's own */
    struct vf_diagnostics *diagnostics;
    struct vf_anchors anchors;
    unsigned values;
};

static int report_unreadable(struct vf_diagnostics *diagnostics, struct vf_place place)
{
    vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "unreadable-file", place,
                       errno == ENOENT ? "there is no such file%s%s"
                                       : "the flow cannot be read%s%s",
                       errno == ENOENT ? "" : ": ", errno == ENOENT ? "" : strerror(errno));
    return -EINVAL;
}

static int read_stream(FILE *stream, struct vf_diagnostics *diagnostics, struct vf_place place,
                       char **bytes, size_t *length)
{
    char *content = malloc(MAX_FILE_BYTES + 2);
    if (!content)
        return -ENOMEM;
    int err = VF_OK;
    *length = fread(content, 1, MAX_FILE_BYTES + 1, stream);
    content[*length] = '\0';
    if (ferror(stream)) {
        err = report_unreadable(diagnostics, place);
    } else if (*length > MAX_FILE_BYTES) {
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "too-large", place,
                           "the file is too large for a flow; at most %d bytes are read",
                           MAX_FILE_BYTES);
        err = -EINVAL;
    }
    if (!err)
        *bytes = content;
    else
        free(content);
    return err;
}

int vf_flow_file_read(const char *file, struct vf_diagnostics *diagnostics, struct vf_place place,
                      char **bytes, size_t *length)
{
    if (strcmp(file, "-") == 0)
        return read_stream(stdin, diagnostics, place, bytes, length);
    FILE *stream = fopen(file, "rbe");
    if (!stream)
        return report_unreadable(diagnostics, place);
    int err = read_stream(stream, diagnostics, place, bytes, length);
    fclose(stream);
    return err;
}

static struct vf_place to_place(const struct reader *reader, yaml_mark_t mark)
{
    return (struct vf_place){.file = reader->file,
                             .line = mark.line < UINT_MAX ? (unsigned)mark.line + 1 : UINT_MAX,
                             .column =
                                 mark.column < UINT_MAX ? (unsigned)mark.column + 1 : UINT_MAX};
}

/* libyaml gives only the offset of unreadable bytes. */
static struct vf_place place_of_offset(const struct reader *reader, size_t offset)
{
    struct vf_place place = {.line = 1, .column = 1, .file = reader->file};
    for (size_t i = 0; i < offset && i < reader->length; i++) {
        bool is_line_end = reader->bytes[i] == '\n';
        place.line += is_line_end;
        place.column = is_line_end ? 1 : place.column + 1;
    }
    return place;
}

/* Reports what libyaml says, in its own words. */
static char *repeat_parser(const yaml_parser_t *parser, bool is_unreadable)
{
    struct vf_text message = {0};
    vf_text_print(&message, "this is not YAML: %s",
                  parser->problem ? parser->problem : "unknown mistake");
    if (parser->context && !is_unreadable)
        vf_text_print(&message, " %s (line %zu)", parser->context, parser->context_mark.line + 1);
    return vf_text_take(&message);
}

static int report_syntax(struct reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    if (parser->error == YAML_MEMORY_ERROR)
        return -ENOMEM;
    bool is_unreadable = parser->error == YAML_READER_ERROR;
    struct vf_syntax syntax = {.bytes = reader->bytes,
                               .length = reader->length,
                               .place = is_unreadable
                                            ? place_of_offset(reader, parser->problem_offset)
                                            : to_place(reader, parser->problem_mark),
                               .problem = parser->problem};
    if (parser->context)
        syntax.began = to_place(reader, parser->context_mark);
    char *text = parser->problem && !is_unreadable ? vf_syntax_explain(&syntax) : NULL;
    if (!text)
        text = repeat_parser(parser, is_unreadable);
    if (!text)
        return -ENOMEM;
    vf_diagnostics_add(reader->diagnostics, VF_GRAVITY_FLOW, "yaml-syntax", syntax.place, "%s",
                       text);
    free(text);
    return -EINVAL;
}

static int next_event(struct reader *reader, yaml_event_t *event)
{
    if (!yaml_parser_parse(&reader->parser, event))
        return report_syntax(reader);
    return VF_OK;
}

static int report_limit(struct reader *reader, const yaml_event_t *event, const char *what,
                        unsigned limit)
{
    vf_diagnostics_add(reader->diagnostics, VF_GRAVITY_FLOW, "too-large",
                       to_place(reader, event->start_mark),
                       "too many %s for a flow; at most %u are read", what, limit);
    return -EINVAL;
}

static int read_scalar(struct reader *reader, const yaml_event_t *event, struct vf_tree *tree)
{
    const char *value = (const char *)event->data.scalar.value;
    if (strlen(value) != event->data.scalar.length) {
        vf_diagnostics_add(reader->diagnostics, VF_GRAVITY_FLOW, "bad-text", tree->place,
                           "the text has a NUL character in it; remove it");
        vf_tree_break(tree);
        return VF_OK;
    }
    bool is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (!*value && is_plain)
        return VF_OK;
    int err = vf_tree_set_text(tree, value);
    tree->is_quoted = !is_plain;
    return err;
}

static int read_value(struct reader *reader, const yaml_event_t *event, unsigned depth,
                      struct vf_tree *tree);

static int read_list(struct reader *reader, unsigned depth, struct vf_tree *list)
{
    list->kind = VF_TREE_LIST;
    for (;;) {
        yaml_event_t event;
        struct vf_tree item = {0};
        int err = next_event(reader, &event);
        if (err)
            return err;
        bool is_end = event.type == YAML_SEQUENCE_END_EVENT;
        if (!is_end)
            err = read_value(reader, &event, depth, &item);
        yaml_event_delete(&event);
        if (!err && !is_end)
            err = vf_tree_append(list, &item);
        vf_tree_finish(&item);
        if (err || is_end)
            return err;
    }
}

/* Adds the pair, or reports why not. */
static int add_pair(struct reader *reader, struct vf_tree *mapping, struct vf_tree *key,
                    struct vf_tree *value)
{
    const struct vf_tree *first =
        key->kind == VF_TREE_TEXT ? vf_tree_find(mapping, key->text) : NULL;
    if (first) {
        vf_diagnostics_add(reader->diagnostics, VF_GRAVITY_FLOW, "duplicate-key", key->place,
                           "duplicate key \"%s\"; it stands in line %u already", key->text,
                           first->key_place.line);
        return VF_OK;
    }
    if (key->kind != VF_TREE_TEXT) {
        if (key->kind != VF_TREE_BROKEN)
            vf_diagnostics_add(reader->diagnostics, VF_GRAVITY_FLOW, "wrong-kind", key->place,
                               "this key is %s; a key is a single value",
                               vf_tree_kind_name(key->kind));
        return VF_OK;
    }
    value->key = key->text;
    value->key_place = key->place;
    key->text = NULL;
    return vf_tree_append(mapping, value);
}

/* Returns whether a key asks for a merge; in quotes it is a key like others. */
static bool is_merge(const yaml_event_t *key)
{
    return key->type == YAML_SCALAR_EVENT && key->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           strcmp((const char *)key->data.scalar.value, "<<") == 0;
}

static bool is_mapping(const struct vf_tree *tree)
{
    return tree->kind == VF_TREE_MAPPING || tree->kind == VF_TREE_BROKEN;
}

/* Returns whether a value can be merged: a mapping, or a list of them. */
static bool can_merge(const struct vf_tree *value)
{
    bool is_list = value->kind == VF_TREE_LIST;
    for (size_t i = 0; is_list && i < value->count; i++)
        is_list = is_mapping(&value->children[i]);
    return is_list || is_mapping(value);
}

/* Reads what is to be merged into a mapping, once the mapping is whole. */
static int read_merge(struct reader *reader, unsigned depth, struct vf_tree *merged)
{
    yaml_event_t event;
    struct vf_tree value = {0};
    int err = next_event(reader, &event);
    if (err)
        return err;
    err = read_value(reader, &event, depth, &value);
    yaml_event_delete(&event);
    if (!err && can_merge(&value))
        err = vf_tree_append(merged, &value);
    else if (!err)
        vf_diagnostics_add(reader->diagnostics, VF_GRAVITY_FLOW, "bad-merge", value.place,
                           "<< is %s; it takes a mapping with an anchor, <<: *name, or a list of "
                           "such",
                           vf_tree_kind_name(value.kind));
    vf_tree_finish(&value);
    return err;
}

/* What stands in the mapping itself goes before what is merged, and of that the first. */
static int merge_all(struct vf_tree *mapping, const struct vf_tree *merged)
{
    int err = VF_OK;
    for (size_t i = 0; i < merged->count && !err; i++) {
        const struct vf_tree *value = &merged->children[i];
        if (value->kind == VF_TREE_LIST)
            err = merge_all(mapping, value);
        else
            err = vf_anchors_merge(mapping, value);
    }
    return err;
}

static int read_pair(struct reader *reader, const yaml_event_t *key_event, unsigned depth,
                     struct vf_tree *mapping)
{
    struct vf_tree key = {0}, value = {0};
    yaml_event_t event;
    int err = read_value(reader, key_event, depth, &key);
    if (!err)
        err = next_event(reader, &event);
    if (!err) {
        err = read_value(reader, &event, depth, &value);
        yaml_event_delete(&event);
    }
    if (!err)
        err = add_pair(reader, mapping, &key, &value);
    vf_tree_finish(&key);
    vf_tree_finish(&value);
    return err;
}

static int read_pairs(struct reader *reader, unsigned depth, struct vf_tree *mapping,
                      struct vf_tree *merged)
{
    for (;;) {
        yaml_event_t event;
        int err = next_event(reader, &event);
        if (err)
            return err;
        bool is_end = event.type == YAML_MAPPING_END_EVENT;
        if (!is_end)
            err = is_merge(&event) ? read_merge(reader, depth, merged)
                                   : read_pair(reader, &event, depth, mapping);
        yaml_event_delete(&event);
        if (err || is_end)
            return err;
    }
}

static int read_mapping(struct reader *reader, unsigned depth, struct vf_tree *mapping)
{
    struct vf_tree merged = {.kind = VF_TREE_LIST};
    mapping->kind = VF_TREE_MAPPING;
    int err = read_pairs(reader, depth, mapping, &merged);
    if (!err)
        err = merge_all(mapping, &merged);
    vf_tree_finish(&merged);
    return err;
}

static void report_unknown_alias(const struct reader *reader, const char *name,
                                 struct vf_place place)
{
    struct vf_text_nearest nearest = {.wanted = name};
    for (size_t i = 0; i < reader->anchors.count; i++)
        vf_text_nearest_consider(&nearest, reader->anchors.items[i].name);
    vf_diagnostics_add(reader->diagnostics, VF_GRAVITY_FLOW, "unknown-alias", place,
                       "nothing before *%s has the anchor &%s%s", name, name,
                       vf_text_suggest_or(&nearest, "an anchor stands in front of a value"));
}

/* Copies what an anchor before this names. The copies count, so that they cannot grow without end. */
static int read_alias(struct reader *reader, const yaml_event_t *event, unsigned depth,
                      struct vf_tree *tree)
{
    const char *name = (const char *)event->data.alias.anchor;
    const struct vf_tree *named = vf_anchors_find(&reader->anchors, name);
    if (!named) {
        report_unknown_alias(reader, name, tree->place);
        vf_tree_break(tree);
        return VF_OK;
    }
    size_t size = vf_tree_size(named);
    if (size > MAX_VALUES - reader->values)
        return report_limit(reader, event, "values", MAX_VALUES);
    if (depth + vf_tree_depth(named) > MAX_DEPTH + 1)
        return report_limit(reader, event, "levels", MAX_DEPTH);
    const struct vf_place place = tree->place;
    reader->values += (unsigned)size;
    int err = vf_tree_copy(tree, named);
    tree->place = place;
    return err;
}

/* Returns the anchor of a value; NULL: it has none. */
static const char *anchor_of(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return (const char *)event->data.scalar.anchor;
    case YAML_SEQUENCE_START_EVENT:
        return (const char *)event->data.sequence_start.anchor;
    case YAML_MAPPING_START_EVENT:
        return (const char *)event->data.mapping_start.anchor;
    default:
        return NULL;
    }
}

static int read_value(struct reader *reader, const yaml_event_t *event, unsigned depth,
                      struct vf_tree *tree)
{
    const char *anchor = anchor_of(event);
    int err = VF_OK;
    tree->place = to_place(reader, event->start_mark);
    if (++reader->values > MAX_VALUES)
        return report_limit(reader, event, "values", MAX_VALUES);
    if (depth > MAX_DEPTH)
        return report_limit(reader, event, "levels", MAX_DEPTH);
    if (event->type == YAML_SCALAR_EVENT)
        err = read_scalar(reader, event, tree);
    else if (event->type == YAML_SEQUENCE_START_EVENT)
        err = read_list(reader, depth + 1, tree);
    else if (event->type == YAML_MAPPING_START_EVENT)
        err = read_mapping(reader, depth + 1, tree);
    else
        err = read_alias(reader, event, depth, tree);
    return err || !anchor ? err : vf_anchors_add(&reader->anchors, anchor, tree);
}

static int read_documents(struct reader *reader, struct vf_tree *root)
{
    bool is_first = true, is_end = false;
    while (!is_end) {
        yaml_event_t event;
        int err = next_event(reader, &event);
        if (err)
            return err;
        is_end = event.type == YAML_STREAM_END_EVENT;
        bool is_start = event.type == YAML_DOCUMENT_START_EVENT;
        if (is_start && !is_first) {
            vf_diagnostics_add(reader->diagnostics, VF_GRAVITY_FLOW, "second-document",
                               to_place(reader, event.start_mark),
                               "a second document begins here; a file holds one flow");
            is_end = true;
        } else if (is_start) {
            is_first = false;
        } else if (event.type != YAML_STREAM_START_EVENT && event.type != YAML_DOCUMENT_END_EVENT &&
                   !is_end) {
            err = read_value(reader, &event, 0, root);
        }
        yaml_event_delete(&event);
        if (err)
            return err;
    }
    return VF_OK;
}

int vf_flow_file_parse(const char *bytes, size_t length, const char *file,
                       struct vf_diagnostics *diagnostics, struct vf_tree *root)
{
    struct reader reader = {
        .bytes = bytes, .length = length, .file = file, .diagnostics = diagnostics};
    if (!yaml_parser_initialize(&reader.parser))
        return -ENOMEM;
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)bytes, length);
    int err = read_documents(&reader, root);
    yaml_parser_delete(&reader.parser);
    vf_anchors_finish(&reader.anchors);
    return err;
}
