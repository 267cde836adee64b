/* SPDX-License-Identifier: MIT */
#include "engine/process/news.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/account/report.h"
#include "engine/base/clock.h"
#include "engine/base/display.h"
#include "engine/flow/vocabulary.h"
#include "engine/journal/journal.h"
#include "engine/journal/notices.h"
#include "engine/process/engine_inside.h"
#include "engine/process/outcomes.h"
#include "engine/process/worker.h"

#define LONGEST_FILE 200
#define SPELL_NS (10 * VF_NS_PER_S) /* without drops: they are over */

/* Tells of what happens now. Takes `details`. */
static void tell(const struct vf_engine *engine, const char *what, const char *task,
                 const char *cause, json_t *details)
{
    int64_t now_ns = vf_clock_since_1970_ns();
    const struct vf_notice notice = {.what = what,
                                     .task = task,
                                     .begin_ns = now_ns,
                                     .end_ns = now_ns,
                                     .cause = cause,
                                     .details = details};
    vf_notices_add(vf_run_memory_notices(engine->memory), &notice);
}

/* Whether what is told is heard: otherwise it need not be made. */
static bool is_heard(const struct vf_engine *engine)
{
    return vf_run_memory_notices(engine->memory)->fd >= 0;
}

static double seconds(int64_t time_ns)
{
    return (double)(time_ns / VF_NS_PER_MS) / 1000;
}

static json_t *describe_run(const struct vf_engine *engine)
{
    json_t *details = json_object();
    char file[LONGEST_FILE + 1];
    snprintf(file, sizeof(file), "%s", engine->plan->file ? engine->plan->file : "-");
    char *shown = vf_display_utf8(file);
    json_object_set_new(details, "flow", shown ? json_string(shown) : json_null());
    free(shown);
    json_object_set_new(details, "mode", json_string(vf_flow_mode_name(engine->plan->mode)));
    json_object_set_new(details, "pid", json_integer(getpid()));
    return details;
}

/* Returns when that was by the clock on the wall. */
static int64_t since_1970(int64_t at_ns)
{
    return vf_clock_since_1970_ns() - (vf_clock_now_ns() - at_ns);
}

/* Tells of the run as a whole: with an end of 0, that it has begun. Takes `details`. */
static void tell_of_run(const struct vf_engine *engine, const char *what, int64_t end_ns,
                        json_t *details)
{
    const struct vf_notice notice = {.what = what,
                                     .begin_ns = since_1970(engine->started_ns),
                                     .end_ns = end_ns,
                                     .details = details};
    vf_notices_add(vf_run_memory_notices(engine->memory), &notice);
}

void vf_news_begin(const struct vf_engine *engine)
{
    if (is_heard(engine))
        tell_of_run(engine, "run_started", 0, describe_run(engine));
}

void vf_news_tell_restart(const struct vf_engine *engine, size_t task, const char *cause,
                          int64_t wait_ns, bool skips)
{
    const struct vf_task_outcome *outcome = &engine->outcomes[task];
    if (!is_heard(engine))
        return;
    tell(engine, "task_restarted", engine->plan->tasks[task].name, cause,
         json_pack("{s:i, s:i, s:I, s:f, s:b}", "restarts",
                   (int)engine->workers[task].history.restarts, "max_restarts",
                   (int)engine->plan->tasks[task].recovery.max_restarts, "frame",
                   (json_int_t)outcome->frame, "wait", seconds(wait_ns), "is_skipped", skips));
}

/* Returns what a task has complained of last, as the report has it; NULL: nothing. */
static json_t *find_complaint(const struct vf_engine *engine, unsigned task)
{
    json_t *errors = vf_run_memory_journal_load(engine->memory, VF_JOURNAL_ERROR);
    json_t *found = NULL;
    for (size_t i = json_array_size(errors); i-- > 0 && !found;) {
        const json_t *error = json_array_get(errors, i);
        if (json_integer_value(json_object_get(error, "task")) == (json_int_t)task)
            found = json_incref(json_object_get(error, "text"));
    }
    json_decref(errors);
    return found;
}

void vf_news_tell_failure(const struct vf_engine *engine, size_t task, const char *cause)
{
    const struct vf_task_outcome *outcome = &engine->outcomes[task];
    if (!is_heard(engine))
        return;
    json_t *complaint = cause ? NULL : find_complaint(engine, outcome->task);
    json_t *status = outcome->exit_status >= 0 ? json_integer(outcome->exit_status) : json_null();
    tell(engine, "task_failed", engine->plan->tasks[task].name,
         cause ? cause : json_string_value(complaint),
         json_pack("{s:I, s:o}", "frame", (json_int_t)outcome->frame, "status", status));
    json_decref(complaint);
}

void vf_news_tell_hung(const struct vf_engine *engine, size_t task, int64_t silent_ns)
{
    if (is_heard(engine))
        tell(engine, "task_stalled", engine->plan->tasks[task].name, NULL,
             json_pack("{s:f}", "seconds", seconds(silent_ns)));
}

