/* SPDX-License-Identifier: MIT */
#include "engine/account/progress.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/account/ledger.h"
#include "engine/account/report.h"
#include "engine/base/clock.h"
#include "engine/base/display.h"
#include "engine/run/counted.h"

#define SAMPLES 64
#define SAMPLE_NS (500 * VF_NS_PER_MS)
#define LATELY_NS (3 * VF_NS_PER_S)
#define SOURCE_TRIES 4 /* to read a name while it is written */

/* How things were at a moment. */
struct sample {
    int64_t at_ns, media_us;
    uint64_t frames;
    double part;
    int64_t *busy_ns; /* task id i at [i - 1] */
};

struct vf_progress_track {
    const struct vf_plan *plan;
    const struct vf_run_memory *memory;
    int64_t started_ns;
    struct sample samples[SAMPLES]; /* the last ones, in a ring */
    size_t count;                   /* of all so far; the last at [(count - 1) % SAMPLES] */
};

static bool has_ended(const struct vf_task_page *page)
{
    return atomic_load(&page->state) == VF_TASK_ENDED;
}

/* Copies which source a producer reads, if it has several. */
static bool read_source(const struct vf_task_page *page, struct vf_progress *progress)
{
    const struct vf_page_source *source = &page->source;
    for (int tries = 0; tries < SOURCE_TRIES; tries++) {
        uint32_t version = atomic_load(&source->version);
        struct vf_page_source copy = {.number = source->number, .count = source->count};
        memcpy(copy.name, source->name, sizeof(copy.name));
        atomic_thread_fence(memory_order_seq_cst);
        if (version & 1 || version != atomic_load(&source->version))
            continue;
        copy.name[sizeof(copy.name) - 1] = '\0';
        progress->file_number = copy.number;
        progress->file_count = copy.count;
        vf_display_clean(copy.name); /* whoever wrote it can write anything */
        snprintf(progress->file_name, sizeof(progress->file_name), "%s", copy.name);
        return copy.count > 1 && copy.number <= copy.count;
    }
    return false;
}

/* Returns how far a producer is by its files; negative: it has only one. */
static double part_of_files(const struct vf_task_page *page)
{
    struct vf_progress source;
    if (!read_source(page, &source) || atomic_load(&page->is_endless))
        return -1;
    return (double)(source.file_number - 1) / (double)source.file_count;
}

/* Returns how far a producer is, 0 to 1, by the port that is furthest; negative: nobody knows. */
static double part_of(const struct vf_task_page *page)
{
    double most = -1;
    for (size_t port = 0; port < VF_PAGE_PORTS; port++) {
        uint64_t expected = vf_page_load(&page->expected[port]);
        double part = expected ? (double)vf_page_load(&page->emitted[port]) / (double)expected : -1;
        if (part > most)
            most = part;
    }
    if (most < 0)
        most = part_of_files(page);
    if (most >= 0 && has_ended(page))
        return 1; /* how many there are had been estimated */
    return most > 1 ? 1 : most;
}

double vf_progress_part(const struct vf_plan *plan, const struct vf_run_memory *memory)
{
    double least = -1;
    for (size_t i = 0; i < plan->task_count; i++) {
        double part = part_of(vf_run_memory_page(memory, plan->tasks[i].id));
        if (part >= 0 && (least < 0 || part < least))
            least = part;
    }
    return least;
}

/* Finds the node that has had most of what comes out at the end. Returns its first task's number in
 * the plan, from 0; the number of tasks where nothing has come out. */
static size_t find_outlet(const struct vf_plan *plan, const struct vf_run_memory *memory,
                          uint64_t *frames)
{
    size_t found = plan->task_count;
    *frames = 0;
    for (size_t i = 0; i < plan->task_count; i += vf_report_node_tasks(plan, i)) {
        if (plan->tasks[i].node->kind != VF_CONSUMER)
            continue;
        uint64_t count = vf_report_node_figures(plan, i, memory).in;
        if (count <= *frames)
            continue;
        *frames = count;
        found = i;
    }
    return found;
}

