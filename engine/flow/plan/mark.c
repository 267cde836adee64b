/* SPDX-License-Identifier: MIT */
#include "engine/flow/plan/mark.h"

#include <stdbool.h>

/* draft-eastlake-fnv: the offset basis and the prime of 64 bits. */
#define BASIS 0xcbf29ce484222325U
#define PRIME 0x100000001b3U

/* With its NUL, so that "a", "b" is not "ab", "". */
static uint64_t add_text(uint64_t hash, const char *text)
{
    const char *byte = text ? text : "";
    do
        hash = (hash ^ (unsigned char)*byte) * PRIME;
    while (*byte++);
    return hash;
}

/* Pairs of a mapping may stand in any order: their hashes are summed up. */
static uint64_t hash_option(const struct vf_flow_option *option)
{
    uint64_t hash = add_text(add_text(BASIS, option->name), option->text), pairs = 0;
    bool is_nested = false;
    for (size_t i = 0; i < option->pair_count; i++) {
        pairs += hash_option(&option->pairs[i]);
        is_nested = is_nested || option->pairs[i].is_list || option->pairs[i].is_mapping;
    }
    if (is_nested)
        hash = add_text(hash, option->json);
    return option->is_mapping ? (hash ^ pairs) * PRIME : hash;
}

uint64_t vf_mark_add(uint64_t mark, const struct vf_flow_node *node)
{
    uint64_t options = 0;
    for (size_t i = 0; i < node->option_count; i++)
        options += hash_option(&node->options[i]);
    return (add_text(mark ^ BASIS, node->type) ^ options) * PRIME;
}
