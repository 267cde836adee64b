/* SPDX-License-Identifier: MIT */
#include "engine/flow/file/variables.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/flow/hint.h"

#define MAX_DEPTH 32     /* of variables and defaults within one another */
#define MAX_LENGTH 65536 /* of a value, and what keeps doubling short */
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define DIGITS "0123456789"

enum state { NEW, BUSY, DONE };

/* One that the command line or the file defines. */
struct variable {
    char *name;
    const char *value;      /* lent by the command line or by `source`; NULL: broken */
    struct vf_tree *source; /* in `vars`; NULL: given */
    const char *given;
    enum state state;
    bool is_used;
};

struct scope {
    struct variable *variables;
    size_t count;
    unsigned depth;
    struct vf_diagnostics *diagnostics;
};

/* Text that is being expanded. */
struct expansion {
    struct scope *scope;
    struct vf_place place;
    struct vf_text *out;
};

/* The parts of ${name:-word}. */
struct reference {
    char *name;
    char how; /* '-', '?' or 0 */
    const char *word;
    size_t word_length;
};

static int expand(const struct expansion *expansion, const char *text, size_t length);

static int report(const struct expansion *expansion, const char *code, const char *message)
{
    vf_diagnostics_add(expansion->scope->diagnostics, VF_GRAVITY_FLOW, code, expansion->place, "%s",
                       message);
    return -EINVAL;
}

static int report_recursion(const struct expansion *expansion, const char *name)
{
    vf_diagnostics_add(expansion->scope->diagnostics, VF_GRAVITY_FLOW, "recursive-variable",
                       expansion->place,
                       "variable \"%s\" is made of itself; give it a value of its own", name);
    return -EINVAL;
}

static int report_bad_name(const struct expansion *expansion, const char *name)
{
    vf_diagnostics_add(expansion->scope->diagnostics, VF_GRAVITY_FLOW, "bad-variable",
                       expansion->place,
                       "\"${%s}\" names no variable; write ${name}, ${name:-default}, "
                       "${name:?message}, or $$ for a dollar sign",
                       name);
    return -EINVAL;
}

static struct variable *find(const struct scope *scope, const char *name)
{
    for (size_t i = 0; i < scope->count; i++) {
        if (strcmp(scope->variables[i].name, name) == 0)
            return &scope->variables[i];
    }
    return NULL;
}

/* Expands a text of the tree in its place. Breaks it where a mistake is found. */
static int expand_text(struct scope *scope, struct vf_tree *tree)
{
    if (!strchr(tree->text, '$'))
        return VF_OK;
    struct vf_text out = {0};
    struct expansion expansion = {.scope = scope, .place = tree->place, .out = &out};
    int err = expand(&expansion, tree->text, strlen(tree->text));
    char *expanded = vf_text_take(&out);
    if (err == -EINVAL) {
        free(expanded);
        vf_tree_break(tree);
        return VF_OK;
    }
    if (err || !expanded) {
        free(expanded);
        return -ENOMEM;
    }
    free(tree->text);
    tree->text = expanded;
    return VF_OK;
}

/* Makes the value of a variable final, once. */
static int settle(struct scope *scope, struct variable *variable)
{
    struct vf_tree *source = variable->source;
    if (variable->state != NEW)
        return VF_OK;
    variable->state = BUSY;
    if (source->kind == VF_TREE_NOTHING && vf_tree_set_text(source, "") != VF_OK)
        return -ENOMEM;
    if (source->kind == VF_TREE_LIST || source->kind == VF_TREE_MAPPING) {
        vf_diagnostics_add(scope->diagnostics, VF_GRAVITY_FLOW, "wrong-kind", source->place,
                           "variable \"%s\" is %s; it can only be a single value", variable->name,
                           vf_tree_kind_name(source->kind));
        vf_tree_break(source);
    }
    int err = source->kind == VF_TREE_TEXT ? expand_text(scope, source) : VF_OK;
    variable->value = source->text;
    variable->state = DONE;
    return err;
}

static int report_unset(const struct expansion *expansion, const struct reference *reference)
{
    const struct scope *scope = expansion->scope;
    struct vf_text_nearest nearest = {.wanted = reference->name};
    for (size_t i = 0; i < scope->count; i++)
        vf_text_nearest_consider(&nearest, scope->variables[i].name);
    if (reference->how == '?' && reference->word_length)
        vf_diagnostics_add(scope->diagnostics, VF_GRAVITY_FLOW, "unset-variable", expansion->place,
                           "variable \"%s\" is not set: %.*s", reference->name,
                           (int)reference->word_length, reference->word);
    else
        vf_diagnostics_add(scope->diagnostics, VF_GRAVITY_FLOW, "unset-variable", expansion->place,
                           "variable \"%s\" is not set%s", reference->name,
                           vf_text_suggest_or(&nearest, "set it under vars or with --var %s=VALUE",
                                              reference->name));
    return -EINVAL;
}

