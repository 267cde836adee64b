/* SPDX-License-Identifier: MIT */
#include "engine/flow/file/build.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/flow/file/build_defaults.h"
#include "engine/flow/file/build_events.h"
#include "engine/flow/file/build_hosts.h"
#include "engine/flow/file/build_node.h"
#include "engine/flow/file/build_transport.h"
#include "engine/flow/file/keys.h"
#include "engine/flow/hint.h"
#include "engine/flow/vocabulary.h"

#define MAX_NODES 4096 /* so that 5000 - task id stays a socket number */

struct builder {
    struct vf_diagnostics *diagnostics;
    struct vf_flow *flow;
};

static void prune(struct vf_tree *tree, unsigned depth)
{
    bool is_option = depth == 3 && tree->key && !vf_node_key_is_taken(tree->key);
    for (size_t i = 0; i < tree->count && !is_option;) {
        struct vf_tree *child = &tree->children[i];
        if (child->key && strncmp(child->key, VF_PRIVATE_PREFIX, strlen(VF_PRIVATE_PREFIX)) == 0) {
            vf_tree_remove(tree, i);
            continue;
        }
        bool are_nodes = depth == 2 && child->key && strcmp(child->key, "nodes") == 0;
        prune(child, are_nodes ? 1 : depth + 1);
        i++;
    }
}

void vf_flow_build_prune(struct vf_tree *root)
{
    prune(root, 0);
}

static void report(struct builder *builder, const char *code, struct vf_place place,
                   const char *message)
{
    vf_diagnostics_add(builder->diagnostics, VF_GRAVITY_FLOW, code, place, "%s", message);
}

static bool is_kind(struct builder *builder, const struct vf_tree *tree, enum vf_tree_kind kind,
                    const char *right)
{
    return vf_flow_keys_is_kind(tree, kind, right, builder->diagnostics);
}

static void report_unknown_key(struct builder *builder, const struct vf_tree *child)
{
    struct vf_hint hint = {.nearest.wanted = child->key};
    for (size_t i = 0; i < vf_flow_key_options.count; i++)
        vf_hint_consider(&hint, vf_flow_key_options.items[i].name);
    if (vf_tree_find(child, "type"))
        vf_diagnostics_add(builder->diagnostics, VF_GRAVITY_FLOW, "unknown-key", child->key_place,
                           "unknown key \"%s\"; a node stands under \"nodes\"", child->key);
    else
        vf_diagnostics_add(builder->diagnostics, VF_GRAVITY_FLOW, "unknown-key", child->key_place,
                           "unknown key \"%s\"%s", child->key, vf_hint_text(&hint, "a flow has"));
    vf_hint_finish(&hint);
}

static void read_version(struct builder *builder, const struct vf_tree *version)
{
    static const struct vf_place start = {.line = 1, .column = 1};
    if (!version)
        report(builder, "missing-version", start,
               "the version of the format is missing; begin the file with \"vflow: 1\"");
    else if (is_kind(builder, version, VF_TREE_TEXT, "the version of the format, 1") &&
             strcmp(version->text, "1") != 0)
        vf_diagnostics_add(builder->diagnostics, VF_GRAVITY_FLOW, "unknown-version", version->place,
                           "version \"%s\" of the format is not known here; this is vflow: 1",
                           version->text);
}

static void read_mode(struct builder *builder, const struct vf_tree *mode)
{
    const struct vf_option *key = &vf_flow_key_options.items[VF_FLOW_MODE];
    struct vf_flow_values values;
    if (!mode || !is_kind(builder, mode, VF_TREE_TEXT, "batch or realtime"))
        return;
    int err = vf_option_set(key, mode->text, &values);
    if (err)
        vf_hint_report_value(builder->diagnostics, key, "the flow", mode->text, mode->place, err);
    else
        builder->flow->mode = values.mode;
}

static void read_memory(struct builder *builder, const struct vf_tree *memory)
{
    const struct vf_option *key = &vf_flow_key_options.items[VF_FLOW_MEMORY];
    struct vf_flow_values values = {0};
    if (!memory || !is_kind(builder, memory, VF_TREE_TEXT, "an amount such as 512MB or 2GiB"))
        return;
    int err = vf_option_set(key, memory->text, &values);
    if (!err && values.memory <= 0)
        err = -ERANGE;
    if (err)
        vf_hint_report_value(builder->diagnostics, key, "the flow", memory->text, memory->place,
                             err);
    builder->flow->memory = values.memory;
    builder->flow->memory_place = memory->place;
}

static void read_peer_timeout(struct builder *builder, const struct vf_tree *timeout)
{
    const struct vf_option *key = &vf_flow_key_options.items[VF_FLOW_PEER_TIMEOUT];
    struct vf_flow_values values = {.peer_timeout_ns = builder->flow->peer_timeout_ns};
    if (!timeout || !is_kind(builder, timeout, VF_TREE_TEXT, "a time such as 10s"))
        return;
    int err = vf_option_set(key, timeout->text, &values);
    if (err)
        vf_hint_report_value(builder->diagnostics, key, "the flow", timeout->text, timeout->place,
                             err);
    builder->flow->peer_timeout_ns = values.peer_timeout_ns;
}

