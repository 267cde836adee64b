/* SPDX-License-Identifier: MIT */
/* Reads an arbitrary chain, prints the flow that it stands for, and reads that again: it is the same.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/flow/chain/chain.h"
#include "engine/flow/chain/print.h"
#include "engine/flow/file/yaml.h"
#include "nodes/all_nodes.h"

/* Returns the tree as it is printed, in fresh memory. */
static char *print_tree(const struct vf_tree *root)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        abort();
    for (size_t i = 0; i < root->count; i++)
        vf_chain_print(out, &root->children[i], 0);
    fclose(out);
    return text;
}

/* What YAML cannot hold (control characters, bytes that are no UTF-8) is refused there, and so is
 * what is too deep. */
static void read_again(const struct vf_tree *root)
{
    struct vf_tree again = {0};
    struct vf_diagnostics diagnostics = {0};
    char *first = print_tree(root);
    if (vf_flow_file_parse(first, strlen(first), NULL, &diagnostics, &again) == VF_OK &&
        !diagnostics.count) {
        char *second = print_tree(&again);
        if (strcmp(first, second) != 0)
            abort();
        free(second);
    }
    free(first);
    vf_tree_finish(&again);
    vf_diagnostics_finish(&diagnostics);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vf_diagnostics diagnostics = {0};
    struct vf_tree root = {0};
    char *chain = strndup((const char *)data, size);
    if (!chain)
        return 0;
    vf_diagnostics_begin(&diagnostics, "chain");
    int err = vf_chain_read(chain, &vf_all_nodes, &diagnostics, &root);
    if ((err == VF_OK) == (diagnostics.count > 0))
        abort();
    if (!err)
        read_again(&root);
    vf_tree_finish(&root);
    vf_diagnostics_finish(&diagnostics);
    free(chain);
    return 0;
}
