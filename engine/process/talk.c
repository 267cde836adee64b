/* SPDX-License-Identifier: MIT */
#include "engine/process/talk.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "engine/account/progress_line.h"
#include "engine/account/report.h"
#include "engine/account/standstill.h"
#include "engine/base/clock.h"
#include "engine/base/error_output.h"
#include "engine/base/log.h"

#define STATE_PATIENCE_MS 100
#define ROWS_PATIENCE_MS 2000 /* all is done, and only the table is left */
#define LINE_NS (200 * VF_NS_PER_MS)
#define LINE_IDLE_NS VF_NS_PER_S /* while nothing happens, but for the time that goes on */
#define PLAIN_NS (60 * VF_NS_PER_S)
#define JSON_NS VF_NS_PER_S
#define SERVICE_NS (5 * VF_NS_PER_S)
#define USUAL_COLUMNS 80
#define CLEAR "\r\033[J" /* all below it as well: it has wrapped if the terminal is narrower now */

static bool is_in_foreground(void)
{
    return tcgetpgrp(STDERR_FILENO) == getpgrp();
}

static void clear_progress(const struct vf_engine *engine)
{
    if (engine->settings.progress == VF_PROGRESS_LINE && is_in_foreground())
        vf_error_output_write_passing(CLEAR, strlen(CLEAR));
}

void vf_talk_say(const struct vf_engine *engine, const char *line)
{
    if (engine->settings.verbosity != VF_VERBOSITY_ERRORS)
        vf_log_say("%s", line);
}

void vf_talk_begin(struct vf_engine *engine)
{
    static const int64_t first_ns[] = {
        [VF_PROGRESS_LINE] = LINE_NS, [VF_PROGRESS_PLAIN] = PLAIN_NS, [VF_PROGRESS_JSON] = JSON_NS};
    if (engine->settings.progress != VF_PROGRESS_NONE)
        engine->progress_due_ns = engine->clock.now_ns + first_ns[engine->settings.progress];
}

/* The columns of the terminal; the last stays free, for some go to the next line when it is
 * written. */
static size_t columns_of_terminal(void)
{
    struct winsize size;
    bool is_known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return (is_known ? size.ws_col : USUAL_COLUMNS) - 1U;
}

/* Writes the line over the one before. The cursor is left at its beginning: there the next thing
 * that is written to the terminal takes its place, also where that has become narrower. */
static void write_line(const struct vf_progress *progress)
{
    struct vf_text line = {0};
    if (!is_in_foreground())
        return; /* others have the terminal */
    vf_text_print(&line, "%s", CLEAR);
    vf_progress_line(&line, progress, columns_of_terminal());
    vf_text_print(&line, "\r");
    if (!line.failed)
        vf_error_output_write_passing(line.bytes, line.length);
    vf_text_finish(&line);
}

static void write_plain(const struct vf_progress *progress)
{
    struct vf_text line = {0};
    vf_progress_line(&line, progress, VF_PROGRESS_ANY_WIDTH);
    if (line.bytes && !line.failed)
        vf_log_say("%s", line.bytes);
    vf_text_finish(&line);
}

/* Writes an object with the state of the run; takes it. */
static void write_object(json_t *object)
{
    char *text = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
    size_t size = text ? strlen(text) + 1 : 0;
    if (text)
        text[size - 1] = '\n'; /* in the place of the NUL */
    if (text && size <= VF_ERROR_OUTPUT_LINE)
        (void)vf_error_output_write_patiently(text, size, STATE_PATIENCE_MS);
    free(text);
    json_decref(object);
}

static json_t *make_object(const struct vf_engine *engine, const struct vf_progress *progress,
                           const char *state)
{
    json_t *object = vf_progress_json(progress);
    char now[VF_CLOCK_UTC_SIZE];
    vf_clock_print_utc(now, vf_clock_since_1970_ns());
    bool is_good = object && json_object_set_new(object, "time", json_string(now)) == 0 &&
                   json_object_set_new(object, "state", json_string(state)) == 0;
    (void)engine;
    if (is_good)
        return object;
    json_decref(object);
    return NULL;
}

/* Whether anything has come or gone since the last line. */
static bool has_moved(struct vf_engine *engine, const struct vf_progress *progress)
{
    uint64_t moved = progress->frames + progress->dropped + progress->file_number;
    bool is_new = moved != engine->progress_moved;
    engine->progress_moved = moved;
    return is_new;
}

