/* SPDX-License-Identifier: MIT */
#include "tests/stress/draw.h"

#include <string.h>

#include "tests/stress/chance.h"

#define MAX_SPLIT 3
#define MAX_HELD 8
#define MAX_MESSAGES 400    /* out of one port */
#define HASTY_MESSAGES 1000 /* of a source that never pauses */
#define LONGEST_NS 300000000

/* An output that may be read. */
struct outlet {
    unsigned node, port;
};

struct drawer {
    struct sketch *sketch;
    struct chance chance;
    unsigned allies[SKETCH_MAX_NODES]; /* of a source: another one that it is joined with */
    bool is_read[SKETCH_MAX_NODES];    /* on some port */
    struct outlet outlets[SKETCH_MAX_NODES * SKETCH_PORTS]; /* that fit, of the last search */
    unsigned outlet_count;
};

static struct sketch_node *add_node(struct drawer *drawer, enum sketch_type type)
{
    struct sketch_node *node = &drawer->sketch->nodes[drawer->sketch->node_count++];
    *node = (struct sketch_node){.type = type, .replicas = 1};
    node->habits = (struct sketch_habits){
        .seed = (int64_t)(chance_next(&drawer->chance) >> 2),
        .keep = 1000,
        .most = 1,
    };
    return node;
}

/* Sources that are joined by order or by time belong together. */
static unsigned find_ally(const struct drawer *drawer, unsigned source)
{
    while (drawer->allies[source] != source)
        source = drawer->allies[source];
    return source;
}

static bool is_one_stream(const struct draw_stream *a, const struct draw_stream *b)
{
    return a->source == b->source && a->port == b->port && a->splitter == b->splitter &&
           !a->is_blurred && !b->is_blurred;
}

/* Whether what leaves an outlet can be joined, as `joins_by` says, with what `node` gets so far. */
static bool fits(const struct drawer *drawer, const struct sketch_node *node,
                 enum vf_join_policy joins_by, struct outlet outlet)
{
    struct draw_stream stream = draw_follow(drawer->sketch, outlet.node, outlet.port);
    if (joins_by == VF_JOIN_NONE)
        return true;
    if (stream.is_scrambled || (joins_by == VF_JOIN_ORIGIN && stream.is_late))
        return false;
    for (unsigned i = 0; i < node->input_count; i++) {
        const struct sketch_input *input = &node->inputs[i];
        struct draw_stream other = draw_follow(drawer->sketch, input->node, input->port);
        bool are_allies = find_ally(drawer, stream.source) == find_ally(drawer, other.source);
        if (other.is_scrambled)
            return false;
        if (joins_by == VF_JOIN_ORIGIN && (other.is_late || !is_one_stream(&stream, &other)))
            return false;
        if (joins_by != VF_JOIN_ORIGIN && are_allies)
            return false;
    }
    return true;
}

/* Looks for what fits among all nodes but the last, which is the reader. */
static void find_outlets(struct drawer *drawer, const struct sketch_node *node,
                         enum vf_join_policy joins_by)
{
    drawer->outlet_count = 0;
    for (unsigned i = 0; i + 1 < drawer->sketch->node_count; i++) {
        const struct sketch_node *parent = &drawer->sketch->nodes[i];
        unsigned ports = parent->type == SKETCH_HOLD ? 1 : SKETCH_PORTS;
        for (unsigned port = 0; port < ports && !sketch_is_consumer(parent); port++) {
            if (fits(drawer, node, joins_by, (struct outlet){i, port}))
                drawer->outlets[drawer->outlet_count++] = (struct outlet){i, port};
        }
    }
}

/* Leaves only first ports, or only ports of nodes that nobody reads, if there are any. */
static void prefer(struct drawer *drawer, bool unread)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < drawer->outlet_count; i++) {
        struct outlet outlet = drawer->outlets[i];
        if (unread ? !drawer->is_read[outlet.node] : outlet.port == 0)
            drawer->outlets[kept++] = outlet;
    }
    drawer->outlet_count = kept ? kept : drawer->outlet_count;
}

static void draw_edge(struct drawer *drawer, struct sketch_input *input)
{
    struct chance *chance = &drawer->chance;
    if (drawer->sketch->is_hasty) {
        input->queue = chance_between(chance, 1, 2);
        input->drop = chance_is(chance, 90) ? VF_DROP_OLDEST : VF_DROP_NEWEST;
        return;
    }
    if (chance_is(chance, 60))
        input->queue = chance_is(chance, 30) ? 1 : chance_between(chance, 1, 16);
    if (drawer->sketch->mode != VF_MODE_REALTIME || chance_is(chance, 60))
        return;
    input->drop = chance_is(chance, 20)   ? VF_DROP_NEVER
                  : chance_is(chance, 70) ? VF_DROP_OLDEST
                                          : VF_DROP_NEWEST;
}

