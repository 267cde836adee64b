/* SPDX-License-Identifier: MIT */
/* wire_keys.h - the CURVE keys of one run, by which its processes know each other over TCP.
 *
 * There are two pairs: one for everybody who listens, one for everybody who connects. They are
 * made before the workers are forked and live in their memory only; the public half of the second
 * lies in the run directory, where ZeroMQ's authenticator (czmq's zauth, ZeroMQ RFC 27) reads it.
 */
#ifndef VF_ENGINE_WIRE_WIRE_KEYS_H
#define VF_ENGINE_WIRE_WIRE_KEYS_H

#include "engine/base/result.h"

#define VF_KEY_SIZE 41 /* Z85 text of 32 bytes, with its NUL */

struct vf_wire_keys {
    char listener_public[VF_KEY_SIZE], listener_secret[VF_KEY_SIZE];
    char caller_public[VF_KEY_SIZE], caller_secret[VF_KEY_SIZE];
};

/* Sets the keys of a socket before it is bound, or connected. Returns 0 or a negative errno. */
VF_MUST_CHECK int vf_wire_keys_listen(void *socket, const struct vf_wire_keys *keys);
VF_MUST_CHECK int vf_wire_keys_call(void *socket, const struct vf_wire_keys *keys);

#endif
