/* SPDX-License-Identifier: MIT */
#include "engine/node/reference/reference.h"

#include <string.h>

#include "engine/node/node.h"

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

void vf_reference_words(FILE *out, const struct vf_node *node)
{
    for (size_t i = 0; i < node->options.count; i++)
        fprintf(out, "%s\n", node->options.items[i].name);
}
