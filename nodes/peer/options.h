/* SPDX-License-Identifier: MIT */
/* options.h - what zmq_in and zmq_out have in common. */
#ifndef VF_NODES_PEER_OPTIONS_H
#define VF_NODES_PEER_OPTIONS_H

#include <stddef.h>

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
            VF_ENDPOINT(type, field)                                                \
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

/* Checks an endpoint, and a pixel format ("": none) for having 8 bits a channel in one plane.
 * Returns as a node's check(). */
VF_MUST_CHECK int vf_peer_check(const char *endpoint, enum vf_peer_mode mode,
                                const char *pixel_format, char *problem, size_t problem_size);

#endif
