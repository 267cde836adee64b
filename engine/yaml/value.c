/* SPDX-License-Identifier: MIT */
#include "engine/yaml/value.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define MAX_BYTES (1 << 20)
#define MAX_DEPTH 16

struct reader {
    yaml_parser_t parser;
    char *problem;
    size_t problem_size;
};

static int refuse(struct reader *reader, size_t line, const char *what)
{
    snprintf(reader->problem, reader->problem_size, "%zu: %s", line + 1, what);
    return -EINVAL;
}

static int next_event(struct reader *reader, yaml_event_t *event)
{
    if (yaml_parser_parse(&reader->parser, event))
        return VF_OK;
    if (reader->parser.error == YAML_MEMORY_ERROR)
        return -ENOMEM;
    return refuse(reader, reader->parser.problem_mark.line, reader->parser.problem);
}

static int read_value(struct reader *reader, const yaml_event_t *event, unsigned depth,
                      json_t **value);

static int read_list(struct reader *reader, unsigned depth, json_t *list)
{
    for (;;) {
        yaml_event_t event;
        json_t *item = NULL;
        int err = next_event(reader, &event);
        if (err)
            return err;
        bool is_end = event.type == YAML_SEQUENCE_END_EVENT;
        err = is_end ? VF_OK : read_value(reader, &event, depth, &item);
        yaml_event_delete(&event);
        if (err || is_end)
            return err;
        if (json_array_append_new(list, item) != 0)
            return -ENOMEM;
    }
}

/* Reads the value of a key, and adds both. */
static int read_pair(struct reader *reader, const yaml_event_t *key, unsigned depth,
                     json_t *mapping)
{
    json_t *item = NULL;
    yaml_event_t event;
    if (key->type != YAML_SCALAR_EVENT)
        return refuse(reader, key->start_mark.line, "a key is a single value");
    const char *name = (const char *)key->data.scalar.value;
    if (json_object_get(mapping, name))
        return refuse(reader, key->start_mark.line, "this key stands there already");
    int err = next_event(reader, &event);
    if (err)
        return err;
    err = read_value(reader, &event, depth, &item);
    yaml_event_delete(&event);
    if (!err && json_object_set_new(mapping, name, item) != 0)
        err = refuse(reader, key->start_mark.line, "a key is text in UTF-8");
    return err;
}

static int read_mapping(struct reader *reader, unsigned depth, json_t *mapping)
{
    for (;;) {
        yaml_event_t event;
        int err = next_event(reader, &event);
        if (err)
            return err;
        bool is_end = event.type == YAML_MAPPING_END_EVENT;
        err = is_end ? VF_OK : read_pair(reader, &event, depth, mapping);
        yaml_event_delete(&event);
        if (err || is_end)
            return err;
    }
}

static int read_value(struct reader *reader, const yaml_event_t *event, unsigned depth,
                      json_t **value)
{
    if (depth > MAX_DEPTH)
        return refuse(reader, event->start_mark.line, "too many levels");
    if (event->type == YAML_SCALAR_EVENT)
        *value = json_stringn((const char *)event->data.scalar.value, event->data.scalar.length);
    else if (event->type == YAML_SEQUENCE_START_EVENT)
        *value = json_array();
    else if (event->type == YAML_MAPPING_START_EVENT)
        *value = json_object();
    else
        return refuse(reader, event->start_mark.line, "an alias; write the value here again");
    if (!*value)
        return refuse(reader, event->start_mark.line, "a value is text in UTF-8");
    int err = VF_OK;
    if (json_is_array(*value))
        err = read_list(reader, depth + 1, *value);
    else if (json_is_object(*value))
        err = read_mapping(reader, depth + 1, *value);
    if (err) {
        json_decref(*value);
        *value = NULL;
    }
    return err;
}

static int read_stream(struct reader *reader, json_t **value)
{
    for (bool is_end = false; !is_end;) {
        yaml_event_t event;
        int err = next_event(reader, &event);
        if (err)
            return err;
        is_end = event.type == YAML_STREAM_END_EVENT;
        bool is_mark = is_end || event.type == YAML_STREAM_START_EVENT ||
                       event.type == YAML_DOCUMENT_START_EVENT ||
                       event.type == YAML_DOCUMENT_END_EVENT;
        if (!is_mark && *value)
            err = refuse(reader, event.start_mark.line, "a second document begins here");
        else if (!is_mark)
            err = read_value(reader, &event, 0, value);
        yaml_event_delete(&event);
        if (err)
            return err;
    }
    *value = *value ? *value : json_null();
    return VF_OK;
}

int vf_yaml_parse(json_t **value, const char *bytes, size_t length, char *problem,
                  size_t problem_size)
{
    struct reader reader = {.problem = problem, .problem_size = problem_size};
    *value = NULL;
    snprintf(problem, problem_size, "1: out of memory");
    if (!yaml_parser_initialize(&reader.parser))
        return -ENOMEM;
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)bytes, length);
    int err = read_stream(&reader, value);
    yaml_parser_delete(&reader.parser);
    if (err) {
        json_decref(*value);
        *value = NULL;
    }
    return err;
}

static int refuse_file(const char *path, const char *why, char *problem, size_t problem_size)
{
    snprintf(problem, problem_size, "%s: %s", path, why);
    return -EINVAL;
}

int vf_yaml_read(json_t **value, const char *path, char *problem, size_t problem_size)
{
    char why[256];
    *value = NULL;
    FILE *file = fopen(path, "rbe");
    if (!file && errno == ENOENT)
        return -ENOENT;
    if (!file)
        return refuse_file(path, strerror(errno), problem, problem_size);
    char *bytes = malloc(MAX_BYTES + 1);
    size_t length = bytes ? fread(bytes, 1, MAX_BYTES + 1, file) : 0;
    bool is_broken = ferror(file) || length > MAX_BYTES;
    fclose(file);
    int err = bytes ? VF_OK : -ENOMEM;
    if (!err && is_broken)
        err = refuse_file(path, "it cannot be read, or is too large", problem, problem_size);
    else if (!err)
        err = vf_yaml_parse(value, bytes, length, why, sizeof(why));
    if (err && !is_broken)
        snprintf(problem, problem_size, "%s:%s", path, err == -ENOMEM ? " out of memory" : why);
    free(bytes);
    return err;
}
