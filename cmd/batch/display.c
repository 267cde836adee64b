/* SPDX-License-Identifier: MIT */
#include "cmd/batch/display.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "engine/account/progress_line.h"
#include "engine/base/clock.h"
#include "engine/base/columns.h"
#include "engine/base/display.h"
#include "engine/base/error_output.h"
#include "engine/base/log.h"

#define LINE_NS (200 * VF_NS_PER_MS)
#define JSON_NS VF_NS_PER_S
#define PATIENCE_MS 100
#define USUAL_COLUMNS 80
#define LEAST_PART 0.005 /* from which the time that is left can be told */
#define CLEAR "\r\033[J"

static bool is_over(const struct vf_batch_job *job)
{
    return job->state != VF_BATCH_WAITING && job->state != VF_BATCH_RUNNING;
}

/* The work of a job of which nobody knows it. */
static double usual_work(const struct vf_batch_jobs *jobs)
{
    double sum = 0;
    size_t known = 0;
    for (size_t i = 0; i < jobs->count; i++) {
        bool is_known = jobs->items[i].forecast.work > 0;
        sum += is_known ? jobs->items[i].forecast.work : 0;
        known += is_known;
    }
    return known ? sum / (double)known : 1;
}

void vf_batch_progress_read(struct vf_batch_progress *progress, const struct vf_batch_jobs *jobs,
                            double seconds)
{
    double usual = usual_work(jobs), all = 0, done = 0;
    *progress = (struct vf_batch_progress){.inputs = jobs->count, .part = 1, .left_seconds = -1};
    for (size_t i = 0; i < jobs->count; i++) {
        const struct vf_batch_job *job = &jobs->items[i];
        double work = job->forecast.work > 0 ? job->forecast.work : usual;
        progress->counts[job->state]++;
        if (job->is_kept)
            continue;
        all += work;
        if (is_over(job))
            done += work;
        else if (job->state == VF_BATCH_RUNNING && job->part > 0)
            done += work * job->part;
    }
    if (all > 0)
        progress->part = done / all;
    if (progress->part >= LEAST_PART)
        progress->left_seconds = seconds * (1 - progress->part) / progress->part;
}

void vf_batch_progress_print(struct vf_text *out, const struct vf_batch_progress *progress)
{
    static const enum vf_batch_state told[] = {VF_BATCH_FAILED, VF_BATCH_SKIPPED,
                                               VF_BATCH_INTERRUPTED, VF_BATCH_RUNNING};
    vf_text_print(out, "%d %%  %zu/%zu done", (int)(progress->part * 100),
                  progress->counts[VF_BATCH_DONE], progress->inputs);
    for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
        if (progress->counts[told[i]])
            vf_text_print(out, "  %zu %s", progress->counts[told[i]], vf_batch_state_name(told[i]));
    }
    if (progress->left_seconds >= 0 && progress->part < 1) {
        vf_text_print(out, "  ");
        vf_progress_print_time(out, progress->left_seconds);
        vf_text_print(out, " left");
    }
}

static double seconds_of(const struct vf_batch_display *display)
{
    return (double)(vf_clock_now_ns() - display->started_ns) / VF_NS_PER_S;
}

static bool is_in_foreground(void)
{
    return tcgetpgrp(STDERR_FILENO) == getpgrp();
}

static void clear_line(const struct vf_batch_display *display)
{
    if (display->form == VF_BATCH_LINE && is_in_foreground())
        vf_error_output_write_passing(CLEAR, strlen(CLEAR));
}

/* Writes an object; takes it. */
static void write_object(json_t *object)
{
    struct vf_text line = {0};
    char now[VF_CLOCK_UTC_SIZE];
    vf_clock_print_utc(now, vf_clock_since_1970_ns());
    if (object)
        json_object_set_new(object, "time", json_string(now));
    char *text = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
    vf_text_print(&line, "%s\n", text ? text : "");
    if (text && line.bytes && line.length <= VF_ERROR_OUTPUT_LINE)
        (void)vf_error_output_write_patiently(line.bytes, line.length, PATIENCE_MS);
    vf_text_finish(&line);
    free(text);
    json_decref(object);
}

static void write_progress_object(const struct vf_batch_display *display, const char *state)
{
    struct vf_batch_progress progress;
    vf_batch_progress_read(&progress, display->jobs, seconds_of(display));
    json_t *object = json_pack("{ss sf sI}", "state", state, "percent", progress.part * 100,
                               "inputs", (json_int_t)progress.inputs);
    if (object)
        json_object_set_new(object, "left_seconds",
                            progress.left_seconds >= 0 ? json_real(progress.left_seconds)
                                                       : json_null());
    for (int i = 0; object && i < VF_BATCH_STATES; i++)
        json_object_set_new(object, vf_batch_state_name((enum vf_batch_state)i),
                            json_integer((json_int_t)progress.counts[i]));
    write_object(object);
}

