/* SPDX-License-Identifier: MIT */
/* vocabulary.h - the words of a flow file: its keys, and what their values may be.
 *
 * The parser, the schema for editors, plans and reports all take them from these tables. The keys
 * that every node has are in engine/node/keys.h, for no option of a node may have their names.
 */
#ifndef VF_ENGINE_FLOW_VOCABULARY_H
#define VF_ENGINE_FLOW_VOCABULARY_H

#include <stdint.h>

#include "engine/flow/flow.h"
#include "engine/node/option/option.h"

/* The words for how messages travel, for VF_CHOICE; `prefix` begins the names of the values. */
#define VF_TRANSPORTS(prefix)                                             \
    {"shm", prefix##SHM, "In shared memory"},                             \
        {"ipc", prefix##IPC, "By ZeroMQ, through files of this machine"}, \
    {                                                                     \
        "tcp", prefix##TCP, "By ZeroMQ, through TCP ports"                \
    }

enum vf_security {
    VF_SECURITY_CURVE, /* only tasks of the run take part, by keys of its own */
    VF_SECURITY_NONE,  /* whoever reaches the ports */
};

struct vf_flow_values {
    enum vf_flow_mode mode;
    enum vf_transport_kind transport;
    enum vf_security security;
    int64_t memory, peer_timeout_ns;
    enum vf_sandbox_wish sandbox;
    char *http;
};

/* The keys of a flow, for struct vf_flow_values, in this order. Those that only hold other keys
 * have no kind. `transport` may also be a mapping. */
enum vf_flow_key {
    VF_FLOW_VERSION,
    VF_FLOW_INCLUDE,
    VF_FLOW_PLUGINS,
    VF_FLOW_MODE,
    VF_FLOW_VARS,
    VF_FLOW_TRANSPORT,
    VF_FLOW_SECURITY,
    VF_FLOW_HOSTS,
    VF_FLOW_PEER_TIMEOUT,
    VF_FLOW_MEMORY,
    VF_FLOW_SANDBOX,
    VF_FLOW_HTTP,
    VF_FLOW_DEFAULTS,
    VF_FLOW_INPUTS,
    VF_FLOW_OUTPUTS,
    VF_FLOW_NODES,
    VF_FLOW_EVENTS,
    VF_FLOW_TESTS,
    VF_FLOW_KEY_COUNT,
};
extern const struct vf_option_list vf_flow_key_options;

struct vf_tcp_values {
    char *host;
    int base; /* 0: not said */
};

/* What `transport: {tcp: ...}` says, for struct vf_tcp_values. */
extern const struct vf_option_list vf_tcp_key_options;

struct vf_host_values {
    char *address;
    int base; /* 0: not said */
};

/* What `hosts: {NAME: ...}` says of a host, for struct vf_host_values; `nodes` has no kind. */
enum vf_host_key { VF_HOST_NODES, VF_HOST_ADDRESS, VF_HOST_BASE, VF_HOST_KEY_COUNT };
extern const struct vf_option_list vf_host_key_options;

/* For how much there is room in a queue; both 0: not said. */
struct vf_queue {
    int messages;
    int64_t time_ns; /* instead: for all that comes in such a time */
};

struct vf_edge_values {
    struct vf_queue queue;
    enum vf_drop_policy drop;
    enum vf_wire_form wire;
};

/* What can be said of an edge, and of all by `defaults`, for struct vf_edge_values. */
enum vf_edge_key { VF_EDGE_QUEUE, VF_EDGE_DROP, VF_EDGE_WIRE, VF_EDGE_KEY_COUNT };
extern const struct vf_option_list vf_edge_key_options;

/* What else can be said of an input, if it is a mapping, for struct vf_input_values: where it comes
 * from, without which there is none, and how much later that is. */
struct vf_input_values {
    int64_t delay_ns;
};
enum vf_input_key { VF_INPUT_FROM, VF_INPUT_DELAY, VF_INPUT_KEY_COUNT };
extern const struct vf_option_list vf_input_key_options;

/* What a node has that is a sub-flow, and one that has nodes in it: keys without a kind. */
#define VF_SUBFLOW_TYPE "flow"

/* What `events` adds: a node of this name, of the type that tells what happens to the run. */
#define VF_EVENTS_NODE "events"
#define VF_EVENTS_TYPE "run_events"
extern const struct vf_option_list vf_subflow_key_options;
extern const struct vf_option_list vf_nested_key_options;

/* What a test of a flow has, and what it can expect: keys without a kind. */
extern const struct vf_option_list vf_test_key_options;
extern const struct vf_option_list vf_expect_key_options;

/* The words of a flow file for these. An edge whose policy is the mode's never drops; one of which
 * nothing is said is raw. */
const char *vf_flow_mode_name(enum vf_flow_mode mode);
const char *vf_drop_policy_name(enum vf_drop_policy drop);
const char *vf_wire_form_name(enum vf_wire_form wire);

#endif
