/* SPDX-License-Identifier: MIT */
/* watch_clock.h - the time by which a supervisor judges others.
 *
 * It stands still while the supervisor itself does: when a job is suspended and continued, its
 * control group frozen, or its machine stopped, nobody has been silent meanwhile. That shows in a
 * look that comes later than it should have. A pure function of the moments that it is given.
 */
#ifndef VF_ENGINE_PROCESS_WATCH_CLOCK_H
#define VF_ENGINE_PROCESS_WATCH_CLOCK_H

#include <stdint.h>

/* Starts as {0}. */
struct vf_watch_clock {
    int64_t now_ns;    /* at the last look */
    int64_t last_ns;   /* when that was, as vf_clock_now_ns() counts; 0: there was none */
    int64_t due_ns;    /* when the next should be at the latest, by that clock */
    int64_t paused_ns; /* time that does not count */
};

/* Looks, at `real_ns` as vf_clock_now_ns() counts. */
void vf_watch_clock_look(struct vf_watch_clock *clock, int64_t real_ns);

/* Says that the next look comes `timeout_ns` after the last at the latest. */
void vf_watch_clock_expect(struct vf_watch_clock *clock, int64_t timeout_ns);

#endif
