/* SPDX-License-Identifier: MIT */
#include "engine/flow/flow_check_evenness.h"

/* What happens to the messages of a fork on their way to a join, counted in those of the fork. */
struct branch {
    uint64_t thinned; /* so many make one; 0: that is not known */
    uint64_t lag;     /* so many come before one that is answered */
    uint64_t room;    /* so many can wait on the way */
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

/* Follows `link` back to the node `fork`. */
static struct branch measure(const struct vf_streams *streams, void *const *options,
                             const struct vf_link *link, size_t fork)
{
    const struct vf_flow_node *node = &streams->flow->nodes[link->sender];
    const struct vf_node *type = streams->wiring->types[link->sender];
    const void *asked = options[link->sender];
    unsigned queue = link->input->queue ? link->input->queue : streams->flow->queue;
    if (link->sender == fork)
        return (struct branch){.thinned = 1, .room = queue};
    struct branch branch = measure(streams, options, link_before(streams, link), fork);
    bool is_told = asked || (!type->thins && !type->lags);
    if (!is_told || type->may_split)
        return (struct branch){0};
    uint64_t before = branch.thinned, thins = type->thins ? type->thins(asked) : 1;
    branch.lag = add_product(type->lags ? type->lags(asked) : 0, before, branch.lag);
    branch.room =
        add_product((uint64_t)node->keys.replicas * (1 + type->holds), before, branch.room);
    branch.thinned = add_product(thins, before, 0);
    if (branch.thinned == UINT64_MAX)
        branch.thinned = 0;
    branch.room = add_product(queue, branch.thinned, branch.room);
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
    vf_diagnostics_add(diagnostics, VF_GRAVITY_WARNING, "uneven-join", place,
                       "%s joins by order, but %s brings nothing before %llu messages of %s have "
                       "come, and on the way to %s there is room for %llu: nothing will move; let "
                       "more wait there with queue, or join by origin or by time",
                       node->name, nodes[links[late]->sender].name,
                       (unsigned long long)branches[late].lag + 1, nodes[fork].name,
                       nodes[links[!late]->sender].name, (unsigned long long)branches[!late].room);
}

/* Tells whether the fork will wait for room on one branch while the join waits for the other. */
static bool will_stand_still(const struct branch branches[2])
{
    if (!branches[0].thinned || !branches[1].thinned)
        return false;
    return branches[0].thinned != branches[1].thinned ||
           branches[0].lag > add_product(1, branches[1].lag, branches[1].room) ||
           branches[1].lag > add_product(1, branches[0].lag, branches[0].room);
}

static void check_join(const struct vf_streams *streams, size_t index, void *const *options,
                       struct vf_diagnostics *diagnostics)
{
    const struct vf_wiring *wiring = streams->wiring;
    if (vf_streams_choose_join(streams, index).by != VF_JOIN_ORDER)
        return;
    for (size_t i = wiring->first_links[index]; i < wiring->first_links[index + 1]; i++) {
        for (size_t j = wiring->first_links[index]; j < i; j++) {
            const struct vf_link *links[] = {&wiring->links[j], &wiring->links[i]};
            size_t fork = find_fork(streams, links[0], links[1]);
            if (fork == VF_NO_NODE)
                continue;
            struct branch branches[] = {measure(streams, options, links[0], fork),
                                        measure(streams, options, links[1], fork)};
            if (!will_stand_still(branches))
                continue;
            report(streams, index, links, branches, fork, diagnostics);
            return; /* once for each join */
        }
    }
}

void vf_flow_check_evenness(const struct vf_streams *streams, void *const *options,
                            struct vf_diagnostics *diagnostics)
{
    for (size_t i = 0; i < streams->flow->node_count && streams->flow->mode == VF_MODE_BATCH; i++)
        check_join(streams, i, options, diagnostics);
}
