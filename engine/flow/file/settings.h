/* SPDX-License-Identifier: MIT */
/* settings.h - values that the command line puts in the place of a file's. */
#ifndef VF_ENGINE_FLOW_FILE_SETTINGS_H
#define VF_ENGINE_FLOW_FILE_SETTINGS_H

#include "engine/base/result.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/file/tree.h"

/* Puts VALUE at PATH, for a setting "-s PATH=VALUE" as its places name it: "-s mode=batch",
 * "-s nodes.small.width=320", "-s nodes.join.inputs.0=other". Lends `setting` to `root`, whose
 * places refer to it. A path that leads nowhere is a diagnostic and changes nothing.
 * `root` must be a mapping. */
VF_MUST_CHECK int vf_flow_settings_apply(struct vf_tree *root, const char *setting,
                                         struct vf_diagnostics *diagnostics);

#endif
