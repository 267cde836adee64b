/* SPDX-License-Identifier: MIT */
#include "engine/flow/check/shifts.h"

/* Whether a message may be dropped in front of the reader of `link`. */
static bool drops(const struct vf_flow *flow, const struct vf_link *link)
{
    enum vf_drop_policy asked = link->input->drop;
    if (asked == VF_DROP_BY_MODE)
        asked = flow->drop;
    return flow->mode == VF_MODE_REALTIME && asked != VF_DROP_NEVER;
}

/* Returns the last link on which a message may be dropped that would have come by `link`, which is
 * followed back along first inputs; NULL: there is none. */
static const struct vf_link *find_drop(const struct vf_streams *streams, const struct vf_link *link)
{
    const struct vf_wiring *wiring = streams->wiring;
    while (!drops(streams->flow, link)) {
        size_t first = wiring->first_links[link->sender];
        if (first == wiring->first_links[link->sender + 1])
            return NULL;
        link = &wiring->links[first];
    }
    return link;
}

/* Returns the option by which the producer of `link` would be in order; NULL: it is. */
static const char *find_order(const struct vf_streams *streams, const struct vf_link *link)
{
    const struct vf_node *type = streams->wiring->types[vf_streams_of(streams, link).producer];
    return type ? type->ordered_by : NULL;
}

/* Looks at one input of a join. Returns whether it was warned of. */
static bool check_input(const struct vf_streams *streams, size_t index, const struct vf_link *link,
                        struct vf_diagnostics *diagnostics)
{
    const struct vf_flow_node *nodes = streams->flow->nodes, *node = &nodes[index];
    bool is_asked = node->keys.join.by != VF_JOIN_NONE;
    struct vf_place place = is_asked ? node->key_places[VF_KEY_JOIN] : node->inputs_place;
    struct vf_stream stream = vf_streams_of(streams, link);
    const char *option = find_order(streams, link);
    const struct vf_link *drop = find_drop(streams, link);
    if (stream.scrambler != VF_NO_NODE)
        vf_diagnostics_add(diagnostics, VF_GRAVITY_WARNING, "shifted-join", place,
                           "%s joins by order, and the replicas of %s are not in order, so it puts "
                           "together what does not belong together; take ordered: false from %s",
                           node->name, nodes[stream.scrambler].name, nodes[stream.scrambler].name);
    else if (option)
        vf_diagnostics_add(diagnostics, VF_GRAVITY_WARNING, "shifted-join", place,
                           "%s joins by order, and if several programs send to %s, or one leaves a "
                           "message out, all that follow are joined with the wrong ones; say with "
                           "%s in %s which node's messages these answer, and join by origin",
                           node->name, nodes[stream.producer].name, option,
                           nodes[stream.producer].name);
    else if (drop)
        vf_diagnostics_add(diagnostics, VF_GRAVITY_WARNING, "shifted-join", place,
                           "%s joins by order, and in realtime a message that is dropped in front "
                           "of %s makes all that follow join with the wrong ones; join by origin "
                           "or by time, or say drop: never",
                           node->name, nodes[drop->reader].name);
    return stream.scrambler != VF_NO_NODE || option || drop;
}

/* Answers are told apart by the numbers of their questions, which are those of the origins. */
static void check_feed(const struct vf_streams *streams, size_t index,
                       struct vf_diagnostics *diagnostics)
{
    const struct vf_wiring *wiring = streams->wiring;
    const struct vf_flow_node *nodes = streams->flow->nodes;
    const struct vf_node *type = wiring->types[index];
    if (!type || !type->feed.option)
        return;
    const struct vf_link *link = &wiring->links[wiring->first_links[index]];
    size_t splitter = vf_streams_of(streams, link).splitter;
    if (splitter != VF_NO_NODE)
        vf_diagnostics_add(
            diagnostics, VF_GRAVITY_WARNING, "mixed-answers", link->input->place,
            "%s may make several messages of one, which %s sends with one number, "
            "so their answers can be mistaken for each other; let %s read what comes "
            "before %s",
            nodes[splitter].name, link->input->node, link->input->node, nodes[splitter].name);
}

void vf_flow_check_shifts(const struct vf_streams *streams, struct vf_diagnostics *diagnostics)
{
    const struct vf_wiring *wiring = streams->wiring;
    for (size_t i = 0; i < wiring->node_count; i++) {
        bool is_told = vf_streams_choose_join(streams, i).by != VF_JOIN_ORDER;
        for (size_t j = wiring->first_links[i]; j < wiring->first_links[i + 1] && !is_told; j++)
            is_told = check_input(streams, i, &wiring->links[j], diagnostics);
        check_feed(streams, i, diagnostics);
    }
}
