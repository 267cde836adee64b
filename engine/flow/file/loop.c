/* SPDX-License-Identifier: MIT */
#include "engine/flow/file/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/flow/file/yaml.h"

#define USUAL_NAME "each"
#define MAX_TURNS 4096
#define MAX_NAME 64
#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789-"
#define RIGHT \
    "write for_each: [front, back], or for_each: {camera: \"${cameras}\"} with a list under vars"

static int refuse(const struct vf_variables_flow *flow, struct vf_place place, const char *problem)
{
    vf_diagnostics_add(flow->diagnostics, VF_GRAVITY_FLOW, "bad-loop", place, "%s", problem);
    return -EINVAL;
}

static bool is_name(const char *text)
{
    size_t length = strlen(text);
    return length && length <= MAX_NAME && strspn(text, NAME_LETTERS) == length;
}

/* A text is a list in YAML, or words with commas between them: so --var can give it. */
static int split_text(const struct vf_variables_flow *flow, struct vf_tree *list)
{
    struct vf_diagnostics unheard = {0};
    struct vf_tree parsed = {0};
    const struct vf_place place = list->place;
    bool is_yaml = list->text[0] == '[' || list->text[0] == '{';
    int err = VF_OK;
    if (is_yaml) {
        err = vf_flow_file_parse(list->text, strlen(list->text), NULL, &unheard, &parsed);
        vf_diagnostics_finish(&unheard);
        if (err)
            err = err == -EINVAL ? refuse(flow, place, "this is no list; " RIGHT) : err;
    }
    char *copy = is_yaml ? NULL : strdup(list->text);
    if (!is_yaml && !copy)
        err = -ENOMEM;
    char *at = copy;
    parsed.kind = is_yaml ? parsed.kind : VF_TREE_LIST;
    for (char *word; !err && !is_yaml && (word = strsep(&at, ","));) {
        struct vf_tree item = {0};
        word += strspn(word, " ");
        word[strcspn(word, " ")] = '\0';
        if (!*word)
            continue;
        err = vf_tree_set_text(&item, word);
        if (!err)
            err = vf_tree_append(&parsed, &item);
        vf_tree_finish(&item);
    }
    free(copy);
    if (err) {
        vf_tree_finish(&parsed);
        return err;
    }
    vf_tree_finish(list);
    *list = parsed;
    vf_tree_set_place(list, place);
    return VF_OK;
}

/* Returns what the list stands as: `for_each: LIST`, or `for_each: {NAME: LIST}`. */
static const struct vf_tree *find_list(const struct vf_tree *for_each)
{
    if (for_each->kind != VF_TREE_MAPPING)
        return for_each;
    return for_each->count == 1 ? &for_each->children[0] : NULL;
}

static int add_pair(struct vf_tree *mapping, const char *key, const char *text)
{
    struct vf_tree pair = {
        .key = strdup(key), .key_place = mapping->place, .place = mapping->place};
    int err = pair.key ? vf_tree_set_text(&pair, text) : -ENOMEM;
    if (!err && !vf_tree_find(mapping, key))
        err = vf_tree_append(mapping, &pair);
    vf_tree_finish(&pair);
    return err;
}

/* Returns what an element is called: by its key, its `name`, its text, or its number. Fresh memory;
 * NULL: out of memory. */
static char *name_element(const struct vf_tree *element, size_t index)
{
    const struct vf_tree *name = vf_tree_find(element, "name");
    if (element->key)
        return strdup(element->key);
    if (name && name->kind == VF_TREE_TEXT)
        return strdup(name->text);
    if (element->kind == VF_TREE_TEXT && is_name(element->text))
        return strdup(element->text);
    return vf_text_format("%zu", index + 1);
}

static int check_name(const struct vf_loop_elements *elements, const char *name,
                      const struct vf_tree *element, const struct vf_variables_flow *flow)
{
    for (size_t i = 0; i < elements->count; i++) {
        if (strcmp(elements->items[i].key, name) != 0)
            continue;
        vf_diagnostics_add(flow->diagnostics, VF_GRAVITY_FLOW, "duplicate-key", element->place,
                           "duplicate element \"%s\"; give each a name of its own", name);
        return -EINVAL;
    }
    if (is_name(name))
        return VF_OK;
    vf_diagnostics_add(flow->diagnostics, VF_GRAVITY_FLOW, "bad-name", element->place,
                       "\"%s\" cannot name an element; use up to %d letters, digits, \"_\" and "
                       "\"-\"",
                       name, MAX_NAME);
    return -EINVAL;
}

static int add_element(struct vf_loop_elements *elements, const struct vf_tree *element,
                       size_t index, const struct vf_variables_flow *flow)
{
    struct vf_tree copy = {0};
    char number[24], *name = name_element(element, index);
    snprintf(number, sizeof(number), "%zu", index + 1);
    int err = name ? check_name(elements, name, element, flow) : -ENOMEM;
    if (!err)
        err = vf_tree_copy(&copy, element);
    if (!err && copy.kind == VF_TREE_MAPPING) {
        err = add_pair(&copy, "name", name);
        if (!err)
            err = add_pair(&copy, "index", number);
    }
    struct vf_tree *items =
        err ? NULL : realloc(elements->items, (elements->count + 1) * sizeof(*items));
    if (!err && !items)
        err = -ENOMEM;
    if (items) {
        elements->items = items;
        free(copy.key);
        copy.key = name;
        items[elements->count++] = copy;
        return VF_OK;
    }
    vf_tree_finish(&copy);
    free(name);
    return err;
}

static int add_all(struct vf_loop_elements *elements, const struct vf_tree *list,
                   const struct vf_variables_flow *flow)
{
    int err = VF_OK;
    if (list->kind == VF_TREE_BROKEN)
        return -EINVAL;
    if (list->kind == VF_TREE_NOTHING)
        return VF_OK;
    if (list->kind == VF_TREE_TEXT)
        return refuse(flow, list->place, "for_each is a single value; " RIGHT);
    if (list->count > MAX_TURNS)
        return refuse(flow, list->place, "this list is too long; a loop has at most 4096 turns");
    for (size_t i = 0; i < list->count && !err; i++)
        err = add_element(elements, &list->children[i], i, flow);
    return err;
}

int vf_loop_read(struct vf_loop_elements *elements, const struct vf_tree *node,
                 struct vf_variables *variables, const struct vf_variables_flow *flow)
{
    const struct vf_tree *for_each = vf_tree_find(node, "for_each"), *as = vf_tree_find(node, "as");
    const struct vf_tree *source = find_list(for_each);
    struct vf_tree list = {0};
    if (!source)
        return refuse(flow, for_each->place, "for_each names one variable and its list; " RIGHT);
    if (as && as->kind != VF_TREE_TEXT)
        return refuse(flow, as->place, "as is the name of a variable, such as as: camera");
    const char *name = source != for_each ? source->key : as ? as->text : USUAL_NAME;
    elements->variable = strdup(name);
    int err = elements->variable ? vf_tree_copy(&list, source) : -ENOMEM;
    if (!err)
        err = vf_variables_expand(variables, &list);
    if (!err && list.kind == VF_TREE_TEXT)
        err = split_text(flow, &list);
    if (!err)
        err = add_all(elements, &list, flow);
    vf_tree_finish(&list);
    return err;
}

void vf_loop_finish(struct vf_loop_elements *elements)
{
    for (size_t i = 0; i < elements->count; i++)
        vf_tree_finish(&elements->items[i]);
    free(elements->items);
    free(elements->variable);
    *elements = (struct vf_loop_elements){0};
}
