/* SPDX-License-Identifier: MIT */
/* writer_report.h - what video_writer says of its files: in the report, and to people. */
#ifndef VF_NODES_WRITE_WRITER_REPORT_H
#define VF_NODES_WRITE_WRITER_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/media/write/output.h"
#include "nodes/write/output_names.h"

/* Files of a series that are reported one by one; the rest are summed up. */
#define VF_WRITER_TOLD 6

/* A file that has been written, and what there is to tell of it. */
struct vf_writer_told {
    char *path, *line;
};

/* Starts as {.run, .names, .is_by_source, .is_series}, which it borrows. */
struct vf_writer_report {
    struct vf_node_run *run;
    struct vf_output_names *names;
    bool is_by_source, is_series;
    bool has_failed; /* set by the writer */
    uint64_t files, frames;
    int64_t bytes;
    struct vf_writer_told told[VF_WRITER_TOLD]; /* a ring: the last ones, where some are removed */
};

/* Reports a file that has ended, and notes one that is complete among the names. */
void vf_writer_report_file(struct vf_writer_report *report, const struct vf_output_file *file,
                           const struct vf_output_facts *facts);

/* Sums up, when all have. */
void vf_writer_report_sum(struct vf_writer_report *report);

void vf_writer_report_finish(struct vf_writer_report *report);

#endif