uint64_t vf_progress_frames(const struct vf_plan *plan, const struct vf_run_memory *memory)
{
    uint64_t frames;
    (void)find_outlet(plan, memory, &frames);
    return frames;
}

/* Returns how many frames are to come to an outlet; 0: nobody knows. */
static uint64_t expected_at(const struct vf_plan *plan, const struct vf_run_memory *memory,
                            size_t outlet)
{
    unsigned port;
    uint64_t thinned;
    if (outlet == plan->task_count)
        return 0;
    unsigned producer = vf_counted_producer(plan, plan->tasks[outlet].id, &port, &thinned);
    if (!producer || port >= VF_PAGE_PORTS)
        return 0;
    uint64_t made = vf_page_load(&vf_run_memory_page(memory, producer)->expected[port]);
    return made ? (made - 1) / thinned + 1 : 0;
}

/* Returns how far an outlet is in the time of its media, in microseconds. */
static int64_t media_at(const struct vf_plan *plan, const struct vf_run_memory *memory,
                        size_t outlet)
{
    int64_t latest = 0;
    if (outlet == plan->task_count)
        return 0;
    for (size_t i = outlet; i < outlet + vf_report_node_tasks(plan, outlet); i++) {
        const struct vf_task_page *page = vf_run_memory_page(memory, plan->tasks[i].id);
        int64_t media_us = atomic_load_explicit(&page->media_us, memory_order_relaxed);
        latest = media_us > latest ? media_us : latest;
    }
    return latest;
}

/* The part that is done: where every frame that is made comes out, only what has. */
static double part_at(const struct vf_plan *plan, const struct vf_run_memory *memory, size_t outlet,
                      uint64_t frames)
{
    double part = vf_progress_part(plan, memory);
    uint64_t expected = expected_at(plan, memory, outlet);
    if (part < 0 || !expected || plan->mode == VF_MODE_REALTIME)
        return part;
    double out = (double)frames / (double)expected;
    return out < part ? out : part;
}

int vf_progress_track_create(struct vf_progress_track **track, const struct vf_plan *plan,
                             const struct vf_run_memory *memory, int64_t started_ns)
{
    struct vf_progress_track *made = calloc(1, sizeof(*made));
    int64_t *busy_ns = calloc(SAMPLES * plan->task_count + 1, sizeof(*busy_ns));
    *track = made;
    if (!made || !busy_ns) {
        free(made);
        free(busy_ns);
        *track = NULL;
        return -ENOMEM;
    }
    made->plan = plan;
    made->memory = memory;
    made->started_ns = started_ns;
    for (size_t i = 0; i < SAMPLES; i++)
        made->samples[i].busy_ns = busy_ns + i * plan->task_count;
    return VF_OK;
}

void vf_progress_track_destroy(struct vf_progress_track **track)
{
    if (*track)
        free((*track)->samples[0].busy_ns); /* of all */
    free(*track);
    *track = NULL;
}

static const struct sample *last_sample(const struct vf_progress_track *track)
{
    return track->count ? &track->samples[(track->count - 1) % SAMPLES] : NULL;
}

static int64_t busy_of(const struct vf_progress_track *track, size_t task)
{
    const struct vf_task_page *page = vf_run_memory_page(track->memory, (unsigned)task + 1);
    return atomic_load_explicit(&page->busy_ns, memory_order_relaxed);
}

void vf_progress_track_note(struct vf_progress_track *track, int64_t now_ns)
{
    const struct sample *last = last_sample(track);
    if (last && now_ns - last->at_ns < SAMPLE_NS * 9 / 10)
        return;
    struct sample *next = &track->samples[track->count % SAMPLES];
    size_t outlet = find_outlet(track->plan, track->memory, &next->frames);
    next->at_ns = now_ns;
    next->media_us = media_at(track->plan, track->memory, outlet);
    next->part = part_at(track->plan, track->memory, outlet, next->frames);
    for (size_t i = 0; i < track->plan->task_count; i++)
        next->busy_ns[i] = busy_of(track, i);
    track->count++;
}

