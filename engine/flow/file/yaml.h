/* SPDX-License-Identifier: MIT */
/* yaml.h - reads the YAML of a flow file.
 *
 * The only caller of libyaml. What can be a bomb is refused: aliases, deep nesting, large files.
 */
#ifndef VF_ENGINE_FLOW_FILE_YAML_H
#define VF_ENGINE_FLOW_FILE_YAML_H

#include <stddef.h>

#include "engine/base/result.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/file/tree.h"

/* Reads all of `file` ("-": standard input) into *bytes, which the caller frees, and a NUL after it.
 * Returns -EINVAL after adding a diagnostic, at `place`, when that is not possible. */
VF_MUST_CHECK int vf_flow_file_read(const char *file, struct vf_diagnostics *diagnostics,
                                    struct vf_place place, char **bytes, size_t *length);

/* Reads the YAML in `bytes` into *root, which starts as {0} and is the caller's, also after a
 * failure. `file` is lent to the places in it; NULL: the file that the diagnostics are about.
 * Returns -EINVAL, after adding a diagnostic, for what is no YAML; lesser mistakes (duplicate keys)
 * are added and survived. An empty file leaves {0}. */
VF_MUST_CHECK int vf_flow_file_parse(const char *bytes, size_t length, const char *file,
                                     struct vf_diagnostics *diagnostics, struct vf_tree *root);

#endif
