/* SPDX-License-Identifier: MIT */
/* trace_file.h - observers (observer.h) that write the trace of a run (timeline.h). */
#ifndef VF_ENGINE_PROCESS_TRACE_FILE_H
#define VF_ENGINE_PROCESS_TRACE_FILE_H

#include <stdint.h>

#include "engine/process/observer.h"

/* What is to be written, and where: the context of these observers. */
struct vf_trace_order {
    const char *path; /* NULL: to the observation's descriptor */
    int64_t from_ns;  /* what happened since; 0: all there is */
};

/* Writes down what happens until the run is over. The file gets its name when it is whole. */
enum vf_exit_status vf_trace_file_record(const struct vf_observation *observation);

/* Writes what the tasks did last, and ends. */
enum vf_exit_status vf_trace_file_write(const struct vf_observation *observation);

#endif
