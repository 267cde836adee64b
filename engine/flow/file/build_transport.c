/* SPDX-License-Identifier: MIT */
#include "engine/flow/file/build_transport.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/host.h"
#include "engine/flow/file/keys.h"

#define HOST_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-_[]*"
#define MAX_HOST 255

struct values {
    enum vf_transport_kind kind;
    enum { SECURITY_CURVE, SECURITY_NONE } security;
};

struct tcp_values {
    char *host;
    int base; /* 0: not said */
};

static const struct vf_option transport_table[] = {
    {"transport", "How messages travel",
     VF_CHOICE(struct values, kind, {"shm", VF_TRANSPORT_SHM, "In shared memory"},
               {"ipc", VF_TRANSPORT_IPC, "By ZeroMQ, through files that only the user opens"},
               {"tcp", VF_TRANSPORT_TCP, "By ZeroMQ, through TCP ports"})},
};
static const struct vf_option_list transport_options = VF_LIST(transport_table);

static const struct vf_option security_table[] = {
    {"security", "Who can take part over TCP",
     VF_CHOICE(struct values, security,
               {"curve", SECURITY_CURVE, "Tasks of this run only, by keys of its own"},
               {"none", SECURITY_NONE, "Whoever reaches the ports"})},
};
static const struct vf_option_list security_options = VF_LIST(security_table);

static const struct vf_option tcp_table[] = {
    {"host", "Address where the tasks listen", VF_TEXT(struct tcp_values, host)},
    {"base", "Port that socket numbers count from", VF_INTEGER(struct tcp_values, base),
     VF_RANGE(2, 65534)},
};
static const struct vf_option_list tcp_options = VF_LIST(tcp_table);

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
    struct tcp_values values = {0};
    transport->kind = VF_TRANSPORT_TCP;
    if (tree->kind == VF_TREE_NOTHING ||
        !vf_flow_keys_is_kind(tree, VF_TREE_MAPPING, "a mapping of host and base", diagnostics))
        return VF_OK;
    int err = vf_flow_keys_read_all(&tcp_options, tree, "tcp", diagnostics, &values);
    if (!err && values.host)
        err = take_host(tree, diagnostics, values.host, transport);
    if (!err && values.base)
        transport->base = (unsigned)values.base;
    vf_option_release(&tcp_options, &values);
    return err;
}

int vf_flow_build_transport(const struct vf_tree *tree, struct vf_diagnostics *diagnostics,
                            struct vf_flow *flow)
{
    struct values values = {.kind = flow->transport.kind};
    if (!tree)
        return VF_OK;
    flow->transport_place = tree->place;
    if (tree->kind != VF_TREE_MAPPING) {
        int err = vf_flow_keys_read(&transport_options, tree, "the flow", diagnostics, &values);
        flow->transport.kind = values.kind;
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
    struct values values = {.security = SECURITY_CURVE};
    if (!tree)
        return VF_OK;
    flow->security_place = tree->place;
    int err = vf_flow_keys_read(&security_options, tree, "the flow", diagnostics, &values);
    flow->transport.is_insecure = values.security == SECURITY_NONE;
    return err;
}
