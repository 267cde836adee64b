/* SPDX-License-Identifier: MIT */
#include "engine/flow/graph/streams.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/flow/graph/graph.h"

/* Returns the link into the first connected element of `node`, or NULL. What a node emits carries
 * the number of its first input, unless an output answers another. */
static const struct vf_link *find_first_link(const struct vf_wiring *wiring, size_t node)
{
    size_t first = wiring->first_links[node];
    return first < wiring->first_links[node + 1] ? &wiring->links[first] : NULL;
}

/* Returns the link into the element that an output answers; NULL: it has the number of the first. */
static const struct vf_link *find_answered(const struct vf_wiring *wiring, size_t node,
                                           unsigned port)
{
    const struct vf_node *type = wiring->types[node];
    unsigned answers = type && port < type->outputs.count ? type->outputs.items[port].answers : 0;
    for (size_t i = wiring->first_links[node]; answers && i < wiring->first_links[node + 1]; i++) {
        if (wiring->links[i].element == answers - 1)
            return &wiring->links[i];
    }
    return NULL;
}

int vf_streams_init(struct vf_streams *streams, const struct vf_flow *flow,
                    const struct vf_wiring *wiring)
{
    size_t *order;
    *streams = (struct vf_streams){.flow = flow, .wiring = wiring};
    int err = vf_graph_sort(wiring, &order);
    if (err)
        return err;
    streams->nodes = calloc(wiring->node_count + 1, sizeof(*streams->nodes));
    for (size_t i = 0; streams->nodes && i < wiring->node_count; i++) {
        const struct vf_link *link = find_first_link(wiring, order[i]);
        bool has_numbers = vf_streams_latest(streams, order[i]).has_ticks;
        streams->nodes[order[i]] = link && !has_numbers
                                       ? vf_streams_of(streams, link)
                                       : (struct vf_stream){order[i], 0, VF_NO_NODE, VF_NO_NODE};
    }
    free(order);
    return streams->nodes ? VF_OK : -ENOMEM;
}

void vf_streams_finish(struct vf_streams *streams)
{
    free(streams->nodes);
    *streams = (struct vf_streams){0};
}

static bool is_inside_group(const struct vf_flow *flow, const struct vf_link *link)
{
    const char *sender = flow->nodes[link->sender].keys.group;
    const char *reader = flow->nodes[link->reader].keys.group;
    return sender && reader && strcmp(sender, reader) == 0;
}

struct vf_stream vf_streams_of(const struct vf_streams *streams, const struct vf_link *link)
{
    const struct vf_node *type = streams->wiring->types[link->sender];
    const struct vf_node_keys *keys = &streams->flow->nodes[link->sender].keys;
    const struct vf_link *answered =
        find_answered(streams->wiring, link->sender, link->sender_port);
    struct vf_stream stream =
        answered ? vf_streams_of(streams, answered) : streams->nodes[link->sender];
    if (stream.producer == link->sender && type && type->kind == VF_PRODUCER)
        stream.port = link->sender_port;
    if (type && vf_node_may_split(type, link->sender_port))
        stream.splitter = link->sender;
    if (keys->replicas > 1 && !keys->is_ordered && !is_inside_group(streams->flow, link))
        stream.scrambler = link->sender;
    return stream;
}

bool vf_streams_takes_several(const struct vf_streams *streams, const struct vf_link *link)
{
    const struct vf_node *type = streams->wiring->types[link->reader];
    return type && type->takes_gaps && link->has_port &&
           type->inputs.items[link->port].takes_several;
}

static enum vf_join_problem compare(struct vf_stream a, struct vf_stream b, bool takes_several,
                                    size_t *culprit)
{
    if (a.producer != b.producer || a.port != b.port)
        return VF_JOIN_DIFFERS;
    if (a.splitter == b.splitter || takes_several)
        return VF_JOIN_SOUND;
    *culprit = b.splitter != VF_NO_NODE ? b.splitter : a.splitter;
    return VF_JOIN_SPLITS;
}

