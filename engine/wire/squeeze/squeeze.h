/* SPDX-License-Identifier: MIT */
/* squeeze.h - payloads as fewer bytes, for a wire: by LZ4, each by itself and without loss.
 *
 * The only part that needs liblz4. The program loads it when a run has an edge that is to travel so: do
 * that before workers are forked, so that they find it loaded.
 */
#ifndef VF_ENGINE_WIRE_SQUEEZE_SQUEEZE_H
#define VF_ENGINE_WIRE_SQUEEZE_SQUEEZE_H

#include <stdint.h>

#include "engine/base/result.h"
#include "engine/message/message.h"

/* Loads what does it. -ELIBACC: that is not there. */
VF_MUST_CHECK int vf_wire_squeeze_prepare(void);

/* Makes *squeezed, the caller's, of the bytes of `payload`. VF_DROPPED: they would not be fewer, and
 * there is none; nor where it fails. */
VF_MUST_CHECK int vf_wire_squeeze(const struct vf_payload *payload, struct vf_payload **squeezed);

/* Makes *payload, the caller's, of `size` bytes, of what a stranger may have sent. -EBADMSG: it is
 * nothing that was squeezed, or not of so many bytes; then nothing larger was allocated than what it
 * can have been. */
VF_MUST_CHECK int vf_wire_unsqueeze(const struct vf_payload *squeezed, uint64_t size,
                                    struct vf_payload **payload);

#endif
