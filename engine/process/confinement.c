/* SPDX-License-Identifier: MIT */
#include "engine/process/confinement.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/sandbox/calls.h"
#include "engine/sandbox/rules.h"

static enum vf_sandbox_wires wires_of(const struct vf_plan *plan, const struct vf_plan_task *task)
{
    if (!vf_plan_task_has_sockets(plan, task))
        return VF_SANDBOX_MEMORY;
    bool is_here = plan->here < 0 && plan->transport.kind == VF_TRANSPORT_IPC;
    return is_here ? VF_SANDBOX_PATHS : VF_SANDBOX_TCP;
}

int vf_confine_task(struct vf_sandbox **sandbox, const struct vf_plan *plan,
                    const struct vf_plan_task *task, const struct vf_confinement_facts *facts)
{
    const struct vf_sandbox_spec spec = {
        .node = task->node,
        .options = task->options,
        .wish = task->sandbox.wish,
        .has_network = task->sandbox.has_network,
        .paths = (const char *const *)task->sandbox.paths,
        .path_count = task->sandbox.path_count,
        .has_gpu = task->gpu_id || task->gpu != VF_GPU_NONE,
        .wires = wires_of(plan, task),
        .folder = facts->folder,
        .memory = facts->memory,
        .dead_letter = task->recovery.on_error == VF_ON_ERROR_SKIP && facts->dead_letter
                           ? facts->dead_letter
                           : NULL,
    };
    return vf_sandbox_create(sandbox, &spec);
}

static int check_task(const struct vf_plan *plan, const struct vf_plan_task *task,
                      const struct vf_confinement_facts *facts)
{
    struct vf_sandbox *sandbox = NULL;
    struct vf_text why = {0};
    int err = vf_confine_task(&sandbox, plan, task, facts);
    if (!err && !vf_sandbox_is_whole(sandbox, &why)) {
        vf_log(VF_LOG_ERROR,
               "%s asks for sandbox: require, which cannot be had here: %s; \"sandbox: on\" takes "
               "what there is",
               task->name, why.failed ? "out of memory" : why.bytes);
        err = -ENOTSUP;
    }
    vf_text_finish(&why);
    vf_sandbox_destroy(&sandbox);
    return err;
}

int vf_confine_check(const struct vf_plan *plan, const struct vf_confinement_facts *facts)
{
    int err = VF_OK;
    for (size_t i = 0; i < plan->task_count && !err; i++) {
        const struct vf_plan_task *task = &plan->tasks[i];
        bool is_asked = vf_plan_is_here(plan, task) && task->sandbox.wish == VF_SANDBOX_REQUIRE;
        err = is_asked ? check_task(plan, task, facts) : VF_OK;
    }
    return err;
}

static int judge(const struct vf_plan_task *task, int err)
{
    bool is_required = task->sandbox.wish == VF_SANDBOX_REQUIRE;
    if (err)
        vf_log(is_required ? VF_LOG_ERROR : VF_LOG_WARNING,
               "%s cannot be put into its sandbox: %s%s", task->name, strerror(-err),
               is_required ? "" : "; it goes on without");
    return is_required ? err : VF_OK;
}

int vf_confine_places(const struct vf_sandbox *sandbox, const struct vf_plan_task *task)
{
    int err = sandbox ? judge(task, vf_sandbox_enter_places(sandbox)) : VF_OK;
    vf_rules_close();
    return err;
}

int vf_confine_calls(const struct vf_sandbox *sandbox, const struct vf_plan_task *task,
                     _Atomic uint32_t *refused)
{
    return sandbox ? judge(task, vf_sandbox_enter_calls(sandbox, refused)) : VF_OK;
}

void vf_confine_explain_death(struct vf_text *text, uint32_t refused)
{
    char *name = refused ? vf_call_name(refused - 1) : NULL;
    if (name)
        vf_text_print(text,
                      "was stopped by its sandbox (SIGSYS): it made the system call %s, which its "
                      "node does not need; if it does, say \"sandbox: off\" at the node",
                      name);
    else
        vf_text_print(text, "was killed by SIGSYS: it made a system call that nothing allows");
    free(name);
}
