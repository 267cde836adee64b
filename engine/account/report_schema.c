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
    LIST_OF_NUMBERS,
    LIST_OF_KNOWN, /* numbers, and null where one is unknown */
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
    {"busy", NUMBER, true},
    {"memory_bytes", COUNT, true},
};

static const struct key edge_keys[] = {
    {"id", COUNT, false},        {"from", TEXT, false},
    {"to", TEXT, false},         {"queue", COUNT, false},
    {"drop", TEXT, false},       {"produced", COUNT, true},
    {"published", COUNT, true},  {"dropped_newest", COUNT, true},
    {"refused", COUNT, true},    {"taken", COUNT, true},
    {"unmatched", COUNT, true},  {"dropped_oldest", COUNT, true},
    {"unread", COUNT, true},     {"invalid", COUNT, true},
    {"done", COUNT, true},       {"payload_bytes", COUNT, true},
    {"wire_bytes", COUNT, true}, {"advice", TEXT, true},
};

static const struct key report_keys[] = {
    {"file", TEXT, false},      {"versions", TEXTS, false},    {"mode", TEXT, true},
    {"status", COUNT, false},   {"started", TEXT, false},      {"ended", TEXT, false},
    {"seconds", NUMBER, false}, {"is_balanced", TRUTH, false}, {"dropped_lines", COUNT, false},
    {"frames", COUNT, true},    {"fps", NUMBER, true},         {"limit", TEXT_OR_NULL, true},
};

/* How the run was over time: of each sample a number. */
static const struct key history_keys[] = {{"from", NUMBER, false}, {"t", LIST_OF_NUMBERS, false}};

static const struct key history_run_keys[] = {
    {"fps", LIST_OF_NUMBERS, false},
    {"frames", LIST_OF_COUNTS, false},
    {"dropped", LIST_OF_COUNTS, false},
};

static const struct key history_task_keys[] = {
    {"fps", LIST_OF_NUMBERS, false},     {"busy", LIST_OF_NUMBERS, false},
    {"waiting", LIST_OF_NUMBERS, false}, {"blocked", LIST_OF_NUMBERS, false},
    {"opening", LIST_OF_NUMBERS, false}, {"restarts", LIST_OF_COUNTS, false},
};

static const struct key percentile_keys[] = {
    {"p50", LIST_OF_KNOWN, false},
    {"p95", LIST_OF_KNOWN, false},
    {"p99", LIST_OF_KNOWN, false},
};

static const struct key history_edge_keys[] = {
    {"rate", LIST_OF_NUMBERS, false},
    {"waiting", LIST_OF_COUNTS, false},
    {"dropped_rate", LIST_OF_NUMBERS, false},
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
    case LIST_OF_NUMBERS:
        return json_pack("{s:s, s:o}", "type", "array", "items", value_of(NUMBER));
    case LIST_OF_KNOWN:
        return json_pack("{s:s, s:o}", "type", "array", "items", value_of(NUMBER_OR_NULL));
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

static void add_part(json_t *schema, const char *name, json_t *part, bool is_optional)
{
    json_object_set_new(json_object_get(schema, "properties"), name, part);
    if (!is_optional)
        json_array_append_new(json_object_get(schema, "required"), json_string(name));
}

/* An object in which every key has such a value. */
static json_t *map_of(json_t *values)
{
    return json_pack("{s:s, s:o}", "type", "object", "additionalProperties", values);
}

static json_t *history_of(void)
{
    json_t *history = object_of(history_keys, VF_COUNT(history_keys));
    json_t *task = object_of(history_task_keys, VF_COUNT(history_task_keys));
    add_part(task, "work_ms", object_of(percentile_keys, VF_COUNT(percentile_keys)), false);
    add_part(task, "age_ms", object_of(percentile_keys, VF_COUNT(percentile_keys)), false);
    add_part(history, "run", object_of(history_run_keys, VF_COUNT(history_run_keys)), false);
    add_part(history, "tasks", map_of(task), false);
    add_part(history, "edges", map_of(object_of(history_edge_keys, VF_COUNT(history_edge_keys))),
             false);
    return history;
}

json_t *vf_report_schema(void)
{
    json_t *schema = object_of(report_keys, VF_COUNT(report_keys));
    if (!schema)
        return NULL;
    json_object_set_new(schema, "$schema",
                        json_string("https://json-schema.org/draft/2020-12/schema"));
    json_object_set_new(schema, "title", json_string("Report of a vflow run"));
    add_part(schema, "mistakes", list_of(object_of(mistake_keys, VF_COUNT(mistake_keys))), true);
    add_part(schema, "inputs", entries_of(medium_keys, VF_COUNT(medium_keys)), false);
    add_part(schema, "outputs", entries_of(medium_keys, VF_COUNT(medium_keys)), false);
    add_part(schema, "errors", entries_of(error_keys, VF_COUNT(error_keys)), false);
    add_part(schema, "nodes", list_of(object_of(node_keys, VF_COUNT(node_keys))), false);
    add_part(schema, "tasks", list_of(object_of(task_keys, VF_COUNT(task_keys))), false);
    add_part(schema, "edges", list_of(object_of(edge_keys, VF_COUNT(edge_keys))), false);
    add_part(schema, "history", history_of(), true);
    return schema;
}
