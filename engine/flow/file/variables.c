/* SPDX-License-Identifier: MIT */
#include "engine/flow/file/variables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/flow/hint.h"

#define MAX_DEPTH 32     /* of variables and defaults within one another */
#define MAX_LENGTH 65536 /* of a value, and what keeps doubling short */
#define MAX_SHOWN 64     /* of a given value in a note */
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define DIGITS "0123456789"
#define PATH_LETTERS LETTERS DIGITS ".-"

enum state { NEW, BUSY, DONE };

struct variable {
    struct vf_tree value; /* its key is the name; broken: its mistake has been reported */
    const char *given;    /* on the command line; lent; NULL: it is not */
    enum state state;
    bool is_used;
};

/* One that the flow asks for and does not have in `vars`. */
struct wanted {
    char *name;
    char *fallback; /* NULL: it has none */
};

struct vf_variables {
    const struct vf_variables_flow *flow;
    struct vf_variables *outer;
    struct variable *items;
    size_t count;
    struct wanted *wanted; /* of the outermost scope */
    size_t wanted_count;
    unsigned depth;
};

/* Text that is being expanded. */
struct expansion {
    struct vf_variables *scope;
    struct vf_tree *tree; /* that it is of */
    struct vf_text *out;
    const char *note; /* what it has from the command line */
};

/* The parts of ${name.key:-word}. */
struct reference {
    char *name;
    const char *keys; /* ".key.key" or "" */
    char how;         /* '-', '?' or 0 */
    const char *word;
    size_t word_length;
};

static int expand(struct expansion *expansion, const char *text, size_t length);

static int report(const struct expansion *expansion, const char *code, const char *message)
{
    vf_diagnostics_add(expansion->scope->flow->diagnostics, VF_GRAVITY_FLOW, code,
                       expansion->tree->place, "%s", message);
    return -EINVAL;
}

static int report_recursion(const struct expansion *expansion, const char *name)
{
    vf_diagnostics_add(expansion->scope->flow->diagnostics, VF_GRAVITY_FLOW, "recursive-variable",
                       expansion->tree->place,
                       "variable \"%s\" is made of itself; give it a value of its own", name);
    return -EINVAL;
}

static int report_bad_name(const struct expansion *expansion, const char *name)
{
    vf_diagnostics_add(expansion->scope->flow->diagnostics, VF_GRAVITY_FLOW, "bad-variable",
                       expansion->tree->place,
                       "\"${%s}\" names no variable; write ${name}, ${name:-default}, "
                       "${name:?message}, or $$ for a dollar sign",
                       name);
    return -EINVAL;
}

static struct variable *find_own(const struct vf_variables *scope, const char *name)
{
    for (size_t i = 0; i < scope->count; i++) {
        if (strcmp(scope->items[i].value.key, name) == 0)
            return &scope->items[i];
    }
    return NULL;
}

/* Finds a variable, and the scope that it is in. */
static struct variable *find(struct vf_variables *scope, const char *name,
                             struct vf_variables **owner)
{
    struct variable *variable = NULL;
    for (; scope && !variable; scope = scope->outer) {
        variable = find_own(scope, name);
        *owner = scope;
    }
    return variable;
}

static struct vf_variables *outermost(struct vf_variables *scope)
{
    while (scope->outer)
        scope = scope->outer;
    return scope;
}

/* Notes that the flow asks for a name. */
static int want(struct vf_variables *scope, const char *name, const char *word, size_t length)
{
    for (size_t i = 0; i < scope->wanted_count; i++) {
        if (strcmp(scope->wanted[i].name, name) == 0)
            return VF_OK;
    }
    struct wanted *grown =
        realloc(scope->wanted, (scope->wanted_count + 1) * sizeof(*scope->wanted));
    if (!grown)
        return -ENOMEM;
    scope->wanted = grown;
    struct wanted added = {strdup(name), word ? strndup(word, length) : NULL};
    if (!added.name || (word && !added.fallback)) {
        free(added.name);
        free(added.fallback);
        return -ENOMEM;
    }
    grown[scope->wanted_count++] = added;
    return VF_OK;
}

