/* SPDX-License-Identifier: MIT */
#include "cmd/run_receipts.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/config_text.h"
#include "engine/digest/sha256.h"
#include "engine/receipt/receipt.h"

/* Returns whether a node has an option `receipt`, and it is true. */
static bool asks(const struct vf_plan_task *task)
{
    const struct vf_option_list *list = &task->node->options;
    for (size_t i = 0; i < list->count; i++) {
        const struct vf_option *option = &list->items[i];
        if (option->kind == &vf_kind_boolean && strcmp(option->name, "receipt") == 0)
            return *(const bool *)((const char *)task->options + option->offset);
    }
    return false;
}

bool vf_run_receipts_find(struct vf_run_receipts *receipts, const struct vf_plan *plan)
{
    json_decref(receipts->tasks);
    json_decref(receipts->elsewhere);
    receipts->tasks = json_array();
    receipts->elsewhere = json_array();
    for (size_t i = 0; i < plan->task_count; i++) {
        const struct vf_plan_task *task = &plan->tasks[i];
        if (!task->group && asks(task))
            json_array_append_new(receipts->tasks, json_string(task->name));
        if (task->node->kind == VF_PRODUCER && !vf_plan_is_here(plan, task))
            json_array_append_new(receipts->elsewhere, json_string(task->name));
    }
    return receipts->folder || json_array_size(receipts->tasks);
}

void vf_run_receipts_note_flow(struct vf_run_receipts *receipts,
                               const struct vf_flow_arguments *arguments, const char *file)
{
    receipts->flow = strcmp(file, "-") == 0 ? NULL : vf_config_text(arguments, file);
}

int vf_run_receipts_write(const struct vf_run_receipts *receipts, json_t *report,
                          bool (*must_stop)(void *context), void *context)
{
    char sha256[VF_SHA256_TEXT];
    bool has_flow =
        receipts->flow && vf_sha256_bytes(receipts->flow, strlen(receipts->flow), sha256) == VF_OK;
    const struct vf_receipt_order order = {
        .report = report,
        .folder = receipts->folder,
        .tasks = receipts->tasks,
        .elsewhere = receipts->elsewhere,
        .must_stop = must_stop,
        .context = context,
        .flow_sha256 = has_flow ? sha256 : NULL,
    };
    return vf_receipts_write(&order);
}

void vf_run_receipts_finish(struct vf_run_receipts *receipts)
{
    json_decref(receipts->tasks);
    receipts->tasks = NULL;
    json_decref(receipts->elsewhere);
    receipts->elsewhere = NULL;
    free(receipts->flow);
    receipts->flow = NULL;
}
