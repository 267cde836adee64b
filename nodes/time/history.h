/* SPDX-License-Identifier: MIT */
/* history.h - the messages that a node remembers, the oldest first. */
#ifndef VF_NODES_TIME_HISTORY_H
#define VF_NODES_TIME_HISTORY_H

#include <stddef.h>

#include "engine/base/result.h"
#include "engine/message/message.h"

/* Starts as {0}. */
struct vf_history {
    struct vf_message **ring;
    size_t first, count, capacity;
};

/* Takes *message as the newest, except on failure. */
VF_MUST_CHECK int vf_history_add(struct vf_history *history, struct vf_message **message);

/* Lends number `index`, from 0, the oldest; there are more. */
const struct vf_message *vf_history_at(const struct vf_history *history, size_t index);

/* Forgets the oldest `count` messages, or all. */
void vf_history_forget(struct vf_history *history, size_t count);
void vf_history_finish(struct vf_history *history);

/* Returns how many of the oldest messages may be forgotten when `seconds` before `now` still count:
 * all in front of the last that is as old as that. */
size_t vf_history_count_past(const struct vf_history *history, double now, double seconds);

#endif
