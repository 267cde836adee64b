/* SPDX-License-Identifier: MIT */
#include "engine/flow/schema.h"

#include <stdio.h>
#include <string.h>

#include "engine/flow/vocabulary.h"
#include "engine/node/keys.h"
#include "engine/node/node.h"
#include "engine/node/reference/schema.h"

static json_t *reference(const char *prefix, const char *name)
{
    return json_pack("{s:o}", "$ref", json_sprintf("#/$defs/%s%s", prefix, name));
}

/* Puts what a key means before what its value may be, which is taken. */
static json_t *described(const struct vf_option *key, json_t *schema)
{
    return vf_schema_merge(json_pack("{s:o}", "description", vf_schema_text(key->help)), schema);
}

/* Adds a key to `properties` that may be whatever the option says, or a mapping, which is taken. */
static json_t *set_option_or_mapping(json_t *properties, const struct vf_option *key,
                                     json_t *mapping)
{
    json_t *schema = vf_schema_of_option(key);
    if (json_array_append_new(json_object_get(schema, "anyOf"), mapping) < 0) {
        json_decref(schema);
        schema = NULL;
    }
    return vf_schema_set(properties, key->name, schema);
}

static json_t *set_options(json_t *properties, const struct vf_option_list *keys)
{
    for (size_t i = 0; i < keys->count; i++)
        properties =
            vf_schema_set(properties, keys->items[i].name, vf_schema_of_option(&keys->items[i]));
    return properties;
}

/* The keys of an edge are described once, and referred to. */
static json_t *set_edge_keys(json_t *properties)
{
    for (size_t i = 0; i < vf_edge_key_options.count; i++) {
        const char *name = vf_edge_key_options.items[i].name;
        properties = vf_schema_set(properties, name, reference("flow-", name));
    }
    return properties;
}

/* Whether `host` is an address, and whether `base` leaves room for all ports, the check says. */
static json_t *tcp_keys(void)
{
    json_t *properties = json_object();
    for (size_t i = 0; i < vf_tcp_key_options.count; i++) {
        const struct vf_option *key = &vf_tcp_key_options.items[i];
        const char *name = key->kind->schema_type;
        json_t *type =
            strcmp(name, "string") == 0 ? json_string(name) : json_pack("[s, s]", name, "string");
        properties = vf_schema_set(
            properties, key->name,
            json_pack("{s:o, s:o}", "type", type, "default", vf_schema_of_fallback(key)));
    }
    return properties;
}

static json_t *transport_mapping(void)
{
    json_t *tcp =
        vf_schema_set(vf_schema_mapping(tcp_keys()), "type", json_pack("[s, s]", "object", "null"));
    json_t *mapping = vf_schema_mapping(json_pack("{s:o}", "tcp", tcp));
    return vf_schema_set(mapping, "required", json_pack("[s]", "tcp"));
}

/* One text, or a list of them. Takes `schema`, which it is added to. */
static json_t *texts(json_t *schema)
{
    return vf_schema_merge(schema, json_pack("{s:[{s:s}, {s:s, s:{s:s}}]}", "anyOf", "type",
                                             "string", "type", "array", "items", "type", "string"));
}

/* Whether there are such nodes, the check says. */
static json_t *host_mapping(void)
{
    json_t *properties = json_object();
    for (size_t i = 0; i < vf_host_key_options.count; i++) {
        const struct vf_option *key = &vf_host_key_options.items[i];
        json_t *schema =
            i == VF_HOST_NODES ? described(key, texts(json_object())) : vf_schema_of_option(key);
        properties = vf_schema_set(properties, key->name, schema);
    }
    return vf_schema_set(vf_schema_mapping(properties), "type",
                         json_pack("[s, s]", "object", "null"));
}

static json_t *outputs(void)
{
    return json_pack("{s:s, s:{s:s}}", "type", "object", "additionalProperties", "type", "string");
}

