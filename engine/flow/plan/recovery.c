/* SPDX-License-Identifier: MIT */
#include "engine/flow/plan/recovery.h"

#include "engine/base/clock.h"

enum vf_revival vf_recovery_revival(const struct vf_node *node)
{
    switch (node->kind) {
    case VF_PRODUCER:
        return node->can_resume ? VF_REVIVAL_WHOLE : VF_REVIVAL_ANEW;
    case VF_CONSUMER:
        return VF_REVIVAL_OUTPUT;
    case VF_PROCESSOR:
        break;
    }
    return node->is_stateful || node->holds ? VF_REVIVAL_FORGETFUL : VF_REVIVAL_WHOLE;
}

static enum vf_restart settle_restart(const struct vf_recovery_wish *wish, enum vf_restart by_flow,
                                      const struct vf_node *node)
{
    bool is_whole = vf_recovery_revival(node) == VF_REVIVAL_WHOLE;
    enum vf_restart restart = wish->restart;
    if (restart == VF_RESTART_BY_NODE && is_whole)
        restart = by_flow == VF_RESTART_BY_NODE ? VF_RESTART_ON_FAILURE : by_flow;
    if (restart == VF_RESTART_BY_NODE)
        restart = VF_RESTART_NO;
    /* What reads others ends when they do. */
    if (restart == VF_RESTART_ALWAYS && node->kind != VF_PRODUCER)
        restart = VF_RESTART_ON_FAILURE;
    return restart;
}

struct vf_recovery vf_recovery_settle(const struct vf_recovery_wish *wish, enum vf_restart by_flow,
                                      const struct vf_node *node)
{
    struct vf_recovery recovery = {
        .restart = settle_restart(wish, by_flow, node),
        .max_restarts = (unsigned)wish->max_restarts,
        .backoff_ns = wish->backoff_ns,
        .on_error = wish->on_error,
        .stall_after_ns = wish->stall_after_ns,
    };
    if (recovery.stall_after_ns < 0)
        recovery.stall_after_ns = node->kind == VF_PRODUCER ? 0 : VF_DEFAULT_STALL_AFTER_NS;
    /* A message can only be skipped by a task that goes on after it. */
    if (recovery.on_error == VF_ON_ERROR_SKIP &&
        (recovery.restart == VF_RESTART_NO || node->kind == VF_PRODUCER))
        recovery.on_error = VF_ON_ERROR_FAIL;
    return recovery;
}

int64_t vf_recovery_backoff_ns(const struct vf_recovery *recovery, unsigned number)
{
    int64_t backoff = recovery->backoff_ns;
    int64_t longest = backoff > VF_LONGEST_BACKOFF_NS ? backoff : VF_LONGEST_BACKOFF_NS;
    if (backoff == 0)
        return 0;
    while (number-- > 1 && backoff < longest)
        backoff *= 2;
    return backoff < longest ? backoff : longest;
}

static void print_key(struct vf_text *text, enum vf_node_key key)
{
    vf_text_print(text, "%s%s ", text->length ? ", " : "", vf_node_key_options.items[key].name);
}

static void print_duration(struct vf_text *text, int64_t duration_ns)
{
    if (duration_ns && duration_ns < VF_NS_PER_S)
        vf_text_print(text, "%.6gms", (double)duration_ns / VF_NS_PER_MS);
    else
        vf_text_print(text, "%.9gs", (double)duration_ns / VF_NS_PER_S);
}

bool vf_recovery_describe(struct vf_text *text, const struct vf_recovery *recovery,
                          const struct vf_recovery *usual)
{
    struct vf_text keys = {0};
    if (recovery->restart != usual->restart) {
        print_key(&keys, VF_KEY_RESTART);
        vf_text_print(&keys, "%s", vf_node_key_word(VF_KEY_RESTART, recovery->restart));
    }
    if (recovery->max_restarts != usual->max_restarts) {
        print_key(&keys, VF_KEY_MAX_RESTARTS);
        vf_text_print(&keys, "%u", recovery->max_restarts);
    }
    if (recovery->backoff_ns != usual->backoff_ns) {
        print_key(&keys, VF_KEY_BACKOFF);
        print_duration(&keys, recovery->backoff_ns);
    }
    if (recovery->on_error != usual->on_error) {
        print_key(&keys, VF_KEY_ON_ERROR);
        vf_text_print(&keys, "%s", vf_node_key_word(VF_KEY_ON_ERROR, recovery->on_error));
    }
    if (recovery->stall_after_ns != usual->stall_after_ns) {
        print_key(&keys, VF_KEY_STALL_AFTER);
        print_duration(&keys, recovery->stall_after_ns);
    }
    bool differs = keys.length > 0;
    if (keys.failed)
        text->failed = true;
    else if (differs)
        vf_text_append(text, keys.bytes, keys.length);
    vf_text_finish(&keys);
    return differs;
}
