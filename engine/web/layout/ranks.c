/* SPDX-License-Identifier: MIT */
#include "engine/web/layout/ranks.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#define NONE SIZE_MAX

/* An edge as the layers see it: its head stands below its tail. */
struct arc {
    size_t tail, head;
    bool in_tree;
};

struct ranking {
    size_t node_count, arc_count;
    struct arc *arcs; /* edges from a node to itself are left out */
    long *rank;
    long *balance;    /* of each node: arcs that leave it, less those that come */
    bool *is_reached; /* the nodes of the tree, while it grows */
    /* The tree, rooted at node 0: nodes in the order of a walk, and for each node its place in that
     * order, how many nodes are below and with it, their balance, and the arc to its parent. */
    size_t *walk, *place, *size, *to_parent;
    long *sum;
    size_t *first, *next; /* of each node's tree arcs, as a list: next[2 * arc + is_head] */
};

static void ranking_finish(struct ranking *ranking)
{
    free(ranking->arcs);
    free(ranking->rank);
    free(ranking->balance);
    free(ranking->is_reached);
    free(ranking->walk);
    free(ranking->place);
    free(ranking->size);
    free(ranking->to_parent);
    free(ranking->sum);
    free(ranking->first);
    free(ranking->next);
}

static int ranking_init(struct ranking *ranking, const struct vf_layers_graph *graph)
{
    size_t count = graph->node_count;
    *ranking = (struct ranking){.node_count = count};
    ranking->arcs = calloc(graph->edge_count + 1, sizeof(*ranking->arcs));
    ranking->rank = calloc(count, sizeof(*ranking->rank));
    ranking->balance = calloc(count, sizeof(*ranking->balance));
    ranking->is_reached = calloc(count, sizeof(*ranking->is_reached));
    ranking->walk = calloc(count, sizeof(*ranking->walk));
    ranking->place = calloc(count, sizeof(*ranking->place));
    ranking->size = calloc(count, sizeof(*ranking->size));
    ranking->to_parent = calloc(count, sizeof(*ranking->to_parent));
    ranking->sum = calloc(count, sizeof(*ranking->sum));
    ranking->first = calloc(count, sizeof(*ranking->first));
    ranking->next = calloc(2 * graph->edge_count + 2, sizeof(*ranking->next));
    if (ranking->arcs && ranking->rank && ranking->balance && ranking->is_reached &&
        ranking->walk && ranking->place && ranking->size && ranking->to_parent && ranking->sum &&
        ranking->first && ranking->next)
        return VF_OK;
    ranking_finish(ranking);
    return -ENOMEM;
}

/* A search in depth, without recursion: a flow may be one long chain. */
struct search {
    const struct vf_layers_graph *graph;
    enum { UNSEEN, OPEN, DONE } * state;
    size_t *stack, *position; /* open nodes, and the edge of each that is looked at next */
    bool *is_upward;
};

/* Goes on at the innermost open node. Returns how many are open then. */
static size_t search_step(struct search *search, size_t depth)
{
    size_t node = search->stack[depth - 1];
    size_t i = search->position[depth - 1]++;
    if (i == search->graph->edge_count) {
        search->state[node] = DONE;
        return depth - 1;
    }
    const struct vf_layers_edge *edge = &search->graph->edges[i];
    if (edge->from != node)
        return depth;
    if (search->state[edge->to] == OPEN)
        search->is_upward[i] = true;
    if (search->state[edge->to] != UNSEEN)
        return depth;
    search->state[edge->to] = OPEN;
    search->stack[depth] = edge->to;
    search->position[depth] = 0;
    return depth + 1;
}

static void search_from(struct search *search, size_t node)
{
    if (search->state[node] != UNSEEN)
        return;
    search->state[node] = OPEN;
    search->stack[0] = node;
    search->position[0] = 0;
    for (size_t depth = 1; depth > 0;)
        depth = search_step(search, depth);
}

static bool has_parent(const struct vf_layers_graph *graph, size_t node)
{
    for (size_t i = 0; i < graph->edge_count; i++)
        if (graph->edges[i].to == node && graph->edges[i].from != node)
            return true;
    return false;
}

