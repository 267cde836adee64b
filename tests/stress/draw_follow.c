/* SPDX-License-Identifier: MIT */
#include "tests/stress/draw.h"

static struct draw_stream follow_input(const struct sketch *sketch, const struct sketch_node *node,
                                       unsigned input)
{
    return draw_follow(sketch, node->inputs[input].node, node->inputs[input].port);
}

/* What a joined set is like: as its first message, with the flaws of all. */
static struct draw_stream follow_inputs(const struct sketch *sketch, const struct sketch_node *node)
{
    struct draw_stream joined = follow_input(sketch, node, 0);
    for (unsigned i = 1; i < node->input_count; i++) {
        struct draw_stream other = follow_input(sketch, node, i);
        joined.is_late |= other.is_late;
        joined.is_blurred |= other.is_blurred;
        joined.is_scrambled |= other.is_scrambled;
        joined.is_variable |= other.is_variable;
        joined.is_early |= other.is_early;
    }
    joined.is_early |= node->joins_by == VF_JOIN_TIME && node->join.missing == VF_MISSING_LAST;
    /* Which of several messages of one origin meet depends on what was dropped. */
    if (node->joins_by == VF_JOIN_ORDER || node->joins_by == VF_JOIN_TIME ||
        (node->joins_by == VF_JOIN_ORIGIN && joined.splitter))
        joined.is_variable = true;
    return joined;
}

struct draw_stream draw_follow(const struct sketch *sketch, unsigned index, unsigned port)
{
    const struct sketch_node *node = &sketch->nodes[index];
    if (node->type == SKETCH_SOURCE)
        return (struct draw_stream){
            .source = index, .port = port, .most = (unsigned)node->habits.count};
    struct draw_stream stream = follow_inputs(sketch, node);
    bool is_splitting = node->type == SKETCH_SPLIT || node->type == SKETCH_TOTAL;
    bool is_thinning = node->habits.keep < 1000 || node->input_count > 1 || is_splitting;
    stream.is_blurred |= stream.splitter && is_thinning;
    stream.is_blurred |= node->type == SKETCH_TOTAL;
    if (is_splitting)
        stream.splitter = index * SKETCH_PORTS + port + 1;
    if (node->type == SKETCH_SPLIT)
        stream.most *= (unsigned)node->habits.most;
    if (node->type == SKETCH_TOTAL)
        stream.is_variable = true;
    stream.is_late |= node->type == SKETCH_HOLD;
    stream.is_scrambled |= node->replicas > 1 && node->is_unordered;
    stream.most += node->type == SKETCH_TOTAL;
    return stream;
}
