/* SPDX-License-Identifier: MIT */
#include "engine/process/watch_clock.h"

#include "engine/base/clock.h"

#define LATE_NS (200 * VF_NS_PER_MS) /* more than a busy machine makes of it */

void vf_watch_clock_look(struct vf_watch_clock *clock, int64_t real_ns)
{
    /* Nobody knows when in this time it began to stand still, so none of it counts. */
    if (clock->last_ns && real_ns - clock->due_ns > LATE_NS)
        clock->paused_ns += real_ns - clock->last_ns;
    clock->last_ns = clock->due_ns = real_ns;
    clock->now_ns = real_ns - clock->paused_ns;
}

void vf_watch_clock_expect(struct vf_watch_clock *clock, int64_t timeout_ns)
{
    clock->due_ns = clock->last_ns + timeout_ns;
}