static int find_upward(const struct vf_layers_graph *graph, bool *is_upward)
{
    struct search search = {.graph = graph, .is_upward = is_upward};
    search.state = calloc(graph->node_count, sizeof(*search.state));
    search.stack = calloc(graph->node_count, sizeof(*search.stack));
    search.position = calloc(graph->node_count, sizeof(*search.position));
    int err = search.state && search.stack && search.position ? VF_OK : -ENOMEM;
    for (size_t i = 0; i < graph->node_count && !err; i++)
        if (!has_parent(graph, i))
            search_from(&search, i);
    for (size_t i = 0; i < graph->node_count && !err; i++)
        search_from(&search, i);
    free(search.state);
    free(search.stack);
    free(search.position);
    return err;
}

static void take_arcs(struct ranking *ranking, const struct vf_layers_graph *graph,
                      const bool *is_upward)
{
    for (size_t i = 0; i < graph->edge_count; i++) {
        size_t from = graph->edges[i].from, to = graph->edges[i].to;
        if (from == to)
            continue;
        struct arc *arc = &ranking->arcs[ranking->arc_count++];
        arc->tail = is_upward[i] ? to : from;
        arc->head = is_upward[i] ? from : to;
        ranking->balance[arc->tail]++;
        ranking->balance[arc->head]--;
    }
}

static long slack(const struct ranking *ranking, const struct arc *arc)
{
    return ranking->rank[arc->head] - ranking->rank[arc->tail] - 1;
}

/* Every node as high as it can be. Ends: without cycles no path is longer than all nodes. */
static void rank_by_longest_path(struct ranking *ranking)
{
    bool has_changed = true;
    while (has_changed) {
        has_changed = false;
        for (size_t i = 0; i < ranking->arc_count; i++) {
            long missing = -slack(ranking, &ranking->arcs[i]);
            if (missing <= 0)
                continue;
            ranking->rank[ranking->arcs[i].head] += missing;
            has_changed = true;
        }
    }
}

/* Returns the arc of least slack from the tree to a node outside. */
static struct arc *nearest_arc(struct ranking *ranking)
{
    struct arc *nearest = NULL;
    for (size_t i = 0; i < ranking->arc_count; i++) {
        struct arc *arc = &ranking->arcs[i];
        if (ranking->is_reached[arc->tail] == ranking->is_reached[arc->head])
            continue;
        if (!nearest || slack(ranking, arc) < slack(ranking, nearest))
            nearest = arc;
    }
    return nearest;
}

/* Makes a tree of arcs without slack that spans the graph, which is connected. */
static void grow_tree(struct ranking *ranking)
{
    ranking->is_reached[0] = true;
    struct arc *arc;
    while ((arc = nearest_arc(ranking)) != NULL) {
        bool has_tail = ranking->is_reached[arc->tail];
        long way = has_tail ? slack(ranking, arc) : -slack(ranking, arc);
        for (size_t i = 0; i < ranking->node_count && way != 0; i++)
            if (ranking->is_reached[i])
                ranking->rank[i] += way;
        arc->in_tree = true;
        ranking->is_reached[has_tail ? arc->head : arc->tail] = true;
    }
}

static void list_tree_arcs(struct ranking *ranking)
{
    for (size_t i = 0; i < ranking->node_count; i++)
        ranking->first[i] = NONE;
    for (size_t i = ranking->arc_count; i-- > 0;) {
        const struct arc *arc = &ranking->arcs[i];
        if (!arc->in_tree)
            continue;
        ranking->next[2 * i] = ranking->first[arc->tail];
        ranking->first[arc->tail] = 2 * i;
        ranking->next[2 * i + 1] = ranking->first[arc->head];
        ranking->first[arc->head] = 2 * i + 1;
    }
}

/* Puts the nodes that an arc of the tree leads to from `node` on the stack, which begins at `top`. */
static size_t push_children(struct ranking *ranking, size_t node, size_t *stack, size_t top)
{
    for (size_t end = ranking->first[node]; end != NONE; end = ranking->next[end]) {
        const struct arc *arc = &ranking->arcs[end / 2];
        if (end / 2 == ranking->to_parent[node])
            continue;
        size_t child = end % 2 ? arc->tail : arc->head;
        ranking->to_parent[child] = end / 2;
        stack[top++] = child;
    }
    return top;
}

static size_t parent_of(const struct ranking *ranking, size_t node)
{
    const struct arc *arc = &ranking->arcs[ranking->to_parent[node]];
    return arc->tail == node ? arc->head : arc->tail;
}

