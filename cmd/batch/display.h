/* SPDX-License-Identifier: MIT */
/* display.h - how far a batch is, for people and for programs, on standard error. */
#ifndef VF_CMD_BATCH_DISPLAY_H
#define VF_CMD_BATCH_DISPLAY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "cmd/batch/job.h"
#include "engine/base/text.h"

enum vf_batch_form {
    VF_BATCH_LINE,  /* one line that is kept up to date, and one for each failure */
    VF_BATCH_PLAIN, /* a line for each job that has ended */
    VF_BATCH_JSON,  /* an object a second, and one for each job that has ended */
    VF_BATCH_QUIET, /* a line for each failure */
};

struct vf_batch_display {
    const struct vf_batch_jobs *jobs;
    enum vf_batch_form form;
    int64_t started_ns, due_ns;
    size_t told; /* jobs of which has been said how they have ended */
};

/* How far a batch is; what was done before it does not count. */
struct vf_batch_progress {
    size_t inputs;                  /* all, */
    size_t counts[VF_BATCH_STATES]; /* by what they are */
    double part;                    /* that is done of the work, 0 to 1 */
    double left_seconds;            /* negative: unknown */
};

/* Pure: reads the jobs after so many seconds. Jobs of which nobody knows how long they take count as
 * one of those of which it is known. */
void vf_batch_progress_read(struct vf_batch_progress *progress, const struct vf_batch_jobs *jobs,
                            double seconds);

/* Adds a line such as "43 %  12/200 done  2 failed  3 running  0:34 left". */
void vf_batch_progress_print(struct vf_text *out, const struct vf_batch_progress *progress);

void vf_batch_display_begin(struct vf_batch_display *display);

/* Says how a job has ended. */
void vf_batch_display_job(struct vf_batch_display *display, const struct vf_batch_job *job);

/* Writes lines of a run, each after the name of its input. */
void vf_batch_display_lines(const struct vf_batch_display *display, const struct vf_batch_job *job,
                            const char *lines);

/* Says how far the batch is, when it is time. */
void vf_batch_display_tick(struct vf_batch_display *display, int64_t now_ns);

/* Says how it has ended. */
void vf_batch_display_end(struct vf_batch_display *display);

#endif
