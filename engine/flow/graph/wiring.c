/* SPDX-License-Identifier: MIT */
#include "engine/flow/graph/wiring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/flow/graph/options.h"
#include "engine/flow/hint.h"
#include "engine/node/plugin_check.h"
#include "engine/node/reference/synonyms.h"

struct wirer {
    const struct vf_flow *flow;
    const struct vf_node_list *nodes;
    struct vf_diagnostics *diagnostics;
    struct vf_wiring *wiring;
    size_t first; /* link of the node that is wired now */
};

/* Gives a copy of a type the ports that the flow asks for. */
static int declare(const struct vf_flow_node *node, const void *values, struct vf_node *copy)
{
    const char **ports = calloc(node->input_count + 1, sizeof(char *));
    if (!ports)
        return -ENOMEM;
    for (size_t i = 0; i < node->input_count; i++)
        ports[i] = node->inputs[i].port;
    const struct vf_named_inputs inputs = {
        .ports = ports, .count = node->input_count, .is_incomplete = node->has_broken_inputs};
    int err = copy->declare(values, &inputs, copy);
    free(ports);
    return err;
}

/* Mistakes in the options are reported when they are checked; until then it is the node that the
 * list has. */
static const struct vf_node *adapt(const struct vf_flow_node *node, const struct vf_node *type,
                                   struct vf_node *copy, struct vf_diagnostics *diagnostics)
{
    struct vf_diagnostics untold = {0};
    void *values = NULL;
    int err = vf_flow_options_create(&values, node, type, &untold);
    *copy = *type;
    if (!err && type->adapt)
        type->adapt(values, copy);
    if (values && type->declare)
        err = declare(node, values, copy);
    if (err == -ENOMEM)
        diagnostics->failure = -ENOMEM;
    vf_flow_options_destroy(&values, type);
    vf_diagnostics_finish(&untold);
    return copy;
}

/* What a node of a plugin becomes by its options has to be one still. */
static const struct vf_node *check_adapted(struct wirer *wirer, const struct vf_flow_node *node,
                                           const struct vf_node *type)
{
    char problem[256];
    if (!vf_node_is_added(wirer->nodes, node->type))
        return type;
    int err = vf_node_check_tables(type, problem, sizeof(problem));
    if (!err)
        return type;
    if (err != -EINVAL)
        wirer->diagnostics->failure = err;
    else
        vf_diagnostics_add(wirer->diagnostics, VF_GRAVITY_FLOW, "bad-type", node->type_place,
                           "the type \"%s\" cannot be used with these options: %s", node->type,
                           problem);
    return NULL;
}

/* What takes each message as it comes has them joined when they are live. */
static const struct vf_node *join_live(const struct vf_node *type, struct vf_node *copy)
{
    *copy = *type;
    copy->takes = VF_TAKES_JOINED;
    copy->input_ended = NULL; /* only of what takes each */
    return copy;
}

static const struct vf_node *find_type(struct wirer *wirer, size_t index)
{
    const struct vf_flow_node *node = &wirer->flow->nodes[index];
    const struct vf_node *type = node->type ? vf_node_find(wirer->nodes, node->type) : NULL;
    if (type && (type->adapt || type->declare)) {
        struct vf_node *copy = &wirer->wiring->adapted[index];
        type = check_adapted(wirer, node, adapt(node, type, copy, wirer->diagnostics));
        if (!type)
            return NULL;
    }
    if (type && type->takes == VF_TAKES_EACH && type->live_join == VF_LIVE_LED &&
        wirer->flow->mode == VF_MODE_REALTIME && !node->keys.group)
        type = join_live(type, &wirer->wiring->adapted[index]);
    if (type || !node->type || wirer->flow->lacks_types)
        return type;
    if (vf_node_exists(wirer->nodes, node->type)) {
        wirer->diagnostics->failure = -ELIBACC; /* no mistake of the flow */
        return NULL;
    }
    struct vf_hint hint = {.nearest.wanted = node->type};
    const char *meant = vf_synonym_of_node(wirer->nodes, node->type);
    for (size_t i = 0; i < vf_node_total(wirer->nodes); i++)
        vf_hint_consider(&hint, vf_node_name_at(wirer->nodes, i));
    if (meant)
        hint.nearest.name = meant;
    vf_diagnostics_add(wirer->diagnostics, VF_GRAVITY_FLOW, "unknown-type", node->type_place,
                       "unknown type \"%s\"%s", node->type, vf_hint_text(&hint, "the types are"));
    vf_hint_finish(&hint);
    return NULL;
}

