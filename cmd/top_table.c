/* SPDX-License-Identifier: MIT */
#include "cmd/top_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/account/progress_line.h"
#include "engine/base/columns.h"
#include "engine/base/display.h"

#define WIDEST_NAME 24
#define CELL 32

/* How a column looks. Numbers stand on the right. */
struct column {
    const char *title;
    size_t width;  /* 0: as the names need, or what is left over */
    unsigned rank; /* the higher, the sooner it is left out */
    bool is_text;
};

static const struct column columns_of_table[VF_TOP_COLUMNS] = {
    [VF_TOP_TASK] = {"TASK", 0, 0, true},          [VF_TOP_STATE] = {"STATE", 9, 1, true},
    [VF_TOP_FPS] = {"FPS", 7, 2, false},           [VF_TOP_QUEUE] = {"QUEUE", 7, 3, false},
    [VF_TOP_BUSY] = {"BUSY", 5, 4, false},         [VF_TOP_CPU] = {"CPU", 5, 5, false},
    [VF_TOP_DROPPED] = {"DROPS", 7, 6, false},     [VF_TOP_P95] = {"P95", 7, 7, false},
    [VF_TOP_AGE95] = {"AGE95", 7, 8, false},       [VF_TOP_RSS] = {"RSS", 6, 9, false},
    [VF_TOP_RESTARTS] = {"RST", 4, 10, false},     [VF_TOP_P50] = {"P50", 7, 11, false},
    [VF_TOP_AGE50] = {"AGE50", 7, 12, false},      [VF_TOP_WAITS] = {"WAITS", 20, 13, true},
    [VF_TOP_P99] = {"P99", 7, 14, false},          [VF_TOP_AGE99] = {"AGE99", 7, 15, false},
    [VF_TOP_PSS] = {"PSS", 6, 16, false},          [VF_TOP_ERRORS] = {"ERRORS", 7, 17, false},
    [VF_TOP_LEFT_OUT] = {"UNUSED", 7, 18, false},  [VF_TOP_GPU] = {"GPU", 9, 5, false},
    [VF_TOP_GPU_MEMORY] = {"GPUMEM", 9, 6, false}, [VF_TOP_PID] = {"PID", 8, 19, false},
};

/* Which columns are shown, and how wide; 0: it is not. */
struct layout {
    size_t widths[VF_TOP_COLUMNS];
};

const char *vf_top_title(enum vf_top_column column)
{
    return column < VF_TOP_COLUMNS ? columns_of_table[column].title : "the flow";
}

static size_t width_of_names(const struct vf_top_sample *sample)
{
    size_t widest = strlen("TASK");
    for (size_t i = 0; i < sample->count; i++) {
        size_t columns = vf_columns_of(sample->rows[i].name);
        widest = columns > widest ? columns : widest;
    }
    return widest < WIDEST_NAME ? widest : WIDEST_NAME;
}

/* Gives room to columns in the order of their ranks; the last one grows into what is left. */
static struct layout lay_out(const struct vf_top_sample *sample, size_t columns)
{
    struct layout layout = {0};
    size_t used = width_of_names(sample);
    if (columns < used + 1 + columns_of_table[VF_TOP_STATE].width)
        used = columns > 18 ? columns - 1 - columns_of_table[VF_TOP_STATE].width : columns;
    layout.widths[VF_TOP_TASK] = used;
    for (unsigned rank = 1; rank < VF_TOP_COLUMNS; rank++) {
        for (size_t i = 1; i < VF_TOP_COLUMNS; i++) {
            const struct column *column = &columns_of_table[i];
            bool is_useless = !sample->has_gpus && (i == VF_TOP_GPU || i == VF_TOP_GPU_MEMORY);
            if (column->rank != rank || is_useless || used + 1 + column->width > columns)
                continue;
            layout.widths[i] = column->width;
            used += 1 + column->width;
        }
    }
    if (layout.widths[VF_TOP_WAITS])
        layout.widths[VF_TOP_WAITS] += columns - used;
    return layout;
}

