/* SPDX-License-Identifier: MIT */
/* letters.h - nodes that would read what is put aside, or write over it. */
#ifndef VF_ENGINE_FLOW_CHECK_LETTERS_H
#define VF_ENGINE_FLOW_CHECK_LETTERS_H

#include "engine/base/result.h"
#include "engine/flow/check/paths.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/flow.h"

/* Reports each node that would read letters of this flow as its input, from the folder of dead
 * letters or from one above it, and each that would write over them there. Does nothing if `flow`
 * has no such folder, or nothing of it is put aside. Returns -ENOMEM when out of memory. */
VF_MUST_CHECK int vf_letters_check(const struct vf_flow *flow, const struct vf_paths *paths,
                                   struct vf_diagnostics *diagnostics);

#endif
