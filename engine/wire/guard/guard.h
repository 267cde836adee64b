/* SPDX-License-Identifier: MIT */
/* guard.h - lets in who has the keys of a run, and nobody else.
 *
 * The only part that needs czmq. The program loads it when the first keys are made: do that before
 * workers are forked, so that they find it loaded.
 */
#ifndef VF_ENGINE_WIRE_GUARD_GUARD_H
#define VF_ENGINE_WIRE_GUARD_GUARD_H

#include <stddef.h>

#include "engine/base/result.h"

#define VF_KEY_SIZE 41 /* Z85 text of 32 bytes, with its NUL */

/* The CURVE keys of one run, by which its processes recognise each other over TCP: one pair for
 * those who listen, one for those who connect. They are made before the workers are forked and live
 * only in the memory of the run's processes; the public half of the second lies in the run
 * directory, where ZeroMQ's authenticator (czmq's zauth, ZeroMQ RFC 27) reads it. */
struct vf_wire_keys {
    char listener_public[VF_KEY_SIZE], listener_secret[VF_KEY_SIZE];
    char caller_public[VF_KEY_SIZE], caller_secret[VF_KEY_SIZE];
    /* The callers of a run on several hosts, each of which has one pair for both and gives away the
     * public half alone. NULL: the caller above. */
    const char (*callers)[VF_KEY_SIZE];
    size_t caller_count;
};

struct vf_wire_guard;

/* Makes new keys. Needs no ZeroMQ context. -ENOTSUP: libzmq was built without CURVE; -ELIBACC:
 * what makes them cannot be loaded. */
VF_MUST_CHECK int vf_wire_guard_make_keys(struct vf_wire_keys *keys);

/* Begins to guard every socket of czmq's context, which is given in *context. `directory` is
 * private to this task, and made unless a process of it that died has left it. */
VF_MUST_CHECK int vf_wire_guard_create(struct vf_wire_guard **guard, const char *directory,
                                       const struct vf_wire_keys *keys, void **context);

/* Lets in another caller, whose public key this is. */
VF_MUST_CHECK int vf_wire_guard_admit(struct vf_wire_guard *guard, const char *public_key);

/* Writes the listener's public key as a certificate (ZeroMQ RFC 27) to a file, which is whole when it
 * has its name; and reads one. -EBADMSG: there is none that is whole. */
VF_MUST_CHECK int vf_wire_guard_publish(const struct vf_wire_keys *keys, const char *path);
VF_MUST_CHECK int vf_wire_guard_read(const char *path, char public_key[VF_KEY_SIZE]);

/* Ends the context, too. After every socket has been closed. */
void vf_wire_guard_destroy(struct vf_wire_guard **guard);

#endif
