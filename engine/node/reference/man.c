/* SPDX-License-Identifier: MIT */
/* man - nodes as sections of a manual page, in mdoc(7). */
#include <ctype.h>
#include <string.h>

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

static void print_tables(FILE *out, const struct vf_node *node)
{
    if (!node->inputs.count && !node->outputs.count && !node->options.count)
        return;
    fputs(".Bl -tag -width Ds\n", out);
    print_ports(out, "input ", &node->inputs);
    print_ports(out, "output ", &node->outputs);
    for (size_t i = 0; i < node->options.count; i++)
        print_option(out, &node->options.items[i]);
    fputs(".El\n", out);
}

void vf_reference_man(FILE *out, const struct vf_node *node)
{
    fputs(".Ss ", out);
    print_argument(out, node->name);
    fputc('\n', out);
    print_words(out, node->summary);
    fprintf(out, "\nA %s.\n", vf_node_kind_name(node->kind));
    if (node->about)
        print_about(out, node->about);
    print_tables(out, node);
    if (node->example)
        print_example(out, node->example);
    if (node->see_also)
        fprintf(out, ".Pp\nSee also: %s.\n", node->see_also);
}
