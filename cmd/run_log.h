/* SPDX-License-Identifier: MIT */
/* run_log.h - the logs that runs in the background leave, and how these have ended.
 *
 * They are in $XDG_STATE_HOME/vflow, or ~/.local/state/vflow: NAME.log, and NAME.json with name, pid,
 * flow, mode and since as the card of the run has them (engine/run/card.h), and at its end `ended`,
 * a moment, and status. The log is locked (flock) while the run is there. Files of an older run of that name become NAME.PID.log and NAME.PID.json;
 * those of VF_RUN_LOG_KEPT runs that are over are kept.
 */
#ifndef VF_CMD_RUN_LOG_H
#define VF_CMD_RUN_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "engine/run/card.h"

#define VF_RUN_LOG_KEPT 20

/* One run in the background, as its record says. */
struct vf_run_record_file {
    struct vf_run_card card;       /* `log` is its log; `folder` is NULL */
    char *path;                    /* of the record */
    char ended[VF_CLOCK_UTC_SIZE]; /* "": it runs, or was killed */
    int status;                    /* once it has ended; -1: it has not, or nobody knows */
    bool is_running;
};

struct vf_run_records {
    struct vf_run_record_file *items; /* the oldest first */
    size_t count;
};

/* Returns the folder, which it makes; the caller's. NULL, and why has been logged. */
char *vf_run_log_folder(void);

/* Gives the log at `draft` the name of the run of `card`, and writes its record. *log and *record
 * become their paths, the caller's. Removes what is too old. */
VF_MUST_CHECK int vf_run_log_begin(const char *folder, const char *draft,
                                   const struct vf_run_card *card, char **log, char **record);

/* Notes in a record how the run has ended. */
void vf_run_log_end(const char *record, int status);

/* Collects the records of all runs in the background. */
void vf_run_records_collect(struct vf_run_records *records);
void vf_run_records_finish(struct vf_run_records *records);

/* Returns in words how a run has ended. */
const char *vf_run_log_meaning(int status);

#endif
