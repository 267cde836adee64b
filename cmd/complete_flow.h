/* SPDX-License-Identifier: MIT */
/* complete_flow.h - what may come next in words that are about a flow. */
#ifndef VF_CMD_COMPLETE_FLOW_H
#define VF_CMD_COMPLETE_FLOW_H

#include <stddef.h>

/* Where what is offered goes. */
struct vf_offers {
    const char *begun; /* the word to complete, as far as it is there */
    size_t strip;      /* bytes of it that the shell takes for another word: "--var=" */
};

/* Prints a word, with what it means, if it goes on from what there is. `lead` stands before it. */
void vf_offer(const struct vf_offers *offers, const char *lead, const char *word,
              const char *meaning);

/* Offers the variables of a flow, "input=". The flow is a file or @NAME; NULL: none is known. */
void vf_offer_variables(const struct vf_offers *offers, const char *lead, const char *flow);

/* Offers what a setting may change: "nodes.small.width=", and after "=" the choices of an option. */
void vf_offer_settings(const struct vf_offers *offers, const char *lead, const char *flow);

/* Offers the next word of a chain: types, their options, and choices. */
void vf_offer_chain(const struct vf_offers *offers, const char *lead);

/* Offers the flows that have names. */
void vf_offer_flows(const struct vf_offers *offers, const char *lead);

/* Offers the types of node. */
void vf_offer_nodes(const struct vf_offers *offers, const char *lead);

#endif
