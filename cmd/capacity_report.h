/* SPDX-License-Identifier: MIT */
/* capacity_report.h - what the reports of runs say of a flow's load, and of how it kept up. */
#ifndef VF_CMD_CAPACITY_REPORT_H
#define VF_CMD_CAPACITY_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "cmd/capacity_flow.h"
#include "cmd/capacity_run.h"
#include "engine/account/capacity.h"

/* A flow as it ran alone. Starts as {0}. */
struct vf_capacity_measure {
    json_t *report; /* lends the names below */
    struct vf_capacity_task *tasks;
    const char **names, **types;
    struct vf_capacity_load load; /* lends `tasks` */
    uint64_t frames;              /* of the source that sent most */
    size_t gpus;                  /* that it had */
    bool has_messages;            /* sources sent something, be it sound */
};

/* Reads it from the report of a run on so many processors. Returns -ENODATA when no source has sent
 * a frame, -EIO when there is no report, or another negative errno. */
VF_MUST_CHECK int vf_capacity_measure_read(struct vf_capacity_measure *measure,
                                           const struct vf_capacity_flow *flow,
                                           const struct vf_capacity_stream *stream,
                                           double processors);

void vf_capacity_measure_finish(struct vf_capacity_measure *measure);

/* How a try ended. Starts as {0}. */
struct vf_capacity_verdict {
    unsigned streams;
    bool has_passed;
    char *task;       /* that did not keep up; NULL: none, or nobody knows */
    uint64_t dropped; /* messages on their way to it */
    double late_seconds;
    char *failure; /* why a stream did not run; NULL: all did */
};

/* Judges how the streams kept to their pace. Returns a negative errno. */
VF_MUST_CHECK int vf_capacity_judge(struct vf_capacity_verdict *verdict,
                                    const struct vf_capacity_flow *flow,
                                    const struct vf_capacity_streams *streams,
                                    const struct vf_capacity_pace *pace);

void vf_capacity_verdict_finish(struct vf_capacity_verdict *verdict);

/* Returns whether an exit status is that of a run which was measured, or tried: to its end, also with
 * damaged input, or until it was stopped. */
bool vf_capacity_has_run(const struct vf_capacity_streams *streams, int status);

#endif
