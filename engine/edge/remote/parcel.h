/* SPDX-License-Identifier: MIT */
/* parcel.h - the payload of a message as the part that travels after its envelope.
 *
 * Over ipc and tcp a payload is sent from where it lies or, on an edge that asks for it, as fewer bytes
 * (engine/wire/squeeze). Each part is complete in itself, and the envelope says what it is: so it
 * does not matter what was dropped, sent again or received by another process before. What an end of an
 * edge keeps between its messages saves time, and no more.
 */
#ifndef VF_ENGINE_EDGE_REMOTE_PARCEL_H
#define VF_ENGINE_EDGE_REMOTE_PARCEL_H

#include <stddef.h>

#include "engine/base/result.h"
#include "engine/edge/page/edge.h"
#include "engine/message/message.h"
#include "engine/message/message_codec.h"
#include "engine/wire/squeeze/squeeze.h"

/* Returns a hold on what travels for `payload`: itself, where it does not get smaller, or cannot for
 * want of memory. Has the envelope say what that is. *kept starts as NULL, at each end of an edge. */
struct vf_payload *vf_parcel_pack(const struct vf_edge_terms *terms, struct vf_squeeze_kept **kept,
                                  struct vf_envelope *envelope, struct vf_payload *payload);

/* Puts the payload in the place of *part (which may be NULL), and has the envelope, of which `size`
 * bytes came, say so. What is not right, and what does not travel so on this edge, stays as it is, and the
 * inbox refuses it. Only -ENOMEM is an error. */
VF_MUST_CHECK int vf_parcel_open(const struct vf_edge_terms *terms, struct vf_squeeze_kept **kept,
                                 struct vf_envelope *envelope, size_t size,
                                 struct vf_payload **part);

/* Frees what an end has kept, and sets *kept to NULL. */
void vf_parcel_forget(const struct vf_edge_terms *terms, struct vf_squeeze_kept **kept);

#endif