/* Returns the latest sample that is `age_ns` old, or the oldest there is; NULL: there is none. */
static const struct sample *sample_of_age(const struct vf_progress_track *track, int64_t now_ns,
                                          int64_t age_ns)
{
    size_t kept = track->count < SAMPLES ? track->count : SAMPLES;
    const struct sample *found = NULL;
    for (size_t back = 1; back <= kept; back++) {
        found = &track->samples[(track->count - back) % SAMPLES];
        if (now_ns - found->at_ns >= age_ns)
            break;
    }
    return found;
}

static void read_speeds(const struct vf_progress_track *track, int64_t now_ns, size_t outlet,
                        struct vf_progress *progress)
{
    const struct sample *then = sample_of_age(track, now_ns, LATELY_NS);
    double seconds = then ? (double)(now_ns - then->at_ns) / VF_NS_PER_S : 0;
    int64_t media_us = media_at(track->plan, track->memory, outlet);
    if (!then || seconds < 0.1) {
        progress->fps = progress->seconds > 0 ? (double)progress->frames / progress->seconds : 0;
        return;
    }
    uint64_t new_frames = progress->frames > then->frames ? progress->frames - then->frames : 0;
    progress->fps = (double)new_frames / seconds;
    if (media_us > 0 && media_us >= then->media_us)
        progress->speed = ((double)media_us - (double)then->media_us) / 1e6 / seconds;
    for (size_t i = 0; i < track->plan->task_count; i++) {
        /* Of numbers that a worker may have made up. */
        double busy_ns = (double)busy_of(track, i) - (double)then->busy_ns[i];
        double busy = busy_ns / VF_NS_PER_S / seconds;
        if (busy <= progress->busy)
            continue;
        progress->busy = busy < 1 ? busy : 1;
        progress->busiest = track->plan->tasks[i].name;
    }
}

static void read_left(const struct vf_progress_track *track, int64_t now_ns,
                      struct vf_progress *progress)
{
    const struct sample *then = sample_of_age(track, now_ns, INT64_MAX);
    double before = then && then->part > 0 ? then->part : 0;
    if (!then || progress->part <= before || now_ns <= then->at_ns)
        return;
    double seconds = (double)(now_ns - then->at_ns) / VF_NS_PER_S;
    progress->left_seconds = (1 - progress->part) * seconds / (progress->part - before);
}

static void read_drops(const struct vf_progress_track *track, struct vf_progress *progress)
{
    uint64_t made = 0;
    for (size_t i = 0; i < track->plan->edge_count; i++) {
        struct vf_edge_account account = vf_ledger_edge(track->memory, &track->plan->edges[i]);
        progress->dropped += account.dropped_newest + account.dropped_oldest;
        made += account.produced;
    }
    if (made)
        progress->dropped_part = (double)progress->dropped / (double)made;
}

static void read_file(const struct vf_progress_track *track, struct vf_progress *progress)
{
    for (size_t i = 0; i < track->plan->task_count; i++) {
        const struct vf_task_page *page = vf_run_memory_page(track->memory, (unsigned)i + 1);
        if (read_source(page, progress) && !has_ended(page))
            return;
    }
    progress->file_count = progress->file_number = 0;
    progress->file_name[0] = '\0';
}

void vf_progress_track_read(const struct vf_progress_track *track, int64_t now_ns,
                            struct vf_progress *progress)
{
    *progress = (struct vf_progress){.part = -1, .left_seconds = -1, .speed = -1};
    if (!track)
        return;
    size_t outlet = find_outlet(track->plan, track->memory, &progress->frames);
    progress->seconds = (double)(now_ns - track->started_ns) / VF_NS_PER_S;
    progress->is_realtime = track->plan->mode == VF_MODE_REALTIME;
    progress->expected = expected_at(track->plan, track->memory, outlet);
    progress->part = part_at(track->plan, track->memory, outlet, progress->frames);
    read_speeds(track, now_ns, outlet, progress);
    read_left(track, now_ns, progress);
    read_drops(track, progress);
    read_file(track, progress);
}
