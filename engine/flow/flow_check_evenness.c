/* SPDX-License-Identifier: MIT */
#include "engine/flow/flow_check_evenness.h"

/* Returns how many messages of its producer make one on `link`, or 0 where that is not known. */
static uint64_t thinned_on(const struct vf_streams *streams, void *const *options,
                           const struct vf_link *link)
{
    const struct vf_wiring *wiring = streams->wiring;
    const struct vf_node *type = wiring->types[link->sender];
    size_t first = wiring->first_links[link->sender];
    uint64_t own = 1, before;
    if (type->kind == VF_PRODUCER)
        return 1;
    if (type->may_split || wiring->first_links[link->sender + 1] != first + 1)
        return 0;
    if (type->thins)
        own = options[link->sender] ? type->thins(options[link->sender]) : 0;
    before = thinned_on(streams, options, &wiring->links[first]);
    return __builtin_mul_overflow(own, before, &own) ? 0 : own;
}

static void report(const struct vf_streams *streams, size_t index, const struct vf_link *links[2],
                   const uint64_t thinned[2], struct vf_diagnostics *diagnostics)
{
    const struct vf_flow_node *nodes = streams->flow->nodes, *node = &nodes[index];
    bool is_asked = node->keys.join.by != VF_JOIN_NONE;
    vf_diagnostics_add(
        diagnostics, VF_GRAVITY_WARNING, "uneven-join",
        is_asked ? node->key_places[VF_KEY_JOIN] : node->inputs_place,
        "%s joins by order, but %s brings one message for every %llu of %s, and %s one for every "
        "%llu: once a queue is full, nothing moves; join by origin or by time",
        node->name, nodes[links[0]->sender].name, (unsigned long long)thinned[0],
        nodes[vf_streams_of(streams, links[0]).producer].name, nodes[links[1]->sender].name,
        (unsigned long long)thinned[1]);
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
            struct vf_stream one = vf_streams_of(streams, links[0]);
            struct vf_stream other = vf_streams_of(streams, links[1]);
            uint64_t thinned[] = {thinned_on(streams, options, links[0]),
                                  thinned_on(streams, options, links[1])};
            if (one.producer != other.producer || one.port != other.port || !thinned[0] ||
                !thinned[1] || thinned[0] == thinned[1])
                continue;
            report(streams, index, links, thinned, diagnostics);
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
