/* SPDX-License-Identifier: MIT */
/* detail.h - what a node says of a medium beyond what there is of any. */
#ifndef VF_ENGINE_NODE_DETAIL_H
#define VF_ENGINE_NODE_DETAIL_H

#include <jansson.h>

struct vf_node_run;

/* Says one thing more of the medium that is noted next (vf_node_note_input(), _output()), for the
 * report, whose schema has the key (engine/account/report_schema.c). Takes `value`, which may be
 * NULL for want of memory. */
void vf_node_detail(struct vf_node_run *run, const char *key, json_t *value);

#endif