static void print_cell(struct vf_text *out, enum vf_top_column column, const char *text,
                       size_t width)
{
    size_t own = vf_columns_of(text);
    if (column != VF_TOP_TASK)
        vf_text_print(out, " ");
    if (columns_of_table[column].is_text || own >= width)
        vf_columns_pad(out, text, width);
    else
        vf_text_print(out, "%*s%s", (int)(width - own), "", text);
}

/* Takes spaces off the end. */
static void trim(struct vf_text *out, size_t from)
{
    while (out->length > from && out->bytes[out->length - 1] == ' ')
        out->bytes[--out->length] = '\0';
}

void vf_top_print_titles(struct vf_text *out, const struct vf_top_sample *sample,
                         const struct vf_top_view *view, size_t columns)
{
    struct layout layout = lay_out(sample, columns);
    size_t from = out->length;
    for (size_t i = 0; i < VF_TOP_COLUMNS; i++) {
        char title[CELL];
        const char *mark = i != view->sorted_by ? "" : view->is_reversed ? "^" : "v";
        snprintf(title, sizeof(title), "%s%s", columns_of_table[i].title, mark);
        if (layout.widths[i])
            print_cell(out, (enum vf_top_column)i, title, layout.widths[i]);
    }
    trim(out, from);
}

/* A number with about three digits. */
static void print_real(char cell[CELL], double number)
{
    if (number < 0)
        snprintf(cell, CELL, "-");
    else
        snprintf(cell, CELL, "%.*f", number < 9.995 ? 2 : number < 99.95 ? 1 : 0, number);
}

static void print_milliseconds(char cell[CELL], double milliseconds)
{
    char number[CELL - 4];
    if (milliseconds < 0) {
        snprintf(cell, CELL, "-");
        return;
    }
    print_real(cell, milliseconds < 1000 ? milliseconds : milliseconds / 1000);
    snprintf(number, sizeof(number), "%.20s", cell);
    snprintf(cell, CELL, "%s%s", number, milliseconds < 1000 ? "ms" : "s");
}

static void print_part(char cell[CELL], double part)
{
    if (part < 0)
        snprintf(cell, CELL, "-");
    else
        snprintf(cell, CELL, "%.0f%%", part * 100);
}

static void print_count(char cell[CELL], int64_t count)
{
    if (count < 0)
        snprintf(cell, CELL, "-");
    else if (count < 1000000)
        snprintf(cell, CELL, "%" PRId64, count);
    else
        snprintf(cell, CELL, "%.1fM", (double)count / 1e6);
}

static void print_bytes(char cell[CELL], int64_t bytes)
{
    double megabytes = (double)bytes / (1 << 20);
    if (bytes < 0)
        snprintf(cell, CELL, "-");
    else if (megabytes < 1000)
        snprintf(cell, CELL, "%.0fM", megabytes);
    else
        snprintf(cell, CELL, "%.1fG", megabytes / 1024);
}

static void print_queue(char cell[CELL], const struct vf_top_row *row)
{
    if (row->length < 0)
        snprintf(cell, CELL, "-");
    else
        snprintf(cell, CELL, "%" PRId64 "/%" PRId64, row->waiting, row->length);
}

/* Prints what a column has of a row, but for texts of any length. */
static void print_number(char cell[CELL], const struct vf_top_row *row, enum vf_top_column column)
{
    switch (column) {
    case VF_TOP_FPS:
        print_real(cell, row->fps);
        break;
    case VF_TOP_BUSY:
        print_part(cell, row->busy);
        break;
    case VF_TOP_CPU:
        print_part(cell, row->cpu);
        break;
    case VF_TOP_QUEUE:
        print_queue(cell, row);
        break;
    case VF_TOP_P50:
    case VF_TOP_P95:
    case VF_TOP_P99:
        print_milliseconds(cell, row->work_ms[column - VF_TOP_P50]);
        break;
    case VF_TOP_AGE50:
    case VF_TOP_AGE95:
    case VF_TOP_AGE99:
        print_milliseconds(cell, row->age_ms[column - VF_TOP_AGE50]);
        break;
    case VF_TOP_RSS:
        print_bytes(cell, row->rss_bytes);
        break;
    case VF_TOP_PSS:
        print_bytes(cell, row->pss_bytes);
        break;
    case VF_TOP_GPU:
        print_part(cell, row->gpu);
        break;
    case VF_TOP_GPU_MEMORY:
        print_bytes(cell, row->gpu_bytes);
        break;
    default:
        snprintf(cell, CELL, "-");
        break;
    }
}

