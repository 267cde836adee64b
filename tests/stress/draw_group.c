/* SPDX-License-Identifier: MIT */
#include "tests/stress/chance.h"
#include "tests/stress/draw.h"

#define MAX_GROWTH 5

static bool can_join(const struct sketch_node *node)
{
    return node->type != SKETCH_SOURCE && !sketch_is_consumer(node) && !node->group &&
           !node->is_unordered;
}

static bool reads(const struct sketch_node *node, unsigned parent)
{
    for (unsigned i = 0; i < node->input_count; i++) {
        if (node->inputs[i].node == parent)
            return true;
    }
    return false;
}

/* Whether a node reads a member of the group, or a member reads it. */
static bool is_beside(const struct sketch *sketch, unsigned node, unsigned group)
{
    for (unsigned i = 0; i < sketch->node_count; i++) {
        bool is_member = sketch->nodes[i].group == group;
        if (is_member && (reads(&sketch->nodes[i], node) || reads(&sketch->nodes[node], i)))
            return true;
    }
    return false;
}

static void add_member(struct sketch *sketch, unsigned node, unsigned group, unsigned replicas)
{
    sketch->nodes[node].group = group;
    sketch->nodes[node].replicas = replicas;
}

bool draw_group(struct sketch *sketch, unsigned group)
{
    struct chance chance = {chance_mix(sketch->seed, 3 + group)};
    unsigned first = chance_below(&chance, sketch->node_count);
    unsigned growth = chance_between(&chance, 1, MAX_GROWTH);
    unsigned replicas = chance_is(&chance, 25) ? chance_between(&chance, 2, 3) : 1;
    unsigned members = 1;
    if (!can_join(&sketch->nodes[first]))
        return false;
    add_member(sketch, first, group, replicas);
    for (unsigned i = 0; i < growth * sketch->node_count; i++) {
        unsigned node = chance_below(&chance, sketch->node_count);
        if (members > growth || !can_join(&sketch->nodes[node]) || !is_beside(sketch, node, group))
            continue;
        add_member(sketch, node, group, replicas);
        members++;
    }
    return members > 1;
}
