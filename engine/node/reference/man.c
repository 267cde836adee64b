/* SPDX-License-Identifier: MIT */
/* man - nodes as sections of a manual page, in mdoc(7). */
#include <ctype.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/text.h"
#include "engine/node/node.h"
#include "engine/node/reference/reference.h"
#include "engine/node/reference/value.h"

static bool is_blank(char character)
{
    return character == ' ' || character == '\n' || character == '\t';
}

/* Prints (a part of) a line, in which nothing is an escape. */
static void print_escaped(FILE *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\\')
            fputs("\\e", out);
        else
            fputc(text[i], out);
    }
}

/* Begins a line of text, which is no request whatever its first character. */
static void begin_line(FILE *out, char first)
{
    if (first == '.' || first == '\'')
        fputs("\\&", out);
}

/* Prints running text, each sentence on a line; blanks of any kind only keep words apart. */
static void print_bytes(FILE *out, const char *text, size_t length)
{
    bool is_first = true; /* word of its line */
    for (size_t i = 0; i < length;) {
        size_t size = 0;
        while (i + size < length && !is_blank(text[i + size]))
            size++;
        if (size && is_first)
            begin_line(out, text[i]);
        print_escaped(out, text + i, size);
        i += size;
        bool is_end = size && text[i - 1] == '.';
        while (i < length && is_blank(text[i]))
            i++;
        if (size && i < length) {
            is_first = is_end && isupper((unsigned char)text[i]);
            fputc(is_first ? '\n' : ' ', out);
        }
    }
}

static void print_words(FILE *out, const char *text)
{
    print_bytes(out, text, strlen(text));
}

/* Prints one argument of a macro: in quotes, and never itself the name of a macro. */
static void print_argument(FILE *out, const char *text)
{
    fputs("\"\\&", out);
    for (; *text; text++) {
        if (*text == '\n')
            fputs("\\en", out);
        else if (*text == '\t')
            fputs("\\et", out);
        else if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '"')
            fputs("\"\"", out);
        else
            fputc(*text, out);
    }
    fputc('"', out);
}

/* Begins the entry of a port or an option: its name, and what it is. */
static void print_entry(FILE *out, const char *direction, const char *name, const char *kind)
{
    fprintf(out, ".It %sCm ", direction);
    print_argument(out, name);
    fputs(" : Ar ", out);
    print_argument(out, kind);
    fputc('\n', out);
}

static const char *describe_count(const struct vf_port *port)
{
    if (port->is_repeated)
        return port->is_optional ? "Any number of sources.\n" : "One source or more.\n";
    return port->is_optional ? "Need not be connected.\n" : "";
}

static void print_ports(FILE *out, const char *direction, const struct vf_port_list *ports)
{
    for (size_t i = 0; i < ports->count; i++) {
        const struct vf_port *port = &ports->items[i];
        if (port->is_numbered)
            continue;
        char type[64];
        snprintf(type, sizeof(type), port->also ? "%s No or Ar %s" : "%s",
                 vf_port_type_name(port->type), vf_port_type_name(port->also));
        print_entry(out, direction, port->name, type);
        print_words(out, port->help);
        fprintf(out, ".\n%s", describe_count(port));
    }
}

static void print_choices(FILE *out, const struct vf_option *option)
{
    if (!option->choices.count)
        return;
    fputs(".Bl -tag -width Ds -compact\n", out);
    for (size_t i = 0; i < option->choices.count; i++) {
        fputs(".It Cm ", out);
        print_argument(out, option->choices.items[i].name);
        fputc('\n', out);
        print_words(out, option->choices.items[i].help);
        fputs(".\n", out);
    }
    fputs(".El\n", out);
}

static void print_option(FILE *out, const struct vf_option *option)
{
    print_entry(out, "", option->name, option->kind->name);
    struct vf_text help = {0};
    vf_text_print(&help, "%s", option->help);
    vf_reference_add_range(&help, option);
    print_words(out, help.bytes ? help.bytes : option->help);
    vf_text_finish(&help);
    fputs(".\n", out);
    if (!option->fallback) {
        fputs("Required.\n", out);
    } else if (*option->fallback) {
        fputs("The default is\n.Ql ", out);
        print_argument(out, option->fallback);
        fputs(" .\n", out);
    } else {
        fputs("Empty by default.\n", out);
    }
    if (option->is_main)
        fputs("The main option.\n", out);
    print_choices(out, option);
}

static void print_about(FILE *out, const char *about)
{
    while (*about) {
        const char *end = strstr(about, "\n\n");
        size_t length = end ? (size_t)(end - about) : strlen(about);
        fputs(".Pp\n", out);
        print_bytes(out, about, length);
        fputc('\n', out);
        about += length + (end ? 2 : 0);
    }
}

static void print_example(FILE *out, const char *example)
{
    fputs(".Pp\nExample:\n.Bd -literal -offset indent\n", out);
    for (const char *line = example; *line;) {
        size_t length = strcspn(line, "\n");
        begin_line(out, *line);
        print_escaped(out, line, length);
        fputc('\n', out);
        line += length + (line[length] == '\n');
    }
    fputs(".Ed\n", out);
}

