/* SPDX-License-Identifier: MIT */
#include "engine/flow/check/check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/base/trust.h"
#include "engine/flow/check/connected.h"
#include "engine/flow/check/endpoints.h"
#include "engine/flow/check/evenness.h"
#include "engine/flow/check/groups.h"
#include "engine/flow/check/letters.h"
#include "engine/flow/check/paths.h"
#include "engine/flow/check/privacy.h"
#include "engine/flow/check/recovery.h"
#include "engine/flow/check/shifts.h"
#include "engine/flow/check/single_name.h"
#include "engine/flow/check/tasks.h"
#include "engine/flow/graph/graph.h"
#include "engine/flow/graph/options.h"
#include "engine/flow/graph/streams.h"
#include "engine/flow/graph/wiring.h"
#include "engine/node/reference/synonyms.h"

#define MAX_PORT 160 /* characters of NODE.PORT */

struct checker {
    const struct vf_flow *flow;
    const struct vf_node_list *nodes;
    const struct vf_wiring *wiring;
    struct vf_diagnostics *diagnostics;
    void **
        values; /* the options of each node, typed, as far as they could be read; NULL: there are none */
    bool *are_right; /* for each node: all of them are there and fit */
};

/* Returns the first port that has messages with these options, NULL: none. */
static const char *find_filled(const struct vf_node *type, const void *values)
{
    for (unsigned port = 0; port < type->outputs.count; port++) {
        if (type->fills(values, port))
            return type->outputs.items[port].name;
    }
    return NULL;
}

/* Writes NODE.PORT. Returns `text`, or NULL when `port` is NULL. */
static const char *write_port(char *text, size_t size, const char *node, const char *port)
{
    if (port)
        snprintf(text, size, "%s.%s", node, port);
    return port ? text : NULL;
}

/* Whoever reads a port that never has a message would wait forever. */
static void check_filled(struct checker *checker, const struct vf_link *link)
{
    if (!link->is_whole)
        return;
    const struct vf_node *sender = checker->wiring->types[link->sender];
    const void *asked = checker->values[link->sender];
    if (!sender->fills || !asked || sender->fills(asked, (unsigned)link->sender_port))
        return;
    const char *name = link->input->node;
    char filled[MAX_PORT];
    struct vf_text_nearest other = {
        .name = write_port(filled, sizeof(filled), name, find_filled(sender, asked))};
    vf_diagnostics_add(checker->diagnostics, VF_GRAVITY_FLOW, "unfilled-port", link->input->place,
                       "with its options %s never has a message on its port %s%s", name,
                       sender->outputs.items[link->sender_port].name, vf_text_suggest(&other));
}

static int check_options(struct checker *checker)
{
    struct vf_paths paths = {0};
    size_t count = checker->flow->node_count, mistakes = checker->diagnostics->count;
    const struct vf_node *const *types = checker->wiring->types;
    void **values = checker->values = calloc(count + 1, sizeof(*values));
    checker->are_right = calloc(count + 1, sizeof(*checker->are_right));
    int err = values && checker->are_right ? VF_OK : -ENOMEM;
    for (size_t i = 0; i < count && err != -ENOMEM; i++) {
        const struct vf_flow_node *node = &checker->flow->nodes[i];
        if (!types[i])
            continue;
        err = vf_flow_options_create(&values[i], node, types[i], checker->diagnostics);
        checker->are_right[i] = err == VF_OK;
        if (values[i] && err != -ENOMEM && vf_trust() != VF_TRUST_NAMES)
            err = vf_paths_add(&paths, node, types[i], values[i], checker->diagnostics);
    }
    if (err != -ENOMEM && checker->flow->source)
        err = vf_paths_add_own(&paths, checker->flow->source, "the run", VF_OWN_READ);
    for (size_t i = 0; i < checker->flow->part_count && err != -ENOMEM; i++)
        err = vf_paths_add_own(&paths, checker->flow->parts[i], "the run", VF_OWN_READ);
    if (err != -ENOMEM && checker->flow->report)
        err = vf_paths_add_own(&paths, checker->flow->report, "--report", VF_OWN_TEXT);
    if (err != -ENOMEM && checker->flow->report_page)
        err = vf_paths_add_own(&paths, checker->flow->report_page, "--report-html", VF_OWN_BYTES);
    if (err != -ENOMEM && checker->flow->trace)
        err = vf_paths_add_own(&paths, checker->flow->trace, "--trace", VF_OWN_BYTES);
    if (err != -ENOMEM)
        vf_flow_check_endpoints(checker->flow, checker->wiring, values, checker->diagnostics);
    bool are_right = err != -ENOMEM && checker->diagnostics->count == mistakes;
    for (size_t i = 0; i < checker->wiring->link_count && are_right; i++)
        check_filled(checker, &checker->wiring->links[i]);
    vf_paths_compare(&paths, checker->diagnostics);
    if (err != -ENOMEM)
        err = vf_letters_check(checker->flow, &paths, checker->diagnostics);
    vf_paths_finish(&paths);
    return err == -ENOMEM ? err : VF_OK;
}