/* Finds the node that `link` comes from. */
static bool find_sender(struct wirer *wirer, struct vf_link *link)
{
    const struct vf_flow *flow = wirer->flow;
    struct vf_hint hint = {.nearest.wanted = link->input->node};
    for (size_t i = 0; i < flow->node_count; i++) {
        if (strcmp(flow->nodes[i].name, link->input->node) == 0) {
            link->sender = i;
            vf_hint_finish(&hint);
            return true;
        }
        vf_hint_consider(&hint, flow->nodes[i].name);
    }
    vf_diagnostics_add(wirer->diagnostics, VF_GRAVITY_FLOW, "unknown-node", link->input->place,
                       "there is no node \"%s\"%s", link->input->node,
                       vf_hint_text(&hint, "the nodes are"));
    vf_hint_finish(&hint);
    return false;
}

static bool find_port(const struct vf_port_list *ports, const char *name, unsigned *port)
{
    for (*port = 0; *port < ports->count; (*port)++) {
        if (strcmp(ports->items[*port].name, name) == 0)
            return true;
    }
    return false;
}

static void report_port(struct wirer *wirer, const struct vf_link *link, const char *wanted,
                        const char *direction, size_t owner)
{
    const struct vf_node *type = wirer->wiring->types[owner];
    const struct vf_port_list *ports = owner == link->reader ? &type->inputs : &type->outputs;
    struct vf_hint hint = {.nearest.wanted = wanted};
    for (size_t i = 0; i < ports->count; i++) {
        if (!ports->items[i].is_numbered || strchr(wanted, '['))
            vf_hint_consider(&hint, ports->items[i].name);
    }
    const char *meant = vf_synonym_of_port(ports, wanted);
    if (meant)
        hint.nearest.name = meant;
    vf_diagnostics_add(wirer->diagnostics, VF_GRAVITY_FLOW, "unknown-port", link->input->place,
                       "%s has no %s \"%s\"%s", wirer->flow->nodes[owner].name, direction, wanted,
                       vf_hint_text(&hint, "it has"));
    vf_hint_finish(&hint);
}

/* Finds the output that `link` comes from. */
static bool find_sender_port(struct wirer *wirer, struct vf_link *link)
{
    const struct vf_node *type = wirer->wiring->types[link->sender];
    const char *name = link->input->source_port;
    if (!type)
        return false;
    if (type->outputs.count == 0) {
        vf_diagnostics_add(wirer->diagnostics, VF_GRAVITY_FLOW, "no-output", link->input->place,
                           "%s is a consumer and has no output; read from the node before it",
                           link->input->node);
        return false;
    }
    link->sender_port = 0;
    if (!name || find_port(&type->outputs, name, &link->sender_port))
        return true;
    report_port(wirer, link, name, "output", link->sender);
    return false;
}

static void report_surplus(struct wirer *wirer, const struct vf_link *link, size_t position)
{
    const struct vf_node *type = wirer->wiring->types[link->reader];
    vf_diagnostics_add(wirer->diagnostics, VF_GRAVITY_FLOW, "surplus-input", link->input->place,
                       "this is input number %zu of %s; %s takes %zu", position + 1,
                       wirer->flow->nodes[link->reader].name, type->name, type->inputs.count);
}

