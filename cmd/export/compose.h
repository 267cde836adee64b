/* SPDX-License-Identifier: MIT */
/* compose.h - a file for docker compose, and others that read the Compose Specification. */
#ifndef VF_CMD_EXPORT_COMPOSE_H
#define VF_CMD_EXPORT_COMPOSE_H

#include "cmd/export/export.h"
#include "engine/base/text.h"

/* Adds it to `out`, of which memory may be short then. */
void vf_export_compose_print(struct vf_text *out, const struct vf_export *export);

#endif
