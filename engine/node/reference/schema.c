/* SPDX-License-Identifier: MIT */
/* schema - nodes as JSON schemas, for editors. */
#include <string.h>

#include "engine/node/keys.h"
#include "engine/node/node.h"
#include "engine/node/option/list.h"
#include "engine/node/reference/reference.h"
#include "engine/node/reference/value.h"

/* A value of any type may come from a variable, which is text. */
#define A_VARIABLE "{\"type\": \"string\", \"pattern\": \"\\\\$\\\\{\"}"

static void print_choices(FILE *out, const struct vf_choice_list *choices)
{
    fputs("{\"enum\": [", out);
    for (size_t i = 0; i < choices->count; i++) {
        fputs(i ? ", " : "", out);
        vf_reference_print_json(out, choices->items[i].name);
    }
    fputs("]}", out);
}

static void print_type(FILE *out, const struct vf_option *option)
{
    const char *type = option->kind->schema_type;
    bool is_number = strcmp(type, "integer") == 0 || strcmp(type, "number") == 0;
    if (strcmp(type, "string") == 0 && !option->choices.count) {
        fputs("\"type\": [\"string\", \"number\", \"boolean\"]", out);
        return;
    }
    fputs("\"anyOf\": [", out);
    if (option->choices.count)
        print_choices(out, &option->choices);
    else if (is_number && vf_option_is_limited(option))
        fprintf(out, "{\"type\": \"%s\", \"minimum\": %.16g, \"maximum\": %.16g}", type,
                option->minimum, option->maximum);
    else
        fprintf(out, "{\"type\": \"%s\"}", type);
    if (strcmp(type, "array") == 0)
        fputs(", {\"type\": [\"string\", \"number\"]}", out);
    if (option->choices.count && option->kind->add)
        fputs(", {\"type\": [\"object\", \"boolean\"]}", out);
    fputs(", " A_VARIABLE "]", out);
}

/* A list as it stands in a table has texts without quotes, which JSON has not. */
static void print_list(FILE *out, const char *list)
{
    struct vf_option_texts items = {0};
    bool is_read = vf_option_list_split(&items, list) == VF_OK;
    fputc('[', out);
    for (size_t i = 0; is_read && i < items.count; i++) {
        fputs(i ? ", " : "", out);
        vf_reference_print_json(out, items.items[i]);
    }
    fputc(']', out);
    vf_option_texts_finish(&items);
}

void vf_reference_schema_option(FILE *out, const struct vf_option *option)
{
    vf_reference_print_json(out, option->name);
    fputs(": {\"description\": ", out);
    vf_reference_print_json(out, option->help);
    fputs(", ", out);
    print_type(out, option);
    if (option->fallback) {
        fputs(", \"default\": ", out);
        if (strcmp(option->kind->schema_type, "string") == 0)
            vf_reference_print_json(out, option->fallback);
        else if (strcmp(option->kind->schema_type, "array") == 0)
            print_list(out, option->fallback);
        else
            fputs(option->fallback, out);
    }
    fputc('}', out);
}

static void print_required(FILE *out, const struct vf_node *node)
{
    bool needs_inputs = false;
    for (size_t i = 0; i < node->inputs.count; i++)
        needs_inputs |= !node->inputs.items[i].is_optional;
    fprintf(out, "\"required\": [\"type\"%s", needs_inputs ? ", \"inputs\"" : "");
    for (size_t i = 0; i < node->options.count; i++) {
        if (node->options.items[i].fallback)
            continue;
        fputs(", ", out);
        vf_reference_print_json(out, node->options.items[i].name);
    }
    fputc(']', out);
}

void vf_reference_schema(FILE *out, const struct vf_node *node)
{
    vf_reference_print_json(out, node->name);
    fputs(": {\n  \"type\": \"object\",\n  \"description\": ", out);
    vf_reference_print_json(out, node->summary);
    fputs(",\n  \"additionalProperties\": false,\n  \"patternProperties\": {\"^x-\": true},\n"
          "  \"properties\": {\n    \"type\": {\"const\": ",
          out);
    vf_reference_print_json(out, node->name);
    fputc('}', out);
    if (node->inputs.count)
        fputs(",\n    \"inputs\": true", out);
    for (size_t i = 0; i < vf_node_key_options.count; i++)
        fprintf(out, ",\n    \"%s\": true", vf_node_key_options.items[i].name);
    for (size_t i = 0; i < node->options.count; i++) {
        fputs(",\n    ", out);
        vf_reference_schema_option(out, &node->options.items[i]);
    }
    fputs("\n  },\n  ", out);
    print_required(out, node);
    fputs("\n}", out);
}