/* Expands a text of the tree in its place. Breaks it where a mistake is found. */
static int expand_text(struct vf_variables *scope, struct vf_tree *tree)
{
    if (!strchr(tree->text, '$'))
        return VF_OK;
    struct vf_text out = {0};
    struct expansion expansion = {.scope = scope, .tree = tree, .out = &out};
    int err = expand(&expansion, tree->text, strlen(tree->text));
    char *expanded = vf_text_take(&out);
    if (err == VF_END) { /* the tree has become another one */
        free(expanded);
        return VF_OK;
    }
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
    tree->is_quoted = false; /* quotes are there for the braces */
    if (expansion.note)
        tree->place.note = expansion.note;
    return VF_OK;
}

int vf_variables_expand(struct vf_variables *variables, struct vf_tree *tree)
{
    int err = tree->kind == VF_TREE_TEXT ? expand_text(variables, tree) : VF_OK;
    for (size_t i = 0; i < tree->count && !err; i++)
        err = vf_variables_expand(variables, &tree->children[i]);
    return err;
}

/* Makes the value of a variable final, once. */
static int settle(struct vf_variables *owner, struct variable *variable)
{
    if (variable->state != NEW)
        return VF_OK;
    size_t index = (size_t)(variable - owner->items);
    variable->state = BUSY;
    if (variable->value.kind == VF_TREE_NOTHING && vf_tree_set_text(&variable->value, "") != VF_OK)
        return -ENOMEM;
    int err = vf_variables_expand(owner, &variable->value);
    owner->items[index].state = DONE;
    return err;
}

static int report_unset(const struct expansion *expansion, const struct reference *reference)
{
    struct vf_variables *scope = expansion->scope;
    struct vf_diagnostics *diagnostics = scope->flow->diagnostics;
    struct vf_text_nearest nearest = {.wanted = reference->name};
    if (scope->flow->are_optional)
        return -EINVAL;
    for (; scope; scope = scope->outer) {
        for (size_t i = 0; i < scope->count; i++)
            vf_text_nearest_consider(&nearest, scope->items[i].value.key);
    }
    if (reference->how == '?' && reference->word_length)
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "unset-variable", expansion->tree->place,
                           "variable \"%s\" is not set: %.*s", reference->name,
                           (int)reference->word_length, reference->word);
    else
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "unset-variable", expansion->tree->place,
                           "variable \"%s\" is not set%s", reference->name,
                           vf_text_suggest_or(&nearest, "set it under vars or with --var %s=VALUE",
                                              reference->name));
    return -EINVAL;
}

/* Follows ".key.key" from the value of a variable. Reports what is not there, and returns NULL. */
static const struct vf_tree *follow(const struct expansion *expansion,
                                    const struct reference *reference, const struct vf_tree *value)
{
    const char *at = reference->keys;
    while (value && value->kind != VF_TREE_BROKEN && *at == '.') {
        size_t length = strcspn(++at, ".");
        const struct vf_tree *found = NULL;
        struct vf_text_nearest nearest = {.wanted = at};
        char index[24];
        for (size_t i = 0; i < value->count && !found; i++) {
            const char *key = value->children[i].key;
            snprintf(index, sizeof(index), "%zu", i);
            const char *name = key ? key : index;
            if (strlen(name) == length && strncmp(name, at, length) == 0)
                found = &value->children[i];
            else if (key)
                vf_text_nearest_consider(&nearest, key);
        }
        at += length;
        if (!found && reference->how != '-' && !expansion->scope->flow->are_optional)
            vf_diagnostics_add(
                expansion->scope->flow->diagnostics, VF_GRAVITY_FLOW, "unset-variable",
                expansion->tree->place, "variable \"%s\" has no \"%.*s\"%s", reference->name,
                (int)(at - reference->keys - 1), reference->keys + 1, vf_text_suggest(&nearest));
        value = found;
    }
    return value && value->kind != VF_TREE_BROKEN ? value : NULL;
}

/* Puts a list or mapping in the place of a value that is nothing but a reference to it. */
static int replace_tree(struct expansion *expansion, const struct reference *reference,
                        const struct vf_tree *value, bool is_alone)
{
    struct vf_tree *tree = expansion->tree, copy = {0};
    if (!is_alone) {
        vf_diagnostics_add(expansion->scope->flow->diagnostics, VF_GRAVITY_FLOW, "wrong-kind",
                           tree->place,
                           "variable \"%s%s\" is %s; within a text it can only be a single value",
                           reference->name, reference->keys, vf_tree_kind_name(value->kind));
        return -EINVAL;
    }
    int err = vf_tree_copy(&copy, value);
    if (err)
        return err;
    free(copy.key);
    copy.key = tree->key;
    copy.key_place = tree->key_place;
    copy.place = tree->place;
    copy.level = tree->level;
    tree->key = NULL;
    vf_tree_finish(tree);
    *tree = copy;
    return VF_END;
}