/* Walks the tree, parents first and each branch in one go, and sums up the branches. */
static void walk_tree(struct ranking *ranking)
{
    list_tree_arcs(ranking);
    size_t *stack = ranking->size; /* of the nodes that are next; the sizes are found after */
    size_t waiting = 1, count = 0;
    stack[0] = 0;
    ranking->to_parent[0] = NONE;
    while (waiting > 0) {
        size_t node = stack[--waiting];
        ranking->place[node] = count;
        ranking->walk[count++] = node;
        waiting = push_children(ranking, node, stack, waiting);
    }
    for (size_t i = 0; i < count; i++) {
        ranking->size[i] = 1;
        ranking->sum[i] = ranking->balance[i];
    }
    for (size_t i = count; i-- > 1;) {
        size_t node = ranking->walk[i], parent = parent_of(ranking, node);
        ranking->size[parent] += ranking->size[node];
        ranking->sum[parent] += ranking->sum[node];
    }
}

static bool is_in_branch(const struct ranking *ranking, size_t node, size_t top)
{
    return ranking->place[node] >= ranking->place[top] &&
           ranking->place[node] < ranking->place[top] + ranking->size[top];
}

/* Returns by how much all edges together become shorter for each layer that the arc from the branch at
 * `node` to its parent becomes longer. Arcs within the branch cancel out in its balance. */
static long gain(const struct ranking *ranking, size_t node)
{
    bool is_tail = ranking->arcs[ranking->to_parent[node]].tail == node;
    return is_tail ? -ranking->sum[node] : ranking->sum[node];
}

/* Returns the arc of least slack that leads the other way between the branch at `node` and the rest. */
static struct arc *entering_arc(struct ranking *ranking, size_t node)
{
    bool is_tail = ranking->arcs[ranking->to_parent[node]].tail == node;
    struct arc *best = NULL;
    for (size_t i = 0; i < ranking->arc_count; i++) {
        struct arc *arc = &ranking->arcs[i];
        bool has_tail = is_in_branch(ranking, arc->tail, node);
        bool has_head = is_in_branch(ranking, arc->head, node);
        if (has_tail == has_head || has_tail == is_tail)
            continue;
        if (!best || slack(ranking, arc) < slack(ranking, best))
            best = arc;
    }
    return best;
}

/* Replaces one arc of the tree, so that the edges get shorter or stay as long. Returns false when there
 * is none to replace: then they are as short as they can be. */
static bool improve(struct ranking *ranking)
{
    walk_tree(ranking);
    size_t node = NONE;
    for (size_t i = 1; i < ranking->node_count; i++)
        if (gain(ranking, i) > 0 && (node == NONE || gain(ranking, i) > gain(ranking, node)))
            node = i;
    struct arc *entering = node == NONE ? NULL : entering_arc(ranking, node);
    if (!entering)
        return false;
    struct arc *leaving = &ranking->arcs[ranking->to_parent[node]];
    long way = leaving->tail == node ? -slack(ranking, entering) : slack(ranking, entering);
    for (size_t i = 0; i < ranking->size[node]; i++)
        ranking->rank[ranking->walk[ranking->place[node] + i]] += way;
    leaving->in_tree = false;
    entering->in_tree = true;
    return true;
}

int vf_ranks_find(const struct vf_layers_graph *graph, size_t *ranks, bool *is_upward)
{
    struct ranking ranking;
    int err = ranking_init(&ranking, graph);
    if (err)
        return err;
    err = find_upward(graph, is_upward);
    if (err)
        goto done;
    take_arcs(&ranking, graph, is_upward);
    rank_by_longest_path(&ranking);
    grow_tree(&ranking);
    /* Steps without gain could go in a circle: no graph has needed nearly as many. */
    for (size_t i = 0; i < 10 * ranking.node_count && improve(&ranking); i++)
        ;
    long top = ranking.rank[0];
    for (size_t i = 0; i < ranking.node_count; i++)
        top = ranking.rank[i] < top ? ranking.rank[i] : top;
    for (size_t i = 0; i < ranking.node_count; i++)
        ranks[i] = (size_t)(ranking.rank[i] - top);
done:
    ranking_finish(&ranking);
    return err;
}
