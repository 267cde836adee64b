/* SPDX-License-Identifier: MIT */
/* confinement.h - what the tasks of a plan are let do: their sandboxes, by what the plan knows of
 * them.
 */
#ifndef VF_ENGINE_PROCESS_CONFINEMENT_H
#define VF_ENGINE_PROCESS_CONFINEMENT_H

#include "engine/base/result.h"
#include "engine/flow/plan/plan.h"
#include "engine/sandbox/sandbox.h"

/* What a run has beside its plan; all zero before it begins. */
struct vf_confinement_facts {
    const char *folder;      /* of the run; NULL: it has none */
    const char *dead_letter; /* folder for what tasks put aside; NULL: none */
    uint64_t memory;         /* bytes that the machine has; 0: not known */
};

/* Makes the sandbox of a task. Returns -ENOMEM when memory was short. */
VF_MUST_CHECK int vf_confine_task(struct vf_sandbox **sandbox, const struct vf_plan *plan,
                                  const struct vf_plan_task *task,
                                  const struct vf_confinement_facts *facts);

/* Looks whether every task that has to be wholly kept from what it does not need can be. Returns
 * -ENOTSUP, after it has logged why one cannot. */
VF_MUST_CHECK int vf_confine_check(const struct vf_plan *plan,
                                   const struct vf_confinement_facts *facts);

/* Puts the present process, which has one thread, into its sandbox; NULL: it has none. Logs what failed; then the process
 * goes on without, unless the task has to be wholly in one: a negative errno. */
VF_MUST_CHECK int vf_confine_places(const struct vf_sandbox *sandbox,
                                    const struct vf_plan_task *task);
VF_MUST_CHECK int vf_confine_calls(const struct vf_sandbox *sandbox,
                                   const struct vf_plan_task *task, _Atomic uint32_t *refused);

/* Adds why a process that died of SIGSYS did, and what to do: "was stopped by its sandbox: ...". */
void vf_confine_explain_death(struct vf_text *text, uint32_t refused);

#endif
