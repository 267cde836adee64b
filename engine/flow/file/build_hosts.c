/* SPDX-License-Identifier: MIT */
#include "engine/flow/file/build_hosts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/flow/file/keys.h"
#include "engine/flow/hint.h"
#include "engine/flow/vocabulary.h"

#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"
#define LONGEST_NAME 63
#define NOWHERE UINT32_MAX

struct builder {
    struct vf_diagnostics *diagnostics;
    struct vf_flow *flow;
    unsigned rest; /* the host that has all nodes without one; NOWHERE: none has */
};

static bool is_name_good(const struct builder *builder, const struct vf_tree *tree)
{
    size_t length = strlen(tree->key);
    bool is_good = length && length <= LONGEST_NAME && tree->key[0] != '.' &&
                   strspn(tree->key, NAME_LETTERS) == length &&
                   strcmp(tree->key, VF_ALL_HOSTS) != 0;
    if (!is_good)
        vf_diagnostics_add(builder->diagnostics, VF_GRAVITY_FLOW, "bad-host", tree->key_place,
                           "a host cannot be called \"%s\"; its name has letters, digits, \".\", "
                           "\"-\" and \"_\", and is not " VF_ALL_HOSTS,
                           tree->key);
    return is_good;
}

/* Whether a name is that of a node, or of what it is in. */
static bool is_named(const struct vf_flow_node *node, const char *name)
{
    size_t length = strlen(name);
    return strncmp(node->name, name, length) == 0 &&
           (!node->name[length] || node->name[length] == '/');
}

static void report_unknown_node(const struct builder *builder, const struct vf_tree *name)
{
    struct vf_hint hint = {.nearest.wanted = name->text};
    for (size_t i = 0; i < builder->flow->node_count; i++)
        vf_hint_consider(&hint, builder->flow->nodes[i].name);
    vf_diagnostics_add(builder->diagnostics, VF_GRAVITY_FLOW, "unknown-node", name->place,
                       "there is no node \"%s\"%s", name->text,
                       vf_hint_text(&hint, "the flow has"));
    vf_hint_finish(&hint);
}

static void place_nodes(const struct builder *builder, const struct vf_tree *name, unsigned host)
{
    bool is_found = false;
    if (!vf_flow_keys_is_kind(name, VF_TREE_TEXT, "the name of a node", builder->diagnostics))
        return;
    for (size_t i = 0; i < builder->flow->node_count; i++) {
        struct vf_flow_node *node = &builder->flow->nodes[i];
        if (!is_named(node, name->text))
            continue;
        is_found = true;
        if (node->host != NOWHERE && node->host != host)
            vf_diagnostics_add(builder->diagnostics, VF_GRAVITY_FLOW, "bad-host", name->place,
                               "%s is on the host %s already", node->name,
                               builder->flow->hosts[node->host].name);
        node->host = host;
    }
    if (!is_found && !builder->flow->is_broken)
        report_unknown_node(builder, name);
}

/* Takes the nodes of a host: a list, or one; without any, what is left is its. */
static void read_nodes(struct builder *builder, const struct vf_tree *nodes, unsigned host)
{
    const struct vf_flow_host *own = &builder->flow->hosts[host];
    if (nodes && nodes->kind == VF_TREE_LIST) {
        for (size_t i = 0; i < nodes->count; i++)
            place_nodes(builder, &nodes->children[i], host);
    } else if (nodes && nodes->kind != VF_TREE_NOTHING) {
        place_nodes(builder, nodes, host);
    } else if (builder->rest == NOWHERE) {
        builder->rest = host;
    } else {
        vf_diagnostics_add(builder->diagnostics, VF_GRAVITY_FLOW, "bad-host", own->place,
                           "%s names no nodes, and neither does %s; only one host can have what "
                           "is left",
                           own->name, builder->flow->hosts[builder->rest].name);
    }
}

static int read_host(struct builder *builder, const struct vf_tree *tree)
{
    struct vf_flow *flow = builder->flow;
    struct vf_host_values values = {0};
    struct vf_flow_host *host = &flow->hosts[flow->host_count];
    int err = VF_OK;
    if (!is_name_good(builder, tree))
        return VF_OK;
    if (tree->kind != VF_TREE_NOTHING &&
        !vf_flow_keys_is_kind(tree, VF_TREE_MAPPING, "a mapping of nodes, address and base",
                              builder->diagnostics))
        return VF_OK;
    for (size_t i = 0; !err && i < tree->count; i++) {
        if (strcmp(tree->children[i].key, "nodes") != 0)
            err = vf_flow_keys_read(&vf_host_key_options, &tree->children[i], "a host",
                                    builder->diagnostics, &values);
    }
    const struct vf_tree *address = vf_tree_find(tree, "address");
    *host =
        (struct vf_flow_host){.name = strdup(tree->key),
                              .address = strdup(values.address ? values.address : tree->key),
                              .base = values.base ? (unsigned)values.base : flow->transport.base,
                              .place = tree->key_place,
                              .address_place = address ? address->place : tree->key_place};
    free(values.address);
    flow->host_count++;
    if (!err && (!host->name || !host->address))
        err = -ENOMEM;
    if (!err)
        read_nodes(builder, vf_tree_find(tree, "nodes"), flow->host_count - 1);
    return err;
}

