/* SPDX-License-Identifier: MIT */
#include "engine/flow/check/evenness.h"

#include <errno.h>
#include <stdlib.h>

#include "engine/flow/graph/units.h"
#include "engine/flow/plan/plan.h"

struct evenness {
    const struct vf_streams *streams;
    void *const *options;
    const struct vf_node_list *nodes;
    uint64_t *rooms; /* on each link: how many can wait there; NULL: nobody has asked so far */
};

/* What happens to the messages of a fork on their way to a join, counted in those of the fork. */
struct branch {
    uint64_t thinned; /* how many make one; 0: that is not known */
    uint64_t lag;     /* how many come before one that is answered */
    uint64_t room;    /* how many can wait on the way */
};

/* Returns a * b + c, or the largest number there is. */
static uint64_t add_product(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t product;
    bool is_too_large =
        __builtin_mul_overflow(a, b, &product) || __builtin_add_overflow(product, c, &product);
    return is_too_large ? UINT64_MAX : product;
}

/* The only link to the node at whose output `link` begins; NULL: it has none, or several. */
static const struct vf_link *link_before(const struct vf_streams *streams,
                                         const struct vf_link *link)
{
    const struct vf_wiring *wiring = streams->wiring;
    size_t first = wiring->first_links[link->sender];
    return wiring->first_links[link->sender + 1] == first + 1 ? &wiring->links[first] : NULL;
}

/* How many messages the reader of `link` can have at once. In a group, only the first node of a way
 * takes one before the others are done. */
static uint64_t count_held(const struct evenness *evenness, const struct vf_link *link)
{
    const struct vf_streams *streams = evenness->streams;
    uint64_t replicas = (uint64_t)streams->flow->nodes[link->reader].keys.replicas;
    bool is_inside = evenness->rooms && !evenness->rooms[link - streams->wiring->links];
    return replicas * (vf_node_held(streams->wiring->types[link->reader]) + !is_inside);
}

/* Follows `link` back to the node `fork`. */
static struct branch measure(const struct evenness *evenness, const struct vf_link *link,
                             size_t fork)
{
    const struct vf_streams *streams = evenness->streams;
    const struct vf_link *links = streams->wiring->links;
    const struct vf_node *type = streams->wiring->types[link->sender];
    const void *asked = evenness->options[link->sender];
    uint64_t room = evenness->rooms ? evenness->rooms[link - links] : 0;
    if (link->sender == fork)
        return (struct branch){.thinned = 1, .room = room};
    const struct vf_link *before_it = link_before(streams, link);
    struct branch branch = measure(evenness, before_it, fork);
    if (vf_node_may_split(type, link->sender_port))
        return (struct branch){0};
    uint64_t before = branch.thinned, thins = type->thins ? type->thins(asked) : 1;
    branch.lag = add_product(type->lags ? type->lags(asked) : 0, before, branch.lag);
    branch.room = add_product(count_held(evenness, before_it), before, branch.room);
    branch.thinned = add_product(thins, before, 0);
    if (branch.thinned == UINT64_MAX)
        branch.thinned = 0;
    branch.room = add_product(room, branch.thinned, branch.room);
    return branch;
}

/* Finds the last node from which the messages of both links come. */
static size_t find_fork(const struct vf_streams *streams, const struct vf_link *one,
                        const struct vf_link *other)
{
    do {
        const struct vf_link *link = other;
        do {
            if (link->sender == one->sender)
                return link->sender_port == one->sender_port ? link->sender : VF_NO_NODE;
        } while ((link = link_before(streams, link)));
    } while ((one = link_before(streams, one)));
    return VF_NO_NODE;
}

static void report(const struct vf_streams *streams, size_t index, const struct vf_link *links[2],
                   const struct branch branches[2], size_t fork, struct vf_diagnostics *diagnostics)
{
    const struct vf_flow_node *nodes = streams->flow->nodes, *node = &nodes[index];
    bool is_asked = node->keys.join.by != VF_JOIN_NONE;
    struct vf_place place = is_asked ? node->key_places[VF_KEY_JOIN] : node->inputs_place;
    if (branches[0].thinned != branches[1].thinned) {
        vf_diagnostics_add(diagnostics, VF_GRAVITY_WARNING, "uneven-join", place,
                           "%s joins by order, but %s brings one message for every %llu of %s, and "
                           "%s one for every %llu: once a queue is full, nothing moves; join by "
                           "origin or by time",
                           node->name, nodes[links[0]->sender].name,
                           (unsigned long long)branches[0].thinned, nodes[fork].name,
                           nodes[links[1]->sender].name, (unsigned long long)branches[1].thinned);
        return;
    }
    unsigned late = branches[1].lag > branches[0].lag;
    vf_diagnostics_add(
        diagnostics, VF_GRAVITY_WARNING, "uneven-join", place,
        "%s joins by order, but %s brings nothing before %llu messages of %s have "
        "come, and on the way from %s there is room for %llu: nothing will move; let "
        "more wait there with queue, or join by origin or by time",
        node->name, nodes[links[late]->sender].name, (unsigned long long)branches[late].lag + 1,
        nodes[fork].name, nodes[links[!late]->sender].name,
        (unsigned long long)branches[!late].room);
}