/* Finds the input port that `link` leads to, the input at `position` among its node's. */
static bool find_reader_port(struct wirer *wirer, struct vf_link *link, size_t position)
{
    const struct vf_node *type = wirer->wiring->types[link->reader];
    const struct vf_port_list *ports = &type->inputs;
    const char *name = link->input->port;
    if (name) {
        if (find_port(ports, name, &link->port))
            return true;
        report_port(wirer, link, name, "input", link->reader);
        return false;
    }
    if (wirer->flow->nodes[link->reader].has_broken_inputs)
        return false; /* the positions are not known */
    bool is_last_repeated = ports->items[ports->count - 1].is_repeated;
    if (position >= ports->count && !is_last_repeated) {
        report_surplus(wirer, link, position);
        return false;
    }
    link->port = (unsigned)(position < ports->count ? position : ports->count - 1);
    return true;
}

/* Counts the sources of one port; all but a repeated one take a single source. The first source of
 * each port has its number; what else repeated ones take comes after all ports. */
static bool find_element(struct wirer *wirer, struct vf_link *link)
{
    const struct vf_node *type = wirer->wiring->types[link->reader];
    unsigned earlier = 0, further = 0;
    for (size_t i = wirer->first; i < wirer->wiring->link_count; i++) {
        const struct vf_link *other = &wirer->wiring->links[i];
        earlier += other->has_port && other->port == link->port;
        further += other->has_port && other->element >= type->inputs.count;
    }
    link->element = earlier ? (unsigned)type->inputs.count + further : link->port;
    if (!earlier || type->inputs.items[link->port].is_repeated)
        return true;
    vf_diagnostics_add(wirer->diagnostics, VF_GRAVITY_FLOW, "surplus-input", link->input->place,
                       "input \"%s\" of %s has a source already; it takes one",
                       type->inputs.items[link->port].name, wirer->flow->nodes[link->reader].name);
    return false;
}

static void add_link(struct wirer *wirer, struct vf_link *link, bool has_port, bool has_sender_port)
{
    link->has_port = has_port && find_element(wirer, link);
    link->is_whole = link->has_port && has_sender_port;
    wirer->wiring->links[wirer->wiring->link_count++] = *link;
}

static void report_several(struct wirer *wirer, const struct vf_link *link)
{
    const struct vf_port_list *outputs = &wirer->wiring->types[link->sender]->outputs;
    const struct vf_port *port = &outputs->items[link->sender_port];
    const struct vf_node *type = wirer->wiring->types[link->reader];
    vf_diagnostics_add(wirer->diagnostics, VF_GRAVITY_FLOW, "surplus-input", link->input->place,
                       "%s.%s is several, and input \"%s\" of %s takes one source; name one, such "
                       "as %s.%s",
                       link->input->node, port->name, type->inputs.items[link->port].name,
                       wirer->flow->nodes[link->reader].name, link->input->node,
                       outputs->items[port->from].name);
}

/* Adds the link of an input whose ports are known, or one for each port that it stands for. */
static void add_links(struct wirer *wirer, struct vf_link *link)
{
    const struct vf_node *sender = wirer->wiring->types[link->sender];
    const struct vf_node *reader = wirer->wiring->types[link->reader];
    const struct vf_port *port = &sender->outputs.items[link->sender_port];
    if (port->stands_for && !reader->inputs.items[link->port].is_repeated) {
        report_several(wirer, link);
        link->has_port = true; /* nothing else is wrong with it */
        wirer->wiring->links[wirer->wiring->link_count++] = *link;
        return;
    }
    unsigned first = port->stands_for ? port->from : link->sender_port;
    unsigned count = port->stands_for ? port->stands_for : 1;
    for (unsigned i = 0; i < count; i++) {
        link->sender_port = first + i;
        link->is_further = i > 0;
        add_link(wirer, link, true, true);
    }
}

