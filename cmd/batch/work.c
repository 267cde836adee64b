/* SPDX-License-Identifier: MIT */
#include "cmd/batch/work.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/batch/child_run.h"
#include "cmd/batch/gpus.h"
#include "cmd/batch/input_hash.h"
#include "cmd/batch/pieces.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/process/signals.h"

#define TICK_MS 200
#define OWN_WORDS 16 /* beside the flags and variables */

/* A place at which one run after the other takes place. */
struct seat {
    struct vf_batch_child child;
    struct vf_batch_job *job; /* NULL: it is free */
    struct vf_batch_hash hash;
    char shard[32]; /* what it makes of its input, "2/6"; "": all */
    char *letters;  /* the folder for dead letters; NULL: there is none */
    struct vf_batch_gpu_share gpus;
};

struct work {
    struct vf_batch_jobs *jobs;
    const struct vf_batch_settings *settings;
    struct vf_batch_manifest *manifest;
    struct vf_batch_display *display;
    struct vf_signals signals;
    struct seat *seats;
    struct pollfd *polled;
    struct vf_batch_gpus gpus;
    unsigned running;
    uint64_t used; /* memory of those that run */
    size_t *order;
    size_t next;      /* in `order` */
    int signal;       /* the first that has stopped the batch; 0: none */
    bool is_stopping; /* no job starts any more */
    int failure;      /* of the batch itself */
};

/* Asks the runs to stop, each time more urgently. */
static void stop(struct work *work)
{
    work->is_stopping = true;
    for (unsigned i = 0; i < work->settings->room.jobs; i++) {
        if (work->seats[i].job && work->seats[i].child.pid > 0) /* 0: it has just ended */
            kill(work->seats[i].child.pid, SIGTERM);
    }
}

static void fail(struct work *work, int err)
{
    if (!work->failure)
        work->failure = err;
    if (!work->is_stopping)
        stop(work);
}

static void note(struct work *work, const struct vf_batch_job *job)
{
    json_t *record = work->manifest->fd >= 0 ? vf_batch_job_record(job) : NULL;
    int err = VF_OK;
    if (work->manifest->fd >= 0)
        err = record ? vf_batch_manifest_add(work->manifest, record) : -ENOMEM;
    json_decref(record);
    if (err)
        fail(work, err);
}

/* Notes all jobs that wait and of which the manifest knows nothing, or, in the end, all that have not
 * been started. */
static void note_all(struct work *work, enum vf_batch_state state)
{
    json_t *records = json_array();
    for (size_t i = 0; i < work->jobs->count; i++) {
        const struct vf_batch_job *job = &work->jobs->items[i];
        bool is_new = state != VF_BATCH_WAITING || !job->was_started;
        if (job->state == state && is_new && !job->is_kept && work->manifest->fd >= 0)
            json_array_append_new(records, vf_batch_job_record(job));
    }
    int err = records ? vf_batch_manifest_add(work->manifest, records) : -ENOMEM;
    if (err)
        fail(work, err);
    json_decref(records);
}

/* The command line of a run, in fresh memory. */
static const char **make_words(const struct work *work, const struct seat *seat,
                               const struct vf_batch_job *job,
                               const struct vf_batch_assignments *assignments)
{
    static const char *const begin[] = {"vflow", "run",      "--progress",
                                        "json",  "--report", VF_BATCH_REPORT};
    const struct vf_batch_settings *settings = work->settings;
    size_t count = 0;
    const char **words =
        calloc(settings->flag_count + 2 * assignments->count + OWN_WORDS, sizeof(*words));
    if (!words)
        return NULL;
    for (size_t i = 0; i < sizeof(begin) / sizeof(begin[0]); i++)
        words[count++] = begin[i];
    if (!settings->logs && !settings->is_verbose)
        words[count++] = "-q";
    for (size_t i = 0; i < settings->flag_count; i++)
        words[count++] = settings->flags[i];
    if (seat->shard[0]) {
        words[count++] = "--shard";
        words[count++] = seat->shard;
    } else if (job->parts || (settings->goes_on && json_array_size(job->forecast.pieces))) {
        words[count++] = "--resume";
    }
    if (seat->gpus.list || settings->named_gpus) {
        words[count++] = "--gpus";
        words[count++] = seat->gpus.list ? seat->gpus.list : settings->named_gpus;
    }
    if (seat->letters) {
        words[count++] = "--dead-letter";
        words[count++] = seat->letters;
    }
    for (size_t i = 0; i < assignments->count; i++) {
        words[count++] = "--var";
        words[count++] = assignments->items[i];
    }
    if (settings->flow) {
        words[count++] = "--";
        words[count++] = settings->flow;
    }
    return words;
}