/* Finds a variable that is called "camera.name" as a whole. */
static struct variable *find_whole(struct vf_variables *scope, const struct reference *reference,
                                   struct vf_variables **owner)
{
    char *name =
        reference->keys[0] ? vf_text_format("%s%s", reference->name, reference->keys) : NULL;
    struct variable *variable = name ? find(scope, name, owner) : NULL;
    free(name);
    return variable;
}

/* Finds what a reference stands for. *value becomes the tree, or *text a text of the environment;
 * neither: it is not set, or empty. */
static int look_up(struct expansion *expansion, const struct reference *reference,
                   const struct vf_tree **value, const char **text)
{
    struct vf_variables *scope = expansion->scope, *owner = NULL;
    struct variable *whole = find_whole(scope, reference, &owner);
    struct variable *variable = whole ? whole : find(scope, reference->name, &owner);
    bool has_default = reference->how == '-';
    bool is_free = !variable || (variable->given && variable->state == DONE);
    int err = VF_OK;
    if (is_free && !getenv(reference->name) && !reference->keys[0])
        err = want(outermost(scope), reference->name, has_default ? reference->word : NULL,
                   reference->word_length);
    if (err)
        return err;
    if (!variable) {
        *text = reference->keys[0] ? NULL : getenv(reference->name);
        return reference->keys[0] ? VF_OK
                                  : vf_flow_note_source(scope->flow->flow, VF_FLOW_SOURCE_VARIABLE,
                                                        reference->name);
    }
    size_t index = (size_t)(variable - owner->items);
    err = settle(owner, variable);
    variable = &owner->items[index];
    if (err)
        return err;
    if (variable->state == BUSY)
        return report_recursion(expansion, reference->name);
    variable->is_used = true;
    *value = whole ? &variable->value : follow(expansion, reference, &variable->value);
    if (!*value)
        return has_default && variable->value.kind != VF_TREE_BROKEN ? VF_OK : -EINVAL;
    if ((*value)->kind == VF_TREE_TEXT || (*value)->kind == VF_TREE_NOTHING)
        *text = (*value)->text ? (*value)->text : "";
    if (!expansion->note)
        expansion->note = (*value)->place.note;
    return VF_OK;
}

