/* SPDX-License-Identifier: MIT */
/* outline.h - the report of a run as a page is made of it: which edge connects which tasks, what they
 * did over time, and when that was. */
#ifndef VF_CMD_REPORT_OUTLINE_H
#define VF_CMD_REPORT_OUTLINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"

#define VF_OUTLINE_NOBODY SIZE_MAX

struct vf_outline_edge {
    const json_t *facts; /* as the report has them */
    size_t from, to;     /* places of the tasks; VF_OUTLINE_NOBODY: the report has no such task */
    uint64_t dropped;
};

struct vf_outline_task {
    const json_t *facts, *history; /* NULL: there is none */
    const char *name;
    uint64_t in, out;
    bool has_in, has_out, has_failed;
};

/* Belongs to the report that it is made of. */
struct vf_outline {
    const json_t *report;
    struct vf_outline_task *tasks;
    size_t task_count;
    struct vf_outline_edge *edges;
    size_t edge_count;
    const json_t *history, *times; /* NULL: none was kept */
    size_t sample_count;
    double from, to; /* seconds since the start: of the time that the samples are of */
};

/* Borrows the report, which has its form (form.h), until it is finished. Returns -ENOMEM. */
VF_MUST_CHECK int vf_outline_init(struct vf_outline *outline, const json_t *report);
void vf_outline_finish(struct vf_outline *outline);

/* Returns the place in `tasks` of the task that "NAME.PORT" belongs to, or VF_OUTLINE_NOBODY. */
size_t vf_outline_task_of(const json_t *tasks, const char *port);

/* Returns when sample `i` begins and ends, as a part of the whole time. */
double vf_outline_begin(const struct vf_outline *outline, size_t i);
double vf_outline_end(const struct vf_outline *outline, size_t i);

/* Returns number `i` of a column; negative: there is none. */
double vf_outline_value(const json_t *column, size_t i);

#endif