/* The name of what a job has for itself in a folder, in fresh memory: that of its input, and its number
 * where another input is called the same. */
static char *name_own(const struct work *work, const struct vf_batch_job *job, const char *folder,
                      const char *ending)
{
    size_t number = 1;
    const struct vf_batch_shard *shard = &job->shard;
    struct vf_text name = {0};
    for (const struct vf_batch_job *other = work->jobs->items; other < job; other++)
        number += strcmp(other->input->name, job->input->name) == 0 &&
                  other->shard.number == shard->number && other->shard.count == shard->count;
    vf_text_print(&name, "%s/%s", folder, job->input->name);
    if (number > 1)
        vf_text_print(&name, ".%zu", number);
    if (shard->count)
        vf_text_print(&name, ".%u-%u", shard->number, shard->count);
    vf_text_print(&name, "%s", ending);
    return vf_text_take(&name);
}

/* Leaves a seat to the next: removes the folder for dead letters where there are none. */
static void leave(struct work *work, struct seat *seat)
{
    vf_batch_gpus_give_back(&work->gpus, &seat->gpus);
    if (seat->letters)
        (void)rmdir(seat->letters);
    free(seat->letters);
    seat->letters = NULL;
}

/* Has a run find the pieces that it may go on with, and no others. */
static void prepare_pieces(const struct work *work, struct seat *seat,
                           const struct vf_batch_job *job)
{
    const json_t *pieces = job->forecast.pieces;
    bool begins = work->settings->goes_on && job->is_other;
    seat->shard[0] = '\0';
    if (job->shard.count) {
        snprintf(seat->shard, sizeof(seat->shard), "%u/%u", job->shard.number, job->shard.count);
        vf_batch_pieces_forget(pieces, &(struct vf_batch_shard){0});
        if (begins)
            vf_batch_pieces_forget(pieces, &job->shard);
    } else if (begins && !job->parts) {
        vf_batch_pieces_remove(pieces);
    }
}

static int start_child(struct work *work, struct seat *seat, const struct vf_batch_job *job)
{
    const struct vf_batch_settings *settings = work->settings;
    struct vf_batch_assignments assignments;
    int err = vf_batch_assignments_init(&assignments, &settings->variables, job->input);
    seat->letters = settings->letters ? name_own(work, job, settings->letters, "") : NULL;
    char *log = settings->logs ? name_own(work, job, settings->logs, ".log") : NULL;
    if (!err)
        err = vf_batch_gpus_take(&work->gpus, job->forecast.gpus, &seat->gpus);
    if (!err)
        prepare_pieces(work, seat, job);
    const char **words = err ? NULL : make_words(work, seat, job, &assignments);
    if (!words || (settings->logs && !log) || (settings->letters && !seat->letters))
        err = -ENOMEM;
    if (!err)
        err = vf_batch_child_start(&seat->child, words, log, &work->signals);
    if (!err && settings->hashes_inputs)
        vf_batch_hash_start(&seat->hash, job);
    vf_batch_assignments_finish(&assignments);
    free(words);
    free(log);
    return err;
}

/* Starts a job at a seat that is free. */
static void start(struct work *work, struct vf_batch_job *job)
{
    struct seat *seat = work->seats;
    while (seat->job)
        seat++;
    job->state = VF_BATCH_RUNNING;
    note(work, job);
    if (work->failure)
        return;
    int err = start_child(work, seat, job);
    if (err) {
        leave(work, seat);
        fail(work, err);
        return;
    }
    seat->job = job;
    work->running++;
    work->used += vf_batch_memory(&job->forecast);
}

