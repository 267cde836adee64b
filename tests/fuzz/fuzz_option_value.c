/* SPDX-License-Identifier: MIT */
/* Feeds arbitrary text to every option of every node, and as a key of every mapping. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "nodes/all_nodes.h"

static void try_node(const struct vf_node *node, const char *text)
{
    char problem[256];
    void *values = calloc(1, node->options_size ? node->options_size : 1);
    if (!values || vf_option_set_fallbacks(&node->options, values) != VF_OK)
        abort();
    for (size_t i = 0; i < node->options.count; i++) {
        (void)!vf_option_set(&node->options.items[i], text, values);
        (void)!vf_option_add(&node->options.items[i], text, text, values);
    }
    if (node->check)
        (void)!node->check(values, problem, sizeof(problem));
    vf_option_release(&node->options, values);
    free(values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = strndup((const char *)data, size);
    if (!text)
        return 0;
    for (size_t i = 0; i < vf_all_nodes.count; i++)
        try_node(vf_all_nodes.items[i], text);
    free(text);
    return 0;
}
