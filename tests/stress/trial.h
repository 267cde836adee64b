/* SPDX-License-Identifier: MIT */
/* trial.h - one random flow run for real, and judged.
 *
 * The flow's supervisor is a process of its own, so that it can be stopped from outside, and be
 * killed when it takes too long.
 */
#ifndef VF_TESTS_STRESS_TRIAL_H
#define VF_TESTS_STRESS_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/base/text.h"
#include "engine/flow/plan/plan.h"
#include "tests/stress/model.h"
#include "tests/stress/sketch.h"

#define TRIAL_MAX_STOPS 3

struct trial {
    struct sketch sketch;
    struct vf_text flow; /* as a file */
    struct vf_plan *plan;
    const char *directory; /* of the run, fresh */
    unsigned stops;
    int64_t stop_after_ns[TRIAL_MAX_STOPS]; /* from the start, or from the stop before */
    unsigned stopped;                       /* how often it was, before it ended */
    bool is_too_late;                       /* it had to be killed */
    int wait_status;                        /* of the supervisor */
    struct vf_text complaints;              /* a line each; empty: all is well */
};

/* How a flow is to be tried. */
struct trial_order {
    const enum vf_transport_kind *transport; /* NULL: as the flow is drawn */
    unsigned tcp_base;                       /* that ports count from */
    bool is_stopping;                        /* it is asked to stop at random moments */
    bool is_hasty;                           /* sketch.h */
};

/* Draws the flow of `seed`, runs it in `directory` and judges it. Returns -ENOMEM and the
 * like when that cannot be tried; what is wrong with the run stands in `complaints`. */
VF_MUST_CHECK int trial_run(struct trial *trial, uint64_t seed, const char *directory,
                            const struct trial_order *order);
void trial_finish(struct trial *trial);

/* Compares what the nodes recorded with what the model says, and adds what differs to the trial's
 * complaints (verdict.c, verdict_report.c). */
void trial_judge(struct trial *trial);

/* What consumer `node` recorded: sets seen on all inputs. Complains of a report that does not
 * balance, or does not fit that. */
void trial_judge_report(struct trial *trial, const uint64_t *sets, const struct record_made *made);

/* Adds a line to the complaints. */
void trial_complain(struct trial *trial, const char *format, ...) VF_PRINTF(2, 3);

#endif
