/* SPDX-License-Identifier: MIT */
#include "engine/flow/check/tasks.h"

#include <errno.h>

#include "engine/base/host.h"
#include "engine/flow/graph/units.h"

#define MAX_TASKS 4096 /* so that 5000 - task id stays a socket number */
#define MAX_PORT 65535

static bool is_given(const struct vf_flow_node *node, enum vf_node_key key)
{
    return node->key_places[key].line || node->key_places[key].setting;
}

static size_t count_inputs(const struct vf_wiring *wiring, size_t node)
{
    return wiring->first_links[node + 1] - wiring->first_links[node];
}

static void warn(struct vf_diagnostics *diagnostics, const struct vf_flow_node *node,
                 enum vf_node_key key, const char *what)
{
    vf_diagnostics_add(diagnostics, VF_GRAVITY_WARNING, "unused-key", node->key_places[key], what,
                       node->name);
}

static void check_replicas(const struct vf_flow_node *node, const struct vf_node *type,
                           size_t inputs, struct vf_diagnostics *diagnostics)
{
    struct vf_place place = node->key_places[VF_KEY_REPLICAS];
    if (node->keys.replicas < 2)
        return;
    if (type->kind == VF_PRODUCER)
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "bad-replicas", place,
                           "%s is a producer, which has no input to share; leave replicas out",
                           node->name);
    else if (type->is_stateful || type->holds)
        vf_diagnostics_add(
            diagnostics, VF_GRAVITY_FLOW, "bad-replicas", place,
            "%s has to see all messages, since %s %s; %sleave replicas out", node->name, type->name,
            type->is_stateful ? "remembers earlier ones" : "keeps some of them",
            vf_node_may_be_stateless(type) ? "set stateless: true if it does not, or " : "");
    else if (type->takes == VF_TAKES_EACH && inputs > 1)
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "bad-replicas", place,
                           "%s takes the messages of several inputs as they come, which replicas "
                           "cannot share; give it one input, or leave replicas out",
                           node->name);
}

static void check_node(const struct vf_flow *flow, const struct vf_wiring *wiring, size_t index,
                       struct vf_diagnostics *diagnostics)
{
    const struct vf_flow_node *node = &flow->nodes[index];
    const struct vf_node *type = wiring->types[index];
    size_t inputs = count_inputs(wiring, index);
    bool may_join =
        !node->has_broken_inputs && inputs == vf_wiring_count_named(wiring, flow, index);
    check_replicas(node, type, inputs, diagnostics);
    if (is_given(node, VF_KEY_ORDERED) && !is_given(node, VF_KEY_REPLICAS))
        warn(diagnostics, node, VF_KEY_ORDERED,
             "ordered is about replicas, and %s has none; leave it out");
    if (is_given(node, VF_KEY_GPU_FALLBACK) && !is_given(node, VF_KEY_GPU))
        warn(diagnostics, node, VF_KEY_GPU_FALLBACK,
             "gpu_fallback is about a GPU, and %s asks for none; leave it out, or add gpu: any");
    if (node->keys.join.by != VF_JOIN_NONE && type->takes == VF_TAKES_EACH)
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "bad-join", node->key_places[VF_KEY_JOIN],
                           "%s takes each message by itself, as it comes; leave join out",
                           node->name);
    else if (is_given(node, VF_KEY_JOIN) && may_join && inputs < 2)
        warn(diagnostics, node, VF_KEY_JOIN,
             "join is about several inputs, and %s has fewer; leave it out");
}

void vf_flow_check_keys(const struct vf_flow *flow, const struct vf_wiring *wiring,
                        struct vf_diagnostics *diagnostics)
{
    for (size_t i = 0; i < flow->node_count; i++) {
        if (wiring->types[i])
            check_node(flow, wiring, i, diagnostics);
    }
}

/* Returns the output that `link` comes from. */
static const char *output_of(const struct vf_streams *streams, const struct vf_link *link)
{
    return streams->wiring->types[link->sender]->outputs.items[link->sender_port].name;
}

static void report_difference(const struct vf_streams *streams, size_t node,
                              const struct vf_join_choice *choice,
                              struct vf_diagnostics *diagnostics)
{
    const struct vf_flow_node *nodes = streams->flow->nodes;
    struct vf_stream a = vf_streams_of(streams, choice->first);
    struct vf_stream b = vf_streams_of(streams, choice->other);
    vf_diagnostics_add(
        diagnostics, VF_GRAVITY_FLOW, "bad-join", nodes[node].key_places[VF_KEY_JOIN],
        "%s cannot join by origin: %s.%s comes from %s.%s, and %s.%s from %s.%s; join by order or "
        "by time",
        nodes[node].name, nodes[choice->first->sender].name, output_of(streams, choice->first),
        nodes[a.producer].name, streams->wiring->types[a.producer]->outputs.items[a.port].name,
        nodes[choice->other->sender].name, output_of(streams, choice->other),
        nodes[b.producer].name, streams->wiring->types[b.producer]->outputs.items[b.port].name);
}

