/* SPDX-License-Identifier: MIT */
/* hosts_file.h - a file that says on which hosts a flow runs, in place of the flow's own word. */
#ifndef VF_ENGINE_FLOW_FILE_HOSTS_FILE_H
#define VF_ENGINE_FLOW_FILE_HOSTS_FILE_H

#include "engine/base/result.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/file/tree.h"
#include "engine/flow/flow.h"

/* Puts what `file` holds, a mapping with the key `hosts`, in place of that key of `root`. What the
 * places lend `flow` keeps. What is wrong with the file is a diagnostic. */
VF_MUST_CHECK int vf_flow_hosts_file_apply(struct vf_tree *root, const char *file,
                                           struct vf_diagnostics *diagnostics,
                                           struct vf_flow *flow);

#endif