static int substitute(struct expansion *expansion, const struct reference *reference, bool is_alone)
{
    const struct vf_tree *value = NULL;
    const char *text = NULL;
    int err = look_up(expansion, reference, &value, &text);
    if (err)
        return err;
    if (value && !text)
        return replace_tree(expansion, reference, value, is_alone);
    if (text && (*text || !reference->how)) {
        vf_text_append(expansion->out, text, strlen(text));
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

/* Returns whether `text` is a name, or a path of names from one: "camera.url". */
static bool is_path(const char *text, size_t length)
{
    bool is_good = length && !strchr(DIGITS, text[0]) && text[strspn(text, LETTERS DIGITS)] != '-';
    for (size_t i = 0; i < length && is_good; i++)
        is_good = text[i] != '.' || (i > 0 && i + 1 < length && text[i + 1] != '.');
    return is_good;
}

/* Expands the reference whose inside is from `text` to `closing`. */
static int expand_reference(struct expansion *expansion, const char *text, const char *closing,
                            bool is_alone)
{
    size_t length = strspn(text, PATH_LETTERS);
    const char *rest = text + length;
    struct reference reference = {.word = "", .keys = ""};
    bool has_name = is_path(text, length);
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
    size_t name = strcspn(reference.name, ".");
    char *keys = is_good && reference.name[name] ? strdup(reference.name + name) : NULL;
    int err = is_good && reference.name[name] && !keys ? -ENOMEM : VF_OK;
    if (keys) {
        reference.keys = keys;
        reference.name[name] = '\0';
    }
    if (!err)
        err = is_good ? substitute(expansion, &reference, is_alone)
                      : report_bad_name(expansion, reference.name);
    free(keys);
    free(reference.name);
    return err;
}

/* Expands what begins with the dollar sign at *text, and moves past it. */
static int expand_dollar(struct expansion *expansion, const char **text, const char *end)
{
    const char *inside = *text + 2, *whole = expansion->tree->text;
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
    bool is_alone = *text == whole && !closing[1];
    *text = closing + 1;
    return expand_reference(expansion, inside, closing, is_alone);
}

static int expand(struct expansion *expansion, const char *text, size_t length)
{
    const char *end = text + length;
    struct vf_variables *counted = outermost(expansion->scope);
    int err = VF_OK;
    if (counted->depth >= MAX_DEPTH)
        return report(expansion, "too-large",
                      "too many variables within variables; give some of them plain values");
    counted->depth++;
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
    counted->depth--;
    return err ? err : expansion->out->failed ? -ENOMEM : VF_OK;
}

int vf_variables_create(struct vf_variables **variables, const struct vf_variables_flow *flow,
                        struct vf_variables *outer)
{
    *variables = calloc(1, sizeof(**variables));
    if (!*variables)
        return -ENOMEM;
    (*variables)->flow = flow;
    (*variables)->outer = outer;
    return VF_OK;
}

void vf_variables_destroy(struct vf_variables **variables)
{
    struct vf_variables *dead = *variables;
    if (!dead)
        return;
    for (size_t i = 0; i < dead->count; i++)
        vf_tree_finish(&dead->items[i].value);
    for (size_t i = 0; i < dead->wanted_count; i++) {
        free(dead->wanted[i].name);
        free(dead->wanted[i].fallback);
    }
    free(dead->items);
    free(dead->wanted);
    free(dead);
    *variables = NULL;
}

/* Adds one. Takes what *value holds, except on failure. */
static int add(struct vf_variables *variables, struct vf_tree *value, enum state state,
               const char *given)
{
    struct variable *known = find_own(variables, value->key);
    if (!known) {
        struct variable *items =
            realloc(variables->items, (variables->count + 1) * sizeof(*variables->items));
        if (!items)
            return -ENOMEM;
        variables->items = items;
        known = &items[variables->count++];
        *known = (struct variable){0};
    }
    vf_tree_finish(&known->value);
    *known = (struct variable){.value = *value, .state = state, .given = given};
    *value = (struct vf_tree){0};
    return VF_OK;
}

/* Looks at values that nobody uses, too: whoever uses them later would be refused. */
static bool is_too_long(const struct vf_variables *variables, const struct vf_tree *value)
{
    if (value->kind != VF_TREE_TEXT || strlen(value->text) <= MAX_LENGTH)
        return false;
    vf_diagnostics_add(variables->flow->diagnostics, VF_GRAVITY_FLOW, "too-large", value->place,
                       "the value of \"%s\" is too long; at most 64 KiB are read", value->key);
    return true;
}

/* How a message says where a value comes from; of what may hold a password, the name alone. */
static char *note_of(const char *given, size_t name)
{
    bool is_shown = strlen(given) <= name + MAX_SHOWN && !strstr(given, "://");
    return vf_text_format("--var %.*s", is_shown ? (int)strlen(given) : (int)name, given);
}

static int give(struct vf_variables *variables, const char *given, size_t length)
{
    struct vf_tree value = {.kind = VF_TREE_TEXT, .key = strndup(given, length)};
    char *note = note_of(given, length),
         *setting = vf_text_format("--var %.*s", (int)length, given);
    int err = value.key ? vf_tree_set_text(&value, given + length + 1) : -ENOMEM;
    if (!err) {
        value.place.note = vf_flow_keep(variables->flow->flow, &note);
        value.place.setting = vf_flow_keep(variables->flow->flow, &setting);
    }
    if (!err && (!value.place.note || !value.place.setting))
        err = -ENOMEM;
    const char *shown = value.place.note;
    value.place.note = NULL;
    if (!err && is_too_long(variables, &value))
        vf_tree_break(&value);
    value.place.note = shown;
    value.place.setting = NULL;
    if (!err)
        err = add(variables, &value, DONE, given);
    vf_tree_finish(&value);
    free(note);
    free(setting);
    return err;
}

int vf_variables_give(struct vf_variables *variables, const char *given)
{
    const char *equals = strchr(given, '=');
    size_t length = strspn(given, LETTERS DIGITS);
    if (length && !strchr(DIGITS, given[0]) && given + length == equals)
        return give(variables, given, length);
    char *setting = vf_text_format("--var %s", given);
    if (!setting)
        return -ENOMEM;
    vf_diagnostics_add(variables->flow->diagnostics, VF_GRAVITY_FLOW, "bad-setting",
                       (struct vf_place){.setting = setting},
                       "this sets no variable; write NAME=VALUE, the name of letters, digits and "
                       "underscores");
    free(setting);
    return VF_OK;
}

static int add_copy(struct vf_variables *variables, const struct vf_tree *value, enum state state)
{
    struct vf_tree copy = {0};
    int err = vf_tree_copy(&copy, value);
    if (!err && is_too_long(variables, value))
        vf_tree_break(&copy);
    if (!err)
        err = add(variables, &copy, state, NULL);
    vf_tree_finish(&copy);
    return err;
}

int vf_variables_define(struct vf_variables *variables, const struct vf_tree *value)
{
    return find_own(variables, value->key) ? VF_OK : add_copy(variables, value, NEW);
}

int vf_variables_set(struct vf_variables *variables, const struct vf_tree *value)
{
    return add_copy(variables, value, DONE);
}

int vf_variables_define_all(struct vf_variables *variables, const struct vf_tree *vars)
{
    int err = VF_OK;
    bool is_mapping = vars && vars->kind == VF_TREE_MAPPING;
    for (size_t i = 0; is_mapping && i < vars->count && !err; i++)
        err = vf_variables_define(variables, &vars->children[i]);
    return err;
}

int vf_variables_settle(struct vf_variables *variables)
{
    int err = VF_OK;
    for (size_t i = 0; i < variables->count && !err; i++)
        err = settle(variables, &variables->items[i]);
    return err;
}

/* A name given on the command line that nothing asks for is most likely misspelt. */
int vf_variables_warn_unused(const struct vf_variables *variables, const struct vf_tree *vars)
{
    for (size_t i = 0; i < variables->count; i++) {
        const struct variable *variable = &variables->items[i];
        if (!variable->given || variable->is_used || vf_tree_find(vars, variable->value.key))
            continue;
        char *setting = vf_text_format("--var %s", variable->given);
        if (!setting)
            return -ENOMEM;
        struct vf_hint hint = {.nearest.wanted = variable->value.key};
        for (size_t j = 0; j < variables->wanted_count; j++) {
            if (!vf_tree_find(vars, variables->wanted[j].name))
                vf_hint_consider(&hint, variables->wanted[j].name);
        }
        for (size_t j = 0; vars && j < vars->count; j++)
            vf_hint_consider(&hint, vars->children[j].key);
        vf_diagnostics_add(variables->flow->diagnostics, VF_GRAVITY_WARNING, "unused-variable",
                           (struct vf_place){.setting = setting},
                           "the flow has no variable \"%s\"%s", variable->value.key,
                           vf_hint_text(&hint, "it has"));
        vf_hint_finish(&hint);
        free(setting);
    }
    return VF_OK;
}

static void print_pair(struct vf_text *has, const char *name, const char *value)
{
    vf_text_print(has, "%s%s=%s", has->length ? ", " : "", name, value);
}

void vf_variables_describe(const struct vf_variables *variables, const struct vf_tree *vars,
                           struct vf_text *wants, struct vf_text *has)
{
    for (size_t i = 0; vars && i < vars->count; i++) {
        const struct vf_tree *value = &vars->children[i];
        bool is_text = value->kind == VF_TREE_TEXT;
        print_pair(has, value->key,
                   is_text                          ? value->text
                   : value->kind == VF_TREE_LIST    ? "[...]"
                   : value->kind == VF_TREE_MAPPING ? "{...}"
                                                    : "");
    }
    for (size_t i = 0; i < variables->wanted_count; i++) {
        const struct wanted *wanted = &variables->wanted[i];
        if (vf_tree_find(vars, wanted->name))
            continue;
        if (wanted->fallback)
            print_pair(has, wanted->name, wanted->fallback);
        else
            vf_text_print(wants, "%s%s", wants->length ? ", " : "", wanted->name);
    }
}
