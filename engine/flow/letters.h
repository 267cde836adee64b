/* SPDX-License-Identifier: MIT */
/* letters.h - nodes that would read what is put aside, or write over it. */
#ifndef VF_ENGINE_FLOW_LETTERS_H
#define VF_ENGINE_FLOW_LETTERS_H

#include "engine/base/result.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/flow.h"
#include "engine/flow/flow_paths.h"

/* Reports each node that takes files out of the folder of dead letters, or of one that it is in, and
 * would take letters of this flow, too; and each whose names of files there would come to be theirs.
 * Does nothing if `flow` has no such folder, or nothing of it is put aside. */
VF_MUST_CHECK int vf_letters_check(const struct vf_flow *flow, const struct vf_paths *paths,
                                   struct vf_diagnostics *diagnostics);

#endif
