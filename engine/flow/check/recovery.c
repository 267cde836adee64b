/* SPDX-License-Identifier: MIT */
#include "engine/flow/check/recovery.h"

#include "engine/flow/check/paths.h"
#include "engine/flow/plan/recovery.h"

struct checker {
    struct vf_diagnostics *diagnostics;
    bool is_realtime;
};

static bool is_given(const struct vf_flow_node *node, enum vf_node_key key)
{
    return node->key_places[key].line || node->key_places[key].setting;
}

static bool asks_for_restart(enum vf_restart restart)
{
    return restart == VF_RESTART_ON_FAILURE || restart == VF_RESTART_ALWAYS;
}

/* Returns whether a restart begins a file again, in which frames are. */
static bool loses_file(const struct checker *checker, const struct vf_flow_node *node,
                       const struct vf_node *type)
{
    bool is_continued = type->continues == VF_CONTINUES_OUTPUT ||
                        (type->continues == VF_CONTINUES_LIVE && checker->is_realtime);
    return !is_continued && vf_paths_has_own_file(node, type);
}

/* Says what a restart loses. */
static void warn_of_loss(const struct checker *checker, const struct vf_flow_node *node,
                         const struct vf_node *type)
{
    static const char *const losses[] = {
        [VF_REVIVAL_FORGETFUL] = "if %s is restarted it starts from nothing, since %s remembers "
                                 "earlier messages; with restart: no the flow fails instead",
        [VF_REVIVAL_ANEW] =
            "if %s is restarted it begins again, since %s cannot go on where it was; "
            "with restart: no the flow fails instead",
        [VF_REVIVAL_OUTPUT] = "if %s is restarted it overwrites its file from the start, since %s "
                              "cannot continue one; with restart: no the flow fails instead",
    };
    enum vf_revival revival = vf_recovery_revival(type);
    bool is_lossy = revival != VF_REVIVAL_OUTPUT || loses_file(checker, node, type);
    if (revival != VF_REVIVAL_WHOLE && is_lossy)
        vf_diagnostics_add(checker->diagnostics, VF_GRAVITY_WARNING, "forgetful-restart",
                           node->key_places[VF_KEY_RESTART], losses[revival], node->name,
                           type->name);
}

static void check_restart(const struct checker *checker, const struct vf_flow_node *node,
                          const struct vf_node *type)
{
    struct vf_place place = node->key_places[VF_KEY_RESTART];
    if (!asks_for_restart(node->keys.recovery.restart))
        return;
    warn_of_loss(checker, node, type);
    if (node->keys.recovery.restart == VF_RESTART_ALWAYS && type->kind != VF_PRODUCER)
        vf_diagnostics_add(checker->diagnostics, VF_GRAVITY_WARNING, "unused-key", place,
                           "%s ends when its inputs do, and only a producer goes on after its end; "
                           "say restart: on-failure",
                           node->name);
}

static void check_on_error(const struct checker *checker, const struct vf_flow_node *node,
                           const struct vf_node *type, const struct vf_recovery *settled)
{
    struct vf_place place = node->key_places[VF_KEY_ON_ERROR];
    if (!is_given(node, VF_KEY_ON_ERROR) || node->keys.recovery.on_error != VF_ON_ERROR_SKIP)
        return;
    if (type->kind == VF_PRODUCER)
        vf_diagnostics_add(checker->diagnostics, VF_GRAVITY_FLOW, "bad-on-error", place,
                           "%s is a producer, which has no message to skip; say on_error: fail or "
                           "stop_branch",
                           node->name);
    else if (settled->restart == VF_RESTART_NO)
        vf_diagnostics_add(checker->diagnostics, VF_GRAVITY_FLOW, "bad-on-error", place,
                           "%s cannot skip a message, since it is not restarted%s", node->name,
                           vf_node_may_be_stateless(type)
                               ? "; add stateless: true if it remembers no earlier messages, else "
                                 "restart: on-failure, with which it forgets them"
                               : "; add restart: on-failure, or say on_error: fail or stop_branch");
}

static void check_unused(const struct checker *checker, const struct vf_flow_node *node,
                         const struct vf_recovery *settled)
{
    static const struct {
        enum vf_node_key key;
        const char *text;
    } keys[] = {
        {VF_KEY_MAX_RESTARTS, "max_restarts is about restarts, and %s has none; leave it out"},
        {VF_KEY_BACKOFF, "backoff is about restarts, and %s has none; leave it out"},
    };
    for (size_t i = 0; i < VF_COUNT(keys) && settled->restart == VF_RESTART_NO; i++) {
        if (is_given(node, keys[i].key))
            vf_diagnostics_add(checker->diagnostics, VF_GRAVITY_WARNING, "unused-key",
                               node->key_places[keys[i].key], keys[i].text, node->name);
    }
}

void vf_flow_check_recovery(const struct vf_flow *flow, const struct vf_wiring *wiring,
                            struct vf_diagnostics *diagnostics)
{
    struct checker checker = {.diagnostics = diagnostics,
                              .is_realtime = flow->mode == VF_MODE_REALTIME};
    for (size_t i = 0; i < flow->node_count; i++) {
        const struct vf_flow_node *node = &flow->nodes[i];
        const struct vf_node *type = wiring->types[i];
        if (!type)
            continue;
        struct vf_recovery settled =
            vf_recovery_settle(&node->keys.recovery, flow->recovery.restart, type);
        check_restart(&checker, node, type);
        check_on_error(&checker, node, type, &settled);
        check_unused(&checker, node, &settled);
    }
}
