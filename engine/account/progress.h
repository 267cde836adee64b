/* SPDX-License-Identifier: MIT */
/* progress.h - how far a run is, and how fast, read off the pages of its tasks.
 *
 *     vf_progress_track_create(&track, plan, memory, started_ns);
 *     vf_progress_track_note(track, now_ns);              now and then: speeds are those of lately
 *     vf_progress_track_read(track, now_ns, &progress);
 */
#ifndef VF_ENGINE_ACCOUNT_PROGRESS_H
#define VF_ENGINE_ACCOUNT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/edge/page/task_page.h"
#include "engine/flow/plan/plan.h"
#include "engine/run/memory.h"

struct vf_progress {
    double seconds;    /* since the start */
    uint64_t frames;   /* that have come out at the end: of the consumer that has had most, all its
                            replicas together */
    uint64_t expected; /* of how many; 0: unknown */
    double part;       /* that is done, 0 to 1; negative: unknown */
    double left_seconds; /* negative: unknown */
    double fps;          /* lately */
    double speed;        /* lately: of the media's time to that of the clock; negative: unknown */
    uint64_t dropped;    /* messages that found no room, */
    double dropped_part; /* and which part of all that is, 0 to 1 */
    uint64_t file_number, file_count;    /* of a producer that reads several; 0: none does */
    char file_name[VF_PAGE_SOURCE_SIZE]; /* of that file */
    const char *busiest; /* the task that works most, lent by the plan; NULL: nobody knows */
    double busy;         /* which part of lately it has worked, 0 to 1 */
    bool is_realtime;
};

struct vf_progress_track;

/* Borrows `plan` and `memory` until it is destroyed. */
VF_MUST_CHECK int vf_progress_track_create(struct vf_progress_track **track,
                                           const struct vf_plan *plan,
                                           const struct vf_run_memory *memory, int64_t started_ns);
void vf_progress_track_destroy(struct vf_progress_track **track);

/* Looks how things are, at most twice a second. */
void vf_progress_track_note(struct vf_progress_track *track, int64_t now_ns);

/* Tells how far the run is, without a track (NULL) nothing. */
void vf_progress_track_read(const struct vf_progress_track *track, int64_t now_ns,
                            struct vf_progress *progress);

/* Returns how far the producers that know their length are, 0 to 1; negative: none does. */
double vf_progress_part(const struct vf_plan *plan, const struct vf_run_memory *memory);

/* Returns struct vf_progress's `frames`. */
uint64_t vf_progress_frames(const struct vf_plan *plan, const struct vf_run_memory *memory);

#endif