/* The counts among the columns; negative: it is none, or unknown. */
static int64_t count_in(const struct vf_top_row *row, enum vf_top_column column)
{
    switch (column) {
    case VF_TOP_DROPPED:
        return row->dropped;
    case VF_TOP_LEFT_OUT:
        return row->unmatched + row->refused;
    case VF_TOP_ERRORS:
        return row->errors;
    case VF_TOP_RESTARTS:
        return row->restarts;
    case VF_TOP_PID:
        return row->pid ? row->pid : -1;
    default:
        return -1;
    }
}

static bool is_count(enum vf_top_column column)
{
    return column == VF_TOP_DROPPED || column == VF_TOP_LEFT_OUT || column == VF_TOP_ERRORS ||
           column == VF_TOP_RESTARTS;
}

static const char *text_in(const struct vf_top_row *row, enum vf_top_column column, char cell[CELL])
{
    if (column == VF_TOP_TASK)
        return row->name;
    if (column == VF_TOP_STATE)
        return row->state;
    if (column == VF_TOP_WAITS)
        return row->waits ? row->waits : "";
    if (column == VF_TOP_PID)
        snprintf(cell, CELL, row->pid ? "%d" : "-", (int)row->pid);
    else if (is_count(column))
        print_count(cell, count_in(row, column));
    else
        print_number(cell, row, column);
    return cell;
}

void vf_top_print_row(struct vf_text *out, const struct vf_top_sample *sample,
                      const struct vf_top_row *row, size_t columns)
{
    struct layout layout = lay_out(sample, columns);
    size_t from = out->length;
    for (size_t i = 0; i < VF_TOP_COLUMNS; i++) {
        char cell[CELL];
        if (layout.widths[i])
            print_cell(out, (enum vf_top_column)i, text_in(row, (enum vf_top_column)i, cell),
                       layout.widths[i]);
    }
    trim(out, from);
}

static double number_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : -1;
}

/* The progress as the answer of a run has it. */
static struct vf_progress read_progress(const json_t *answer)
{
    const json_t *file = json_object_get(answer, "file");
    const char *mode = json_string_value(json_object_get(answer, "mode"));
    double percent = number_of(answer, "percent"), frames = number_of(answer, "frames");
    double expected = number_of(answer, "expected"), dropped = number_of(answer, "dropped");
    struct vf_progress progress = {
        .seconds = number_of(answer, "seconds"),
        .frames = frames > 0 ? (uint64_t)frames : 0,
        .expected = expected > 0 ? (uint64_t)expected : 0,
        .part = percent < 0 ? -1 : percent / 100,
        .left_seconds = number_of(answer, "left_seconds"),
        .fps = number_of(answer, "fps"),
        .speed = number_of(answer, "speed"),
        .dropped = dropped > 0 ? (uint64_t)dropped : 0,
        .dropped_part = number_of(answer, "dropped_part"),
        .is_realtime = mode && strcmp(mode, "realtime") == 0,
    };
    const char *name = json_string_value(json_object_get(file, "name"));
    if (name) {
        progress.file_number = (uint64_t)number_of(file, "number");
        progress.file_count = (uint64_t)number_of(file, "count");
        snprintf(progress.file_name, sizeof(progress.file_name), "%s", name);
    }
    return progress;
}