/* A group is one process. */
static void check_groups(const struct builder *builder)
{
    const struct vf_flow *flow = builder->flow;
    for (size_t i = 0; i < flow->node_count; i++) {
        const struct vf_flow_node *node = &flow->nodes[i];
        for (size_t j = 0; node->keys.group && j < i; j++) {
            const struct vf_flow_node *other = &flow->nodes[j];
            if (!other->keys.group || strcmp(node->keys.group, other->keys.group) != 0 ||
                node->host == other->host)
                continue;
            vf_diagnostics_add(builder->diagnostics, VF_GRAVITY_FLOW, "bad-host",
                               node->key_places[VF_KEY_GROUP],
                               "%s and %s are of one group, which is one process; put them on one "
                               "host",
                               other->name, node->name);
            break;
        }
    }
}

static void place_rest(const struct builder *builder)
{
    for (size_t i = 0; i < builder->flow->node_count; i++) {
        struct vf_flow_node *node = &builder->flow->nodes[i];
        if (node->host != NOWHERE)
            continue;
        node->host = builder->rest == NOWHERE ? 0 : builder->rest;
        if (builder->rest == NOWHERE)
            vf_diagnostics_add(builder->diagnostics, VF_GRAVITY_FLOW, "bad-host", node->place,
                               "%s is on no host; name it in \"nodes\" of one, or leave \"nodes\" "
                               "out of the one that has the rest",
                               node->name);
    }
}

static bool is_size_good(const struct builder *builder, const struct vf_tree *tree)
{
    if (tree->count >= 1 && tree->count <= VF_MAX_HOSTS)
        return true;
    vf_diagnostics_add(builder->diagnostics, VF_GRAVITY_FLOW, "bad-host", tree->place,
                       "the flow has %zu hosts; it can have 1 to %d", tree->count, VF_MAX_HOSTS);
    return false;
}

int vf_flow_build_hosts(const struct vf_tree *tree, struct vf_diagnostics *diagnostics,
                        struct vf_flow *flow)
{
    struct builder builder = {diagnostics, flow, NOWHERE};
    int err = VF_OK;
    if (!tree || tree->kind == VF_TREE_NOTHING ||
        !vf_flow_keys_is_kind(tree, VF_TREE_MAPPING, "a mapping of names to hosts", diagnostics) ||
        !is_size_good(&builder, tree))
        return VF_OK;
    flow->hosts_place = tree->place;
    flow->hosts = calloc(tree->count, sizeof(*flow->hosts));
    if (!flow->hosts)
        return -ENOMEM;
    for (size_t i = 0; i < flow->node_count; i++)
        flow->nodes[i].host = NOWHERE;
    for (size_t i = 0; !err && i < tree->count; i++)
        err = read_host(&builder, &tree->children[i]);
    place_rest(&builder);
    check_groups(&builder);
    if (flow->transport.kind == VF_TRANSPORT_IPC)
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "bad-transport", flow->transport_place,
                           "with hosts, the transport within one is shm or tcp");
    return err;
}

int vf_flow_build_here(const char *name, struct vf_diagnostics *diagnostics, struct vf_flow *flow)
{
    struct vf_hint hint = {.nearest.wanted = name};
    if (!name || strcmp(name, VF_ALL_HOSTS) == 0)
        return VF_OK;
    for (unsigned i = 0; i < flow->host_count; i++) {
        if (strcmp(flow->hosts[i].name, name) == 0)
            flow->here = (int)i;
        vf_hint_consider(&hint, flow->hosts[i].name);
    }
    if (flow->here < 0)
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "unknown-host", flow->hosts_place,
                           flow->host_count
                               ? "there is no host \"%s\"%s"
                               : "there is no host \"%s\"; the flow has no \"hosts\"%s",
                           name, flow->host_count ? vf_hint_text(&hint, "the flow has") : "");
    vf_hint_finish(&hint);
    return VF_OK;
}