/* Finds the gravest thing that keeps the inputs of `node` from being joined by origin. */
static struct vf_join_choice find_problem(const struct vf_streams *streams, size_t node)
{
    const struct vf_wiring *wiring = streams->wiring;
    const struct vf_link *first = find_first_link(wiring, node);
    struct vf_stream stream = vf_streams_of(streams, first);
    struct vf_join_choice found = {.by = VF_JOIN_ORIGIN, .first = first, .culprit = VF_NO_NODE};
    for (size_t i = wiring->first_links[node]; i < wiring->first_links[node + 1]; i++) {
        const struct vf_link *link = &wiring->links[i];
        struct vf_stream other = vf_streams_of(streams, link);
        if (other.scrambler != VF_NO_NODE) {
            found.problem = VF_JOIN_SCRAMBLES;
            found.other = link;
            found.culprit = other.scrambler;
            return found;
        }
        size_t culprit = VF_NO_NODE;
        bool takes_several = vf_streams_takes_several(streams, link);
        enum vf_join_problem problem = compare(stream, other, takes_several, &culprit);
        bool is_graver = problem == VF_JOIN_DIFFERS ? found.problem != VF_JOIN_DIFFERS
                                                    : problem && !found.problem;
        if (is_graver) {
            found.problem = problem;
            found.other = link;
            found.culprit = culprit;
        }
    }
    return found;
}

/* Whether the type of `node` asks for a join by latest. */
static bool is_live_by_latest(const struct vf_streams *streams, size_t node,
                              enum vf_join_problem problem)
{
    enum vf_live_join asked = streams->wiring->types[node]->live_join;
    const struct vf_node_keys *keys = &streams->flow->nodes[node].keys;
    if (streams->flow->mode != VF_MODE_REALTIME || keys->group || keys->replicas > 1)
        return false;
    return asked == VF_LIVE_LED || (asked == VF_LIVE_TICKS && problem == VF_JOIN_DIFFERS);
}

struct vf_join_choice vf_streams_choose_join(const struct vf_streams *streams, size_t node)
{
    const struct vf_wiring *wiring = streams->wiring;
    const struct vf_node *type = wiring->types[node];
    enum vf_join_policy wish = streams->flow->nodes[node].keys.join.by;
    size_t count = wiring->first_links[node + 1] - wiring->first_links[node];
    if (count == 1 && type && type->live_join == VF_LIVE_ALONE)
        return (struct vf_join_choice){.by = VF_JOIN_LATEST};
    if (count < 2 || !type || type->takes == VF_TAKES_EACH)
        return (struct vf_join_choice){.by = VF_JOIN_NONE};
    struct vf_join_choice choice = find_problem(streams, node);
    if (wish != VF_JOIN_NONE)
        choice.by = wish;
    else if (is_live_by_latest(streams, node, choice.problem))
        choice.by = VF_JOIN_LATEST;
    else if (choice.problem != VF_JOIN_SOUND)
        choice.by = VF_JOIN_ORDER;
    return choice;
}

struct vf_latest vf_streams_latest(const struct vf_streams *streams, size_t node)
{
    const struct vf_node *type = streams->wiring->types[node];
    if (vf_streams_choose_join(streams, node).by != VF_JOIN_LATEST)
        return (struct vf_latest){0};
    if (type->live_join == VF_LIVE_ALONE)
        return (struct vf_latest){.has_ticks = true,
                                  .rate = type->ticks,
                                  .may_lack = type->may_lack,
                                  .forgets = type->forgets,
                                  .gone_after_ns = type->gone_after_ns};
    const struct vf_join_wish *wish = &streams->flow->nodes[node].keys.join;
    bool has_live_ticks =
        streams->flow->mode == VF_MODE_REALTIME && type->live_join == VF_LIVE_TICKS;
    bool is_said = wish->missing != VF_MISSING_BY_JOIN;
    return (struct vf_latest){
        .has_ticks = wish->rate.num > 0 || has_live_ticks,
        .rate = wish->rate,
        .may_lack = type->may_lack,
        .forgets = type->may_lack && (is_said ? wish->missing == VF_MISSING_ABSENT
                                              : type->live_join == VF_LIVE_TICKS),
        .gone_after_ns = wish->gone_after_ns,
    };
}
