/* SPDX-License-Identifier: MIT */
/* status.h - what a manifest says of a batch, for people and for programs. */
#ifndef VF_CMD_BATCH_STATUS_H
#define VF_CMD_BATCH_STATUS_H

#include <stdbool.h>

#include "cmd/batch/manifest.h"

/* Prints it on standard output. Returns -EIO when it cannot be. */
VF_MUST_CHECK int vf_batch_status_print(const struct vf_batch_manifest *manifest, bool is_json);

/* Returns whether all of its inputs are done. */
bool vf_batch_status_is_done(const struct vf_batch_manifest *manifest);

#endif
