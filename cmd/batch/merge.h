/* SPDX-License-Identifier: MIT */
/* merge.h - one account of a batch whose shards have a manifest each.
 *
 * Of an input that several of them have, the newest line counts.
 */
#ifndef VF_CMD_BATCH_MERGE_H
#define VF_CMD_BATCH_MERGE_H

#include <stddef.h>

#include "cmd/batch/inputs.h"
#include "cmd/batch/manifest.h"

/* Reads manifests into one that has no file. Inputs that were running when their batch was killed
 * become interrupted. Logs a failure. Close `whole` in any case. */
VF_MUST_CHECK int vf_batch_merge(struct vf_batch_manifest *whole, char *const *paths, size_t count);

/* Leaves these inputs, each in its place; one that no shard has waits. */
VF_MUST_CHECK int vf_batch_merge_account(struct vf_batch_manifest *whole,
                                         const struct vf_batch_inputs *inputs);

/* Writes it to a file, as a manifest. Logs a failure. */
VF_MUST_CHECK int vf_batch_merge_write(const struct vf_batch_manifest *whole, const char *path);

#endif