/* Adds an input that can be joined with the others. Returns false when there is none. */
static bool draw_input(struct drawer *drawer, struct sketch_node *node,
                       enum vf_join_policy joins_by, unsigned percent_unread)
{
    if (node->input_count == SKETCH_MAX_INPUTS)
        return false;
    find_outlets(drawer, node, joins_by);
    if (!drawer->outlet_count)
        return false;
    if (chance_is(&drawer->chance, percent_unread))
        prefer(drawer, true);
    if (chance_is(&drawer->chance, 75))
        prefer(drawer, false);
    struct outlet outlet = drawer->outlets[chance_below(&drawer->chance, drawer->outlet_count)];
    struct sketch_input *input = &node->inputs[node->input_count++];
    *input = (struct sketch_input){.node = outlet.node, .port = outlet.port};
    draw_edge(drawer, input);
    drawer->is_read[outlet.node] = true;
    return true;
}

/* Some of what would be so anyway is also said. */
static void draw_wish(struct drawer *drawer, struct sketch_node *node)
{
    struct chance *chance = &drawer->chance;
    struct vf_join_wish *join = &node->join;
    if (node->joins_by == VF_JOIN_TIME || chance_is(chance, 50))
        join->by = node->joins_by;
    if (join->by == VF_JOIN_TIME) {
        join->tolerance_ns = (int64_t)chance_below(chance, 60) * 1000000;
        join->missing = chance_is(chance, 50) ? VF_MISSING_LAST : VF_MISSING_SKIP;
    }
    if (join->by == VF_JOIN_NONE || chance_is(chance, 70))
        return;
    /* Where the last serves again, an input's end may come before or after the next of the lead. */
    bool may_end_early = join->by != VF_JOIN_TIME || join->missing != VF_MISSING_LAST;
    join->end = may_end_early && chance_is(chance, 50) ? VF_END_ANY : VF_END_ALL;
}

/* Draws one input or several, and how they are put together. */
static void draw_inputs(struct drawer *drawer, struct sketch_node *node)
{
    struct chance *chance = &drawer->chance;
    unsigned percent_single = drawer->sketch->is_hasty ? 20 : 60;
    unsigned wanted = chance_is(chance, percent_single) ? 1 : chance_between(chance, 2, 4);
    enum vf_join_policy joins_by = chance_is(chance, 65)   ? VF_JOIN_ORIGIN
                                   : chance_is(chance, 60) ? VF_JOIN_ORDER
                                                           : VF_JOIN_TIME;
    bool needs_order = node->type == SKETCH_TOTAL;
    if (!draw_input(drawer, node, needs_order ? VF_JOIN_ORDER : VF_JOIN_NONE, 60))
        (void)draw_input(drawer, node, VF_JOIN_NONE, 0);
    while (node->input_count < wanted && draw_input(drawer, node, joins_by, 40))
        node->joins_by = joins_by;
    if (node->joins_by == VF_JOIN_NONE)
        return;
    for (unsigned i = 1; i < node->input_count && joins_by != VF_JOIN_ORIGIN; i++) {
        unsigned first = draw_follow(drawer->sketch, node->inputs[0].node, 0).source;
        unsigned other = draw_follow(drawer->sketch, node->inputs[i].node, 0).source;
        drawer->allies[find_ally(drawer, other)] = find_ally(drawer, first);
    }
    draw_wish(drawer, node);
}

static void draw_habits(struct drawer *drawer, struct sketch_node *node, unsigned messages)
{
    struct chance *chance = &drawer->chance;
    struct sketch_habits *habits = &node->habits;
    if (chance_is(chance, 50))
        habits->keep = chance_is(chance, 8) ? 0 : (int)chance_between(chance, 200, 990);
    if (chance_is(chance, 60))
        habits->size = (int)chance_between(chance, 1, chance_is(chance, 25) ? 20000 : 2000);
    if (chance_is(chance, 30))
        habits->passes = (int)chance_between(chance, 200, 1000);
    if (drawer->sketch->is_hasty || chance_is(chance, 55))
        return;
    int64_t most = chance_is(chance, 65) ? 300000 : 4000000;
    int64_t fair = LONGEST_NS / (messages + 1);
    habits->delay_ns = chance_between(chance, 1, (unsigned)(most < fair ? most : fair));
}

static void draw_source(struct drawer *drawer)
{
    struct chance *chance = &drawer->chance;
    unsigned index = drawer->sketch->node_count;
    struct sketch_node *node = add_node(drawer, SKETCH_SOURCE);
    drawer->allies[index] = index;
    unsigned most = drawer->sketch->mode == VF_MODE_REALTIME ? 200 : 80;
    unsigned least = 1;
    if (drawer->sketch->is_hasty) {
        most = HASTY_MESSAGES;
        least = most / 4;
    }
    node->habits.count = chance_is(chance, 4) ? 0 : (int)chance_between(chance, least, most);
    draw_habits(drawer, node, (unsigned)node->habits.count);
}

