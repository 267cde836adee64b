/* SPDX-License-Identifier: MIT */
/* csv.h - records as lines of a table: RFC 4180, with line ends as Unix has them.
 *
 * The columns are those of the first line, and never change. A member of a record that is an object
 * is a column for each of its members, called NAME.MEMBER, and MEMBER alone in what is called
 * "value". The first member that is a list of objects makes a line for each of them, which repeats
 * everything else. Whatever else has no text of its own is JSON; null is an empty cell.
 */
#ifndef VF_NODES_RECORD_CSV_H
#define VF_NODES_RECORD_CSV_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "engine/base/text.h"

/* Starts as {0}. */
struct vf_csv {
    char **columns;
    size_t count;      /* 0: there was no line yet */
    char *left_out;    /* the first name for which there is no column; NULL: all have one */
    size_t used_count; /* columns that the last line had something for */
    size_t line_count; /* lines that were printed, without the header */
};

void vf_csv_finish(struct vf_csv *csv);

/* Takes the columns from the first line of a file, of which `length` bytes have been read. Returns
 * -EINVAL when it is no line of a table. */
VF_MUST_CHECK int vf_csv_read_header(struct vf_csv *csv, const char *bytes, size_t length);

void vf_csv_print_header(const struct vf_csv *csv, struct vf_text *text);

/* Adds the lines of a record, each ended: mostly one, and none for an empty list in the place of
 * objects. */
VF_MUST_CHECK int vf_csv_print(struct vf_csv *csv, const json_t *record, struct vf_text *text);

#endif