void vf_news_tell_standstill(const struct vf_engine *engine, int64_t stood_ns, bool is_dead_lock)
{
    if (is_heard(engine))
        tell(engine, "run_stalled", NULL, NULL,
             json_pack("{s:f, s:b}", "seconds", seconds(stood_ns), "is_dead_lock", is_dead_lock));
}

bool vf_news_heeds(const struct vf_engine *engine, size_t task, enum vf_stop_level level)
{
    const struct vf_plan *plan = engine->plan;
    if (!vf_plan_hears_run(plan))
        return true;
    bool *follow_only = calloc(plan->task_count, sizeof(*follow_only));
    bool is_spared = vf_plan_task_hears_run(&plan->tasks[task]);
    if (follow_only && level > VF_STOP_DRAIN) {
        vf_plan_mark_only_followers(plan, follow_only);
        is_spared = follow_only[task];
    }
    free(follow_only);
    return !is_spared;
}

bool vf_news_outlasts(const struct vf_engine *engine, size_t task)
{
    bool *follow = calloc(engine->plan->task_count, sizeof(*follow));
    if (follow)
        vf_plan_mark_followers(engine->plan, follow);
    bool outlasts = follow && follow[task];
    free(follow);
    return outlasts;
}

static bool is_over(const struct vf_engine *engine, size_t task)
{
    const struct vf_worker *worker = &engine->workers[task];
    if (!vf_plan_is_here(engine->plan, &engine->plan->tasks[task]))
        return vf_run_memory_is_over(engine->memory, (unsigned)task + 1);
    return !worker->pid && !worker->start_at_ns;
}

/* Whether all have ended that do not depend on those who hear of the run. */
static bool are_others_over(const struct vf_engine *engine)
{
    bool *follow = calloc(engine->plan->task_count, sizeof(*follow));
    bool are_over = true;
    if (follow)
        vf_plan_mark_followers(engine->plan, follow);
    for (size_t i = 0; follow && i < engine->plan->task_count; i++)
        are_over = are_over && (follow[i] || is_over(engine, i));
    free(follow);
    return are_over;
}

/* Tells that a task drops messages, or that this is over. */
static void tell_drops(const struct vf_engine *engine, size_t task, bool is_over)
{
    const struct vf_drop_spell *spell = &engine->news.spells[task];
    const struct vf_notice notice = {
        .what = "dropping",
        .task = engine->plan->tasks[task].name,
        .begin_ns = since_1970(spell->begin_ns),
        .end_ns = is_over ? since_1970(spell->last_ns) : 0,
        .details = json_pack("{s:I}", "dropped", (json_int_t)(spell->seen - spell->before)),
    };
    vf_notices_add(vf_run_memory_notices(engine->memory), &notice);
}

static void look_at_drops(struct vf_engine *engine, size_t task)
{
    struct vf_drop_spell *spell = &engine->news.spells[task];
    int64_t now_ns = vf_clock_now_ns();
    uint64_t dropped = vf_report_figures(&engine->plan->tasks[task], engine->memory).dropped;
    bool is_over =
        spell->begin_ns && (now_ns - spell->last_ns >= SPELL_NS || engine->news.are_hearers_ended);
    if (dropped > spell->seen) {
        bool is_new = !spell->begin_ns;
        if (is_new)
            *spell = (struct vf_drop_spell){.before = spell->seen, .begin_ns = now_ns};
        spell->seen = dropped;
        spell->last_ns = now_ns;
        if (is_new)
            tell_drops(engine, task, false);
        is_over = engine->news.are_hearers_ended;
    }
    if (is_over) {
        tell_drops(engine, task, true);
        spell->begin_ns = 0;
    }
}

/* Has a spell for each task, also for those that a change has added. */
static bool make_spells(struct vf_engine *engine)
{
    struct vf_news *news = &engine->news;
    size_t count = engine->plan->task_count;
    struct vf_drop_spell *spells = news->spells;
    if (news->spell_count < count)
        spells = realloc(spells, count * sizeof(*spells));
    if (!spells)
        return false;
    news->spells = spells;
    for (; news->spell_count < count; news->spell_count++)
        spells[news->spell_count] = (struct vf_drop_spell){0};
    return true;
}

void vf_news_finish(struct vf_news *news)
{
    free(news->spells);
    *news = (struct vf_news){0};
}

void vf_news_look(struct vf_engine *engine)
{
    const struct vf_plan *plan = engine->plan;
    if (engine->news.are_hearers_ended || !is_heard(engine) || engine->state != VF_ENGINE_RUNNING)
        return;
    engine->news.are_hearers_ended = are_others_over(engine);
    bool has_spells = plan->mode == VF_MODE_REALTIME && make_spells(engine);
    for (size_t i = 0; has_spells && i < plan->task_count; i++)
        look_at_drops(engine, i);
    if (!engine->news.are_hearers_ended)
        return;
    json_t *details = describe_run(engine);
    json_object_set_new(details, "status", json_integer(vf_outcome_of_run(engine)));
    tell_of_run(engine, "run_ended", vf_clock_since_1970_ns(), details);
    for (size_t i = 0; i < plan->task_count; i++) {
        if (vf_plan_task_hears_run(&plan->tasks[i]))
            vf_run_memory_stop(engine->memory, (unsigned)i + 1, VF_STOP_DRAIN);
    }
}