/* Starts what there is room for. */
static void start_next(struct work *work)
{
    for (size_t i = work->next; i < work->jobs->count && !work->is_stopping; i++) {
        struct vf_batch_job *job = &work->jobs->items[work->order[i]];
        if (job->state == VF_BATCH_WAITING && job->parts_left)
            continue;
        if (job->state == VF_BATCH_WAITING) {
            if (!vf_batch_has_room(&work->settings->room, work->running, work->used,
                                   &job->forecast))
                break;
            start(work, job);
        }
        work->next += work->next == i;
    }
}

/* Says to the job that joins a part how that has ended. */
static void tell_whole(struct work *work, const struct vf_batch_job *part)
{
    bool has_whole = part->shard.count && part->whole != VF_BATCH_NO_JOB;
    struct vf_batch_job *whole = has_whole ? &work->jobs->items[part->whole] : NULL;
    if (!whole)
        return;
    whole->parts_left -= part->state == VF_BATCH_DONE;
    bool is_lacking =
        part->state == VF_BATCH_FAILED || (part->state == VF_BATCH_SKIPPED && part->is_kept);
    if (!is_lacking || whole->state != VF_BATCH_WAITING)
        return;
    whole->state = part->state;
    whole->status = part->status;
    whole->reason = vf_text_format("part %u/%u: %s", part->shard.number, part->shard.count,
                                   part->reason ? part->reason : "it has failed");
    if (whole->state == VF_BATCH_FAILED) /* the others are noted in the end */
        note(work, whole);
    vf_batch_display_job(work->display, whole);
}

/* A run that has ended is done once its outputs are on the disk, and only then is that noted. */
static void settle(struct work *work, struct seat *seat, int status)
{
    struct vf_batch_job *job = seat->job;
    json_t *report = vf_batch_child_report(&seat->child);
    const struct vf_batch_end end = {status, work->is_stopping, report, seat->child.said.bytes};
    int err = vf_batch_job_end(job, &end);
    json_decref(report);
    vf_batch_hash_finish(&seat->hash, job, job->state == VF_BATCH_INTERRUPTED);
    job->run_seconds = (double)(vf_clock_now_ns() - seat->child.started_ns) / VF_NS_PER_S;
    if (!err && job->state == VF_BATCH_DONE && work->manifest->fd >= 0) {
        err = vf_batch_job_sync(job);
        vf_batch_job_clean(job);
    }
    if (err) {
        vf_log(VF_LOG_ERROR, "%s: its outputs cannot be secured: %s", job->input->input,
               strerror(-err));
        job->state = VF_BATCH_FAILED;
        job->status = VF_EXIT_OUTPUT_FAILED;
    }
    note(work, job);
}

static void finish(struct work *work, struct seat *seat, int status)
{
    struct vf_batch_job *job = seat->job;
    settle(work, seat, status);
    work->running--;
    work->used -= vf_batch_memory(&job->forecast);
    if (vf_batch_child_copy_output(&seat->child) < 0)
        fail(work, -EPIPE);
    if (work->settings->is_verbose && seat->child.said.bytes)
        vf_batch_display_lines(work->display, job, seat->child.said.bytes);
    vf_batch_display_job(work->display, job);
    vf_batch_child_finish(&seat->child);
    leave(work, seat);
    seat->job = NULL;
    tell_whole(work, job);
    if (job->state == VF_BATCH_FAILED && work->settings->fails_fast && !work->is_stopping)
        stop(work);
}

/* Takes what runs have said, and those that have ended. */
static void collect(struct work *work)
{
    for (unsigned i = 0; i < work->settings->room.jobs; i++) {
        struct seat *seat = &work->seats[i];
        int status;
        if (!seat->job)
            continue;
        vf_batch_child_hear(&seat->child);
        seat->job->part = seat->child.part;
        if (vf_batch_child_has_ended(&seat->child, &status))
            finish(work, seat, status);
    }
}

