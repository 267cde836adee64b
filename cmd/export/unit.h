/* SPDX-License-Identifier: MIT */
/* unit.h - a unit for systemd: a service that is started again, or one that does its work once. */
#ifndef VF_CMD_EXPORT_UNIT_H
#define VF_CMD_EXPORT_UNIT_H

#include "cmd/export/export.h"
#include "engine/base/text.h"

/* Adds it to `out`, of which memory may be short then. One with shards is a template: its instances are
 * their numbers. */
void vf_export_unit_print(struct vf_text *out, const struct vf_export *export);

#endif