static json_t *set_flow_key(json_t *properties, enum vf_flow_key number)
{
    const struct vf_option *key = &vf_flow_key_options.items[number];
    json_t *schema = NULL;
    switch (number) {
    case VF_FLOW_VERSION:
        schema = described(key, json_pack("{s:i}", "const", 1));
        break;
    case VF_FLOW_TESTS:
        schema = described(key, json_pack("{s:[s, s], s:o, s:o}", "type", "object", "array",
                                          "additionalProperties", reference("flow-", "test"),
                                          "items", reference("flow-", "test")));
        break;
    case VF_FLOW_VARS:
        schema = described(key, json_pack("{s:s}", "type", "object"));
        break;
    case VF_FLOW_INCLUDE:
    case VF_FLOW_EVENTS:
    case VF_FLOW_PLUGINS:
        schema = described(key, texts(json_object()));
        break;
    case VF_FLOW_INPUTS:
        schema = described(key, json_pack("{s:s, s:o}", "type", "object", "additionalProperties",
                                          texts(json_object())));
        break;
    case VF_FLOW_OUTPUTS:
        schema = described(key, outputs());
        break;
    case VF_FLOW_TRANSPORT:
        return set_option_or_mapping(properties, key, transport_mapping());
    case VF_FLOW_MEMORY:
        schema = described(key, json_pack("{s:[s, s]}", "type", "string", "integer"));
        break;
    case VF_FLOW_DEFAULTS:
        schema = described(key, vf_schema_mapping(set_options(set_edge_keys(json_object()),
                                                              &vf_recovery_key_options)));
        break;
    case VF_FLOW_NODES:
        schema = described(key, json_pack("{s:s, s:{s:b}, s:o}", "type", "object",
                                          "patternProperties", "^" VF_PRIVATE_PREFIX, true,
                                          "additionalProperties", reference("flow-", "node")));
        break;
    case VF_FLOW_HOSTS:
        schema = described(
            key, json_pack("{s:s, s:o}", "type", "object", "additionalProperties", host_mapping()));
        break;
    case VF_FLOW_MODE:
    case VF_FLOW_SECURITY:
    case VF_FLOW_PEER_TIMEOUT:
    case VF_FLOW_SANDBOX:
    case VF_FLOW_HTTP:
        schema = vf_schema_of_option(key);
        break;
    case VF_FLOW_KEY_COUNT:
        break;
    }
    return vf_schema_set(properties, key->name, schema);
}

/* Adds to `definitions` what inputs are made of: sources, and the keys of their edges. */
static json_t *set_inputs(json_t *definitions)
{
    const struct vf_option *own = vf_input_key_options.items;
    const char *from = own[VF_INPUT_FROM].name;
    for (size_t i = 0; i < vf_edge_key_options.count; i++) {
        char name[64];
        const struct vf_option *key = &vf_edge_key_options.items[i];
        snprintf(name, sizeof(name), "flow-%s", key->name);
        definitions = vf_schema_set(definitions, name, vf_schema_of_option(key));
    }
    json_t *name = described(&own[VF_INPUT_FROM], json_pack("{s:s}", "type", "string"));
    json_t *properties = json_pack("{s:O, s:o}", from, name, own[VF_INPUT_DELAY].name,
                                   vf_schema_of_option(&own[VF_INPUT_DELAY]));
    json_t *mapping = vf_schema_mapping(set_edge_keys(properties));
    mapping = vf_schema_set(mapping, "required", json_pack("[s]", from));
    definitions =
        vf_schema_set(definitions, "flow-source", json_pack("{s:[o, o]}", "anyOf", name, mapping));
    definitions =
        vf_schema_set(definitions, "flow-sources",
                      json_pack("{s:[o, {s:s, s:o}]}", "anyOf", reference("flow-", "source"),
                                "type", "array", "items", reference("flow-", "source")));
    return vf_schema_set(
        definitions, "flow-inputs",
        json_pack("{s:s, s:[o, {s:s, s:{s:[s]}, s:o}]}", "description", "Where messages come from",
                  "anyOf", reference("flow-", "sources"), "type", "object", "not", "required", from,
                  "additionalProperties", reference("flow-", "sources")));
}

/* What a node goes through: a list, what stands for one, or one with the name of a variable. */
static json_t *for_each(void)
{
    return json_pack("{s:[s, s, s], s:i}", "type", "array", "string", "object", "maxProperties", 1);
}

/* A node with others in it: `keys` are its own. */
static json_t *place(const struct vf_option_list *keys)
{
    json_t *properties = json_object();
    for (size_t i = 0; i < keys->count; i++) {
        const struct vf_option *key = &keys->items[i];
        json_t *schema = json_true();
        if (strcmp(key->name, "nodes") == 0)
            schema = json_pack("{s:s, s:{s:b}, s:o}", "type", "object", "patternProperties",
                               "^" VF_PRIVATE_PREFIX, true, "additionalProperties",
                               reference("flow-", "node"));
        else if (strcmp(key->name, "outputs") == 0)
            schema = described(key, outputs());
        else if (strcmp(key->name, "file") == 0)
            schema = described(key, json_pack("{s:s}", "type", "string"));
        else if (strcmp(key->name, "vars") == 0)
            schema = described(key, json_pack("{s:s}", "type", "object"));
        properties = vf_schema_set(properties, key->name, schema);
    }
    return vf_schema_mapping(properties);
}