static int substitute(const struct expansion *expansion, const struct reference *reference)
{
    struct variable *variable = find(expansion->scope, reference->name);
    const char *value = NULL;
    if (variable) {
        int err = settle(expansion->scope, variable);
        if (err)
            return err;
        if (variable->state == BUSY)
            return report_recursion(expansion, reference->name);
        variable->is_used = true;
        value = variable->value;
        if (!value)
            return -EINVAL; /* reported where it is defined */
    } else {
        value = getenv(reference->name);
    }
    if (value && (*value || !reference->how)) {
        vf_text_append(expansion->out, value, strlen(value));
        return VF_OK;
    }
    if (reference->how != '-')
        return report_unset(expansion, reference);
    return expand(expansion, reference->word, reference->word_length);
}

/* Returns the brace that closes what `text` is the inside of; NULL: there is none. */
static const char *find_closing(const char *text, const char *end)
{
    unsigned open = 1;
    for (; text < end; text++) {
        bool is_pair = text + 1 < end && text[0] == '$';
        if (is_pair && text[1] == '{')
            open++;
        if (*text == '}' && --open == 0)
            return text;
        text += is_pair && (text[1] == '$' || text[1] == '{');
    }
    return NULL;
}

/* Expands the reference whose inside is from `text` to `closing`. */
static int expand_reference(const struct expansion *expansion, const char *text,
                            const char *closing)
{
    size_t length = strspn(text, LETTERS DIGITS);
    const char *rest = text + length;
    struct reference reference = {.word = ""};
    bool has_name = length && !strchr(DIGITS, text[0]);
    if (closing - rest >= 2 && rest[0] == ':' && (rest[1] == '-' || rest[1] == '?')) {
        reference.how = rest[1];
        reference.word = rest + 2;
        reference.word_length = (size_t)(closing - reference.word);
        rest = closing;
    }
    bool is_good = has_name && rest == closing;
    reference.name = strndup(text, is_good ? length : (size_t)(closing - text));
    if (!reference.name)
        return -ENOMEM;
    int err =
        is_good ? substitute(expansion, &reference) : report_bad_name(expansion, reference.name);
    free(reference.name);
    return err;
}

/* Expands what begins with the dollar sign at *text, and moves past it. */
static int expand_dollar(const struct expansion *expansion, const char **text, const char *end)
{
    const char *inside = *text + 2;
    bool is_pair = *text + 1 < end;
    if (!is_pair || (*text)[1] != '{') {
        vf_text_append(expansion->out, "$", 1);
        *text += is_pair && (*text)[1] == '$' ? 2 : 1;
        return VF_OK;
    }
    const char *closing = find_closing(inside, end);
    if (!closing)
        return report(expansion, "bad-variable",
                      "\"${\" is not closed; write ${name}, or $$ for a dollar sign");
    *text = closing + 1;
    return expand_reference(expansion, inside, closing);
}

static int expand(const struct expansion *expansion, const char *text, size_t length)
{
    const char *end = text + length;
    int err = VF_OK;
    if (expansion->scope->depth >= MAX_DEPTH)
        return report(expansion, "too-large",
                      "too many variables within variables; give some of them plain values");
    expansion->scope->depth++;
    while (text < end && !err) {
        const char *dollar = memchr(text, '$', (size_t)(end - text));
        const char *plain_end = dollar ? dollar : end;
        vf_text_append(expansion->out, text, (size_t)(plain_end - text));
        text = plain_end;
        if (dollar)
            err = expand_dollar(expansion, &text, end);
        if (!err && expansion->out->length > MAX_LENGTH)
            err = report(expansion, "too-large",
                         "this value becomes too long; at most 64 KiB are read");
    }
    expansion->scope->depth--;
    return err ? err : expansion->out->failed ? -ENOMEM : VF_OK;
}

static int expand_tree(struct scope *scope, struct vf_tree *tree)
{
    int err = tree->kind == VF_TREE_TEXT ? expand_text(scope, tree) : VF_OK;
    for (size_t i = 0; i < tree->count && !err; i++)
        err = expand_tree(scope, &tree->children[i]);
    return err;
}

