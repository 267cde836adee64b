/* SPDX-License-Identifier: MIT */
#include "engine/node/reference/schema.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/display.h"
#include "engine/node/keys.h"
#include "engine/node/node.h"
#include "engine/node/option/list.h"

json_t *vf_schema_set(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) == 0)
        return object;
    json_decref(object);
    return NULL;
}

json_t *vf_schema_append(json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) == 0)
        return array;
    json_decref(array);
    return NULL;
}

json_t *vf_schema_merge(json_t *object, json_t *more)
{
    int code = json_object_update(object, more);
    json_decref(more);
    if (code == 0)
        return object;
    json_decref(object);
    return NULL;
}

json_t *vf_schema_text(const char *text)
{
    char *utf8 = vf_display_utf8(text);
    json_t *string = utf8 ? json_string(utf8) : NULL;
    free(utf8);
    return string;
}

json_t *vf_schema_mapping(json_t *properties)
{
    return json_pack("{s:s, s:b, s:{s:b}, s:o}", "type", "object", "additionalProperties", false,
                     "patternProperties", "^" VF_PRIVATE_PREFIX, true, "properties", properties);
}

static bool is_of_type(const struct vf_option *option, const char *type)
{
    return strcmp(option->kind->schema_type, type) == 0;
}

/* A value of any type may come from a variable, which is text. */
static json_t *variable(void)
{
    return json_pack("{s:s, s:s}", "type", "string", "pattern", "\\$\\{");
}

static json_t *number(double value)
{
    bool is_whole = rint(value) == value && fabs(value) < 9e15;
    return is_whole ? json_integer((json_int_t)value) : json_real(value);
}

static json_t *choices_of(const struct vf_option *option)
{
    json_t *words = json_array();
    for (size_t i = 0; i < option->choices.count; i++)
        words = vf_schema_append(words, vf_schema_text(option->choices.items[i].name));
    return json_pack("{s:o}", "enum", words);
}

static json_t *type_of(const struct vf_option *option)
{
    json_t *type = json_pack("{s:s}", "type", option->kind->schema_type);
    bool is_number = is_of_type(option, "integer") || is_of_type(option, "number");
    if (!is_number || !vf_option_is_limited(option))
        return type;
    type = vf_schema_set(type, "minimum", number(option->minimum));
    return vf_schema_set(type, "maximum", number(option->maximum));
}

/* Returns all that an option may be, unless any text will do. */
static json_t *alternatives_of(const struct vf_option *option)
{
    bool is_choice = option->choices.count > 0;
    json_t *any = json_array();
    any = vf_schema_append(any, is_choice ? choices_of(option) : type_of(option));
    if (is_of_type(option, "array"))
        any = vf_schema_append(any, json_pack("{s:[s, s]}", "type", "string", "number"));
    if (is_choice && option->kind->add)
        any = vf_schema_append(any, json_pack("{s:[s, s]}", "type", "object", "boolean"));
    if (option->kind->schema_pattern)
        any = vf_schema_append(any, json_pack("{s:s, s:s}", "type", "string", "pattern",
                                              option->kind->schema_pattern));
    return vf_schema_append(any, variable());
}

/* A list as it stands in a table has texts without quotes, which JSON has not. */
static json_t *list_of(const char *list)
{
    struct vf_option_texts items;
    json_t *array = vf_option_list_split(&items, list) == VF_OK ? json_array() : NULL;
    for (size_t i = 0; array && i < items.count; i++)
        array = vf_schema_append(array, vf_schema_text(items.items[i]));
    vf_option_texts_finish(&items);
    return array;
}

json_t *vf_schema_of_fallback(const struct vf_option *option)
{
    if (is_of_type(option, "string"))
        return vf_schema_text(option->fallback);
    if (is_of_type(option, "array"))
        return list_of(option->fallback);
    return json_loads(option->fallback, JSON_DECODE_ANY, NULL);
}

json_t *vf_schema_of_option(const struct vf_option *option)
{
    json_t *schema = json_pack("{s:o}", "description", vf_schema_text(option->help));
    if (is_of_type(option, "string") && !option->choices.count)
        schema =
            vf_schema_set(schema, "type", json_pack("[s, s, s]", "string", "number", "boolean"));
    else
        schema = vf_schema_set(schema, "anyOf", alternatives_of(option));
    return option->fallback ? vf_schema_set(schema, "default", vf_schema_of_fallback(option))
                            : schema;
}

static json_t *properties_of(const struct vf_node *node)
{
    json_t *properties = json_pack("{s:{s:o}}", "type", "const", vf_schema_text(node->name));
    if (node->inputs.count)
        properties = vf_schema_set(properties, "inputs", json_true());
    properties = vf_schema_set(properties, "for_each", json_true());
    properties = vf_schema_set(properties, "as", json_true());
    for (size_t i = 0; i < vf_node_key_options.count; i++)
        properties = vf_schema_set(properties, vf_node_key_options.items[i].name, json_true());
    for (size_t i = 0; i < node->options.count; i++) {
        const struct vf_option *option = &node->options.items[i];
        properties = vf_schema_set(properties, option->name, vf_schema_of_option(option));
    }
    return properties;
}

/* Inputs may come from the flow that this one is a part of. */
static json_t *required_of(const struct vf_node *node)
{
    json_t *required = json_pack("[s]", "type");
    for (size_t i = 0; i < node->options.count; i++) {
        if (!node->options.items[i].fallback)
            required = vf_schema_append(required, vf_schema_text(node->options.items[i].name));
    }
    return required;
}

json_t *vf_schema_of_node(const struct vf_node *node)
{
    json_t *schema = json_pack("{s:o}", "description", vf_schema_text(node->summary));
    schema = vf_schema_merge(schema, vf_schema_mapping(properties_of(node)));
    return vf_schema_set(schema, "required", required_of(node));
}