/* Hears stop signals. Those that belong to the one before are not another step. */
static void hear_signals(struct work *work)
{
    int number;
    while ((number = vf_signals_next(&work->signals)) != 0) {
        int64_t now_ns = vf_clock_now_ns();
        if (number == SIGUSR1 || number == SIGWINCH || vf_signals_is_echo(&work->signals, now_ns))
            continue;
        if (!work->signal)
            work->signal = number;
        stop(work);
        vf_signals_note_stop(&work->signals, vf_clock_now_ns());
    }
}

static void await(struct work *work)
{
    nfds_t count = 0;
    work->polled[count++] = (struct pollfd){.fd = work->signals.fd, .events = POLLIN};
    for (unsigned i = 0; i < work->settings->room.jobs; i++) {
        if (work->seats[i].job)
            work->polled[count++] =
                (struct pollfd){.fd = work->seats[i].child.lines, .events = POLLIN};
    }
    (void)poll(work->polled, count, TICK_MS);
    for (nfds_t i = 1; i < count; i++) {
        if (work->polled[i].revents & POLLHUP) /* it ends: do not turn round and round until then */
            (void)poll(work->polled, 1, 1);
    }
}

static void skip_waiting(struct work *work)
{
    for (size_t i = 0; i < work->jobs->count; i++) {
        struct vf_batch_job *job = &work->jobs->items[i];
        if (job->state == VF_BATCH_WAITING ||
            (job->state == VF_BATCH_RUNNING && work->failure)) /* which could not be started */
            job->state = VF_BATCH_SKIPPED;
    }
    note_all(work, VF_BATCH_SKIPPED);
}

static void work_off(struct work *work)
{
    note_all(work, VF_BATCH_WAITING);
    for (size_t i = 0; i < work->jobs->count; i++) {
        if (work->jobs->items[i].is_kept)
            tell_whole(work, &work->jobs->items[i]);
    }
    start_next(work);
    while (work->running) {
        await(work);
        hear_signals(work);
        collect(work);
        start_next(work);
        vf_batch_display_tick(work->display, vf_clock_now_ns());
    }
    skip_waiting(work);
}

static enum vf_exit_status conclude(const struct work *work)
{
    if (work->signal)
        return (enum vf_exit_status)(VF_EXIT_BY_SIGNAL + work->signal);
    if (work->failure)
        return work->failure == -ENOMEM ? VF_EXIT_INTERNAL : VF_EXIT_OUTPUT_FAILED;
    return vf_batch_jobs_count(work->jobs, VF_BATCH_DONE) == work->jobs->count ? VF_EXIT_OK
                                                                               : VF_EXIT_FAILED;
}

enum vf_exit_status vf_batch_work(struct vf_batch_jobs *jobs,
                                  const struct vf_batch_settings *settings,
                                  struct vf_batch_manifest *manifest,
                                  struct vf_batch_display *display)
{
    struct work work = {.jobs = jobs,
                        .settings = settings,
                        .manifest = manifest,
                        .display = display,
                        .signals = {.fd = -1}};
    work.seats = calloc(settings->room.jobs, sizeof(*work.seats));
    work.polled = calloc(settings->room.jobs + 1, sizeof(*work.polled));
    work.order = calloc(jobs->count + 1, sizeof(*work.order));
    int err = work.seats && work.polled && work.order ? VF_OK : -ENOMEM;
    if (!err)
        err = vf_batch_gpus_init(&work.gpus, settings->gpus, settings->gpu_count);
    if (!err)
        err = vf_batch_order(jobs, work.order);
    if (!err)
        err = vf_signals_take(&work.signals, true);
    if (err) {
        vf_log(VF_LOG_ERROR, "the batch cannot be run: %s", strerror(-err));
        work.failure = -ENOMEM;
    } else {
        vf_batch_display_begin(display);
        work_off(&work);
        vf_batch_display_end(display);
    }
    vf_signals_give_back(&work.signals);
    free(work.seats);
    free(work.polled);
    free(work.order);
    vf_batch_gpus_finish(&work.gpus);
    return conclude(&work);
}
