/* SPDX-License-Identifier: MIT */
#include "engine/account/report_schema.h"

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/array.h"

/* What a key of an object holds. */
enum kind {
    TEXT,
    TEXT_OR_NULL,
    NUMBER,
    NUMBER_OR_NULL,
    COUNT,
    COUNT_OR_NULL,
    STATUS_OR_NULL, /* an integer */
    TRUTH,
    TEXTS,  /* an object of texts */
    COUNTS, /* an object with a count for each port */
    LIST_OF_COUNTS,
    LIST_OF_TEXTS,
};

struct key {
    const char *name;
    enum kind kind;
    bool is_optional;
};

static const struct key medium_keys[] = {
    {"task", TEXT, false},           {"path", TEXT, false},
    {"frames", COUNT, true}, /* of these four, one */
    {"pictures", COUNT, true},       {"lines", COUNT, true},
    {"messages", COUNT, true},       {"seconds", NUMBER_OR_NULL, false},
    {"bytes", COUNT_OR_NULL, false}, {"complete", TRUTH, false},
    {"reason", TEXT_OR_NULL, false}, {"streams", LIST_OF_TEXTS, true},
    {"files", LIST_OF_TEXTS, true},  {"first", NUMBER, true},
    {"last", NUMBER, true},          {"verified", TEXT, true},
    {"taken", COUNT, true},          {"encoded", COUNT, true},
    {"packets", COUNT, true},        {"receipt", TEXT, true},
    {"source", TEXT, true},
};

static const struct key error_keys[] = {
    {"task", TEXT, false},
    {"frame", COUNT_OR_NULL, false},
    {"text", TEXT, false},
    {"fatal", TRUTH, false},
};

/* Entries that there was no room for. */
static const struct key more_keys[] = {{"task", TEXT, false}, {"more", COUNT, false}};

static const struct key mistake_keys[] = {
    {"file", TEXT, false},     {"line", COUNT, false}, {"column", COUNT, false},
    {"severity", TEXT, false}, {"code", TEXT, false},  {"message", TEXT, false},
    {"setting", TEXT, true},
};

static const struct key node_keys[] = {
    {"name", TEXT, false},       {"type", TEXT, false},        {"tasks", LIST_OF_COUNTS, false},
    {"in", COUNT_OR_NULL, true}, {"out", COUNT_OR_NULL, true}, {"dropped", COUNT, true},
    {"errors", COUNT, true},     {"fps", NUMBER, true},        {"busy", NUMBER, true},
};

/* A task whose process was never started lacks those that are optional. */
static const struct key task_keys[] = {
    {"id", COUNT, false},
    {"name", TEXT, false},
    {"type", TEXT, false},
    {"gpu", TEXT_OR_NULL, false},
    {"pid", COUNT_OR_NULL, false},
    {"exit_status", STATUS_OR_NULL, false},
    {"signal", COUNT_OR_NULL, false},
    {"restarts", COUNT, false},
    {"cpu_seconds", NUMBER, false},
    {"peak_bytes", COUNT, false},
    {"planned_memory_bytes", COUNT_OR_NULL, false},
    {"provider", TEXT, true},
    {"state", TEXT, true},
    {"in", COUNTS, true},
    {"out", COUNTS, true},
    {"inputs", COUNT, true},
    {"answered", COUNT, true},
    {"filtered", COUNT, true},
    {"failed", COUNT, true},
    {"set_aside", COUNT, true},
    {"unkept", COUNT, true},
    {"dropped", COUNT, true},
    {"errors", COUNT, true},
    {"busy_seconds", NUMBER, true},
    {"waiting_seconds", NUMBER, true},
    {"blocked_seconds", NUMBER, true},
    {"fps", NUMBER, true},
    {"memory_bytes", COUNT, true},
};

static const struct key edge_keys[] = {
    {"id", COUNT, false},       {"from", TEXT, false},           {"to", TEXT, false},
    {"queue", COUNT, false},    {"drop", TEXT, false},           {"produced", COUNT, true},
    {"published", COUNT, true}, {"dropped_newest", COUNT, true}, {"refused", COUNT, true},
    {"taken", COUNT, true},     {"unmatched", COUNT, true},      {"dropped_oldest", COUNT, true},
    {"unread", COUNT, true},    {"invalid", COUNT, true},        {"done", COUNT, true},
};

