/* SPDX-License-Identifier: MIT */
/* reference_man - nodes as sections of a manual page, in mdoc(7). */
#include <ctype.h>
#include <string.h>

#include "engine/node/node.h"
#include "engine/node/reference.h"
#include "engine/node/reference_value.h"

static bool is_sentence_end(const char *text, size_t left)
{
    return left > 2 && text[0] == '.' && text[1] == ' ' && isupper((unsigned char)text[2]);
}

/* Prints running text, in which nothing is a request or an escape; each sentence on a line. */
static void print_bytes(FILE *out, const char *text, size_t length)
{
    fputs(*text == '.' || *text == '\'' ? "\\&" : "", out);
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\\') {
            fputs("\\e", out);
        } else if (is_sentence_end(text + i, length - i)) {
            fputs(".\n", out);
            i++;
        } else {
            fputc(text[i], out);
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
        fprintf(out, ".It %s Cm %s : Ar %s\n", direction, port->name,
                vf_port_type_name(port->type));
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
    fprintf(out, ".It Cm %s : Ar %s\n", option->name, option->kind->name);
    print_words(out, option->help);
    vf_reference_print_range(out, option);
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
        print_bytes(out, line, length);
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
    print_ports(out, "input", &node->inputs);
    print_ports(out, "output", &node->outputs);
    for (size_t i = 0; i < node->options.count; i++)
        print_option(out, &node->options.items[i]);
    fputs(".El\n", out);
}

void vf_reference_man(FILE *out, const struct vf_node *node)
{
    fprintf(out, ".Ss %s\n", node->name);
    print_words(out, node->summary);
    fprintf(out, "\nA %s.\n", vf_node_kind_name(node->kind));
    if (node->about)
        print_about(out, node->about);
    print_tables(out, node);
    if (node->example)
        print_example(out, node->example);
}
