/* SPDX-License-Identifier: MIT */
/* standstill.h - finds that a flow stands still, and says who waits for whom.
 *
 * Reads what tasks write in their pages anyway, and disturbs nobody. A flow stands still when no
 * task has counted anything: then one task works on a message for long, a producer gets nothing
 * from the world outside, or tasks wait for each other in a circle.
 *
 *     vf_standstill_create(&standstill, plan, memory, vf_clock_now_ns());
 *     if (vf_standstill_look(standstill, vf_clock_now_ns(), limit_ns))
 *         vf_standstill_log(standstill, vf_clock_now_ns(), VF_LOG_WARNING);
 */
#ifndef VF_ENGINE_ACCOUNT_STANDSTILL_H
#define VF_ENGINE_ACCOUNT_STANDSTILL_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/log.h"
#include "engine/base/result.h"
#include "engine/base/text.h"
#include "engine/flow/plan/plan.h"
#include "engine/run/memory.h"

struct vf_standstill;

/* Borrows `plan` and `memory` until it is destroyed. */
VF_MUST_CHECK int vf_standstill_create(struct vf_standstill **standstill,
                                       const struct vf_plan *plan,
                                       const struct vf_run_memory *memory, int64_t now_ns);
void vf_standstill_destroy(struct vf_standstill **standstill);

/* Looks at all tasks; to be called now and then, more often than `limit_ns`. Tells, once for each
 * time that the flow stands still, that nothing has moved for `limit_ns`, or more. Never when that
 * is 0, or when all tasks have ended. */
bool vf_standstill_look(struct vf_standstill *standstill, int64_t now_ns, int64_t limit_ns);

/* Returns whether the tasks wait for each other forever; to be called after vf_standstill_look().
 * Certain after several looks in a row that saw the same, and nothing move. */
bool vf_standstill_is_dead_lock(struct vf_standstill *standstill, int64_t now_ns);

/* Returns for how long a task has not moved, as far as was looked. */
int64_t vf_standstill_stood_ns(const struct vf_standstill *standstill, unsigned task,
                               int64_t now_ns);

/* Adds who waits for whom: lines without a line end after the last, each a chain that ends with its
 * cause. Circles come first, each followed by a line that names its full queues. Returns -ENOMEM
 * when out of memory. */
VF_MUST_CHECK int vf_standstill_describe(const struct vf_standstill *standstill, int64_t now_ns,
                                         struct vf_text *text);

/* Logs that nothing has moved, for how long, and those lines. */
void vf_standstill_log(const struct vf_standstill *standstill, int64_t now_ns,
                       enum vf_log_level level);

/* Logs, once for each task, that it joins by time or by order and has waited for `limit_ns` for an
 * input that has brought nothing yet, though the rest of the flow may go on. Never when that is 0. */
void vf_standstill_log_starved(struct vf_standstill *standstill, int64_t now_ns, int64_t limit_ns);

#endif
