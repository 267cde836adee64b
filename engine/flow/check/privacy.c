/* SPDX-License-Identifier: MIT */
#include "engine/flow/check/privacy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/flow/graph/graph.h"

/* By which links private frames come to a node; NULL: by none. */
struct reached {
    const struct vf_link *frames;
    const struct vf_link *arrays; /* which may be frames, or what was found in them */
};

struct checker {
    const struct vf_streams *streams;
    const struct vf_flow *flow;
    const struct vf_wiring *wiring;
    struct vf_diagnostics *diagnostics;
    struct reached *nodes;
};

static bool is_private(const struct checker *checker, size_t node)
{
    return checker->flow->nodes[node].keys.is_private;
}

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* Packets of sound and subtitles are known by the names of their outputs. */
static bool is_packet_of_pictures(const char *name)
{
    return !starts_with(name, "audio") && !starts_with(name, "subtitle");
}

static bool has_video_input(const struct vf_node *type)
{
    for (size_t i = 0; i < type->inputs.count; i++) {
        if (type->inputs.items[i].type == VF_PORT_VIDEO)
            return true;
    }
    return false;
}

/* What comes out of an output: frames, arrays or neither (VF_PORT_VALUE). */
static enum vf_port_type kind_of_output(const struct checker *checker, const struct vf_link *link)
{
    const struct vf_node *type = checker->wiring->types[link->sender];
    switch (vf_wiring_output_type(checker->wiring, link->sender, link->sender_port)) {
    case VF_PORT_VIDEO:
    case VF_PORT_ANY:
        return VF_PORT_VIDEO;
    case VF_PORT_PACKET:
        return is_packet_of_pictures(type->outputs.items[link->sender_port].name) ? VF_PORT_VIDEO
                                                                                  : VF_PORT_VALUE;
    case VF_PORT_ARRAY:
        return VF_PORT_ARRAY;
    default:
        return VF_PORT_VALUE;
    }
}

/* Whether what a link carries is private, of the kind that its output has. Arrays that come beside
 * frames say what is to be drawn on those. */
static bool is_link_private(const struct checker *checker, const struct vf_link *link,
                            enum vf_port_type kind)
{
    const struct vf_node *type = checker->wiring->types[link->sender];
    const struct reached *sender = &checker->nodes[link->sender];
    if (kind == VF_PORT_VALUE)
        return false;
    if (is_private(checker, link->sender))
        return true;
    if (type->redacts)
        return false;
    bool counts_arrays = kind == VF_PORT_ARRAY || !has_video_input(type);
    return sender->frames || (sender->arrays && counts_arrays);
}

static void follow(struct checker *checker, size_t node)
{
    const struct vf_wiring *wiring = checker->wiring;
    struct reached *reached = &checker->nodes[node];
    for (size_t i = wiring->first_links[node]; i < wiring->first_links[node + 1]; i++) {
        const struct vf_link *link = &wiring->links[i];
        enum vf_port_type kind = kind_of_output(checker, link);
        if (!is_link_private(checker, link, kind))
            continue;
        if (kind == VF_PORT_ARRAY && !reached->arrays)
            reached->arrays = link;
        if (kind == VF_PORT_VIDEO && !reached->frames)
            reached->frames = link;
    }
}

/* Writes "camera -> small -> out", from the private node on. */
static void write_way(const struct checker *checker, size_t node, struct vf_text *way)
{
    const struct reached *reached = &checker->nodes[node];
    const struct vf_link *link = reached->frames ? reached->frames : reached->arrays;
    if (link && !is_private(checker, link->sender))
        write_way(checker, link->sender, way);
    else if (link)
        vf_text_print(way, "%s", checker->flow->nodes[link->sender].name);
    vf_text_print(way, " -> %s", checker->flow->nodes[node].name);
}

/* Returns the private node that the way to `node` begins at. */
static size_t find_origin(const struct checker *checker, size_t node)
{
    const struct reached *reached = &checker->nodes[node];
    const struct vf_link *link = reached->frames ? reached->frames : reached->arrays;
    return is_private(checker, link->sender) ? link->sender : find_origin(checker, link->sender);
}

static void report_way(struct checker *checker, size_t node)
{
    const struct vf_flow_node *nodes = checker->flow->nodes;
    struct vf_text way = {0};
    bool is_array = !checker->nodes[node].frames;
    write_way(checker, node, &way);
    vf_diagnostics_add(checker->diagnostics, VF_GRAVITY_FLOW, "private-way",
                       nodes[node].inputs_place,
                       "%s is private, and %s reaches %s unredacted: %s; %s",
                       nodes[find_origin(checker, node)].name,
                       is_array ? "an array that may be made of its frames" : "what it makes",
                       nodes[node].name, way.bytes ? way.bytes : "",
                       is_array ? "send what was found as a value instead, or put "
                                  "blur_boxes or mask on the way"
                                : "put blur_boxes or mask on the way");
    vf_text_finish(&way);
}

/* A node that redacts has to know what is in this very frame. */
static void check_redactor(struct checker *checker, size_t node)
{
    const struct vf_flow_node *redactor = &checker->flow->nodes[node];
    enum vf_join_policy by = vf_streams_choose_join(checker->streams, node).by;
    if (by == VF_JOIN_NONE || by == VF_JOIN_ORIGIN)
        return;
    vf_diagnostics_add(checker->diagnostics, VF_GRAVITY_FLOW, "private-join",
                       redactor->inputs_place,
                       "%s gets private frames, and joins by %s: what it hides may be that of "
                       "another frame; have both inputs come from one reader, and join by origin",
                       redactor->name, vf_node_key_word(VF_KEY_JOIN, by));
}

static void check_node(struct checker *checker, size_t node)
{
    const struct vf_node *type = checker->wiring->types[node];
    const struct reached *reached = &checker->nodes[node];
    if (is_private(checker, node) && type->kind == VF_CONSUMER)
        vf_diagnostics_add(
            checker->diagnostics, VF_GRAVITY_FLOW, "private-consumer",
            checker->flow->nodes[node].key_places[VF_KEY_PRIVATE],
            "%s makes no frames; say private of the node whose frames nobody may see",
            checker->flow->nodes[node].name);
    if (!reached->frames && !reached->arrays)
        return;
    if (type->kind == VF_CONSUMER)
        report_way(checker, node);
    else if (type->redacts && reached->frames)
        check_redactor(checker, node);
}

int vf_flow_check_privacy(const struct vf_streams *streams, struct vf_diagnostics *diagnostics)
{
    struct checker checker = {.streams = streams,
                              .flow = streams->flow,
                              .wiring = streams->wiring,
                              .diagnostics = diagnostics};
    size_t *order = NULL;
    for (size_t i = 0; i < streams->wiring->node_count; i++) {
        if (!streams->wiring->types[i]) /* its module cannot be loaded, which has been said */
            return VF_OK;
    }
    int err = vf_graph_sort(streams->wiring, &order);
    if (err)
        return err == -ENOMEM ? err : VF_OK;
    checker.nodes = calloc(streams->wiring->node_count + 1, sizeof(*checker.nodes));
    for (size_t i = 0; checker.nodes && i < streams->wiring->node_count; i++)
        follow(&checker, order[i]);
    for (size_t i = 0; checker.nodes && i < streams->wiring->node_count; i++)
        check_node(&checker, i);
    err = checker.nodes ? VF_OK : -ENOMEM;
    free(checker.nodes);
    free(order);
    return err;
}