/* Returns whether two texts are alike, or both missing. */
static bool is_same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool is_same_option(const struct vf_option *a, const struct vf_option *b)
{
    bool is_same = strcmp(a->name, b->name) == 0 && strcmp(a->help, b->help) == 0 &&
                   a->kind == b->kind && is_same_text(a->fallback, b->fallback) &&
                   a->minimum == b->minimum && a->maximum == b->maximum &&
                   is_same_text(a->unit, b->unit) && a->is_main == b->is_main &&
                   a->choices.count == b->choices.count;
    for (size_t i = 0; i < a->choices.count && is_same; i++)
        is_same = strcmp(a->choices.items[i].name, b->choices.items[i].name) == 0 &&
                  strcmp(a->choices.items[i].help, b->choices.items[i].help) == 0;
    return is_same;
}

/* Returns how many of the nodes have the option; of the first of them, *first. */
static size_t count_sharing(const struct vf_node_list *nodes, const struct vf_option *option,
                            const struct vf_node **first)
{
    size_t count = 0;
    for (size_t n = 0; n < vf_node_total(nodes); n++) {
        const struct vf_node *node = vf_node_at(nodes, n);
        for (size_t i = 0; node && i < node->options.count; i++) {
            if (!is_same_option(&node->options.items[i], option))
                continue;
            if (!count++)
                *first = node;
        }
    }
    return count;
}

/* Returns whether an option is described once for several nodes; `nodes` may be NULL. */
static bool is_shared(const struct vf_node_list *nodes, const struct vf_option *option)
{
    const struct vf_node *first;
    return nodes && count_sharing(nodes, option, &first) > 1;
}

/* Refers to the options of a node that are described elsewhere. */
static void print_shared_names(FILE *out, const struct vf_node *node,
                               const struct vf_node_list *nodes)
{
    bool is_begun = false;
    for (size_t i = 0; i < node->options.count; i++) {
        const struct vf_option *option = &node->options.items[i];
        if (!is_shared(nodes, option))
            continue;
        fputs(is_begun ? " , " : ".It Cm ", out);
        print_argument(out, option->name);
        is_begun = true;
    }
    if (is_begun)
        fputs("\nSee\n.Sx SHARED OPTIONS .\n", out);
}

static void print_tables(FILE *out, const struct vf_node *node, const struct vf_node_list *nodes)
{
    if (!node->inputs.count && !node->outputs.count && !node->options.count)
        return;
    fputs(".Bl -tag -width Ds\n", out);
    print_ports(out, "input ", &node->inputs);
    print_ports(out, "output ", &node->outputs);
    for (size_t i = 0; i < node->options.count; i++) {
        if (!is_shared(nodes, &node->options.items[i]))
            print_option(out, &node->options.items[i]);
    }
    print_shared_names(out, node, nodes);
    fputs(".El\n", out);
}

static void print_node(FILE *out, const struct vf_node *node, const struct vf_node_list *nodes)
{
    fputs(".Ss ", out);
    print_argument(out, node->name);
    fputc('\n', out);
    print_words(out, node->summary);
    fprintf(out, "\nA %s.\n", vf_node_kind_name(node->kind));
    if (node->about)
        print_about(out, node->about);
    print_tables(out, node, nodes);
    if (node->example)
        print_example(out, node->example);
    if (node->related)
        fprintf(out, ".Pp\nSee also: %s.\n", node->related);
}

void vf_reference_man(FILE *out, const struct vf_node *node)
{
    print_node(out, node, NULL);
}

/* Prints the names of the nodes that have an option. */
static void print_sharing(FILE *out, const struct vf_node_list *nodes,
                          const struct vf_option *option)
{
    const char *between = "Of";
    for (size_t n = 0; n < vf_node_total(nodes); n++) {
        const struct vf_node *node = vf_node_at(nodes, n);
        for (size_t i = 0; node && i < node->options.count; i++) {
            if (!is_same_option(&node->options.items[i], option))
                continue;
            fprintf(out, "%s %s", between, node->name);
            between = ",";
        }
    }
    fputs(".\n", out);
}

void vf_reference_man_shared(FILE *out, const struct vf_node_list *nodes)
{
    fputs(".Bl -tag -width Ds\n", out);
    for (size_t n = 0; n < vf_node_total(nodes); n++) {
        const struct vf_node *node = vf_node_at(nodes, n), *first = NULL;
        for (size_t i = 0; node && i < node->options.count; i++) {
            const struct vf_option *option = &node->options.items[i];
            if (count_sharing(nodes, option, &first) < 2 || first != node)
                continue;
            print_option(out, option);
            print_sharing(out, nodes, option);
        }
    }
    fputs(".El\n", out);
}

void vf_reference_man_all(FILE *out, const struct vf_node_list *nodes)
{
    for (size_t i = 0; i < vf_node_total(nodes); i++) {
        const struct vf_node *node = vf_node_at(nodes, i);
        if (node)
            print_node(out, node, nodes);
    }
}

void vf_reference_man_list(FILE *out, const struct vf_node_list *nodes)
{
    static const enum vf_node_kind kinds[] = {VF_PRODUCER, VF_PROCESSOR, VF_CONSUMER};
    for (size_t k = 0; k < VF_COUNT(kinds); k++) {
        const char *name = vf_node_kind_name(kinds[k]);
        fprintf(out, "%s%c%ss:\n.Bl -tag -width folder_readerx -compact\n", k ? ".Pp\n" : "",
                toupper((unsigned char)name[0]), name + 1);
        for (size_t i = 0; i < vf_node_total(nodes); i++) {
            const struct vf_node *node = vf_node_at(nodes, i);
            if (!node || node->kind != kinds[k])
                continue;
            fputs(".It Cm ", out);
            print_argument(out, node->name);
            fputc('\n', out);
            print_words(out, node->summary);
            fputc('\n', out);
        }
        fputs(".El\n", out);
    }
}
