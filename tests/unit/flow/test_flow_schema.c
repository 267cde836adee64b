/* SPDX-License-Identifier: MIT */
/* The schema of flow files against the parser: both have the same words. */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/text.h"
#include "engine/flow/schema.h"
#include "tests/nodes/plain_nodes.h"
#include "tests/unit/support/flow_fixture.h"

#define EYE "nodes:\n  eye: {type: camera}\n"
#define SINK "}\n  s: {type: sink, inputs: b}\n"
#define ONE "vflow: 1\n" EYE "  b: {type: pass, inputs: eye, "
#define TWO "vflow: 1\n" EYE "  b: {type: join, inputs: [eye, eye], "
#define TOP "\n" EYE "  s: {type: sink, inputs: eye}\n"
#define JOIN "$defs/flow-node/properties/join/anyOf/2/properties"
#define TCP "properties/transport/anyOf/2/properties/tcp/properties"

/* Where the schema lists words, and what stands around one of them in a flow. */
static const struct {
    const char *place, *before, *after;
} choices[] = {
    {"properties/mode", "vflow: 1\nmode: ", TOP},
    {"properties/transport", "vflow: 1\ntransport: ", TOP},
    {"properties/security", "vflow: 1\ntransport: tcp\nsecurity: ", TOP},
    {"properties/defaults/properties/restart", "vflow: 1\ndefaults: {restart: ", "}" TOP},
    {"properties/defaults/properties/on_error", "vflow: 1\ndefaults: {on_error: ", "}" TOP},
    {"$defs/flow-drop", "vflow: 1\ndefaults: {drop: ", "}" TOP},
    {"$defs/flow-drop", "vflow: 1\n" EYE "  s: {type: sink, inputs: {from: eye, drop: ", "}}\n"},
    {"$defs/flow-node/properties/restart", ONE "restart: ", SINK},
    {"$defs/flow-node/properties/on_error", ONE "on_error: ", SINK},
    {"$defs/flow-node/properties/gpu_fallback", ONE "gpu: any, gpu_fallback: ", SINK},
    {"$defs/flow-node/properties/join", TWO "join: ", SINK},
    {JOIN "/by", TWO "join: {by: ", "}" SINK},
    {JOIN "/missing", TWO "join: {by: time, missing: ", "}" SINK},
    {JOIN "/end", TWO "join: {by: time, end: ", "}" SINK},
};

/* The same with the keys of a mapping. */
static const struct {
    const char *place, *before, *after;
} mappings[] = {
    {"properties", "", ": 1\n"},
    {"properties/defaults/properties", "defaults: {", ": 1}\n"},
    {TCP, "transport: {tcp: {", ": 1}}\n"},
    {"$defs/flow-subflow/properties", "vflow: 1\nnodes:\n  b: {type: flow, ", ": 1}\n"},
    {"$defs/flow-nested/properties", "vflow: 1\nnodes:\n  b: {nodes: {}, ", ": 1}\n"},
    {"$defs/flow-source/anyOf/1/properties", "nodes:\n  b: {type: sink, inputs: {from: eye, ",
     ": 1}}\n"},
    {JOIN, "nodes:\n  b: {type: join, join: {", ": 1}}\n"},
};

/* Goes down the keys and numbers of `place`. */
static json_t *find(json_t *schema, const char *place)
{
    char *path = strdup(place), *rest = path;
    for (const char *key; (key = strsep(&rest, "/"));) {
        schema = json_is_array(schema) ? json_array_get(schema, strtoul(key, NULL, 10))
                                       : json_object_get(schema, key);
        ck_assert_msg(schema, "no %s in %s", key, place);
    }
    free(path);
    return schema;
}

static bool is_unknown(const char *before, const char *word, const char *after)
{
    char *yaml = vf_text_format("%s%s%s", before, word, after);
    char *messages = flow_messages(yaml, NULL);
    char *wanted = vf_text_format("\"%s\"", word);
    bool is_unknown = strstr(messages, "unknown ") && strstr(messages, wanted);
    free(wanted);
    free(messages);
    free(yaml);
    return is_unknown;
}

START_TEST(the_parser_knows_the_values_of_the_schema_and_no_others)
{
    json_t *schema = vf_flow_schema(&vf_plain_nodes);
    const char *before = choices[_i].before, *after = choices[_i].after;
    json_t *words = find(find(schema, choices[_i].place), "anyOf/0/enum"), *word;
    size_t i;
    ck_assert_uint_ge(json_array_size(words), 2);
    json_array_foreach(words, i, word)
        ck_assert_msg(!is_unknown(before, json_string_value(word), after), "%s of %s",
                      json_string_value(word), choices[_i].place);
    ck_assert(is_unknown(before, "nonsense", after));
    json_decref(schema);
}
END_TEST

START_TEST(the_parser_knows_the_keys_of_the_schema_and_no_others)
{
    json_t *schema = vf_flow_schema(&vf_plain_nodes), *value;
    const char *before = mappings[_i].before, *after = mappings[_i].after, *key;
    json_t *keys = json_copy(find(schema, mappings[_i].place));
    ck_assert_uint_ge(json_object_size(keys), 2);
    json_object_foreach(keys, key, value)
        ck_assert_msg(!is_unknown(before, key, after), "%s of %s", key, mappings[_i].place);
    ck_assert(is_unknown(before, "nonsense", after));
    json_decref(keys);
    json_decref(schema);
}
END_TEST

START_TEST(every_type_of_node_has_its_definition)
{
    json_t *schema = vf_flow_schema(&vf_plain_nodes);
    json_t *types = find(schema, "$defs/flow-node/properties/type/enum"), *type;
    size_t i;
    ck_assert_uint_eq(json_array_size(types), vf_plain_nodes.count + 1);
    ck_assert_str_eq(json_string_value(json_array_get(types, vf_plain_nodes.count)), "flow");
    json_array_foreach(types, i, type)
    {
        const char *name = i < vf_plain_nodes.count ? json_string_value(type) : "flow-subflow";
        ck_assert(json_is_object(json_object_get(json_object_get(schema, "$defs"), name)));
    }
    json_decref(schema);
}
END_TEST

Suite *flow_schema_suite(void);
Suite *flow_schema_suite(void)
{
    Suite *suite = suite_create("flow_schema");
    TCase *tcase = tcase_create("flow_schema");
    tcase_add_loop_test(tcase, the_parser_knows_the_values_of_the_schema_and_no_others, 0,
                        (int)VF_COUNT(choices));
    tcase_add_loop_test(tcase, the_parser_knows_the_keys_of_the_schema_and_no_others, 0,
                        (int)VF_COUNT(mappings));
    tcase_add_test(tcase, every_type_of_node_has_its_definition);
    suite_add_tcase(suite, tcase);
    return suite;
}
