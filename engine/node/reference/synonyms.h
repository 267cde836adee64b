/* SPDX-License-Identifier: MIT */
/* synonyms.h - what users of other programs call a node or an option.
 *
 * "scale" is resize here, and "w" is width. The words for nodes come with the list of nodes
 * (struct vf_node_list), since only that knows which there are; those for options are the same
 * for all nodes.
 */
#ifndef VF_ENGINE_NODE_REFERENCE_SYNONYMS_H
#define VF_ENGINE_NODE_REFERENCE_SYNONYMS_H

#include <stdbool.h>
#include <stddef.h>

struct vf_node_list;
struct vf_option_list;
struct vf_port_list;

/* Lends the name of the node that `word` probably means, whatever its case; NULL: none is known.
 * Brings nothing. */
const char *vf_synonym_of_node(const struct vf_node_list *nodes, const char *word);

/* Returns whether `word` is one of the other words for the node called `node`. */
bool vf_synonym_means_node(const struct vf_node_list *nodes, const char *word, const char *node);

/* Lends the name of the option in `options` that `word` probably means; NULL: none is known, or
 * no option there has such a name. */
const char *vf_synonym_of_option(const struct vf_option_list *options, const char *word);

/* The same for the ports of a node: "sound" is audio. */
const char *vf_synonym_of_port(const struct vf_port_list *ports, const char *word);

/* Returns whether `word` is nearly the key `inputs` of a node, or what that is called elsewhere. */
bool vf_synonym_is_inputs(const char *word);

#endif