/* Writes the line over the one before. */
static void write_line(const struct vf_batch_display *display)
{
    struct vf_batch_progress progress;
    struct vf_text whole = {0}, line = {0};
    struct winsize size;
    bool is_known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    if (!is_in_foreground())
        return; /* others have the terminal */
    vf_batch_progress_read(&progress, display->jobs, seconds_of(display));
    vf_batch_progress_print(&whole, &progress);
    vf_text_print(&line, "%s", CLEAR);
    if (whole.bytes)
        vf_columns_cut(&line, whole.bytes, (is_known ? size.ws_col : USUAL_COLUMNS) - 1U);
    vf_text_print(&line, "\r");
    if (!line.failed)
        vf_error_output_write_passing(line.bytes, line.length);
    vf_text_finish(&whole);
    vf_text_finish(&line);
}

/* Returns the input as it can be shown, in fresh memory; NULL: out of memory. */
static char *show_input(const struct vf_batch_job *job)
{
    char *shown = vf_batch_job_name(job);
    if (shown)
        vf_display_clean(shown);
    return shown;
}

/* Says of a job that is not done what it is, and why. */
static void print_failure(struct vf_text *text, const struct vf_batch_job *job, const char *shown)
{
    vf_text_print(text, "%s%s: %s", vf_batch_state_name(job->state), job->is_kept ? " before" : "",
                  shown);
    if (job->reason)
        vf_text_print(text, ": %s", job->reason);
}

/* Writes a line above the one that is kept up to date; empties it. */
static void write_text(const struct vf_batch_display *display, struct vf_text *text)
{
    clear_line(display);
    vf_text_print(text, "\n");
    if (!text->failed)
        vf_log_text(text->bytes, PATIENCE_MS);
    vf_text_finish(text);
}

void vf_batch_display_begin(struct vf_batch_display *display)
{
    display->started_ns = vf_clock_now_ns();
    display->due_ns = display->started_ns + (display->form == VF_BATCH_JSON ? JSON_NS : LINE_NS);
    for (size_t i = 0; i < display->jobs->count; i++) {
        const struct vf_batch_job *job = &display->jobs->items[i];
        bool is_told = job->is_kept && job->state == VF_BATCH_FAILED;
        char *shown = is_told ? show_input(job) : NULL;
        struct vf_text text = {0};
        display->told += job->is_kept;
        if (shown && display->form != VF_BATCH_JSON) {
            print_failure(&text, job, shown);
            write_text(display, &text);
        }
        free(shown);
    }
}

void vf_batch_display_job(struct vf_batch_display *display, const struct vf_batch_job *job)
{
    bool is_done = job->state == VF_BATCH_DONE;
    bool is_told = display->form == VF_BATCH_PLAIN || !is_done;
    char *shown = show_input(job);
    struct vf_text text = {0};
    display->told++;
    if (display->form == VF_BATCH_JSON) {
        json_t *object = vf_batch_job_record(job);
        json_object_del(object, "outputs"); /* of which there may be many */
        write_object(object);
    } else if (is_told && shown) {
        vf_text_print(&text, "[%zu/%zu] ", display->told, display->jobs->count);
        if (is_done) {
            vf_text_print(&text, "done: %s (", shown);
            vf_progress_print_time(&text, job->run_seconds);
            vf_text_print(&text, ")");
        } else {
            print_failure(&text, job, shown);
        }
        write_text(display, &text);
    }
    free(shown);
}

void vf_batch_display_lines(const struct vf_batch_display *display, const struct vf_batch_job *job,
                            const char *lines)
{
    char *shown = show_input(job);
    for (const char *line = lines; shown && *line;) {
        size_t length = strcspn(line, "\n");
        struct vf_text text = {0};
        vf_text_print(&text, "%s: %.*s", shown, (int)length, line);
        write_text(display, &text);
        line += length + (line[length] == '\n');
    }
    free(shown);
}

void vf_batch_display_tick(struct vf_batch_display *display, int64_t now_ns)
{
    if (now_ns < display->due_ns)
        return;
    if (display->form == VF_BATCH_LINE)
        write_line(display);
    else if (display->form == VF_BATCH_JSON)
        write_progress_object(display, "running");
    display->due_ns = now_ns + (display->form == VF_BATCH_JSON ? JSON_NS : LINE_NS);
}

/* Adds how many jobs are what they are in the end. */
static void print_counts(struct vf_text *text, const struct vf_batch_jobs *jobs)
{
    static const enum vf_batch_state told[] = {VF_BATCH_DONE, VF_BATCH_FAILED, VF_BATCH_INTERRUPTED,
                                               VF_BATCH_SKIPPED};
    size_t kept = 0;
    for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
        size_t count = vf_batch_jobs_count(jobs, told[i]);
        if (count || told[i] == VF_BATCH_DONE)
            vf_text_print(text, "%s%zu %s", text->length ? ", " : "", count,
                          vf_batch_state_name(told[i]));
    }
    for (size_t i = 0; i < jobs->count; i++)
        kept += jobs->items[i].is_kept;
    if (kept)
        vf_text_print(text, ", %zu of them before", kept);
}

void vf_batch_display_end(struct vf_batch_display *display)
{
    struct vf_text text = {0};
    clear_line(display);
    if (display->form == VF_BATCH_JSON) {
        write_progress_object(display, "ended");
        return;
    }
    print_counts(&text, display->jobs);
    vf_text_print(&text, "; ");
    vf_progress_print_time(&text, seconds_of(display));
    if (display->form != VF_BATCH_QUIET)
        write_text(display, &text);
    vf_text_finish(&text);
}
