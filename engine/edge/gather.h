/* SPDX-License-Identifier: MIT */
/* gather.h - puts together what comes from several parents.
 *
 * By origin: each edge brings its origins in rising order, with gaps where nothing will come, so
 * one look at the fronts tells which message has lost its partners, and nothing ever waits for
 * one that will not come. By order: the first of each, then the second of each; gaps mean
 * nothing. Each: whatever was published first.
 */
#ifndef VF_ENGINE_EDGE_GATHER_H
#define VF_ENGINE_EDGE_GATHER_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/edge/inbox.h"
#include "engine/edge/messenger.h"

struct vf_gather;

/* Borrows the inboxes until the gather is destroyed. */
VF_MUST_CHECK int vf_gather_create(struct vf_gather **gather, struct vf_inbox *const *inboxes,
                                   size_t count, enum vf_gathering gathering);
void vf_gather_destroy(struct vf_gather **gather);

/* Fills items[input] with the next complete input, the caller's from now on. Returns -EAGAIN when
 * it is not complete yet, and VF_END when none can come any more; *reason tells why. *passed
 * becomes the highest origin number for which nothing will be gathered; it never falls. */
VF_MUST_CHECK int vf_gather_next(struct vf_gather *gather, struct vf_message **items,
                                 uint64_t *passed, enum vf_end_reason *reason);

#endif