/* Returns whether an input of that name, and not `port`, is where such an output belongs. */
static bool is_of_other(const struct vf_node *reader, const struct vf_port *port, const char *name)
{
    for (size_t i = 0; i < reader->inputs.count; i++) {
        const struct vf_port *other = &reader->inputs.items[i];
        if (other != port && strcmp(other->name, name) == 0)
            return true;
    }
    return false;
}

/* Returns another output of the sender that `port` could be read from, or NULL. */
static const char *find_output(const struct vf_node *sender, const struct vf_node *reader,
                               const struct vf_port *port)
{
    const char *found = NULL;
    for (size_t i = 0; i < sender->outputs.count; i++) {
        const struct vf_port *output = &sender->outputs.items[i];
        if (output->type != port->type || output->is_numbered)
            continue;
        if (!is_of_other(reader, port, output->name))
            return output->name;
        if (!found)
            found = output->name;
    }
    return found;
}

static void check_link(struct checker *checker, const struct vf_link *link)
{
    const struct vf_node *reader = checker->wiring->types[link->reader];
    if (!link->is_whole || link->is_further)
        return;
    const struct vf_node *sender = checker->wiring->types[link->sender];
    const struct vf_port *port = &reader->inputs.items[link->port];
    enum vf_port_type sent =
        vf_wiring_output_type(checker->wiring, link->sender, link->sender_port);
    if (sent == port->type || sent == VF_PORT_ANY || port->type == VF_PORT_ANY ||
        sent == port->also)
        return;
    char output[MAX_PORT];
    struct vf_text_nearest other = {.name = write_port(output, sizeof(output), link->input->node,
                                                       find_output(sender, reader, port))};
    vf_diagnostics_add(checker->diagnostics, VF_GRAVITY_FLOW, "wrong-port-type", link->input->place,
                       "input \"%s\" of %s takes %s, but %s.%s is %s%s", port->name,
                       checker->flow->nodes[link->reader].name, vf_port_type_name(port->type),
                       link->input->node, sender->outputs.items[link->sender_port].name,
                       vf_port_type_name(sent),
                       vf_text_suggest_or(&other, "read from a node that makes %s",
                                          vf_port_type_name(port->type)));
}

/* Returns whether all that the file says of a node's inputs was understood. */
static bool has_whole_inputs(const struct checker *checker, size_t node)
{
    const struct vf_flow_node *described = &checker->flow->nodes[node];
    const size_t *first_links = checker->wiring->first_links;
    size_t inputs = 0;
    for (size_t i = first_links[node]; i < first_links[node + 1]; i++) {
        if (!checker->wiring->links[i].has_port)
            return false;
        inputs += !checker->wiring->links[i].is_further;
    }
    return !described->has_broken_inputs &&
           inputs == vf_wiring_count_named(checker->wiring, checker->flow, node);
}

static bool is_connected(const struct checker *checker, size_t node, size_t port)
{
    const size_t *first_links = checker->wiring->first_links;
    for (size_t i = first_links[node]; i < first_links[node + 1]; i++) {
        if (checker->wiring->links[i].port == port)
            return true;
    }
    return false;
}

