/* SPDX-License-Identifier: MIT */
/* reference.h - describes nodes to a reader: person, pager or shell; schema.h does to an editor.
 *
 * Every function prints from the nodes' own tables, so none can be out of date. Whether
 * everything could be written is for the caller to ask the stream.
 */
#ifndef VF_ENGINE_NODE_REFERENCE_REFERENCE_H
#define VF_ENGINE_NODE_REFERENCE_REFERENCE_H

#include <stdio.h>

struct vf_node;
struct vf_node_list;

/* Prints one line a node, by kind: `vflow list`. */
void vf_reference_list(FILE *out, const struct vf_node_list *nodes);

/* Prints all about one node: `vflow inspect resize`. */
void vf_reference_text(FILE *out, const struct vf_node *node);

/* Prints one .Ss of vflow-nodes(7). */
void vf_reference_man(FILE *out, const struct vf_node *node);

/* Prints the names of the options, one a line, for the shell's completion. */
void vf_reference_words(FILE *out, const struct vf_node *node);

#endif