static void read_sandbox(struct builder *builder, const struct vf_tree *sandbox)
{
    const struct vf_option *key = &vf_flow_key_options.items[VF_FLOW_SANDBOX];
    struct vf_flow_values values = {0};
    if (!sandbox || !is_kind(builder, sandbox, VF_TREE_TEXT, "on, off or require"))
        return;
    int err = vf_option_set(key, sandbox->text, &values);
    if (err)
        vf_hint_report_value(builder->diagnostics, key, "the flow", sandbox->text, sandbox->place,
                             err);
    builder->flow->sandbox = values.sandbox;
}

static int read_http(struct builder *builder, const struct vf_tree *http)
{
    if (!http || !is_kind(builder, http, VF_TREE_TEXT, "an address, such as 127.0.0.1:8080"))
        return VF_OK;
    char *address = strdup(http->text);
    builder->flow->http = address ? vf_flow_keep(builder->flow, &address) : NULL;
    return builder->flow->http ? VF_OK : -ENOMEM;
}

/* Lends the text of a key; NULL: there is none, or it is no text. */
static const char *text_of(const struct vf_tree *mapping, const char *key)
{
    const struct vf_tree *child = vf_tree_find(mapping, key);
    return child && child->kind == VF_TREE_TEXT ? child->text : NULL;
}

/* Others write "- name: reader" and so on. */
static void report_list_of_nodes(struct builder *builder, const struct vf_tree *nodes)
{
    const struct vf_tree *first = nodes->count ? &nodes->children[0] : NULL;
    const char *name = text_of(first, "name"), *type = text_of(first, "type");
    if (!name)
        name = text_of(first, "id");
    vf_diagnostics_add(builder->diagnostics, VF_GRAVITY_FLOW, "wrong-kind", nodes->place,
                       "\"nodes\" is a list; it is a mapping of names to nodes: write \"%s: "
                       "{type: %s, ...}\" without \"-\"",
                       name ? name : "reader", type ? type : "video_reader");
}

static int read_nodes(struct builder *builder, const struct vf_tree *root)
{
    const struct vf_tree *nodes = vf_tree_find(root, "nodes");
    bool is_absent = !nodes || nodes->kind == VF_TREE_NOTHING;
    if (is_absent || (nodes->kind == VF_TREE_MAPPING && nodes->count == 0)) {
        if (builder->flow->is_broken)
            return VF_OK; /* there would be some */
        report(builder, "no-nodes", nodes ? nodes->place : root->place,
               "the flow has no nodes; put at least a producer under \"nodes\"");
        return VF_OK;
    }
    if (nodes->kind == VF_TREE_LIST) {
        report_list_of_nodes(builder, nodes);
        return VF_OK;
    }
    if (!is_kind(builder, nodes, VF_TREE_MAPPING, "a mapping of names to nodes"))
        return VF_OK;
    if (nodes->count > MAX_NODES) {
        vf_diagnostics_add(builder->diagnostics, VF_GRAVITY_FLOW, "too-large",
                           nodes->children[MAX_NODES].key_place,
                           "the flow has %zu nodes; at most %d can run", nodes->count, MAX_NODES);
        return VF_OK;
    }
    int err = VF_OK;
    for (size_t i = 0; i < nodes->count && !err; i++)
        err = vf_flow_build_node(&nodes->children[i], builder->diagnostics, builder->flow);
    return err;
}

int vf_flow_build(const struct vf_tree *root, struct vf_diagnostics *diagnostics,
                  struct vf_flow *flow)
{
    struct builder builder = {.diagnostics = diagnostics, .flow = flow};
    if (root->kind == VF_TREE_BROKEN)
        return VF_OK;
    if (root->kind != VF_TREE_MAPPING) {
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW,
                           root->kind == VF_TREE_NOTHING ? "empty-flow" : "wrong-kind",
                           (struct vf_place){.line = 1, .column = 1},
                           "the file holds %s; a flow is a mapping with vflow: 1 and nodes",
                           vf_tree_kind_name(root->kind));
        return VF_OK;
    }
    for (size_t i = 0; i < root->count; i++) {
        if (!vf_option_find(&vf_flow_key_options, root->children[i].key))
            report_unknown_key(&builder, &root->children[i]);
    }
    const struct vf_tree *vars = vf_tree_find(root, "vars");
    if (vars && vars->kind != VF_TREE_NOTHING)
        (void)is_kind(&builder, vars, VF_TREE_MAPPING, "a mapping of names to values");
    read_version(&builder, vf_tree_find(root, "vflow"));
    read_mode(&builder, vf_tree_find(root, "mode"));
    read_memory(&builder, vf_tree_find(root, "memory"));
    read_peer_timeout(&builder, vf_tree_find(root, "peer_timeout"));
    read_sandbox(&builder, vf_tree_find(root, "sandbox"));
    int err = read_http(&builder, vf_tree_find(root, "http"));
    if (!err)
        err = vf_flow_build_transport(vf_tree_find(root, "transport"), diagnostics, flow);
    if (!err)
        err = vf_flow_build_security(vf_tree_find(root, "security"), diagnostics, flow);
    if (!err)
        err = vf_flow_build_defaults(vf_tree_find(root, "defaults"), diagnostics, flow);
    if (!err)
        err = read_nodes(&builder, root);
    if (!err)
        err = vf_flow_build_events(vf_tree_find(root, "events"), diagnostics, flow);
    return err ? err : vf_flow_build_hosts(vf_tree_find(root, "hosts"), diagnostics, flow);
}