static void draw_replicas(struct drawer *drawer, struct sketch_node *node)
{
    if (node->type != SKETCH_WORK && node->type != SKETCH_SPLIT)
        return;
    if (!chance_is(&drawer->chance, 15))
        return;
    node->replicas = chance_between(&drawer->chance, 2, 4);
    node->is_unordered = chance_is(&drawer->chance, 20);
}

static void draw_worker(struct drawer *drawer)
{
    struct chance *chance = &drawer->chance;
    unsigned kind = chance_below(chance, 100);
    struct sketch_node *node = add_node(drawer, kind < 65   ? SKETCH_WORK
                                                : kind < 80 ? SKETCH_SPLIT
                                                : kind < 92 ? SKETCH_TOTAL
                                                            : SKETCH_HOLD);
    if (node->type == SKETCH_HOLD)
        (void)draw_input(drawer, node, VF_JOIN_NONE, 60);
    else
        draw_inputs(drawer, node);
    struct draw_stream first =
        draw_follow(drawer->sketch, node->inputs[0].node, node->inputs[0].port);
    bool is_scrambled_total = node->type == SKETCH_TOTAL && first.is_scrambled;
    if (is_scrambled_total || (node->type == SKETCH_SPLIT && first.most > MAX_MESSAGES / MAX_SPLIT))
        node->type = SKETCH_WORK;
    draw_habits(drawer, node, first.most);
    if (node->type == SKETCH_SPLIT)
        node->habits.most = (int)chance_between(chance, 1, MAX_SPLIT);
    if (node->type == SKETCH_HOLD)
        node->habits.most = (int)chance_between(chance, 1, MAX_HELD);
    draw_replicas(drawer, node);
}

static unsigned count_unread(const struct drawer *drawer)
{
    unsigned count = 0;
    for (unsigned i = 0; i < drawer->sketch->node_count; i++)
        count += !drawer->is_read[i] && !sketch_is_consumer(&drawer->sketch->nodes[i]);
    return count;
}

/* Adds a consumer, which reads as many as it can once few are left to be added. */
static void draw_consumer(struct drawer *drawer)
{
    struct chance *chance = &drawer->chance;
    unsigned left = SKETCH_MAX_NODES - drawer->sketch->node_count - 1;
    bool is_urgent = count_unread(drawer) > left;
    bool takes_each = is_urgent || chance_is(chance, 25);
    struct sketch_node *node = add_node(drawer, takes_each ? SKETCH_COLLECT : SKETCH_RECORD);
    if (takes_each) {
        unsigned wanted = is_urgent ? SKETCH_MAX_INPUTS : chance_between(chance, 1, 3);
        for (unsigned i = 0; i < wanted; i++)
            (void)draw_input(drawer, node, VF_JOIN_NONE, is_urgent ? 100 : 70);
    } else {
        draw_inputs(drawer, node);
    }
    struct draw_stream first =
        draw_follow(drawer->sketch, node->inputs[0].node, node->inputs[0].port);
    draw_habits(drawer, node, first.most);
}

static void draw_transport(struct drawer *drawer)
{
    unsigned kind = chance_below(&drawer->chance, 100);
    drawer->sketch->transport = kind < 15   ? VF_TRANSPORT_TCP
                                : kind < 30 ? VF_TRANSPORT_IPC
                                            : VF_TRANSPORT_SHM;
    drawer->sketch->is_insecure = chance_is(&drawer->chance, 25);
}

void draw_sketch(struct sketch *sketch, uint64_t seed, bool must_be_hasty)
{
    struct drawer drawer = {.sketch = sketch, .chance = {chance_mix(seed, 1)}};
    struct chance *chance = &drawer.chance;
    *sketch = (struct sketch){.seed = seed};
    sketch->mode = must_be_hasty || chance_is(chance, 40) ? VF_MODE_REALTIME : VF_MODE_BATCH;
    sketch->is_hasty = must_be_hasty || (sketch->mode == VF_MODE_REALTIME && chance_is(chance, 30));
    draw_transport(&drawer);
    unsigned wanted = chance_between(chance, 2, SKETCH_MAX_NODES - 2);
    unsigned sources = 1;
    for (unsigned i = 1; i < 4; i++)
        sources += wanted > 3 * i && chance_is(chance, 40);
    for (unsigned i = 0; i < sources; i++)
        draw_source(&drawer);
    while (sketch->node_count + 1 < wanted && chance_is(chance, 95))
        draw_worker(&drawer);
    do
        draw_consumer(&drawer);
    while (count_unread(&drawer) ||
           (sketch->node_count < SKETCH_MAX_NODES && chance_is(chance, 25)));
}