static bool are_all_optional(const struct vf_port_list *ports)
{
    for (size_t i = 0; i < ports->count; i++) {
        if (!ports->items[i].is_optional)
            return false;
    }
    return true;
}

/* Returns whether a node has what is most likely its inputs, misspelt: that has been reported. */
static bool misspells_inputs(const struct vf_flow_node *node, const struct vf_node *type)
{
    for (size_t i = 0; i < node->option_count; i++) {
        const char *name = node->options[i].name;
        if (!vf_option_find(&type->options, name) && vf_synonym_is_inputs(name))
            return true;
    }
    return false;
}

static int check_inputs(struct checker *checker, size_t node)
{
    const struct vf_flow_node *described = &checker->flow->nodes[node];
    const struct vf_node *type = checker->wiring->types[node];
    size_t known = checker->diagnostics->count;
    if (!type || !has_whole_inputs(checker, node) || misspells_inputs(described, type))
        return VF_OK;
    if (type->inputs.count && !vf_wiring_count_named(checker->wiring, checker->flow, node) &&
        are_all_optional(&type->inputs))
        vf_diagnostics_add(
            checker->diagnostics, VF_GRAVITY_FLOW, "missing-input", described->inputs_place,
            "nothing is connected to %s; name a source under inputs", described->name);
    for (size_t i = 0; i < type->inputs.count; i++) {
        const struct vf_port *port = &type->inputs.items[i];
        if (port->is_optional || is_connected(checker, node, i))
            continue;
        vf_diagnostics_add(checker->diagnostics, VF_GRAVITY_FLOW, "missing-input",
                           described->inputs_place,
                           "input \"%s\" of %s is not connected; name a source of %s under inputs",
                           port->name, described->name,
                           port->type == VF_PORT_ANY ? "anything" : vf_port_type_name(port->type));
    }
    if (checker->diagnostics->count > known || !checker->are_right[node])
        return VF_OK;
    return vf_flow_check_connected(checker->flow, checker->wiring, node, checker->values[node],
                                   checker->diagnostics);
}

static void check_drop(struct checker *checker)
{
    static const char message[] = "nothing is dropped in batch mode; leave drop out, or set "
                                  "mode: realtime";
    const struct vf_flow *flow = checker->flow;
    if (flow->mode != VF_MODE_BATCH || flow->is_mode_forced)
        return;
    if (flow->drop == VF_DROP_NEWEST || flow->drop == VF_DROP_OLDEST)
        vf_diagnostics_add(checker->diagnostics, VF_GRAVITY_WARNING, "unused-drop",
                           flow->drop_place, "%s", message);
    for (size_t i = 0; i < checker->wiring->link_count; i++) {
        const struct vf_flow_input *input = checker->wiring->links[i].input;
        if (checker->wiring->links[i].is_further)
            continue;
        if (input->drop == VF_DROP_NEWEST || input->drop == VF_DROP_OLDEST)
            vf_diagnostics_add(checker->diagnostics, VF_GRAVITY_WARNING, "unused-drop",
                               input->place, "%s", message);
    }
}

static void check_producers(struct checker *checker)
{
    if (checker->flow->is_broken || checker->flow->is_part)
        return; /* where there may be one */
    for (size_t i = 0; i < checker->wiring->node_count; i++) {
        const struct vf_node *type = checker->wiring->types[i];
        if (!type || type->kind == VF_PRODUCER)
            return;
    }
    if (checker->flow->node_count)
        vf_diagnostics_add(checker->diagnostics, VF_GRAVITY_FLOW, "no-producer",
                           checker->flow->nodes[0].place,
                           "the flow has no producer, so nothing would ever come; add a node "
                           "that reads or makes something");
}

/* Returns whether a node has done its work although nobody reads what it makes. */
static bool may_be_unread(const struct vf_node *type)
{
    return type->kind == VF_CONSUMER ||
           (type->outputs.count == 1 && type->outputs.items[0].is_optional);
}

