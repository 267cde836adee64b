/* SPDX-License-Identifier: MIT */
/* capacity_run.h - several copies of a flow, run at a time by the program itself. */
#ifndef VF_CMD_CAPACITY_RUN_H
#define VF_CMD_CAPACITY_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/base/result.h"
#include "engine/process/signals.h"

/* One copy. Starts as {0} but for its folder and GPUs. */
struct vf_capacity_stream {
    char *gpus;               /* for --gpus; NULL: as it likes; the owner's */
    char *folder;             /* with its flow.yaml; then also report.json and log; the owner's */
    pid_t pid;                /* 0: it does not run */
    int status;               /* its exit status; 128 and the number of the signal that ended it */
    double processor_seconds; /* that all its processes used */
};

struct vf_capacity_streams {
    struct vf_capacity_stream *items;
    size_t count;
    const char *const *flags; /* for vflow run; ends with NULL */
    size_t flag_count;
    bool was_stopped; /* not all of them had ended in time */
};

/* Runs all of them until they have ended, or `limit_ns` after the start, when they are stopped. A
 * stop signal stops them at once: *signal becomes its number, otherwise 0. Returns a negative errno
 * when one could not be started; then none runs. */
VF_MUST_CHECK int vf_capacity_run(struct vf_capacity_streams *streams, struct vf_signals *signals,
                                  int64_t limit_ns, int *signal);

#endif
