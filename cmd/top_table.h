/* SPDX-License-Identifier: MIT */
/* top_table.h - the table of vflow top as text: which columns there is room for, how rows are sorted and
 * filtered. Pure. */
#ifndef VF_CMD_TOP_TABLE_H
#define VF_CMD_TOP_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "cmd/top_rows.h"
#include "engine/base/text.h"

/* The columns, in the order in which they stand. */
enum vf_top_column {
    VF_TOP_TASK,
    VF_TOP_STATE,
    VF_TOP_FPS,
    VF_TOP_BUSY,
    VF_TOP_CPU,
    VF_TOP_QUEUE,
    VF_TOP_P50,
    VF_TOP_P95,
    VF_TOP_P99,
    VF_TOP_AGE50,
    VF_TOP_AGE95,
    VF_TOP_AGE99,
    VF_TOP_DROPPED,
    VF_TOP_LEFT_OUT,
    VF_TOP_ERRORS,
    VF_TOP_RSS,
    VF_TOP_PSS,
    VF_TOP_GPU,
    VF_TOP_GPU_MEMORY,
    VF_TOP_RESTARTS,
    VF_TOP_PID,
    VF_TOP_WAITS,
    VF_TOP_COLUMNS, /* how many there are; sorting by that keeps the order of the flow */
};

struct vf_top_view {
    enum vf_top_column sorted_by;
    bool is_reversed;
    const char *filter; /* part of the names that are shown; "": all are */
};

/* Returns the title of a column. */
const char *vf_top_title(enum vf_top_column column);

/* Adds the title line, of at most `columns`, without a line end. The column that rows are sorted by is
 * marked. */
void vf_top_print_titles(struct vf_text *out, const struct vf_top_sample *sample,
                         const struct vf_top_view *view, size_t columns);

/* Adds the line of a row. */
void vf_top_print_row(struct vf_text *out, const struct vf_top_sample *sample,
                      const struct vf_top_row *row, size_t columns);

/* Adds a line about the run: its name, state and progress. */
void vf_top_print_run(struct vf_text *out, const struct vf_top_sample *sample, size_t columns);

/* Fills `order` with the rows that are shown, in order; it has room for all. Returns how many. */
size_t vf_top_order(const struct vf_top_sample *sample, const struct vf_top_view *view,
                    const struct vf_top_row **order);

#endif