/* Reports what a join by latest cannot do, or does though it may not be meant. */
static void check_latest(const struct vf_streams *streams, size_t index,
                         struct vf_diagnostics *diagnostics)
{
    const struct vf_flow_node *node = &streams->flow->nodes[index];
    const struct vf_node *type = streams->wiring->types[index];
    bool is_asked = is_given(node, VF_KEY_JOIN);
    struct vf_place place = is_asked ? node->key_places[VF_KEY_JOIN] : node->place;
    if (node->keys.join.missing == VF_MISSING_ABSENT && !type->may_lack)
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "bad-join", place,
                           "%s cannot work without one of its inputs; say missing: last",
                           node->name);
    if (type->must_look_ahead && type->looks_ahead)
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "bad-join", place,
                           "%s looks at messages that are still to come, which a join by latest "
                           "does not keep; join by origin",
                           node->name);
    if (type->may_lack && node->keys.replicas > 1)
        vf_diagnostics_add(
            diagnostics, VF_GRAVITY_FLOW, "bad-join", place,
            "%s joins by latest, and its inputs may be absent, which replicas cannot "
            "share; leave replicas out",
            node->name);
    if (streams->flow->mode == VF_MODE_BATCH && !streams->flow->is_mode_forced)
        vf_diagnostics_add(
            diagnostics, VF_GRAVITY_WARNING, "sampled-join", place,
            "%s joins by latest: whatever is not the newest of its input is left "
            "out, also in batch mode, and counted as unmatched; to keep all, join by "
            "origin, order or time",
            node->name);
}

/* Says that what comes of a link comes when its frames have long gone by. Returns whether it does. */
static bool is_told_late(const struct vf_streams *streams, const struct vf_link *link,
                         struct vf_diagnostics *diagnostics)
{
    const struct vf_flow_node *nodes = streams->flow->nodes, *node = &nodes[link->reader];
    const struct vf_node *sender = streams->wiring->types[link->sender];
    if (!sender || !sender->answers_late || !vf_node_may_split(sender, link->sender_port))
        return false;
    vf_diagnostics_add(
        diagnostics, VF_GRAVITY_FLOW, "bad-join", node->inputs_place,
        "%s needs what comes on its input %s while the frame that it is of is there, "
        "and %s tells of frames when they have long gone by",
        node->name, streams->wiring->types[link->reader]->inputs.items[link->port].name,
        nodes[link->sender].name);
    return true;
}

/* Of what comes now and then, only its origin tells which frame it belongs to. Returns whether that
 * is in order. */
static bool check_sparse_input(const struct vf_streams *streams, const struct vf_link *link,
                               const struct vf_join_choice *choice,
                               struct vf_diagnostics *diagnostics)
{
    const struct vf_flow_node *nodes = streams->flow->nodes, *node = &nodes[link->reader];
    if (is_told_late(streams, link, diagnostics))
        return false;
    if (choice->by == VF_JOIN_ORIGIN)
        return true;
    const char *port = streams->wiring->types[link->reader]->inputs.items[link->port].name;
    const char *sender = nodes[link->sender].name;
    if (node->keys.join.by != VF_JOIN_NONE)
        vf_diagnostics_add(
            diagnostics, VF_GRAVITY_FLOW, "bad-join", node->key_places[VF_KEY_JOIN],
            "%s takes what %s tells on its input %s together with the frames that it "
            "tells of, by origin; leave join out",
            node->name, sender, port);
    else
        vf_diagnostics_add(
            diagnostics, VF_GRAVITY_FLOW, "bad-join", node->inputs_place,
            "%s takes what %s tells on its input %s together with the frames that it "
            "tells of; all its inputs have to come from one output of one reader, in "
            "order, and none through a node that makes several messages of one",
            node->name, sender, port);
    return false;
}

static bool check_sparse_inputs(const struct vf_streams *streams, size_t index,
                                const struct vf_join_choice *choice,
                                struct vf_diagnostics *diagnostics)
{
    const struct vf_wiring *wiring = streams->wiring;
    for (size_t i = wiring->first_links[index]; i < wiring->first_links[index + 1]; i++) {
        const struct vf_link *link = &wiring->links[i];
        if (vf_streams_takes_several(streams, link) &&
            !check_sparse_input(streams, link, choice, diagnostics))
            return false;
    }
    return true;
}