void vf_top_print_run(struct vf_text *out, const struct vf_top_sample *sample, size_t columns)
{
    struct vf_progress progress = read_progress(sample->answer);
    const char *name = json_string_value(json_object_get(sample->answer, "name"));
    const char *state = json_string_value(json_object_get(sample->answer, "state"));
    struct vf_text lead = {0};
    vf_text_print(&lead, "%s  %s", name ? name : "?", state ? state : "?");
    size_t own = lead.bytes ? vf_columns_of(lead.bytes) : 0, from = out->length;
    vf_columns_cut(out, lead.bytes ? lead.bytes : "", columns);
    if (own + 2 < columns) {
        vf_text_print(out, "  ");
        vf_progress_line(out, &progress, columns - own - 2);
    }
    trim(out, from);
    vf_text_finish(&lead);
}

/* Compares two rows by a column: the most comes first, names rise. */
static int compare_rows(const struct vf_top_row *a, const struct vf_top_row *b,
                        enum vf_top_column column)
{
    const double numbers[VF_TOP_COLUMNS][2] = {
        [VF_TOP_FPS] = {a->fps, b->fps},
        [VF_TOP_BUSY] = {a->busy, b->busy},
        [VF_TOP_CPU] = {a->cpu, b->cpu},
        [VF_TOP_QUEUE] = {a->length > 0 ? (double)a->waiting / (double)a->length : -1,
                          b->length > 0 ? (double)b->waiting / (double)b->length : -1},
        [VF_TOP_P50] = {a->work_ms[0], b->work_ms[0]},
        [VF_TOP_P95] = {a->work_ms[1], b->work_ms[1]},
        [VF_TOP_P99] = {a->work_ms[2], b->work_ms[2]},
        [VF_TOP_AGE50] = {a->age_ms[0], b->age_ms[0]},
        [VF_TOP_AGE95] = {a->age_ms[1], b->age_ms[1]},
        [VF_TOP_AGE99] = {a->age_ms[2], b->age_ms[2]},
        [VF_TOP_RSS] = {(double)a->rss_bytes, (double)b->rss_bytes},
        [VF_TOP_PSS] = {(double)a->pss_bytes, (double)b->pss_bytes},
        [VF_TOP_GPU] = {a->gpu, b->gpu},
        [VF_TOP_GPU_MEMORY] = {(double)a->gpu_bytes, (double)b->gpu_bytes},
    };
    if (column == VF_TOP_TASK)
        return strcmp(a->name, b->name);
    if (column == VF_TOP_STATE)
        return strcmp(a->state, b->state);
    if (column == VF_TOP_WAITS)
        return strcmp(a->waits ? a->waits : "", b->waits ? b->waits : "");
    if (is_count(column) || column == VF_TOP_PID) {
        int64_t one = count_in(a, column), other = count_in(b, column);
        return (other > one) - (other < one);
    }
    return (numbers[column][1] > numbers[column][0]) - (numbers[column][1] < numbers[column][0]);
}

/* Sorts by insertion, which keeps the order of what is alike; a flow has some dozens of tasks. */
static void sort(const struct vf_top_row **order, size_t count, const struct vf_top_view *view)
{
    for (size_t i = 1; i < count; i++) {
        const struct vf_top_row *row = order[i];
        size_t at = i;
        for (; at > 0; at--) {
            int result = compare_rows(order[at - 1], row, view->sorted_by);
            if ((view->is_reversed ? -result : result) <= 0)
                break;
            order[at] = order[at - 1];
        }
        order[at] = row;
    }
}

size_t vf_top_order(const struct vf_top_sample *sample, const struct vf_top_view *view,
                    const struct vf_top_row **order)
{
    size_t count = 0;
    for (size_t i = 0; i < sample->count; i++) {
        if (strstr(sample->rows[i].name, view->filter))
            order[count++] = &sample->rows[i];
    }
    if (view->sorted_by < VF_TOP_COLUMNS)
        sort(order, count, view);
    return count;
}