void vf_talk_progress(struct vf_engine *engine)
{
    int64_t now_ns = engine->clock.now_ns;
    struct vf_progress progress;
    if (engine->track)
        vf_progress_track_note(engine->track, now_ns);
    if (!engine->progress_due_ns || now_ns < engine->progress_due_ns)
        return;
    vf_progress_track_read(engine->track, now_ns, &progress);
    switch (engine->settings.progress) {
    case VF_PROGRESS_NONE:
        engine->progress_due_ns = 0;
        break;
    case VF_PROGRESS_LINE:
        write_line(&progress);
        engine->progress_due_ns = now_ns + (has_moved(engine, &progress) ? LINE_NS : LINE_IDLE_NS);
        break;
    case VF_PROGRESS_PLAIN:
        write_plain(&progress);
        engine->progress_due_ns = now_ns + PLAIN_NS;
        break;
    case VF_PROGRESS_JSON:
        write_object(
            make_object(engine, &progress, vf_run_state_name(vf_run_memory_state(engine->memory))));
        engine->progress_due_ns += JSON_NS * ((now_ns - engine->progress_due_ns) / JSON_NS + 1);
        break;
    }
}

void vf_talk_end(const struct vf_engine *engine)
{
    struct vf_progress progress;
    if (engine->settings.progress != VF_PROGRESS_JSON)
        return;
    vf_progress_track_read(engine->track, vf_clock_now_ns(), &progress);
    if (engine->status == VF_EXIT_OK && progress.part >= 0)
        progress.part = 1; /* how many frames there are had been estimated */
    json_t *object = make_object(engine, &progress, "ended");
    if (object)
        json_object_set_new(object, "status", json_integer(engine->status));
    write_object(object);
}

void vf_talk_to_service(struct vf_engine *engine)
{
    struct vf_service *service = &engine->service;
    struct vf_progress progress;
    struct vf_text line = {0};
    int64_t now_ns = engine->clock.now_ns;
    if (service->fd < 0)
        return;
    vf_service_show_life(service, now_ns);
    if (engine->course > VF_COURSE_RUN && !service->is_stopping) {
        service->is_stopping = true;
        vf_service_tell(service, "STOPPING=1\nSTATUS=stopping");
    }
    if (engine->course > VF_COURSE_RUN || !engine->is_ready ||
        now_ns - service->status_ns < SERVICE_NS)
        return;
    service->status_ns = now_ns;
    vf_progress_track_read(engine->track, now_ns, &progress);
    vf_progress_line(&line, &progress, VF_PROGRESS_ANY_WIDTH);
    vf_service_tell(service, "STATUS=%s", line.bytes ? line.bytes : "");
    vf_text_finish(&line);
}

/* Writes the rows and, if `standstill` is there, who waits for whom. */
static void write_rows(const struct vf_engine *engine, const struct vf_standstill *standstill,
                       int patience_ms)
{
    char *text = NULL;
    size_t size;
    struct vf_text chains = {0};
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return;
    vf_report_rows(out, engine->plan, engine->memory, engine->outcomes, engine->started_ns);
    if (standstill && vf_standstill_describe(standstill, engine->clock.now_ns, &chains) == VF_OK &&
        chains.bytes)
        fprintf(out, "%s\n", chains.bytes);
    vf_text_finish(&chains);
    if (fclose(out) == 0)
        vf_log_text(text, patience_ms);
    free(text);
}

static void say_who_is_not_ready(const struct vf_engine *engine)
{
    size_t ready = 0;
    for (size_t i = 0; i < engine->plan->task_count; i++) {
        ready += engine->workers[i].is_ready;
        if (!engine->workers[i].is_ready)
            vf_log_say("%s is not ready", engine->plan->tasks[i].name);
    }
    vf_log_say("starting: %zu of %zu tasks are ready", ready, engine->plan->task_count);
}

void vf_talk_state(const struct vf_engine *engine)
{
    clear_progress(engine);
    if (engine->state == VF_ENGINE_STARTING)
        say_who_is_not_ready(engine);
    else
        write_rows(engine, engine->standstill, STATE_PATIENCE_MS);
}

void vf_talk_rows(const struct vf_engine *engine)
{
    if (engine->settings.verbosity == VF_VERBOSITY_ERRORS)
        return;
    clear_progress(engine);
    write_rows(engine, NULL, ROWS_PATIENCE_MS);
    uint64_t dropped = vf_talk_count_dropped(engine);
    if (dropped)
        vf_log(VF_LOG_WARNING, "%" PRIu64 " line%s dropped, since nobody read standard error",
               dropped, dropped == 1 ? " was" : "s were");
}

uint64_t vf_talk_count_dropped(const struct vf_engine *engine)
{
    uint64_t dropped = vf_error_output_dropped();
    for (unsigned task = 1; engine->memory && task <= engine->plan->task_count; task++)
        dropped += atomic_load(&vf_run_memory_page(engine->memory, task)->dropped_lines);
    return dropped;
}
