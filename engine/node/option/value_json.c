/* SPDX-License-Identifier: MIT */
#include "engine/node/option/value_json.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/base/display.h"
#include "engine/node/option/list.h"

#define HIDDEN "***"

static bool is_secret(const char *name)
{
    static const char *const words[] = {"password",   "token",      "secret",
                                        "credential", "passphrase", "headers"};
    for (size_t i = 0; i < VF_COUNT(words); i++) {
        if (strstr(name, words[i]))
            return true;
    }
    return false;
}

static json_t *text_json(const char *name, const char *text)
{
    if (!text || !*text)
        return json_string("");
    if (is_secret(name))
        return json_string(HIDDEN);
    char *shown = vf_display_utf8(text);
    json_t *json = json_string(shown);
    free(shown);
    return json;
}

static json_t *map_json(const char *name, const struct vf_map *map)
{
    json_t *object = json_object();
    for (size_t i = 0; i < map->count; i++) {
        const char *key = map->items[i].key;
        json_object_set_new(object, key,
                            text_json(is_secret(name) ? name : key, map->items[i].text));
    }
    return object;
}

static json_t *list_json(const char *name, const struct vf_option_texts *texts)
{
    json_t *list = json_array();
    for (size_t i = 0; i < texts->count; i++)
        json_array_append_new(list, text_json(name, texts->items[i]));
    return list;
}

static json_t *printed_json(const struct vf_option *option, const void *field)
{
    char *text = option->kind->print(option, field);
    json_t *json = text ? text_json(option->name, text) : NULL;
    free(text);
    return json;
}

/* Whether a kind's value is a text. */
static bool is_text(const struct vf_option_kind *kind)
{
    return kind == &vf_kind_text || kind == &vf_kind_json_object || kind->role != VF_ROLE_NONE;
}

static json_t *value_json(const struct vf_option *option, const void *field)
{
    const struct vf_option_kind *kind = option->kind;
    if (is_text(kind))
        return text_json(option->name, *(char *const *)field);
    if (kind == &vf_kind_boolean)
        return json_boolean(*(const bool *)field);
    if (kind == &vf_kind_integer)
        return json_integer(*(const int *)field);
    if (kind == &vf_kind_integer64 || kind == &vf_kind_memory)
        return json_integer(*(const int64_t *)field);
    if (kind == &vf_kind_number)
        return json_real(*(const double *)field);
    if (kind == &vf_kind_duration)
        return json_real((double)*(const int64_t *)field / VF_NS_PER_S);
    if (kind == &vf_kind_choice)
        return json_string(vf_choice_name(&option->choices, *(const unsigned *)field));
    if (kind == &vf_kind_map)
        return map_json(option->name, field);
    if (kind == &vf_kind_list)
        return list_json(option->name, field);
    return kind->print ? printed_json(option, field) : NULL;
}

json_t *vf_option_values_json(const struct vf_option_list *options, const void *values)
{
    json_t *object = json_object();
    for (size_t i = 0; values && i < options->count; i++) {
        const struct vf_option *option = &options->items[i];
        json_t *value = value_json(option, (const char *)values + option->offset);
        if (value)
            json_object_set_new(object, option->name, value);
    }
    return object;
}
