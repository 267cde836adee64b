/* SPDX-License-Identifier: MIT */
#include "engine/flow/file/tree_json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/display.h"

static json_t *text_to_json(const char *text)
{
    json_t *string = json_string(text);
    char *shown = string ? NULL : vf_display_utf8(text);
    if (shown)
        string = json_string(shown);
    free(shown);
    return string;
}

/* JSON's own spelling decides what a number is: "0.5", not "007". */
static json_t *scalar_to_json(const struct vf_tree *tree)
{
    json_t *value = tree->is_quoted ? NULL : json_loads(tree->text, JSON_DECODE_ANY, NULL);
    if (value && (json_is_number(value) || json_is_boolean(value) || json_is_null(value)))
        return value;
    json_decref(value);
    return text_to_json(tree->text);
}

static json_t *to_json(const struct vf_tree *tree)
{
    if (tree->kind == VF_TREE_TEXT)
        return scalar_to_json(tree);
    if (tree->kind != VF_TREE_LIST && tree->kind != VF_TREE_MAPPING)
        return json_null();
    bool is_list = tree->kind == VF_TREE_LIST;
    json_t *value = is_list ? json_array() : json_object();
    for (size_t i = 0; value && i < tree->count; i++) {
        const struct vf_tree *child = &tree->children[i];
        json_t *item = to_json(child);
        int err = is_list ? json_array_append_new(value, item)
                          : json_object_set_new(value, child->key, item);
        if (err) {
            json_decref(value);
            value = NULL;
        }
    }
    return value;
}

char *vf_tree_to_json(const struct vf_tree *tree)
{
    json_t *value = to_json(tree);
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY) : NULL;
    json_decref(value);
    return text;
}