static void check_readers(struct checker *checker)
{
    const struct vf_wiring *wiring = checker->wiring;
    for (size_t node = 0; node < wiring->node_count; node++) {
        const struct vf_node *type = wiring->types[node];
        bool is_read = !type || may_be_unread(type) || checker->flow->is_part;
        for (size_t i = 0; i < wiring->link_count && !is_read; i++)
            is_read = wiring->links[i].sender == node;
        if (!is_read)
            vf_diagnostics_add(checker->diagnostics, VF_GRAVITY_WARNING, "unread-output",
                               checker->flow->nodes[node].place,
                               "nobody reads what %s makes; connect it to a node, or remove it",
                               checker->flow->nodes[node].name);
    }
}

/* Looks at what can only be said of a whole flow. */
static int check_whole(struct checker *checker)
{
    struct vf_streams streams;
    struct vf_diagnostics *diagnostics = checker->diagnostics;
    check_readers(checker);
    if (checker->flow->node_count == 0)
        return VF_OK;
    int err = vf_streams_init(&streams, checker->flow, checker->wiring);
    if (err)
        return err;
    vf_flow_check_joins(&streams, diagnostics);
    err = vf_flow_check_groups(&streams, diagnostics);
    if (!err)
        err = vf_flow_check_privacy(&streams, diagnostics);
    if (!err && vf_diagnostics_gravest(diagnostics, diagnostics->first) < VF_GRAVITY_FLOW)
        err = vf_flow_check_numbers(checker->flow, checker->wiring, diagnostics);
    if (!err && vf_diagnostics_gravest(diagnostics, diagnostics->first) <= VF_GRAVITY_WARNING)
        err = vf_flow_check_evenness(&streams, checker->values, checker->nodes, diagnostics);
    if (!err && vf_diagnostics_gravest(diagnostics, diagnostics->first) <= VF_GRAVITY_WARNING)
        vf_flow_check_shifts(&streams, diagnostics);
    if (!err && vf_diagnostics_gravest(diagnostics, diagnostics->first) <= VF_GRAVITY_WARNING)
        vf_flow_check_single_names(checker->flow, checker->wiring, checker->values, diagnostics);
    vf_streams_finish(&streams);
    return err;
}

static int check(struct checker *checker)
{
    int err = check_options(checker);
    if (err)
        return err;
    for (size_t i = 0; i < checker->wiring->link_count; i++)
        check_link(checker, &checker->wiring->links[i]);
    for (size_t i = 0; i < checker->wiring->node_count && !err; i++)
        err = check_inputs(checker, i);
    if (err)
        return err;
    size_t known = checker->diagnostics->count;
    err = vf_graph_report_cycles(checker->wiring, checker->flow, checker->diagnostics);
    if (err)
        return err;
    if (checker->diagnostics->count == known) /* who reads in a circle may lack one for that */
        check_producers(checker);
    check_drop(checker);
    vf_flow_check_keys(checker->flow, checker->wiring, checker->diagnostics);
    vf_flow_check_recovery(checker->flow, checker->wiring, checker->diagnostics);
    /* A source that could not be found would have been a reader. */
    if (vf_diagnostics_gravest(checker->diagnostics, checker->diagnostics->first) < VF_GRAVITY_FLOW)
        err = check_whole(checker);
    return err;
}

int vf_flow_check(const struct vf_flow *flow, const struct vf_node_list *nodes,
                  struct vf_diagnostics *diagnostics)
{
    struct vf_wiring *wiring;
    size_t first = diagnostics->count;
    int err = vf_wiring_create(&wiring, flow, nodes, diagnostics);
    if (err)
        return err;
    struct checker checker = {
        .flow = flow, .nodes = nodes, .wiring = wiring, .diagnostics = diagnostics};
    err = check(&checker);
    for (size_t i = 0; checker.values && i < flow->node_count; i++)
        vf_flow_options_destroy(&checker.values[i], wiring->types[i]);
    free(checker.values);
    free(checker.are_right);
    vf_wiring_destroy(&wiring);
    if (err || diagnostics->failure)
        return err ? -ENOMEM : diagnostics->failure;
    return vf_diagnostics_gravest(diagnostics, first) > VF_GRAVITY_WARNING ? -EINVAL : VF_OK;
}
