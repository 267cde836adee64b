/* SPDX-License-Identifier: MIT */
/* soak.h - one flow for a long time: what its processes use must not grow.
 *
 * First in batch, where every frame has to arrive, then for a shorter time in realtime, where
 * every frame has to arrive or to be counted as dropped. What each process uses in the last tenth
 * of the time is compared with the second tenth; the first is left to warm up.
 */
#ifndef VF_TESTS_STRESS_SOAK_H
#define VF_TESTS_STRESS_SOAK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/base/result.h"
#include "engine/base/text.h"
#include "engine/flow/plan/plan.h"
#include "tests/stress/soak_watch.h"

#define SOAK_PARTS 2

struct soak_orders {
    uint64_t frames, minutes; /* in batch: whichever is over first */
};

/* One part. */
struct soak {
    enum vf_flow_mode mode;
    uint64_t frames;
    int64_t limit_ns; /* then it is asked to stop */
    const char *directory;
    struct vf_plan *plan;
    struct soak_watch watch;
    int64_t took_ns;
    bool is_stopped, is_killed;
    int wait_status;                  /* of the supervisor */
    struct vf_text table, complaints; /* lines; no complaint: all is well */
};

/* Runs both parts, and prints what came out. Returns how many of them failed. */
unsigned soak_run(const struct soak_orders *orders);

/* Judges a part that has ended: fills in its table, and complains of what is wrong. */
void soak_judge(struct soak *soak);

/* Adds a line to the complaints. */
void soak_complain(struct soak *soak, const char *format, ...) VF_PRINTF(2, 3);

#endif