/* Returns the name of a node as one in a sub-flow or loop calls it: the nearest beside it, or further
 * out, "cams/front/away" for "away". Lent; `called` where there is none. */
static char *find_beside(const struct vf_flow *flow, const char *name, char *called)
{
    size_t length = called ? strlen(name) : 0;
    while (length > 0) {
        while (length > 0 && name[length - 1] != '/')
            length--;
        for (size_t i = 0; i < flow->node_count; i++) {
            char *other = flow->nodes[i].name;
            if (strncmp(other, name, length) == 0 && strcmp(other + length, called) == 0)
                return other;
        }
        length -= length > 0;
    }
    return called;
}

/* Makes the input that an option of the node names; the texts stay the flow's. */
static const struct vf_flow_input *make_feed(struct wirer *wirer, size_t index,
                                             const struct vf_feed *feed)
{
    const struct vf_flow_node *node = &wirer->flow->nodes[index];
    struct vf_flow_input *input = &wirer->wiring->feeds[index];
    for (size_t i = 0; i < node->option_count; i++) {
        const struct vf_flow_option *option = &node->options[i];
        if (strcmp(option->name, feed->option) != 0)
            continue;
        *input = (struct vf_flow_input){
            .node = find_beside(wirer->flow, node->name, option->text),
            .source_port = (char *)(uintptr_t)feed->port,
            .queue = feed->queue,
            .drop = VF_DROP_NEVER,
            .place = option->value_place,
        };
    }
    return input;
}

/* Connects a node to the one that its option names. */
static void wire_feed(struct wirer *wirer, size_t index, const struct vf_feed *feed)
{
    const struct vf_flow_node *node = &wirer->flow->nodes[index];
    struct vf_link link = {.input = make_feed(wirer, index, feed), .reader = index};
    if (node->input_count) {
        vf_diagnostics_add(wirer->diagnostics, VF_GRAVITY_FLOW, "surplus-input", node->inputs_place,
                           "%s reads from the node that %s names; remove inputs", node->name,
                           feed->option);
        return;
    }
    if (!find_sender(wirer, &link))
        return;
    const struct vf_node *type = wirer->wiring->types[link.sender];
    bool is_right = type && strcmp(type->name, feed->type) == 0;
    if (type && !is_right)
        vf_diagnostics_add(wirer->diagnostics, VF_GRAVITY_FLOW, "bad-source", link.input->place,
                           "%s of %s names %s, a %s; name a %s", feed->option, node->name,
                           link.input->node, type->name, feed->type);
    add_link(wirer, &link, true, is_right && find_sender_port(wirer, &link));
}

static void wire_node(struct wirer *wirer, size_t index)
{
    const struct vf_flow_node *node = &wirer->flow->nodes[index];
    const struct vf_node *type = wirer->wiring->types[index];
    wirer->first = wirer->wiring->link_count;
    if (type && type->feed.option) {
        wire_feed(wirer, index, &type->feed);
        return;
    }
    if (type && type->inputs.count == 0 && node->input_count) {
        vf_diagnostics_add(wirer->diagnostics, VF_GRAVITY_FLOW, "surplus-input", node->inputs_place,
                           "%s is a producer and takes no inputs; remove them", node->name);
        return;
    }
    for (size_t i = 0; i < node->input_count; i++) {
        struct vf_link link = {.input = &node->inputs[i], .reader = index};
        if (!find_sender(wirer, &link))
            continue;
        bool has_sender_port = find_sender_port(wirer, &link);
        bool has_port = type && find_reader_port(wirer, &link, i);
        if (has_sender_port && has_port)
            add_links(wirer, &link);
        else
            add_link(wirer, &link, has_port, has_sender_port);
    }
}

static int compare_links(const void *first, const void *second)
{
    const struct vf_link *a = first, *b = second;
    if (a->reader != b->reader)
        return a->reader < b->reader ? -1 : 1;
    return a->element < b->element ? -1 : a->element > b->element;
}

