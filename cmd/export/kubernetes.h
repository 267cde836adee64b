/* SPDX-License-Identifier: MIT */
/* kubernetes.h - manifests: a Deployment for a service, an indexed Job for what has an end. */
#ifndef VF_CMD_EXPORT_KUBERNETES_H
#define VF_CMD_EXPORT_KUBERNETES_H

#include "cmd/export/export.h"
#include "engine/base/text.h"

/* Adds them to `out`, of which memory may be short then. Of a Job each index is a shard of the batch. */
void vf_export_kubernetes_print(struct vf_text *out, const struct vf_export *export);

#endif
