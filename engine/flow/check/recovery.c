/* SPDX-License-Identifier: MIT */
#include "engine/flow/check/recovery.h"

#include "engine/flow/check/paths.h"
#include "engine/flow/plan/recovery.h"

struct checker {
    struct vf_diagnostics *diagnostics;
    const struct vf_flow *flow;
    const struct vf_wiring *wiring;
    bool is_realtime;
    bool has_sockets; /* the node that is looked at, and so it cannot be restarted */
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
    if (checker->has_sockets) {
        vf_diagnostics_add(
            checker->diagnostics, VF_GRAVITY_FLOW, "bad-restart", place,
            vf_transport_has_sockets(&checker->flow->transport)
                ? "%s cannot be restarted, since that is possible only with transport: shm; "
                  "leave restart out, or the transport"
                : "%s cannot be restarted, since it has a neighbour on another host; leave restart "
                  "out, or put them on one",
            node->name);
        return;
    }
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
                           vf_transport_has_sockets(&checker->flow->transport)
                               ? " without transport: shm; say on_error: fail or stop_branch"
                           : vf_node_may_be_stateless(type)
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

/* Whether a node exchanges messages by sockets, be it with one neighbour only. */
static bool has_sockets(const struct checker *checker, size_t node)
{
    const struct vf_flow *flow = checker->flow;
    bool has_sockets = vf_transport_has_sockets(&flow->transport);
    for (size_t i = 0; i < checker->wiring->link_count; i++) {
        const struct vf_link *link = &checker->wiring->links[i];
        bool is_own = link->sender == node || link->reader == node;
        has_sockets = has_sockets ||
                      (is_own && flow->nodes[link->sender].host != flow->nodes[link->reader].host);
    }
    return has_sockets;
}

void vf_flow_check_recovery(const struct vf_flow *flow, const struct vf_wiring *wiring,
                            struct vf_diagnostics *diagnostics)
{
    struct checker checker = {.diagnostics = diagnostics,
                              .flow = flow,
                              .wiring = wiring,
                              .is_realtime = flow->mode == VF_MODE_REALTIME};
    if (vf_transport_has_sockets(&flow->transport) && asks_for_restart(flow->recovery.restart))
        vf_diagnostics_add(
            diagnostics, VF_GRAVITY_FLOW, "bad-restart", flow->restart_place,
            "tasks cannot be restarted, since that is possible only with transport: shm; "
            "leave restart out, or the transport");
    for (size_t i = 0; i < flow->node_count; i++) {
        const struct vf_flow_node *node = &flow->nodes[i];
        const struct vf_node *type = wiring->types[i];
        if (!type)
            continue;
        checker.has_sockets = has_sockets(&checker, i);
        struct vf_recovery settled = vf_recovery_settle(
            &node->keys.recovery, flow->recovery.restart, type, checker.has_sockets);
        check_restart(&checker, node, type);
        check_on_error(&checker, node, type, &settled);
        check_unused(&checker, node, &settled);
    }
}