/* Returns how many links there are at most. */
static size_t count_links(const struct wirer *wirer)
{
    size_t inputs = 0;
    unsigned most = 1;
    for (size_t i = 0; i < wirer->flow->node_count; i++) {
        const struct vf_node *type = wirer->wiring->types[i];
        inputs += wirer->flow->nodes[i].input_count;
        for (size_t j = 0; type && j < type->outputs.count; j++)
            most =
                type->outputs.items[j].stands_for > most ? type->outputs.items[j].stands_for : most;
    }
    return inputs * most + wirer->flow->node_count; /* and a feed for each */
}

int vf_wiring_create(struct vf_wiring **wiring, const struct vf_flow *flow,
                     const struct vf_node_list *nodes, struct vf_diagnostics *diagnostics)
{
    struct wirer wirer = {.flow = flow, .nodes = nodes, .diagnostics = diagnostics};
    struct vf_wiring *created = calloc(1, sizeof(*created));
    if (!created)
        return -ENOMEM;
    created->types = calloc(flow->node_count + 1, sizeof(const struct vf_node *));
    created->adapted = calloc(flow->node_count + 1, sizeof(*created->adapted));
    created->feeds = calloc(flow->node_count + 1, sizeof(*created->feeds));
    created->first_links = calloc(flow->node_count + 1, sizeof(*created->first_links));
    *wiring = wirer.wiring = created;
    bool is_made = created->types && created->adapted && created->feeds && created->first_links;
    created->node_count = flow->node_count;
    for (size_t i = 0; is_made && i < flow->node_count; i++)
        created->types[i] = find_type(&wirer, i);
    if (is_made)
        created->links = calloc(count_links(&wirer) + 1, sizeof(*created->links));
    if (!created->links) {
        vf_wiring_destroy(wiring);
        return -ENOMEM;
    }
    for (size_t i = 0; i < flow->node_count; i++) {
        wire_node(&wirer, i);
        created->first_links[i + 1] = created->link_count;
    }
    qsort(created->links, created->link_count, sizeof(*created->links), compare_links);
    return VF_OK;
}

void vf_wiring_destroy(struct vf_wiring **wiring)
{
    if (!*wiring)
        return;
    free((*wiring)->types);
    vf_node_copies_free((*wiring)->adapted, (*wiring)->node_count);
    free((*wiring)->feeds);
    free((*wiring)->links);
    free((*wiring)->first_links);
    free(*wiring);
    *wiring = NULL;
}

/* Returns the link into element 0 of `node`, or NULL. */
static const struct vf_link *find_first_input(const struct vf_wiring *wiring, size_t node)
{
    for (size_t i = wiring->first_links[node]; i < wiring->first_links[node + 1]; i++) {
        const struct vf_link *link = &wiring->links[i];
        if (link->is_whole && link->element == 0)
            return link;
    }
    return NULL;
}

size_t vf_wiring_count_named(const struct vf_wiring *wiring, const struct vf_flow *flow,
                             size_t node)
{
    const struct vf_node *type = wiring->types[node];
    return flow->nodes[node].input_count + (type && type->feed.option);
}

enum vf_port_type vf_wiring_output_type(const struct vf_wiring *wiring, size_t node, unsigned port)
{
    /* At most one step a node: a cycle of nodes that pass any type on has no type. */
    for (size_t step = 0; step <= wiring->node_count; step++) {
        const struct vf_node *type = wiring->types[node];
        if (!type || port >= type->outputs.count)
            break;
        if (type->outputs.items[port].type != VF_PORT_ANY)
            return type->outputs.items[port].type;
        const struct vf_link *link = find_first_input(wiring, node);
        if (!link)
            break;
        node = link->sender;
        port = link->sender_port;
    }
    return VF_PORT_ANY;
}