static const struct key report_keys[] = {
    {"file", TEXT, false},      {"versions", TEXTS, false},    {"mode", TEXT, true},
    {"status", COUNT, false},   {"started", TEXT, false},      {"ended", TEXT, false},
    {"seconds", NUMBER, false}, {"is_balanced", TRUTH, false}, {"dropped_lines", COUNT, false},
};

static json_t *value_of(enum kind kind)
{
    switch (kind) {
    case TEXT:
        return json_pack("{s:s}", "type", "string");
    case TEXT_OR_NULL:
        return json_pack("{s:[ss]}", "type", "string", "null");
    case NUMBER:
        return json_pack("{s:s}", "type", "number");
    case NUMBER_OR_NULL:
        return json_pack("{s:[ss]}", "type", "number", "null");
    case COUNT:
        return json_pack("{s:s, s:i}", "type", "integer", "minimum", 0);
    case COUNT_OR_NULL:
        return json_pack("{s:[ss], s:i}", "type", "integer", "null", "minimum", 0);
    case STATUS_OR_NULL:
        return json_pack("{s:[ss], s:i, s:i}", "type", "integer", "null", "minimum", 0, "maximum",
                         255);
    case TRUTH:
        return json_pack("{s:s}", "type", "boolean");
    case TEXTS:
        return json_pack("{s:s, s:o}", "type", "object", "additionalProperties", value_of(TEXT));
    case COUNTS:
        return json_pack("{s:s, s:o}", "type", "object", "additionalProperties", value_of(COUNT));
    case LIST_OF_TEXTS:
        return json_pack("{s:s, s:o}", "type", "array", "items", value_of(TEXT));
    case LIST_OF_COUNTS:
    default:
        return json_pack("{s:s, s:o}", "type", "array", "items", value_of(COUNT));
    }
}

/* An object with these keys and no other. */
static json_t *object_of(const struct key *keys, size_t count)
{
    json_t *properties = json_object(), *required = json_array();
    for (size_t i = 0; i < count; i++) {
        json_object_set_new(properties, keys[i].name, value_of(keys[i].kind));
        if (!keys[i].is_optional)
            json_array_append_new(required, json_string(keys[i].name));
    }
    return json_pack("{s:s, s:o, s:o, s:b}", "type", "object", "properties", properties, "required",
                     required, "additionalProperties", 0);
}

static json_t *list_of(json_t *items)
{
    return json_pack("{s:s, s:o}", "type", "array", "items", items);
}

/* A list of such objects, and of how many more there are. */
static json_t *entries_of(const struct key *keys, size_t count)
{
    json_t *any = json_pack("{s:[oo]}", "anyOf", object_of(keys, count),
                            object_of(more_keys, VF_COUNT(more_keys)));
    return list_of(any);
}

static void add_list(json_t *schema, const char *name, json_t *list, bool is_optional)
{
    json_object_set_new(json_object_get(schema, "properties"), name, list);
    if (!is_optional)
        json_array_append_new(json_object_get(schema, "required"), json_string(name));
}

json_t *vf_report_schema(void)
{
    json_t *schema = object_of(report_keys, VF_COUNT(report_keys));
    if (!schema)
        return NULL;
    json_object_set_new(schema, "$schema",
                        json_string("https://json-schema.org/draft/2020-12/schema"));
    json_object_set_new(schema, "title", json_string("Report of a vflow run"));
    add_list(schema, "mistakes", list_of(object_of(mistake_keys, VF_COUNT(mistake_keys))), true);
    add_list(schema, "inputs", entries_of(medium_keys, VF_COUNT(medium_keys)), false);
    add_list(schema, "outputs", entries_of(medium_keys, VF_COUNT(medium_keys)), false);
    add_list(schema, "errors", entries_of(error_keys, VF_COUNT(error_keys)), false);
    add_list(schema, "nodes", list_of(object_of(node_keys, VF_COUNT(node_keys))), false);
    add_list(schema, "tasks", list_of(object_of(task_keys, VF_COUNT(task_keys))), false);
    add_list(schema, "edges", list_of(object_of(edge_keys, VF_COUNT(edge_keys))), false);
    return schema;
}
