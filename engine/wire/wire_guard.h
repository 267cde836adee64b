/* SPDX-License-Identifier: MIT */
/* wire_guard.h - lets in who has the keys of a run, and nobody else.
 *
 * The only part that needs czmq. The program loads it when the first keys are made: do that before
 * workers are forked, so that they find it loaded.
 */
#ifndef VF_ENGINE_WIRE_WIRE_GUARD_H
#define VF_ENGINE_WIRE_WIRE_GUARD_H

#include "engine/base/result.h"
#include "engine/wire/wire_keys.h"

struct vf_wire_guard;

/* Makes new keys. Needs no ZeroMQ context. -ENOTSUP: libzmq was built without CURVE; -ELIBACC:
 * what makes them cannot be loaded. */
VF_MUST_CHECK int vf_wire_guard_make_keys(struct vf_wire_keys *keys);

/* Begins to guard every socket of czmq's context, which is given in *context. `directory` is
 * private to this task, and made unless a process of it that died has left it. */
VF_MUST_CHECK int vf_wire_guard_create(struct vf_wire_guard **guard, const char *directory,
                                       const struct vf_wire_keys *keys, void **context);

/* Ends the context, too. After every socket has been closed. */
void vf_wire_guard_destroy(struct vf_wire_guard **guard);

#endif
