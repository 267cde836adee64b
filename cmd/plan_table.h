/* SPDX-License-Identifier: MIT */
/* plan_table.h - a plan as tables: what `vflow explain --internals` shows. */
#ifndef VF_CMD_PLAN_TABLE_H
#define VF_CMD_PLAN_TABLE_H

#include "engine/flow/plan/plan.h"

/* Prints on standard output the tasks with their sockets, and the edges with their queues. */
void vf_plan_table_print(const struct vf_plan *plan);

#endif
