/* SPDX-License-Identifier: MIT */
/* report_json.h - the report of a run for programs: one JSON object in a file. */
#ifndef VF_ENGINE_ACCOUNT_REPORT_JSON_H
#define VF_ENGINE_ACCOUNT_REPORT_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/exit_status.h"
#include "engine/base/result.h"
#include "engine/run/memory.h"
#include "engine/run/outcome.h"

struct vf_run_history;

/* What there is to know of a run. */
struct vf_run_record {
    const struct vf_plan *plan;
    const struct vf_run_memory *memory;     /* NULL: the run did not get so far */
    const json_t *versions;                 /* of libraries; NULL: they are not told */
    const struct vf_task_outcome *outcomes; /* task id i at [i - 1] */
    int64_t started_ns, ended_ns;           /* as vf_clock_now_ns() counts */
    enum vf_exit_status status;
    bool is_balanced;                     /* the ledger */
    uint64_t dropped_lines;               /* of messages for people */
    const struct vf_run_history *history; /* NULL: none was kept */
};

/* Returns whether a report can be written to `path`; logs why not. */
VF_MUST_CHECK int vf_report_json_check(const char *path);

/* Makes the report, the caller's. */
VF_MUST_CHECK int vf_report_json_make(const struct vf_run_record *record, json_t **report);

/* Writes the report under a temporary name beside `path`, and renames it when it is complete.
 * What is there and no regular file is written to as it is. Logs what failed. */
VF_MUST_CHECK int vf_report_json_write(const char *path, const struct vf_run_record *record);

/* Writes a report that has been made, with what has been added to it. */
VF_MUST_CHECK int vf_report_json_put(const char *path, const json_t *report);

/* Makes the report of a run that could not be started, the caller's: `mistakes` are those of the flow,
 * an array of objects, which it takes. */
VF_MUST_CHECK int vf_report_json_refuse(json_t **report, const char *file,
                                        enum vf_exit_status status, json_t *mistakes);

/* Returns whether a file may be replaced though the flow, which may read or write it, is not known: it
 * is no file on a disk, is empty, or is an earlier report. Logs that it may not. */
bool vf_report_json_may_replace(const char *path);

#endif
