/* SPDX-License-Identifier: MIT */
#include "engine/flow/chain/print.h"

#include <stdbool.h>
#include <string.h>

#include "engine/base/text.h"

#define LINE_WIDTH 100
#define STEP 2 /* columns of one level */

/* Returns whether a text needs no quotes, wherever it stands. */
static bool is_plain(const char *text)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               "_./+-";
    bool is_begun = text[0] != '-' || (text[1] >= '0' && text[1] <= '9');
    return *text && is_begun && text[strspn(text, safe)] == '\0' && strcmp(text, "+") != 0;
}

static void add_scalar(struct vf_text *line, const char *text)
{
    static const char hexadecimal[] = "0123456789abcdef";
    if (is_plain(text)) {
        vf_text_print(line, "%s", text);
        return;
    }
    vf_text_append(line, "\"", 1);
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\')
            vf_text_print(line, "\\%c", byte);
        else if (byte == '\n')
            vf_text_print(line, "\\n");
        else if (byte < ' ')
            vf_text_print(line, "\\x%c%c", hexadecimal[byte >> 4], hexadecimal[byte & 15]);
        else
            vf_text_append(line, text, 1);
    }
    vf_text_append(line, "\"", 1);
}

/* Adds a value as it stands in one line. */
static void add_value(struct vf_text *line, const struct vf_tree *tree)
{
    bool is_list = tree->kind == VF_TREE_LIST;
    if (!is_list && tree->kind != VF_TREE_MAPPING) {
        if (tree->text)
            add_scalar(line, tree->text);
        return;
    }
    vf_text_append(line, is_list ? "[" : "{", 1);
    for (size_t i = 0; i < tree->count; i++) {
        const struct vf_tree *child = &tree->children[i];
        vf_text_print(line, "%s", i ? ", " : "");
        if (!is_list) {
            add_scalar(line, child->key);
            vf_text_print(line, ": ");
        }
        add_value(line, child);
    }
    vf_text_append(line, is_list ? "]" : "}", 1);
}

void vf_chain_print(FILE *out, const struct vf_tree *tree, unsigned indent)
{
    struct vf_text line = {0};
    vf_text_print(&line, "%*s", (int)indent, "");
    add_scalar(&line, tree->key);
    vf_text_print(&line, ":");
    size_t key_length = line.length;
    vf_text_append(&line, " ", 1);
    add_value(&line, tree);
    bool is_split = tree->kind == VF_TREE_MAPPING && tree->count && line.length > LINE_WIDTH;
    if (line.bytes && is_split)
        fprintf(out, "%.*s\n", (int)key_length, line.bytes);
    else if (line.bytes)
        fprintf(out, "%s\n", line.bytes);
    vf_text_finish(&line);
    for (size_t i = 0; is_split && i < tree->count; i++)
        vf_chain_print(out, &tree->children[i], indent + STEP);
}