/* A mapping of keys whose values are described in words alone. */
static json_t *loose(const struct vf_option_list *keys)
{
    json_t *properties = json_object();
    for (size_t i = 0; i < keys->count; i++)
        properties = vf_schema_set(properties, keys->items[i].name,
                                   described(&keys->items[i], json_object()));
    return vf_schema_mapping(properties);
}

/* A test: what it changes, and what it expects. */
static json_t *test(void)
{
    json_t *schema = loose(&vf_test_key_options);
    json_t *properties = json_object_get(schema, "properties");
    if (properties &&
        json_object_set_new(properties, "expect", loose(&vf_expect_key_options)) != 0) {
        json_decref(schema);
        return NULL;
    }
    return schema;
}

/* Returns the keys that nodes of all types have. */
static json_t *node_keys(const struct vf_node_list *nodes)
{
    json_t *names = json_array();
    json_t *properties = json_pack("{s:o, s:o, s:{s:s}}", "inputs", reference("flow-", "inputs"),
                                   "for_each", for_each(), "as", "type", "string");
    for (size_t i = 0; i < vf_node_key_options.count; i++) {
        const struct vf_option *key = &vf_node_key_options.items[i];
        if (i != VF_KEY_JOIN) {
            properties = vf_schema_set(properties, key->name, vf_schema_of_option(key));
            continue;
        }
        json_t *mapping = vf_schema_mapping(set_options(json_object(), &vf_join_key_options));
        mapping = vf_schema_set(mapping, "required", json_pack("[s]", "by"));
        properties = set_option_or_mapping(properties, key, mapping);
    }
    for (size_t i = 0; i < vf_node_total(nodes); i++)
        names = vf_schema_append(names, vf_schema_text(vf_node_name_at(nodes, i)));
    names = vf_schema_append(names, json_string(VF_SUBFLOW_TYPE));
    return vf_schema_set(
        properties, "type",
        json_pack("{s:s, s:o}", "description", "What the task does", "enum", names));
}

/* A task: its type, its inputs, and whatever the type then asks for. */
static json_t *any_node(const struct vf_node_list *nodes)
{
    json_t *rules = json_array();
    for (size_t i = 0; i < vf_node_total(nodes); i++) {
        const char *name = vf_node_name_at(nodes, i);
        rules = vf_schema_append(rules, json_pack("{s:{s:{s:{s:s}}, s:[s]}, s:o}", "if",
                                                  "properties", "type", "const", name, "required",
                                                  "type", "then", reference("", name)));
    }
    rules = vf_schema_append(rules, json_pack("{s:{s:{s:{s:s}}, s:[s], s:{s:[s]}}, s:o}", "if",
                                              "properties", "type", "const", VF_SUBFLOW_TYPE,
                                              "required", "type", "not", "required", "nodes",
                                              "then", reference("flow-", "subflow")));
    rules = vf_schema_append(rules, json_pack("{s:{s:{s:[s]}}, s:o}", "if", "not", "required",
                                              "type", "then", reference("flow-", "nested")));
    return json_pack("{s:s, s:[{s:[s]}, {s:[s]}], s:o, s:o}", "type", "object", "anyOf", "required",
                     "type", "required", "nodes", "properties", node_keys(nodes), "allOf", rules);
}

json_t *vf_flow_schema(const struct vf_node_list *nodes)
{
    json_t *properties = json_object(), *definitions = set_inputs(json_object());
    for (size_t i = 0; i < vf_flow_key_options.count; i++)
        properties = set_flow_key(properties, (enum vf_flow_key)i);
    definitions = vf_schema_set(definitions, "flow-node", any_node(nodes));
    json_t *subflow = vf_schema_set(place(&vf_subflow_key_options), "required",
                                    json_pack("[s, s]", "type", "file"));
    definitions = vf_schema_set(definitions, "flow-subflow", subflow);
    definitions = vf_schema_set(definitions, "flow-test", test());
    definitions = vf_schema_set(definitions, "flow-nested", place(&vf_nested_key_options));
    for (size_t i = 0; i < vf_node_total(nodes); i++)
        definitions = vf_schema_set(definitions, vf_node_name_at(nodes, i),
                                    vf_schema_of_node(vf_node_at(nodes, i)));
    json_t *schema = json_pack(
        "{s:s, s:s, s:s}", "$schema", "https://json-schema.org/draft/2020-12/schema", "title",
        "vflow flow", "description", "A graph of tasks for vflow; see vflow-flow(5).");
    schema = vf_schema_merge(schema, vf_schema_mapping(properties));
    schema = vf_schema_set(schema, "required", json_pack("[s]", "vflow"));
    schema =
        vf_schema_set(schema, "anyOf",
                      json_pack("[{s:[s]}, {s:[s]}]", "required", "nodes", "required", "include"));
    return vf_schema_set(schema, "$defs", definitions);
}
