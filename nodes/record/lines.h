/* SPDX-License-Identifier: MIT */
/* lines.h - records as the lines of a file, in JSON or in CSV. */
#ifndef VF_NODES_RECORD_LINES_H
#define VF_NODES_RECORD_LINES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "engine/node/option/option.h"

struct vf_lines;
struct vf_node_run;

enum vf_lines_format { VF_LINES_AUTO, VF_LINES_JSONL, VF_LINES_CSV };

struct vf_lines_options {
    char *path;
    enum vf_lines_format format;
    bool append;
};

/* The options of a node that writes lines. `place` leads from its struct to a
 * struct vf_lines_options: `lines.`. */
#define VF_LINES_OPTIONS(type, place)                                                              \
    {"path", "File to write; - is standard output", VF_SHARED_PATH(type, place path),              \
     .is_main = true},                                                                             \
        {"format", "Format of the file",                                                           \
         VF_CHOICE(type, place format,                                                             \
                   {"auto", VF_LINES_AUTO, "CSV if the name ends in .csv, otherwise JSON"},        \
                   {"jsonl", VF_LINES_JSONL, "A JSON object per line"},                            \
                   {"csv", VF_LINES_CSV,                                                           \
                    "A table, with the names of the columns in the "                               \
                    "first line"}),                                                                \
         .fallback = "auto"},                                                                      \
    {                                                                                              \
        "append", "Append to an existing file; false: replace it", VF_BOOLEAN(type, place append), \
            .fallback = "true"                                                                     \
    }

/* Returns as a node's check(). */
VF_MUST_CHECK int vf_lines_check(const struct vf_lines_options *options, char *problem,
                                 size_t problem_size);

/* Opens the file. Borrows everything until it is destroyed. Returns VF_END as
 * vf_line_file_create(). */
VF_MUST_CHECK int vf_lines_create(struct vf_lines **lines, struct vf_node_run *run,
                                  const struct vf_lines_options *options);
void vf_lines_destroy(struct vf_lines **lines);

/* Adds one record (record.h). When it returns, its lines are in the file. */
VF_MUST_CHECK int vf_lines_add(struct vf_lines *lines, const json_t *record);

/* Says that there will be no more: for the report, and for a file that is to start again, which
 * gets its name if it is whole; it is empty if it has got no line. */
VF_MUST_CHECK int vf_lines_end(struct vf_lines *lines);

#endif
