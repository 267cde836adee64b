/* SPDX-License-Identifier: MIT */
/* child_run.h - one vflow run of a batch, as a child: what it says, how far it is, how it ended.
 *
 * Its standard output goes to a file without a name, and so does its report: nothing of a run is left
 * behind but what the flow writes, however the batch ends.
 */
#ifndef VF_CMD_BATCH_CHILD_RUN_H
#define VF_CMD_BATCH_CHILD_RUN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/base/result.h"
#include "engine/base/text.h"

struct vf_signals;

struct vf_batch_child {
    pid_t pid;           /* 0: it does not run */
    int lines;           /* what it says on standard error is read here, without waiting */
    int output, report;  /* files without names */
    int log;             /* where its log is kept; -1: in `said` */
    struct vf_text line; /* the beginning of one */
    struct vf_text said; /* the first of its lines that are no progress */
    int64_t started_ns;
    double part; /* that is done, 0 to 1; negative: unknown */
};

/* The number that the report of a run has to be written to, as the command line of the run says. */
#define VF_BATCH_REPORT "/dev/fd/3"

/* Starts a run by the words of its command line, which end with NULL. Its log goes to the file `log`,
 * or is kept in memory (NULL). Logs a failure; then there is nothing to be ended. */
VF_MUST_CHECK int vf_batch_child_start(struct vf_batch_child *child, const char *const *words,
                                       const char *log, struct vf_signals *signals);

/* Takes what it has said since. */
void vf_batch_child_hear(struct vf_batch_child *child);

/* Returns whether it has ended; *status becomes its exit status, 128 and the number of a signal that
 * has ended it. Never waits. */
bool vf_batch_child_has_ended(struct vf_batch_child *child, int *status);

/* Returns the report of one that has ended, the caller's; NULL: there is none. */
json_t *vf_batch_child_report(const struct vf_batch_child *child);

/* Copies its standard output to that of this process. */
VF_MUST_CHECK int vf_batch_child_copy_output(const struct vf_batch_child *child);

/* Frees what is left of one that has ended. */
void vf_batch_child_finish(struct vf_batch_child *child);

#endif
