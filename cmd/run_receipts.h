/* SPDX-License-Identifier: MIT */
/* run_receipts.h - the receipts of what a run writes: who asks for them, and of which flow they are.
 */
#ifndef VF_CMD_RUN_RECEIPTS_H
#define VF_CMD_RUN_RECEIPTS_H

#include <jansson.h>
#include <stdbool.h>

#include "cmd/flow_arguments.h"
#include "engine/base/result.h"
#include "engine/flow/plan/plan.h"

/* Starts as {.folder = ...}; NULL: only nodes ask for receipts. */
struct vf_run_receipts {
    const char *folder;
    json_t *tasks;     /* that ask */
    json_t *elsewhere; /* tasks that read on other hosts */
    char *flow;        /* as it was at the start; NULL: it cannot be read twice */
};

/* Finds out which tasks ask for receipts, at the start, and again at the end of a run that may have
 * been changed. Returns whether there are to be some at all. */
bool vf_run_receipts_find(struct vf_run_receipts *receipts, const struct vf_plan *plan);

/* Keeps the flow as `vflow config --json` prints it, of which the receipts have the digest; one that
 * came from standard input is gone. */
void vf_run_receipts_note_flow(struct vf_run_receipts *receipts,
                               const struct vf_flow_arguments *arguments, const char *file);

/* Writes the receipts of a run that is over, and says in its report where they are. Logs what fails.
 * Returns -ECANCELED when `must_stop`, which is asked meanwhile, says so. */
VF_MUST_CHECK int vf_run_receipts_write(const struct vf_run_receipts *receipts, json_t *report,
                                        bool (*must_stop)(void *context), void *context);

void vf_run_receipts_finish(struct vf_run_receipts *receipts);

#endif
