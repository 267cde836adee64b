/* SPDX-License-Identifier: MIT */
/* settings.h - values that the command line puts in the place of a file's. */
#ifndef VF_ENGINE_FLOW_FILE_SETTINGS_H
#define VF_ENGINE_FLOW_FILE_SETTINGS_H

#include <stdbool.h>

#include "engine/base/result.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/file/tree.h"

/* Puts VALUE at PATH, for a setting "-s PATH=VALUE" as its places name it: "-s mode=batch",
 * "-s nodes.small.width=320", "-s nodes.join.inputs.0=other". Lends `setting` to `root`, whose
 * places refer to it. A path that leads nowhere is a diagnostic and changes nothing.
 * `root` must be a mapping. A mapping, and for sources and variables a list, is read as YAML. *set
 * becomes what has been set, for as long as `root` does not change; NULL: nothing. */
VF_MUST_CHECK int vf_flow_settings_apply(struct vf_tree *root, const char *setting,
                                         struct vf_diagnostics *diagnostics, struct vf_tree **set);

/* Returns whether a setting is of a flow as its file has it; otherwise of a node within another,
 * "-s nodes.cam1/detect.width=320", which is there only when sub-flows and loops are expanded. */
bool vf_flow_settings_is_of(const char *setting, const struct vf_tree *root);

#endif
