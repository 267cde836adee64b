/* SPDX-License-Identifier: MIT */
#include "engine/flow/file/print.h"

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "engine/base/text.h"

struct printer {
    yaml_emitter_t emitter;
    bool is_final;
};

/* Returns a text as it is written, in fresh memory; NULL: out of memory. */
static char *escape(const char *text, bool is_final)
{
    struct vf_text escaped = {0};
    vf_text_append(&escaped, "", 0);
    for (const char *at = text; *at; at++)
        vf_text_append(&escaped, *at == '$' && is_final ? "$$" : at,
                       *at == '$' && is_final ? 2 : 1);
    return vf_text_take(&escaped);
}

static int emit(struct printer *printer, yaml_event_t *event)
{
    return yaml_emitter_emit(&printer->emitter, event) ? VF_OK : -EIO;
}

static int print_scalar(struct printer *printer, const char *text, yaml_scalar_style_t style)
{
    yaml_event_t event;
    if (!yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text,
                                      (int)strlen(text), 1, 1, style))
        return -ENOMEM;
    return emit(printer, &event);
}

static int print_text(struct printer *printer, const char *text)
{
    char *escaped = escape(text, printer->is_final);
    int err = -ENOMEM;
    if (escaped)
        err = print_scalar(printer, escaped,
                           *escaped ? YAML_PLAIN_SCALAR_STYLE : YAML_DOUBLE_QUOTED_SCALAR_STYLE);
    free(escaped);
    return err;
}

static bool has_only_texts(const struct vf_tree *tree)
{
    bool are_texts = true;
    for (size_t i = 0; i < tree->count && are_texts; i++)
        are_texts = tree->children[i].kind == VF_TREE_TEXT;
    return are_texts;
}

static int print_tree(struct printer *printer, const struct vf_tree *tree);

static int print_list(struct printer *printer, const struct vf_tree *tree)
{
    yaml_event_t event;
    yaml_sequence_style_t style =
        has_only_texts(tree) ? YAML_FLOW_SEQUENCE_STYLE : YAML_BLOCK_SEQUENCE_STYLE;
    if (!yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, style))
        return -ENOMEM;
    int err = emit(printer, &event);
    for (size_t i = 0; i < tree->count && !err; i++)
        err = print_tree(printer, &tree->children[i]);
    if (!err)
        err = yaml_sequence_end_event_initialize(&event) ? emit(printer, &event) : -ENOMEM;
    return err;
}

static int print_mapping(struct printer *printer, const struct vf_tree *tree)
{
    yaml_event_t event;
    yaml_mapping_style_t style = tree->count ? YAML_BLOCK_MAPPING_STYLE : YAML_FLOW_MAPPING_STYLE;
    if (!yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, style))
        return -ENOMEM;
    int err = emit(printer, &event);
    for (size_t i = 0; i < tree->count && !err; i++) {
        err = print_scalar(printer, tree->children[i].key, YAML_PLAIN_SCALAR_STYLE);
        if (!err)
            err = print_tree(printer, &tree->children[i]);
    }
    if (!err)
        err = yaml_mapping_end_event_initialize(&event) ? emit(printer, &event) : -ENOMEM;
    return err;
}

static int print_tree(struct printer *printer, const struct vf_tree *tree)
{
    switch (tree->kind) {
    case VF_TREE_TEXT:
        return print_text(printer, tree->text);
    case VF_TREE_LIST:
        return print_list(printer, tree);
    case VF_TREE_MAPPING:
        return print_mapping(printer, tree);
    case VF_TREE_NOTHING:
    case VF_TREE_BROKEN:
        break;
    }
    return print_scalar(printer, "", YAML_PLAIN_SCALAR_STYLE);
}

static int print_document(struct printer *printer, const struct vf_tree *tree)
{
    yaml_event_t event;
    int err = VF_OK;
    if (!yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING))
        return -ENOMEM;
    err = emit(printer, &event);
    if (!err)
        err = yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1)
                  ? emit(printer, &event)
                  : -ENOMEM;
    if (!err)
        err = print_tree(printer, tree);
    if (!err)
        err = yaml_document_end_event_initialize(&event, 1) ? emit(printer, &event) : -ENOMEM;
    if (!err)
        err = yaml_stream_end_event_initialize(&event) ? emit(printer, &event) : -ENOMEM;
    return err;
}

int vf_flow_print_yaml(FILE *out, const struct vf_tree *tree, bool is_final)
{
    struct printer printer = {.is_final = is_final};
    if (!yaml_emitter_initialize(&printer.emitter))
        return -ENOMEM;
    yaml_emitter_set_output_file(&printer.emitter, out);
    yaml_emitter_set_unicode(&printer.emitter, 1);
    yaml_emitter_set_width(&printer.emitter, -1);
    int err = print_document(&printer, tree);
    if (!err && !yaml_emitter_flush(&printer.emitter))
        err = -EIO;
    yaml_emitter_delete(&printer.emitter);
    return err;
}

/* Returns whether a text is a whole number exactly as it would be written. */
static bool is_whole_number(const char *text, json_int_t *number)
{
    char *end, again[32];
    if (strlen(text) >= sizeof(again))
        return false;
    *number = strtoll(text, &end, 10);
    snprintf(again, sizeof(again), "%" JSON_INTEGER_FORMAT, *number);
    return *text && !*end && strcmp(text, again) == 0;
}

static json_t *text_to_json(const char *text, bool is_final)
{
    json_int_t number;
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
        return json_boolean(text[0] == 't');
    if (is_whole_number(text, &number))
        return json_integer(number);
    char *escaped = escape(text, is_final);
    json_t *string = escaped ? json_string(escaped) : NULL;
    free(escaped);
    return string;
}

json_t *vf_flow_to_json(const struct vf_tree *tree, bool is_final)
{
    bool is_list = tree->kind == VF_TREE_LIST;
    if (tree->kind == VF_TREE_TEXT)
        return text_to_json(tree->text, is_final);
    if (!is_list && tree->kind != VF_TREE_MAPPING)
        return json_null();
    json_t *json = is_list ? json_array() : json_object();
    for (size_t i = 0; i < tree->count; i++) {
        json_t *child = vf_flow_to_json(&tree->children[i], is_final);
        int failed = is_list ? json_array_append_new(json, child)
                             : json_object_set_new(json, tree->children[i].key, child);
        if (failed) {
            json_decref(json);
            return NULL;
        }
    }
    return json;
}