static int define(struct scope *scope, const char *name, size_t length, struct vf_tree *source,
                  const char *given)
{
    char *copy = strndup(name, length);
    if (!copy)
        return -ENOMEM;
    struct variable *known = find(scope, copy);
    if (known) {
        free(copy);
        if (given) {
            known->given = given;
            known->value = name + length + 1;
        }
        return VF_OK;
    }
    scope->variables[scope->count++] = (struct variable){
        .name = copy,
        .source = source,
        .given = given,
        .value = given ? name + length + 1 : NULL,
        .state = given ? DONE : NEW,
    };
    return VF_OK;
}

/* Of several --var of one name the last one counts. */
static int define_given(struct scope *scope, const char *given)
{
    const char *equals = strchr(given, '=');
    size_t length = strspn(given, LETTERS DIGITS);
    if (length && !strchr(DIGITS, given[0]) && given + length == equals)
        return define(scope, given, length, NULL, given);
    char *setting = vf_text_format("--var %s", given);
    if (!setting)
        return -ENOMEM;
    vf_diagnostics_add(scope->diagnostics, VF_GRAVITY_FLOW, "bad-setting",
                       (struct vf_place){.setting = setting},
                       "this sets no variable; write NAME=VALUE, the name of letters, digits and "
                       "underscores");
    free(setting);
    return VF_OK;
}

/* Looks at values that nobody uses, too: whoever uses them later would be refused. */
static int check_length(const struct scope *scope, const struct variable *variable)
{
    if (!variable->value || strlen(variable->value) <= MAX_LENGTH)
        return VF_OK;
    char *setting = variable->given ? vf_text_format("--var %s", variable->name) : NULL;
    struct vf_place place = {.setting = setting};
    if (!variable->given)
        place = variable->source->place;
    else if (!setting)
        return -ENOMEM;
    vf_diagnostics_add(scope->diagnostics, VF_GRAVITY_FLOW, "too-large", place,
                       "the value of \"%s\" is too long; at most 64 KiB are read", variable->name);
    free(setting);
    return VF_OK;
}

static int define_all(struct scope *scope, struct vf_tree *vars, const char *const *given,
                      size_t given_count)
{
    size_t in_file = vars && vars->kind == VF_TREE_MAPPING ? vars->count : 0;
    scope->variables = calloc(in_file + given_count + 1, sizeof(*scope->variables));
    if (!scope->variables)
        return -ENOMEM;
    int err = VF_OK;
    for (size_t i = 0; i < given_count && !err; i++)
        err = define_given(scope, given[i]);
    for (size_t i = 0; i < in_file && !err; i++) {
        struct vf_tree *child = &vars->children[i];
        err = define(scope, child->key, strlen(child->key), child, NULL);
    }
    for (size_t i = 0; i < scope->count && !err; i++)
        err = settle(scope, &scope->variables[i]);
    for (size_t i = 0; i < scope->count && !err; i++)
        err = check_length(scope, &scope->variables[i]);
    return err;
}

/* A name given on the command line that nothing asks for is most likely misspelt. */
static int warn_of_unused(const struct scope *scope, const struct vf_tree *vars)
{
    for (size_t i = 0; i < scope->count; i++) {
        const struct variable *variable = &scope->variables[i];
        if (!variable->given || variable->is_used || vf_tree_find(vars, variable->name))
            continue;
        char *setting = vf_text_format("--var %s", variable->given);
        if (!setting)
            return -ENOMEM;
        struct vf_hint hint = {.nearest.wanted = variable->name};
        for (size_t j = 0; vars && j < vars->count; j++)
            vf_hint_consider(&hint, vars->children[j].key);
        vf_diagnostics_add(scope->diagnostics, VF_GRAVITY_WARNING, "unused-variable",
                           (struct vf_place){.setting = setting},
                           "the flow has no variable \"%s\"%s", variable->name,
                           vf_hint_text(&hint, "it has"));
        vf_hint_finish(&hint);
        free(setting);
    }
    return VF_OK;
}

int vf_flow_variables_resolve(struct vf_tree *root, const char *const *given, size_t given_count,
                              struct vf_diagnostics *diagnostics)
{
    struct scope scope = {.diagnostics = diagnostics};
    struct vf_tree *vars = vf_tree_find(root, "vars");
    int err = define_all(&scope, vars, given, given_count);
    for (size_t i = 0; i < root->count && !err; i++) {
        if (&root->children[i] != vars)
            err = expand_tree(&scope, &root->children[i]);
    }
    if (!err)
        err = warn_of_unused(&scope, vars);
    for (size_t i = 0; i < scope.count; i++)
        free(scope.variables[i].name);
    free(scope.variables);
    return err;
}
