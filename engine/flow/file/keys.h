/* SPDX-License-Identifier: MIT */
/* keys.h - the keys of a mapping whose values a table of options describes. */
#ifndef VF_ENGINE_FLOW_FILE_KEYS_H
#define VF_ENGINE_FLOW_FILE_KEYS_H

#include <stdbool.h>

#include "engine/base/result.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/file/tree.h"
#include "engine/node/option/option.h"

/* Reports a key of `owner` that is in none of the tables. */
void vf_flow_keys_report(const struct vf_option_list *const *tables, size_t count,
                         const struct vf_tree *tree, const char *owner,
                         struct vf_diagnostics *diagnostics);

/* Reads the value of one key of `owner` into its field of `values`, by the table `keys`. A key
 * that is not in it, and a value that does not fit, is reported and left out. Returns -ENOMEM
 * when out of memory, else VF_OK. */
VF_MUST_CHECK int vf_flow_keys_read(const struct vf_option_list *keys, const struct vf_tree *tree,
                                    const char *owner, struct vf_diagnostics *diagnostics,
                                    void *values);

/* The same with every key of a mapping. */
VF_MUST_CHECK int vf_flow_keys_read_all(const struct vf_option_list *keys,
                                        const struct vf_tree *mapping, const char *owner,
                                        struct vf_diagnostics *diagnostics, void *values);

/* Reports that `tree` is no `kind`, unless it is; `right` is what it is to be. A broken tree has
 * been reported before. */
bool vf_flow_keys_is_kind(const struct vf_tree *tree, enum vf_tree_kind kind, const char *right,
                          struct vf_diagnostics *diagnostics);

#endif
