/* SPDX-License-Identifier: MIT */
#include "engine/process/talk.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/account/report.h"
#include "engine/account/standstill.h"
#include "engine/base/error_output.h"
#include "engine/base/log.h"

#define STATE_PATIENCE_MS 100
#define ROWS_PATIENCE_MS 2000 /* all is done, and only the table is left */
#define CLEAR "\r\033[K"

static void clear_progress(const struct vf_engine *engine)
{
    if (engine->settings.verbosity == VF_VERBOSITY_PROGRESS)
        vf_error_output_write_passing(CLEAR, strlen(CLEAR));
}

void vf_talk_say(const struct vf_engine *engine, const char *line)
{
    if (engine->settings.verbosity != VF_VERBOSITY_ERRORS)
        vf_log_say("%s", line);
}

void vf_talk_progress(const struct vf_engine *engine)
{
    char line[160] = "";
    if (tcgetpgrp(STDERR_FILENO) != getpgrp())
        return; /* others have the terminal */
    FILE *out = fmemopen(line, sizeof(line), "w");
    if (!out)
        return;
    vf_report_progress(out, engine->plan, engine->memory, engine->started_ns);
    fclose(out);
    vf_error_output_write_passing(line, strlen(line));
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
