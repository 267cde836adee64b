/* SPDX-License-Identifier: MIT */
#include "engine/flow/graph/options.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/flow/hint.h"
#include "engine/node/reference/synonyms.h"

#define MAX_PROBLEM 512

struct filling {
    const struct vf_flow_node *node;
    const struct vf_node *type;
    struct vf_diagnostics *diagnostics;
    void *values;
    bool has_mistakes;
};

static void report_unknown(const struct filling *filling, const struct vf_flow_option *given)
{
    struct vf_hint hint = {.nearest.wanted = given->name};
    const struct vf_option_list *options = &filling->type->options;
    for (size_t i = 0; i < options->count; i++)
        vf_hint_consider(&hint, options->items[i].name);
    for (size_t i = 0; i < vf_node_key_options.count; i++)
        vf_text_nearest_consider(&hint.nearest, vf_node_key_options.items[i].name);
    vf_text_nearest_consider(&hint.nearest, "inputs");
    vf_text_nearest_consider(&hint.nearest, "type");
    const char *meant = vf_synonym_of_option(options, given->name);
    if (meant && !hint.nearest.name)
        hint.nearest.name = meant;
    if (vf_synonym_is_inputs(given->name))
        hint.nearest.name = "inputs";
    vf_diagnostics_add(filling->diagnostics, VF_GRAVITY_FLOW, "unknown-option", given->place,
                       "unknown option \"%s\" of %s%s", given->name, filling->type->name,
                       vf_hint_text(&hint, "it has"));
    vf_hint_finish(&hint);
}

static void report_kind(const struct filling *filling, const struct vf_flow_option *given,
                        const struct vf_option *option)
{
    const struct vf_flow_option *pair = given->is_mapping ? given->pairs : NULL;
    if (pair && given->pair_count == 1 && !pair->text[0]) {
        vf_diagnostics_add(filling->diagnostics, VF_GRAVITY_FLOW, "wrong-kind", given->value_place,
                           "%s of %s is a mapping; a value that begins with a brace needs quotes: "
                           "%s: \"{%s}\"",
                           option->name, filling->type->name, option->name, pair->name);
        return;
    }
    struct vf_text right = {0};
    vf_option_describe(option, &right);
    vf_diagnostics_add(filling->diagnostics, VF_GRAVITY_FLOW, "wrong-kind", given->value_place,
                       "%s of %s is a %s; it is %s", option->name, filling->type->name,
                       given->is_list ? "list" : "mapping",
                       right.bytes ? right.bytes : "something else");
    vf_text_finish(&right);
}

static int report_nested(const struct filling *filling, const struct vf_flow_option *pair)
{
    vf_diagnostics_add(filling->diagnostics, VF_GRAVITY_FLOW, "wrong-kind", pair->value_place,
                       "\"%s\" is %s; it is a single value here", pair->name,
                       pair->is_list ? "a list" : "a mapping");
    return -EINVAL;
}

static int set_mapping(const struct filling *filling, const struct vf_flow_option *given,
                       const struct vf_option *option)
{
    if (!option->kind->add) {
        report_kind(filling, given, option);
        return -EINVAL;
    }
    for (size_t i = 0; i < given->pair_count; i++) {
        if (given->pairs[i].is_list || given->pairs[i].is_mapping)
            return report_nested(filling, &given->pairs[i]);
    }
    int err = vf_option_set(option, "{}", filling->values);
    for (size_t i = 0; i < given->pair_count && !err; i++)
        err = vf_option_add(option, given->pairs[i].name, given->pairs[i].text, filling->values);
    return err;
}

static int set_given(const struct filling *filling, const struct vf_flow_option *given)
{
    const struct vf_option *option = vf_option_find(&filling->type->options, given->name);
    if (!option) {
        report_unknown(filling, given);
        return -EINVAL;
    }
    if (given->is_mapping && given->json && option->kind->is_json)
        return vf_option_set(option, given->json, filling->values);
    if (given->is_mapping)
        return set_mapping(filling, given, option);
    if (!given->text)
        return -EINVAL; /* reported where it was read */
    if (given->is_list && strcmp(option->kind->schema_type, "array") != 0) {
        report_kind(filling, given, option);
        return -EINVAL;
    }
    int err = vf_option_set(option, given->text, filling->values);
    if (err)
        vf_hint_report_value(filling->diagnostics, option, filling->type->name, given->text,
                             given->value_place, err);
    return err == -ERANGE ? -EINVAL : err;
}

static int check_required(const struct filling *filling)
{
    int result = VF_OK;
    for (size_t i = 0; i < filling->type->options.count; i++) {
        const struct vf_option *option = &filling->type->options.items[i];
        if (option->fallback || vf_flow_find_option(filling->node, option->name))
            continue;
        struct vf_text right = {0};
        vf_option_describe(option, &right);
        vf_diagnostics_add(filling->diagnostics, VF_GRAVITY_FLOW, "missing-option",
                           filling->node->place, "%s of %s is missing; it is %s", option->name,
                           filling->type->name, right.bytes ? right.bytes : "required");
        vf_text_finish(&right);
        result = -EINVAL;
    }
    return result;
}

static int fill(const struct filling *filling)
{
    int result = vf_option_set_fallbacks(&filling->type->options, filling->values);
    if (result)
        return result;
    for (size_t i = 0; i < filling->node->option_count; i++) {
        int err = set_given(filling, &filling->node->options[i]);
        if (err == -ENOMEM)
            return err;
        if (err)
            result = err;
    }
    int err = check_required(filling);
    return err ? err : result;
}

/* Returns where the value of the option is that a problem begins with, "codec: ..." or, of a pair in
 * a mapping, "options.g: ..."; otherwise the place of the node. */
static struct vf_place place_of_problem(const struct vf_flow_node *node, const char *problem)
{
    const char *colon = strstr(problem, ": ");
    size_t length = colon ? (size_t)(colon - problem) : 0;
    for (size_t i = 0; i < node->option_count; i++) {
        const struct vf_flow_option *option = &node->options[i];
        size_t name = strlen(option->name);
        if (length < name || strncmp(option->name, problem, name) != 0)
            continue;
        if (length == name)
            return option->value_place;
        for (size_t j = 0; problem[name] == '.' && j < option->pair_count; j++) {
            const char *key = option->pairs[j].name;
            if (strlen(key) == length - name - 1 &&
                strncmp(key, problem + name + 1, strlen(key)) == 0)
                return option->pairs[j].place;
        }
    }
    return node->place;
}

void vf_flow_options_report(const struct vf_flow_node *node, const struct vf_node *type,
                            const char *problem, struct vf_diagnostics *diagnostics)
{
    vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "bad-options", place_of_problem(node, problem),
                       "%s: %s", type->name, problem);
}

int vf_flow_options_create(void **values, const struct vf_flow_node *node,
                           const struct vf_node *type, struct vf_diagnostics *diagnostics)
{
    struct filling filling = {.node = node, .type = type, .diagnostics = diagnostics};
    char problem[MAX_PROBLEM] = "";
    filling.values = *values = calloc(1, type->options_size ? type->options_size : 1);
    if (!filling.values)
        return -ENOMEM;
    int err = fill(&filling);
    if (!err && type->check)
        err = type->check(filling.values, problem, sizeof(problem));
    if (problem[0])
        vf_flow_options_report(node, type, problem, diagnostics);
    return err;
}

void vf_flow_options_destroy(void **values, const struct vf_node *type)
{
    if (!*values)
        return;
    vf_option_release(&type->options, *values);
    free(*values);
    *values = NULL;
}