/* Returns whether the fork will wait for room on one branch while the join waits for the other. */
static bool will_stand_still(const struct branch branches[2])
{
    if (!branches[0].thinned || !branches[1].thinned)
        return false;
    return branches[0].thinned != branches[1].thinned ||
           branches[0].lag > add_product(1, branches[1].lag, branches[1].room) ||
           branches[1].lag > add_product(1, branches[0].lag, branches[0].room);
}

/* Returns how many messages can wait between two units; those between a task that only gathers and
 * the replicas downstream of it count where it does not join. */
static uint64_t count_room(const struct vf_plan *plan, size_t link)
{
    uint64_t room = 0;
    bool is_gathered = false;
    for (size_t i = 0; i < plan->edge_count; i++) {
        const struct vf_plan_edge *edge = &plan->edges[i];
        const struct vf_plan_task *sender = vf_plan_sender(plan, edge);
        if (edge->link != link || (sender->is_gather && sender->join != VF_JOIN_NONE))
            continue;
        room += edge->depth;
        is_gathered |= sender->is_gather;
    }
    return room + is_gathered;
}

/* Fills in the rooms as they are planned; inside a group there are none. */
static void read_plan(const struct evenness *evenness, const struct vf_units *units,
                      const struct vf_plan *plan)
{
    const struct vf_wiring *wiring = units->nodes;
    for (size_t i = 0; i < wiring->link_count; i++) {
        const struct vf_link *link = &wiring->links[i];
        size_t sender = units->of_node[link->sender], reader = units->of_node[link->reader];
        unsigned element = units->items[reader].is_group ? units->elements[i] : link->element;
        for (size_t j = units->graph.first_links[reader];
             sender != reader && j < units->graph.first_links[reader + 1]; j++) {
            if (units->graph.links[j].element == element)
                evenness->rooms[i] = count_room(plan, j);
        }
    }
}

/* Finds out how many messages can wait on each link. */
static int plan_rooms(struct evenness *evenness)
{
    const struct vf_streams *streams = evenness->streams;
    struct vf_units units = {0};
    struct vf_plan *plan = NULL;
    int err = vf_plan_create(&plan, streams->flow, evenness->nodes);
    if (!err)
        err = vf_units_init(&units, streams->flow, streams->wiring);
    if (!err)
        evenness->rooms = calloc(streams->wiring->link_count + 1, sizeof(*evenness->rooms));
    if (evenness->rooms)
        read_plan(evenness, &units, plan);
    else if (!err)
        err = -ENOMEM;
    vf_units_finish(&units);
    vf_plan_destroy(&plan);
    return err;
}

/* Looks at two inputs of a join; *is_told becomes true if they are warned of. */
static int check_pair(struct evenness *evenness, size_t index, const struct vf_link *links[2],
                      bool *is_told, struct vf_diagnostics *diagnostics)
{
    size_t fork = find_fork(evenness->streams, links[0], links[1]);
    if (fork == VF_NO_NODE)
        return VF_OK;
    struct branch branches[] = {measure(evenness, links[0], fork),
                                measure(evenness, links[1], fork)};
    if (branches[0].lag != branches[1].lag && !evenness->rooms) {
        int err = plan_rooms(evenness);
        return err ? err : check_pair(evenness, index, links, is_told, diagnostics);
    }
    if (will_stand_still(branches)) {
        report(evenness->streams, index, links, branches, fork, diagnostics);
        *is_told = true;
    }
    return VF_OK;
}

static int check_join(struct evenness *evenness, size_t index, struct vf_diagnostics *diagnostics)
{
    const struct vf_wiring *wiring = evenness->streams->wiring;
    bool is_told = false; /* once for each join */
    int err = VF_OK;
    if (vf_streams_choose_join(evenness->streams, index).by != VF_JOIN_ORDER)
        return VF_OK;
    for (size_t i = wiring->first_links[index]; i < wiring->first_links[index + 1]; i++) {
        for (size_t j = wiring->first_links[index]; j < i && !err && !is_told; j++) {
            const struct vf_link *links[] = {&wiring->links[j], &wiring->links[i]};
            err = check_pair(evenness, index, links, &is_told, diagnostics);
        }
    }
    return err;
}

int vf_flow_check_evenness(const struct vf_streams *streams, void *const *options,
                           const struct vf_node_list *nodes, struct vf_diagnostics *diagnostics)
{
    struct evenness evenness = {.streams = streams, .options = options, .nodes = nodes};
    int err = VF_OK;
    for (size_t i = 0;
         i < streams->flow->node_count && streams->flow->mode == VF_MODE_BATCH && !err; i++)
        err = check_join(&evenness, i, diagnostics);
    free(evenness.rooms);
    return err;
}
