/* SPDX-License-Identifier: MIT */
/* text - one node as a page that is read on a terminal. */
#include <string.h>

#include "engine/base/text.h"
#include "engine/node/node.h"
#include "engine/node/reference/reference.h"
#include "engine/node/reference/value.h"

#define PAGE_WIDTH 79
#define NAME_INDENT 2
#define HELP_INDENT 6

/* A paragraph on its way to the page. */
struct paragraph {
    FILE *out;
    size_t indent, column; /* column 0: nothing stands in the line yet */
};

/* Returns how many columns UTF-8 text takes, if each letter takes one. */
static size_t count_columns(const char *text, size_t length)
{
    size_t columns = 0;
    for (size_t i = 0; i < length; i++)
        columns += ((unsigned char)text[i] & 0xC0) != 0x80;
    return columns;
}

static void add_word(struct paragraph *paragraph, const char *word, size_t length)
{
    size_t columns = count_columns(word, length);
    if (paragraph->column && paragraph->column + 1 + columns > PAGE_WIDTH) {
        fputc('\n', paragraph->out);
        paragraph->column = 0;
    }
    if (paragraph->column) {
        fputc(' ', paragraph->out);
        paragraph->column++;
    } else {
        fprintf(paragraph->out, "%*s", (int)paragraph->indent, "");
        paragraph->column = paragraph->indent;
    }
    fwrite(word, 1, length, paragraph->out);
    paragraph->column += columns;
}

/* Prints text in lines that fit the page; an empty line in it begins a new paragraph. */
static void print_wrapped(FILE *out, size_t indent, const char *text)
{
    struct paragraph paragraph = {.out = out, .indent = indent};
    while (*text) {
        size_t length = strcspn(text, " \n");
        if (length)
            add_word(&paragraph, text, length);
        text += length;
        if (strncmp(text, "\n\n", 2) == 0) {
            fputs(paragraph.column ? "\n\n" : "\n", out);
            paragraph.column = 0;
        }
        text += strspn(text, " \n");
    }
    if (paragraph.column)
        fputc('\n', out);
}

static const char *describe_count(const struct vf_port *port)
{
    if (port->is_repeated)
        return port->is_optional ? ", any number" : ", one or more";
    return port->is_optional ? ", optional" : "";
}

/* Prints what a table says of an entry, as a sentence. */
static void print_help(FILE *out, const char *help)
{
    struct vf_text sentence = {0};
    vf_text_print(&sentence, "%s.", help);
    if (sentence.bytes)
        print_wrapped(out, HELP_INDENT, sentence.bytes);
    vf_text_finish(&sentence);
}

static void print_ports(FILE *out, const char *title, const struct vf_port_list *ports)
{
    if (ports->count)
        fprintf(out, "\n%s:\n", title);
    for (size_t i = 0; i < ports->count; i++) {
        const struct vf_port *port = &ports->items[i];
        if (port->is_numbered)
            continue;
        fprintf(out, "%*s%s: %s%s%s%s\n", NAME_INDENT, "", port->name,
                vf_port_type_name(port->type), port->also ? " or " : "",
                port->also ? vf_port_type_name(port->also) : "", describe_count(port));
        print_help(out, port->help);
    }
}

static void print_choices(FILE *out, const struct vf_choice_list *choices)
{
    int width = 0;
    for (size_t i = 0; i < choices->count; i++) {
        int length = (int)strlen(choices->items[i].name);
        width = length > width ? length : width;
    }
    for (size_t i = 0; i < choices->count; i++)
        fprintf(out, "%*s%-*s  %s\n", HELP_INDENT, "", width, choices->items[i].name,
                choices->items[i].help);
}

static void print_option(FILE *out, const struct vf_option *option)
{
    struct vf_text range = {0};
    vf_reference_add_range(&range, option);
    fprintf(out, "%*s%s: %s%s", NAME_INDENT, "", option->name, option->kind->name,
            range.bytes ? range.bytes : "");
    vf_text_finish(&range);
    if (option->fallback) {
        fputs(" [", out);
        vf_reference_print_value(out, option->fallback);
        fputs("]", out);
    } else {
        fputs(" (required)", out);
    }
    fputs(option->is_main ? " (main option)\n" : "\n", out);
    print_help(out, option->help);
    print_choices(out, &option->choices);
}

static void print_example(FILE *out, const char *example)
{
    fputs("\nExample:\n", out);
    for (const char *line = example; *line;) {
        size_t length = strcspn(line, "\n");
        fprintf(out, "%*s%.*s\n", length ? NAME_INDENT : 0, "", (int)length, line);
        line += length + (line[length] == '\n');
    }
}

void vf_reference_text(FILE *out, const struct vf_node *node)
{
    fprintf(out, "%s - %s\nA %s.\n", node->name, node->summary, vf_node_kind_name(node->kind));
    if (node->about) {
        fputc('\n', out);
        print_wrapped(out, 0, node->about);
    }
    print_ports(out, "Inputs", &node->inputs);
    print_ports(out, "Outputs", &node->outputs);
    if (node->options.count)
        fputs("\nOptions:\n", out);
    for (size_t i = 0; i < node->options.count; i++)
        print_option(out, &node->options.items[i]);
    if (node->example)
        print_example(out, node->example);
    if (node->related)
        fprintf(out, "\nSee also: %s\n", node->related);
}

void vf_reference_keys(FILE *out, const struct vf_option_list *keys)
{
    for (size_t i = 0; i < keys->count; i++) {
        const struct vf_option *key = &keys->items[i];
        fprintf(out, "%*s%-14s%s", NAME_INDENT, "", key->name, key->help);
        for (size_t c = 0; c < key->choices.count; c++)
            fprintf(out, "%s%s", c ? ", " : ": ", key->choices.items[c].name);
        if (key->fallback && *key->fallback)
            fprintf(out, " [%s]", key->fallback);
        fputc('\n', out);
    }
}
