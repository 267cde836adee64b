/* SPDX-License-Identifier: MIT */
/* options.h - what zmq_in and zmq_out have in common. */
#ifndef VF_NODES_PEER_OPTIONS_H
#define VF_NODES_PEER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/node/option/option.h"

/* How messages look outside of the flow. */
enum vf_peer_form {
    VF_FORM_ARRAY,  /* a header and the bytes of an array */
    VF_FORM_ZIPPED, /* a pickle in zlib's format */
    VF_FORM_JSON,
    VF_FORM_BYTES, /* as they are */
};

enum vf_peer_mode { VF_PEER_BIND, VF_PEER_CONNECT };

/* Entries of both option tables. */
#define VF_PEER_ENDPOINT(type, field)                                               \
    {                                                                               \
        "endpoint", "Endpoint to bind or connect to, such as tcp://127.0.0.1:5555", \
            VF_ENDPOINT(type, field), .is_main = true                               \
    }
#define VF_PEER_MODE(type, field)                               \
    {                                                           \
        "mode", "Which side listens",                           \
            VF_CHOICE(type, field,                              \
                      {"bind", VF_PEER_BIND,                    \
                       "This node: the others connect to "      \
                       "it"},                                   \
                      {"connect", VF_PEER_CONNECT,              \
                       "The other program: this node connects " \
                       "to it"}),                               \
            .fallback = "bind"                                  \
    }

/* How often a node that waits for another program looks whether it is to stop. */
#define VF_PEER_STEP_MS 100

/* How long a node still waits for other programs once the flow has been asked to stop. */
#define VF_PEER_PATIENCE_NS VF_NS_PER_S

/* For how long a node waits when the flow is to stop. Starts as {0}. */
struct vf_peer_patience {
    int64_t until_ns; /* 0: the flow goes on, as far as is known */
};

struct vf_node_run;
struct vf_peer_socket;

/* Returns whether a node that waits is to give up: the flow has been asked to stop, and nobody is
 * connected to `peer` (NULL: that does not matter), or VF_PEER_PATIENCE_NS have passed since it was
 * first seen here. */
bool vf_peer_patience_is_over(struct vf_peer_patience *patience, struct vf_node_run *run,
                              struct vf_peer_socket *peer);

/* Checks an endpoint, and a pixel format ("": none) for having 8 bits a channel in one plane.
 * Returns as a node's check(). */
VF_MUST_CHECK int vf_peer_check(const char *endpoint, enum vf_peer_mode mode,
                                const char *pixel_format, char *problem, size_t problem_size);

#endif