static void check_join(const struct vf_streams *streams, size_t index,
                       struct vf_diagnostics *diagnostics)
{
    const struct vf_flow_node *node = &streams->flow->nodes[index];
    const struct vf_join_choice choice = vf_streams_choose_join(streams, index);
    enum vf_join_policy wish = node->keys.join.by;
    const char *culprit =
        choice.culprit != VF_NO_NODE ? streams->flow->nodes[choice.culprit].name : "";
    if (choice.by == VF_JOIN_NONE)
        return;
    if (!check_sparse_inputs(streams, index, &choice, diagnostics))
        return;
    if (choice.by == VF_JOIN_LATEST) {
        check_latest(streams, index, diagnostics);
        return;
    }
    if (choice.by == VF_JOIN_ORIGIN && streams->wiring->types[index]->takes_gaps &&
        node->keys.replicas > 1)
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "bad-join", node->place,
                           "%s works without inputs that are missing, which replicas cannot share; "
                           "leave replicas out, or say missing: withhold",
                           node->name);
    if (choice.problem == VF_JOIN_DIFFERS && wish == VF_JOIN_ORIGIN)
        report_difference(streams, index, &choice, diagnostics);
    if (choice.problem == VF_JOIN_SCRAMBLES && wish != VF_JOIN_ORDER)
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "bad-join", node->inputs_place,
                           "%s cannot join what %s makes, which is not in order; take ordered: "
                           "false from %s, or say join: order",
                           node->name, culprit, culprit);
    if (choice.problem == VF_JOIN_SPLITS && wish == VF_JOIN_ORIGIN)
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "bad-join", node->key_places[VF_KEY_JOIN],
                           "%s cannot join by origin, since %s may make several messages of one; "
                           "join by order or by time",
                           node->name, culprit);
    if (choice.problem == VF_JOIN_SPLITS && wish == VF_JOIN_NONE)
        vf_diagnostics_add(diagnostics, VF_GRAVITY_WARNING, "joined-by-order", node->inputs_place,
                           "%s joins by order, since %s may make several messages of one; say so "
                           "with join: order, or join: time",
                           node->name, culprit);
}

void vf_flow_check_joins(const struct vf_streams *streams, struct vf_diagnostics *diagnostics)
{
    for (size_t i = 0; i < streams->flow->node_count; i++)
        check_join(streams, i, diagnostics);
}

/* Whether the ports of all tasks are ports. */
static void check_base(unsigned base, size_t tasks, struct vf_place place,
                       struct vf_diagnostics *diagnostics)
{
    if (base <= tasks || base + tasks > MAX_PORT)
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "bad-transport", place,
                           "%zu tasks need the ports from %u - %zu to %u + %zu, and ports are 1 to "
                           "%d; choose another base",
                           tasks, base, tasks, base, tasks, MAX_PORT);
}

static void check_security(const struct vf_flow *flow, const char *host,
                           struct vf_diagnostics *diagnostics)
{
    bool is_refused = !flow->may_be_insecure && !vf_host_is_loopback(host);
    if (!flow->transport.is_insecure)
        return;
    vf_diagnostics_add(
        diagnostics, is_refused ? VF_GRAVITY_FLOW : VF_GRAVITY_WARNING, "insecure",
        flow->security_place,
        "with security: none whoever reaches the ports of %s can read and send "
        "messages; leave it out%s",
        host, is_refused ? ", or give --insecure if you mean it" : " unless nobody else can");
}

static void check_transport(const struct vf_flow *flow, size_t tasks,
                            struct vf_diagnostics *diagnostics)
{
    for (unsigned i = 0; i < flow->host_count; i++) {
        check_base(flow->hosts[i].base, tasks, flow->hosts[i].place, diagnostics);
        check_security(flow, flow->hosts[i].address, diagnostics);
    }
    if (flow->host_count || flow->transport.kind != VF_TRANSPORT_TCP)
        return;
    check_base(flow->transport.base, tasks, flow->transport_place, diagnostics);
    check_security(flow, flow->transport.host, diagnostics);
}

int vf_flow_check_numbers(const struct vf_flow *flow, const struct vf_wiring *wiring,
                          struct vf_diagnostics *diagnostics)
{
    struct vf_units units;
    int err = vf_units_init(&units, flow, wiring);
    if (err)
        return err;
    size_t tasks = vf_units_count_tasks(&units);
    vf_units_finish(&units);
    if (tasks > MAX_TASKS)
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "too-large", flow->nodes[0].place,
                           "the flow becomes %zu tasks; at most %d can run, so ask for fewer "
                           "replicas",
                           tasks, MAX_TASKS);
    check_transport(flow, tasks, diagnostics);
    return VF_OK;
}
