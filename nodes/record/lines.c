/* SPDX-License-Identifier: MIT */
#include "nodes/record/lines.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/log.h"
#include "engine/node/node.h"
#include "nodes/record/csv.h"
#include "nodes/record/line_file.h"
#include "nodes/value/value_text.h"

#define MAX_HEADER 65536

struct vf_lines {
    struct vf_node_run *run;
    struct vf_line_file *file;
    struct vf_text text; /* of one record; its memory is used again */
    struct vf_csv csv;
    size_t count;
    bool is_csv, has_told;
};

int vf_lines_check(const struct vf_lines_options *options, char *problem, size_t problem_size)
{
    if (!*options->path) {
        snprintf(problem, problem_size, "path is empty; name a file, or - for standard output");
        return -EINVAL;
    }
    if (strstr(options->path, "://")) {
        snprintf(problem, problem_size, "path is a URL; webhook sends messages to one");
        return -EINVAL;
    }
    return VF_OK;
}

static bool is_csv(const struct vf_lines_options *options)
{
    const char *dot = strrchr(options->path, '.');
    if (options->format == VF_LINES_AUTO)
        return dot && strcasecmp(dot, ".csv") == 0;
    return options->format == VF_LINES_CSV;
}

int vf_lines_create(struct vf_lines **lines, struct vf_node_run *run,
                    const struct vf_lines_options *options)
{
    *lines = calloc(1, sizeof(**lines));
    if (!*lines)
        return -ENOMEM;
    (*lines)->run = run;
    (*lines)->is_csv = is_csv(options);
    const struct vf_line_file_settings settings = {
        .path = options->path,
        .begins_anew = !options->append,
        .has_quotes = (*lines)->is_csv,
    };
    int err = vf_line_file_create(&(*lines)->file, run, &settings);
    if (err)
        vf_lines_destroy(lines);
    return err;
}

void vf_lines_destroy(struct vf_lines **lines)
{
    if (!*lines)
        return;
    vf_line_file_destroy(&(*lines)->file);
    vf_csv_finish(&(*lines)->csv);
    vf_text_finish(&(*lines)->text);
    free(*lines);
    *lines = NULL;
}

static int refuse_header(const struct vf_lines *lines)
{
    vf_log(VF_LOG_ERROR,
           "%s has another table in it, or none; name another file, or replace it with "
           "append: false",
           vf_line_file_name(lines->file));
    return -EINVAL;
}

/* Lines that are added to a table have its columns. */
static int read_header(struct vf_lines *lines)
{
    char *bytes = malloc(MAX_HEADER);
    if (!bytes)
        return -ENOMEM;
    size_t length = vf_line_file_read(lines->file, bytes, MAX_HEADER);
    int err = vf_csv_read_header(&lines->csv, bytes, length);
    free(bytes);
    return err == -EINVAL ? refuse_header(lines) : err;
}

static void tell_left_out(struct vf_lines *lines)
{
    if (!lines->csv.left_out || lines->has_told)
        return;
    vf_log(VF_LOG_WARNING,
           "%s: \"%s\" is left out, for which there is no column; the first line names them all",
           vf_line_file_name(lines->file), lines->csv.left_out);
    lines->has_told = true;
}

static int print_csv(struct vf_lines *lines, const json_t *record)
{
    bool is_empty = vf_line_file_is_empty(lines->file);
    bool is_first = !lines->csv.count;
    int err = is_first && !is_empty ? read_header(lines) : VF_OK;
    if (!err)
        err = vf_csv_print(&lines->csv, record, &lines->text);
    if (err)
        return err;
    if (is_first && lines->text.length && !lines->csv.used_count)
        return refuse_header(lines);
    tell_left_out(lines);
    return VF_OK;
}

static void print_json(struct vf_lines *lines, const json_t *record)
{
    vf_value_write(&lines->text, record);
    vf_text_append(&lines->text, "\n", 1);
}

/* Adds what was printed, and in front of it the head of a table that is new. */
static int append(struct vf_lines *lines)
{
    struct vf_text *text = &lines->text, whole = {0};
    if (text->failed)
        return -ENOMEM;
    if (!text->length)
        return VF_OK;
    if (!lines->is_csv || !vf_line_file_is_empty(lines->file))
        return vf_line_file_append(lines->file, text->bytes, text->length);
    vf_csv_print_header(&lines->csv, &whole);
    vf_text_append(&whole, text->bytes, text->length);
    int err = whole.failed ? -ENOMEM : vf_line_file_append(lines->file, whole.bytes, whole.length);
    vf_text_finish(&whole);
    return err;
}

int vf_lines_add(struct vf_lines *lines, const json_t *record)
{
    lines->text.length = 0;
    int err = vf_line_file_enter(lines->file);
    if (!err && lines->is_csv)
        err = print_csv(lines, record);
    else if (!err)
        print_json(lines, record);
    if (!err)
        err = append(lines);
    vf_line_file_leave(lines->file);
    if (!err)
        lines->count = lines->is_csv ? lines->csv.line_count : lines->count + 1;
    return err;
}

/* Notes the file, or the part of it there is, for the report. */
static void note_file(const struct vf_lines *lines, const char *part)
{
    bool is_failure = vf_node_end_reason(lines->run) == VF_END_FAILED;
    struct vf_medium medium = {
        .path = part ? part : vf_line_file_name(lines->file),
        .unit = "lines",
        .count = lines->count,
        .duration_ns = -1,
        .size_bytes = -1,
        .is_complete = !part,
        .reason = !part        ? NULL
                  : is_failure ? "cut short by a failure"
                               : "interrupted",
    };
    vf_node_note_output(lines->run, &medium);
}

/* Says what there is of a file that is not whole. */
static void report_part(const struct vf_lines *lines, const char *part, bool has_older)
{
    const char *path = vf_line_file_name(lines->file);
    bool is_failure = vf_node_end_reason(lines->run) == VF_END_FAILED;
    uint64_t expected =
        lines->is_csv || lines->run->input_count > 1 ? 0 : vf_node_expected(lines->run);
    char of[32] = "";
    if (expected >= lines->count && expected)
        snprintf(of, sizeof(of), " of %" PRIu64, expected);
    vf_node_report_output(
        lines->run, "%s: %zu%s line%s, %s%s%s%s", part, lines->count, of,
        lines->count == 1 && !*of ? "" : "s", is_failure ? "cut short by a failure" : "interrupted",
        has_older ? "; " : "", has_older ? path : "", has_older ? " is as it was" : "");
}

int vf_lines_end(struct vf_lines *lines)
{
    bool is_whole = vf_node_has_all(lines->run), has_older = false;
    int err = VF_OK;
    if (!lines->count && is_whole) {
        err = vf_line_file_enter(lines->file);
        vf_line_file_leave(lines->file);
    }
    int end_err = vf_line_file_end(lines->file, is_whole);
    const char *part = vf_line_file_part(lines->file, &has_older);
    note_file(lines, part);
    if (part)
        report_part(lines, part, has_older);
    else
        vf_node_report_output(lines->run, "%s: %zu line%s%s", vf_line_file_name(lines->file),
                              lines->count, lines->count == 1 ? "" : "s",
                              lines->run->is_restarted ? " since it was started again" : "");
    return err ? err : end_err;
}
