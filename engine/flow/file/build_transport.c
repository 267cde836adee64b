/* SPDX-License-Identifier: MIT */
#include "engine/flow/file/build_transport.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/host.h"
#include "engine/flow/file/keys.h"
#include "engine/flow/vocabulary.h"

#define HOST_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-_[]*"
#define MAX_HOST 255

/* Takes the numeric address of the host: ZeroMQ listens at no names. */
static int take_host(const struct vf_tree *tree, struct vf_diagnostics *diagnostics,
                     const char *host, struct vf_transport *transport)
{
    char *address = NULL;
    size_t length = strlen(host);
    bool is_spelt_well = length && length <= MAX_HOST && strspn(host, HOST_LETTERS) == length;
    int err = is_spelt_well ? vf_host_resolve(host, &address) : -ENOENT;
    if (!err) {
        free(transport->host);
        transport->host = address;
    }
    if (err != -ENOENT)
        return err;
    bool is_any = strcmp(host, "*") == 0;
    vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "wrong-value",
                       vf_tree_find(tree, "host")->place,
                       "host of tcp cannot be \"%s\"%s; it is an address such as 127.0.0.1", host,
                       is_any          ? ", since the tasks also connect to it"
                       : is_spelt_well ? ", which no address is known for"
                                       : "");
    return VF_OK;
}

static int read_tcp(const struct vf_tree *tree, struct vf_diagnostics *diagnostics,
                    struct vf_transport *transport)
{
    struct vf_tcp_values values = {0};
    transport->kind = VF_TRANSPORT_TCP;
    if (tree->kind == VF_TREE_NOTHING ||
        !vf_flow_keys_is_kind(tree, VF_TREE_MAPPING, "a mapping of host and base", diagnostics))
        return VF_OK;
    int err = vf_flow_keys_read_all(&vf_tcp_key_options, tree, "tcp", diagnostics, &values);
    if (!err && values.host)
        err = take_host(tree, diagnostics, values.host, transport);
    if (!err && values.base)
        transport->base = (unsigned)values.base;
    vf_option_release(&vf_tcp_key_options, &values);
    return err;
}

int vf_flow_build_transport(const struct vf_tree *tree, struct vf_diagnostics *diagnostics,
                            struct vf_flow *flow)
{
    struct vf_flow_values values = {.transport = flow->transport.kind};
    if (!tree)
        return VF_OK;
    flow->transport_place = tree->place;
    if (tree->kind != VF_TREE_MAPPING) {
        int err = vf_flow_keys_read(&vf_flow_key_options, tree, "the flow", diagnostics, &values);
        flow->transport.kind = values.transport;
        return err;
    }
    const struct vf_tree *tcp = vf_tree_find(tree, "tcp");
    if (tcp && tree->count == 1)
        return read_tcp(tcp, diagnostics, &flow->transport);
    vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW, "wrong-value", tree->place,
                       "this is no transport; write shm, ipc, tcp, or {tcp: {host: ADDRESS, "
                       "base: PORT}}");
    return VF_OK;
}

int vf_flow_build_security(const struct vf_tree *tree, struct vf_diagnostics *diagnostics,
                           struct vf_flow *flow)
{
    struct vf_flow_values values = {.security = VF_SECURITY_CURVE};
    if (!tree)
        return VF_OK;
    flow->security_place = tree->place;
    int err = vf_flow_keys_read(&vf_flow_key_options, tree, "the flow", diagnostics, &values);
    flow->transport.is_insecure = values.security == VF_SECURITY_NONE;
    return err;
}
