/* SPDX-License-Identifier: MIT */
#include "engine/account/progress_line.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/columns.h"
#include "engine/base/display.h"

#define GAP "  "
#define FIELDS 8
#define LEAST_NAME 8   /* columns: less of a name says nothing */
#define LEAST_BUSY 0.5 /* below that, no task limits a flow */

/* A part of the line. */
struct field {
    struct vf_text text;
    const char *name; /* follows the text, as far as there is room; NULL: nothing does */
    size_t name_columns;
    unsigned rank; /* the higher, the sooner it is left out */
    bool is_shown;
};

/* The fields in the order in which they stand. */
enum { PERCENT, FRAMES, FPS, SPEED, TIME, FILE_NAME, DROPS, BUSIEST };
static const unsigned ranks[FIELDS] = {
    [PERCENT] = 0, [FPS] = 1,   [TIME] = 2,      [FRAMES] = 3,
    [SPEED] = 4,   [DROPS] = 5, [FILE_NAME] = 6, [BUSIEST] = 7,
};

void vf_progress_print_time(struct vf_text *out, double seconds)
{
    uint64_t whole = seconds > 0 && seconds < 1e9 ? (uint64_t)(seconds + 0.5) : 0;
    if (whole >= 3600)
        vf_text_print(out, "%" PRIu64 ":%02u:%02u", whole / 3600, (unsigned)(whole / 60 % 60),
                      (unsigned)(whole % 60));
    else
        vf_text_print(out, "%u:%02u", (unsigned)(whole / 60), (unsigned)(whole % 60));
}

/* What is not all is never 100 %. */
static unsigned percent_of(double part)
{
    double percent = floor(part * 100 + 1e-9);
    return percent > 100 ? 100 : (unsigned)percent;
}

static void fill_counts(struct field *fields, const struct vf_progress *progress)
{
    if (progress->part >= 0)
        vf_text_print(&fields[PERCENT].text, "%u %%", percent_of(progress->part));
    if (progress->expected && progress->expected >= progress->frames)
        vf_text_print(&fields[FRAMES].text, "%" PRIu64 "/%" PRIu64 " frames", progress->frames,
                      progress->expected);
    else
        vf_text_print(&fields[FRAMES].text, "%" PRIu64 " frames", progress->frames);
    if (progress->dropped || progress->is_realtime)
        vf_text_print(&fields[DROPS].text, "%" PRIu64 " dropped (%.1f %%)", progress->dropped,
                      progress->dropped_part * 100);
}

static void fill_speeds(struct field *fields, const struct vf_progress *progress)
{
    vf_text_print(&fields[FPS].text, progress->fps < 1000 ? "%.1f fps" : "%.0f fps", progress->fps);
    if (progress->speed >= 0)
        vf_text_print(&fields[SPEED].text, progress->speed < 100 ? "%.2fx" : "%.0fx",
                      progress->speed);
    vf_progress_print_time(&fields[TIME].text, progress->left_seconds >= 0 ? progress->left_seconds
                                                                           : progress->seconds);
    if (progress->left_seconds >= 0)
        vf_text_print(&fields[TIME].text, " left");
    if (progress->busiest && progress->busy >= LEAST_BUSY)
        vf_text_print(&fields[BUSIEST].text, "%s is busiest (%.0f %%)", progress->busiest,
                      progress->busy * 100);
}

static void fill(struct field *fields, const struct vf_progress *progress)
{
    for (size_t i = 0; i < FIELDS; i++)
        fields[i] = (struct field){.rank = ranks[i]};
    fill_counts(fields, progress);
    fill_speeds(fields, progress);
    if (!progress->file_count)
        return;
    vf_text_print(&fields[FILE_NAME].text, "file %" PRIu64 "/%" PRIu64, progress->file_number,
                  progress->file_count);
    fields[FILE_NAME].name = progress->file_name;
}

/* Shows a field, if there is room for it, and adds what it takes to *used. */
static void choose(struct field *field, size_t columns, size_t *used)
{
    size_t own = field->text.bytes ? vf_columns_of(field->text.bytes) : 0;
    size_t gap = *used ? strlen(GAP) : 0;
    if (!own || *used + gap + own > columns)
        return;
    field->is_shown = true;
    *used += gap + own;
}

/* Gives what room is left to the name. */
static void choose_name(struct field *field, size_t left)
{
    size_t columns = field->name ? vf_columns_of(field->name) : 0;
    if (!field->is_shown || !columns || (left < 1 + columns && left < 1 + LEAST_NAME))
        return;
    field->name_columns = columns < left - 1 ? columns : left - 1;
}

static void print(struct vf_text *out, struct field *fields)
{
    const char *gap = "";
    for (size_t i = 0; i < FIELDS; i++) {
        if (fields[i].is_shown) {
            vf_text_print(out, "%s%s", gap, fields[i].text.bytes);
            gap = GAP;
        }
        if (fields[i].name_columns) {
            vf_text_print(out, " ");
            vf_columns_cut(out, fields[i].name, fields[i].name_columns);
        }
        vf_text_finish(&fields[i].text);
    }
}

void vf_progress_line(struct vf_text *out, const struct vf_progress *progress, size_t columns)
{
    struct field fields[FIELDS];
    size_t used = 0;
    fill(fields, progress);
    for (unsigned rank = 0; rank < FIELDS; rank++) {
        for (size_t i = 0; i < FIELDS; i++) {
            if (fields[i].rank == rank)
                choose(&fields[i], columns, &used);
        }
    }
    choose_name(&fields[FILE_NAME], columns - used);
    print(out, fields);
}

/* A number, or null where it is negative. */
static json_t *known(double number)
{
    return number < 0 ? json_null() : json_real(number);
}

static json_t *describe_file(const struct vf_progress *progress)
{
    if (!progress->file_count)
        return json_null();
    char *name = vf_display_utf8(progress->file_name);
    json_t *file = json_pack("{sI sI ss*}", "number", (json_int_t)progress->file_number, "count",
                             (json_int_t)progress->file_count, "name", name);
    free(name);
    return file;
}

static json_t *describe_busiest(const struct vf_progress *progress)
{
    if (!progress->busiest)
        return json_null();
    return json_pack("{ss sf}", "task", progress->busiest, "busy", progress->busy);
}

json_t *vf_progress_json(const struct vf_progress *progress)
{
    return json_pack(
        "{sf sI so so so sf so sI sf so so}", "seconds", progress->seconds, "frames",
        (json_int_t)progress->frames, "expected",
        progress->expected ? json_integer((json_int_t)progress->expected) : json_null(), "percent",
        known(progress->part < 0 ? -1 : progress->part * 100), "left_seconds",
        known(progress->left_seconds), "fps", progress->fps, "speed", known(progress->speed),
        "dropped", (json_int_t)progress->dropped, "dropped_part", progress->dropped_part, "file",
        describe_file(progress), "busiest", describe_busiest(progress));
}
