/* SPDX-License-Identifier: MIT */
/* recovery.h - what happens when a task fails: settled before the start, from what the flow file
 * says and what the node is.
 *
 * A task is started again only if nothing is lost by it, unless the file asks for it: processors
 * that remember nothing get again what they had not answered, and producers that can resume go on
 * after the last message that they published.
 */
#ifndef VF_ENGINE_FLOW_PLAN_RECOVERY_H
#define VF_ENGINE_FLOW_PLAN_RECOVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/text.h"
#include "engine/node/keys.h"
#include "engine/node/node.h"

#define VF_DEFAULT_STALL_AFTER_NS 30000000000 /* but for producers, whose world may be silent */
#define VF_LONGEST_BACKOFF_NS 10000000000     /* unless the first one is longer */

struct vf_recovery {
    enum vf_restart restart; /* never VF_RESTART_BY_NODE; VF_RESTART_ALWAYS of producers only */
    unsigned max_restarts;
    int64_t backoff_ns;        /* before the first restart: vf_recovery_backoff_ns() */
    enum vf_on_error on_error; /* VF_ON_ERROR_SKIP only with a restart, and not of producers */
    int64_t stall_after_ns;    /* 0: its task never counts as stuck */
};

/* What a task can be expected to do when it is started again. */
enum vf_revival {
    VF_REVIVAL_WHOLE,     /* to go on as if nothing had been */
    VF_REVIVAL_FORGETFUL, /* to go on without what its node remembers */
    VF_REVIVAL_ANEW,      /* a producer: to begin again */
    VF_REVIVAL_OUTPUT,    /* a consumer: to begin its output again */
};
enum vf_revival vf_recovery_revival(const struct vf_node *node);

/* Settles what a node, or the group of a group, asks for. `by_flow` is what the flow says of
 * `restart` for all its nodes: it holds where nothing is lost by it. */
struct vf_recovery vf_recovery_settle(const struct vf_recovery_wish *wish, enum vf_restart by_flow,
                                      const struct vf_node *node);

/* Returns how long to wait before a task is started again, for restart number `number`, from 1. */
int64_t vf_recovery_backoff_ns(const struct vf_recovery *recovery, unsigned number);

/* Adds what differs between `recovery` and `usual`, as a flow file says it: "restart no, on_error
 * skip". Returns whether anything does. */
bool vf_recovery_describe(struct vf_text *text, const struct vf_recovery *recovery,
                          const struct vf_recovery *usual);

#endif
