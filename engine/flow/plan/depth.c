/* SPDX-License-Identifier: MIT */
#include "engine/flow/plan/depth.h"

#include "engine/base/clock.h"
#include "engine/flow/plan/meetings.h"
#include "engine/flow/plan/memory.h"

#define USUAL_DEPTH 4
#define USUAL_WAIT_NS (2 * VF_NS_PER_S) /* of packets and sound, and in front of a recorder */
#define PACKET_RATE 100                 /* AAC at 96 kHz has 94 in a second */
#define FRAME_RATE 25                   /* where it is not known */
#define LARGEST_USUAL ((size_t)256 << 20)

/* Returns what the link carries: VF_PORT_ANY when that is not known. */
static enum vf_port_type type_of(const struct vf_units *units, const struct vf_link *link)
{
    const struct vf_unit *sender = &units->items[link->sender];
    struct vf_unit_port port = {.node = sender->members[0], .port = link->sender_port};
    if (sender->is_group)
        port = sender->outputs[link->sender_port];
    return vf_wiring_output_type(units->nodes, port.node, port.port);
}

/* Returns the node that reads the link; NULL: a group does. */
static const struct vf_node *reader_of(const struct vf_units *units, const struct vf_link *link)
{
    const struct vf_unit *reader = &units->items[link->reader];
    return reader->is_group ? NULL : units->nodes->types[reader->members[0]];
}

/* Returns the node that sends what is an answer to one of its inputs; NULL: the link carries another
 * thing. */
static const struct vf_node *answerer_of(const struct vf_units *units, const struct vf_link *link)
{
    const struct vf_unit *sender = &units->items[link->sender];
    const struct vf_node *node = sender->is_group ? NULL : units->nodes->types[sender->members[0]];
    bool is_answer = node && link->sender_port < node->outputs.count &&
                     node->outputs.items[link->sender_port].answers;
    return is_answer ? node : NULL;
}

/* Room for the next batch of a node that takes several messages at a time, and for what it answers
 * to one whose inputs it takes as they come: it takes no more than there is room for. */
static unsigned usual_depth(const struct vf_node *reader, const struct vf_node *answerer)
{
    unsigned batch = reader ? reader->looks_ahead + 1 : 0;
    unsigned answers = answerer ? answerer->looks_ahead + 1 : 0;
    batch = batch > answers ? batch : answers;
    return batch > USUAL_DEPTH ? batch : USUAL_DEPTH;
}

/* Returns how many messages come in a time. */
static unsigned count_in(int64_t time_ns, double rate)
{
    double count = (double)time_ns / VF_NS_PER_S * rate;
    if (count >= VF_MAX_QUEUE)
        return VF_MAX_QUEUE;
    return (unsigned)count + ((unsigned)count < count || count < 1);
}

void vf_plan_choose_depth(const struct vf_units *units, const struct vf_link *link,
                          struct vf_plan_edge *edge)
{
    const struct vf_flow *flow = units->flow;
    const struct vf_flow_input *input = link->input;
    bool is_own = input->queue || input->queue_ns;
    unsigned asked = is_own ? input->queue : flow->queue;
    const struct vf_node *reader = reader_of(units, link);
    enum vf_port_type type = type_of(units, link);
    bool is_packet = type == VF_PORT_PACKET || type == VF_PORT_AUDIO;
    bool is_long = is_packet || (reader && reader->is_recorder && !flow->memory);
    edge->wait_ns = is_own ? input->queue_ns : flow->queue_ns;
    edge->is_usual = !asked && !edge->wait_ns;
    if (edge->is_usual && is_long && flow->mode == VF_MODE_REALTIME)
        edge->wait_ns = USUAL_WAIT_NS;
    edge->rate = is_packet ? PACKET_RATE : 0;
    edge->depth = asked ? asked : usual_depth(reader, answerer_of(units, link));
    if (edge->wait_ns)
        edge->depth = count_in(edge->wait_ns, is_packet ? PACKET_RATE : FRAME_RATE);
}

static unsigned settled_depth(const struct vf_plan *plan, const struct vf_plan_edge *edge)
{
    const struct vf_forecast *sent = &vf_plan_sender(plan, edge)->forecasts[edge->sender_port];
    struct vf_rational known = sent->video.frame_rate;
    double rate = edge->rate ? edge->rate : FRAME_RATE;
    if (!edge->rate && known.num > 0 && known.den > 0)
        rate = (double)known.num / known.den;
    unsigned depth = count_in(edge->wait_ns, rate);
    if (edge->is_usual && sent->payload_bytes && depth > LARGEST_USUAL / sent->payload_bytes)
        depth = (unsigned)(LARGEST_USUAL / sent->payload_bytes);
    return edge->is_usual && depth < USUAL_DEPTH ? USUAL_DEPTH : depth;
}

int vf_plan_settle_depths(struct vf_plan *plan)
{
    bool is_other = false;
    if (plan->host_count) /* each host sees only its own media, and all have to plan alike */
        return VF_OK;
    for (size_t i = 0; i < plan->edge_count; i++) {
        struct vf_plan_edge *edge = &plan->edges[i];
        unsigned depth = edge->wait_ns ? settled_depth(plan, edge) : edge->asked_depth;
        is_other = is_other || depth != edge->asked_depth;
        edge->asked_depth = depth;
    }
    if (!is_other)
        return VF_OK;
    for (size_t i = 0; i < plan->edge_count; i++)
        plan->edges[i].depth = plan->edges[i].asked_depth;
    int err = vf_plan_find_meetings(plan);
    return err ? err : vf_plan_count_cells(plan);
}
