/* SPDX-License-Identifier: MIT */
#include "engine/node/reference/reference.h"

#include <jansson.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/node/node.h"
#include "engine/node/reference/synonyms.h"

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

/* Where a word may be in what is said of a node. */
enum depth { NAMED, SAID, DEPTHS };

static bool has_in_options(const struct vf_node *node, const char *word)
{
    bool has = false;
    for (size_t i = 0; i < node->options.count && !has; i++)
        has = strcasestr(node->options.items[i].name, word) ||
              strcasestr(node->options.items[i].help, word);
    return has;
}

static bool has_word(const struct vf_node_list *nodes, const struct vf_node *node, const char *word,
                     enum depth depth)
{
    bool is_named = strcasestr(node->name, word) || strcasestr(node->summary, word) ||
                    vf_synonym_means_node(nodes, word, node->name);
    if (depth == NAMED)
        return is_named;
    return is_named || (node->about && strcasestr(node->about, word)) || has_in_options(node, word);
}

/* Returns where a word has to be looked for, so that some node has it. */
static enum depth depth_of(const struct vf_node_list *nodes, const char *word)
{
    for (size_t i = 0; i < vf_node_total(nodes) && word; i++) {
        const struct vf_node *node = vf_node_at(nodes, i);
        if (node && has_word(nodes, node, word, NAMED))
            return NAMED;
    }
    return SAID;
}

/* Calls `show` with each node that has the word, by kind; returns how many there are. */
static size_t each_node(const struct vf_node_list *nodes, const char *word,
                        void (*show)(void *context, const struct vf_node *node), void *context)
{
    size_t found = 0;
    enum depth depth = depth_of(nodes, word);
    for (size_t group = 0; group < VF_COUNT(groups); group++) {
        for (size_t i = 0; i < vf_node_total(nodes); i++) {
            const struct vf_node *node = vf_node_at(nodes, i);
            if (!node || node->kind != groups[group].kind ||
                (word && !has_word(nodes, node, word, depth)))
                continue;
            show(context, node);
            found++;
        }
    }
    return found;
}

struct table {
    FILE *out;
    int width;
    const struct vf_node *previous; /* NULL: none was shown */
};

static void print_row(void *context, const struct vf_node *node)
{
    struct table *table = context;
    bool is_new = !table->previous || table->previous->kind != node->kind;
    for (size_t i = 0; i < VF_COUNT(groups) && is_new; i++) {
        if (groups[i].kind == node->kind)
            fprintf(table->out, "%s%s:\n", table->previous ? "\n" : "", groups[i].title);
    }
    fprintf(table->out, "  %-*s  %s\n", table->width, node->name, node->summary);
    table->previous = node;
}

size_t vf_reference_list(FILE *out, const struct vf_node_list *nodes, const char *word)
{
    struct table table = {.out = out};
    for (size_t i = 0; i < vf_node_total(nodes); i++)
        table.width = larger(table.width, vf_node_name_at(nodes, i));
    return each_node(nodes, word, print_row, &table);
}

static void add_row(void *context, const struct vf_node *node)
{
    json_array_append_new(context,
                          json_pack("{s:s, s:s, s:s}", "name", node->name, "kind",
                                    vf_node_kind_name(node->kind), "summary", node->summary));
}

json_t *vf_reference_list_json(const struct vf_node_list *nodes, const char *word)
{
    json_t *list = json_array();
    if (list)
        each_node(nodes, word, add_row, list);
    return list;
}

void vf_reference_words(FILE *out, const struct vf_node *node)
{
    for (size_t i = 0; i < node->options.count; i++)
        fprintf(out, "%s\n", node->options.items[i].name);
}
