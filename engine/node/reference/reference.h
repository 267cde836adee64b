/* SPDX-License-Identifier: MIT */
/* reference.h - describes nodes to a reader: person, pager or shell; schema.h does to an editor.
 *
 * Every function prints from the nodes' own tables, so none can be out of date. Whether
 * everything could be written is for the caller to ask the stream.
 */
#ifndef VF_ENGINE_NODE_REFERENCE_REFERENCE_H
#define VF_ENGINE_NODE_REFERENCE_REFERENCE_H

#include <stdio.h>

struct json_t;
struct vf_node;
struct vf_node_list;
struct vf_option_list;

/* Prints one line a node, by kind: `vflow list`. With a word, only those that have it in their names,
 * in what others call them, or in their summaries; if none has, in all that is said of them. Returns
 * how many there are. */
size_t vf_reference_list(FILE *out, const struct vf_node_list *nodes, const char *word);

/* The same as an array of {name, kind, summary}; NULL: out of memory. */
struct json_t *vf_reference_list_json(const struct vf_node_list *nodes, const char *word);

/* Returns all about one node as an object: `vflow inspect --json resize`; NULL: out of memory. */
struct json_t *vf_reference_json(const struct vf_node *node);

/* Returns keys, or options, as an array of objects. */
struct json_t *vf_reference_keys_json(const struct vf_option_list *keys);

/* Prints a line for each key. */
void vf_reference_keys(FILE *out, const struct vf_option_list *keys);

/* Prints all about one node: `vflow inspect resize`. */
void vf_reference_text(FILE *out, const struct vf_node *node);

/* Prints one .Ss of vflow-nodes(7), with all options. */
void vf_reference_man(FILE *out, const struct vf_node *node);

/* Prints the parts of vflow-nodes(7): a line for each node; the options that several nodes have
 * alike, each once; and an .Ss for each node, which refers to those. */
void vf_reference_man_list(FILE *out, const struct vf_node_list *nodes);
void vf_reference_man_shared(FILE *out, const struct vf_node_list *nodes);
void vf_reference_man_all(FILE *out, const struct vf_node_list *nodes);

/* Prints the names of the options, one a line, for the shell's completion. */
void vf_reference_words(FILE *out, const struct vf_node *node);

#endif
