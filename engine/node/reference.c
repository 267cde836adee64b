/* SPDX-License-Identifier: MIT */
#include "engine/node/reference.h"

#include <string.h>

#include "engine/node/node.h"
#include "engine/node/reference_value.h"

static const struct {
    enum vf_node_kind kind;
    const char *title;
} groups[] = {
    {VF_PRODUCER, "Producers"},
    {VF_PROCESSOR, "Processors"},
    {VF_CONSUMER, "Consumers"},
};

static int larger(int width, const char *name)
{
    int length = (int)strlen(name);
    return length > width ? length : width;
}

static void list_kind(FILE *out, const struct vf_node_list *nodes, enum vf_node_kind kind,
                      int width)
{
    for (size_t i = 0; i < nodes->count; i++) {
        const struct vf_node *node = vf_node_at(nodes, i);
        if (node && node->kind == kind)
            fprintf(out, "  %-*s  %s\n", width, node->name, node->summary);
    }
}

void vf_reference_list(FILE *out, const struct vf_node_list *nodes)
{
    int width = 0;
    for (size_t i = 0; i < nodes->count; i++)
        width = larger(width, vf_node_name_at(nodes, i));
    for (size_t i = 0; i < VF_COUNT(groups); i++) {
        fprintf(out, "%s%s:\n", i ? "\n" : "", groups[i].title);
        list_kind(out, nodes, groups[i].kind, width);
    }
}

/* The columns of one node are as wide as its longest name, and its longest type or kind. */
struct columns {
    int name, kind;
};

static void widen(struct columns *columns, const char *name, const char *kind)
{
    columns->name = larger(columns->name, name);
    columns->kind = larger(columns->kind, kind);
}

static struct columns measure(const struct vf_node *node)
{
    struct columns columns = {0};
    for (size_t i = 0; i < node->inputs.count; i++)
        widen(&columns, node->inputs.items[i].name, vf_port_type_name(node->inputs.items[i].type));
    for (size_t i = 0; i < node->outputs.count; i++)
        widen(&columns, node->outputs.items[i].name,
              vf_port_type_name(node->outputs.items[i].type));
    for (size_t i = 0; i < node->options.count; i++)
        widen(&columns, node->options.items[i].name, node->options.items[i].kind->name);
    return columns;
}

static const char *describe_count(const struct vf_port *port)
{
    if (port->is_repeated)
        return port->is_optional ? " (any number)" : " (one or more)";
    return port->is_optional ? " (optional)" : "";
}

static void print_ports(FILE *out, const char *title, const struct vf_port_list *ports,
                        struct columns columns)
{
    if (ports->count)
        fprintf(out, "\n%s:\n", title);
    for (size_t i = 0; i < ports->count; i++) {
        const struct vf_port *port = &ports->items[i];
        fprintf(out, "  %-*s  %-*s  %s%s\n", columns.name, port->name, columns.kind,
                vf_port_type_name(port->type), port->help, describe_count(port));
    }
}

static void print_choices(FILE *out, const struct vf_option *option, int indent)
{
    int width = 0;
    for (size_t i = 0; i < option->choices.count; i++)
        width = larger(width, option->choices.items[i].name);
    for (size_t i = 0; i < option->choices.count; i++) {
        const struct vf_choice *choice = &option->choices.items[i];
        fprintf(out, "%*s%-*s  %s\n", indent, "", width, choice->name, choice->help);
    }
}

static void print_option(FILE *out, const struct vf_option *option, struct columns columns)
{
    fprintf(out, "  %-*s  %-*s  %s", columns.name, option->name, columns.kind, option->kind->name,
            option->help);
    vf_reference_print_range(out, option);
    if (option->fallback) {
        fputs(" [", out);
        vf_reference_print_value(out, option->fallback);
        fputs("]\n", out);
    } else {
        fputs(" (required)\n", out);
    }
    print_choices(out, option, columns.name + columns.kind + 8);
}

void vf_reference_text(FILE *out, const struct vf_node *node)
{
    struct columns columns = measure(node);
    fprintf(out, "%s - %s\nA %s.\n", node->name, node->summary, vf_node_kind_name(node->kind));
    print_ports(out, "Inputs", &node->inputs, columns);
    print_ports(out, "Outputs", &node->outputs, columns);
    if (node->options.count)
        fputs("\nOptions:\n", out);
    for (size_t i = 0; i < node->options.count; i++)
        print_option(out, &node->options.items[i], columns);
}

void vf_reference_words(FILE *out, const struct vf_node *node)
{
    for (size_t i = 0; i < node->options.count; i++)
        fprintf(out, "%s\n", node->options.items[i].name);
}
