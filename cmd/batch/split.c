/* SPDX-License-Identifier: MIT */
#include "cmd/batch/split.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/batch/pieces.h"
#include "engine/base/exit_status.h"
#include "engine/base/text.h"

#define MOST_PARTS 1000 /* of an input */
#define JOINING 0.02    /* of the work of all parts */

/* Returns into how many parts an input is divided; 0: it is not. */
static unsigned count_parts(const struct vf_batch_forecast *forecast, double seconds)
{
    uint64_t most = forecast->cuts < MOST_PARTS ? forecast->cuts : MOST_PARTS;
    if (forecast->seconds <= seconds || most < 2)
        return 0;
    if (forecast->seconds >= seconds * (double)most)
        return (unsigned)most;
    unsigned count = (unsigned)(forecast->seconds / seconds);
    return count + (count * seconds < forecast->seconds);
}

static struct vf_batch_job make_part(const struct vf_batch_job *job, unsigned number)
{
    struct vf_batch_job part = *job;
    part.shard = (struct vf_batch_shard){number, job->parts};
    part.parts = 0;
    part.forecast.outputs = NULL;
    part.forecast.obstacle = NULL;
    part.forecast.pieces = json_incref(job->forecast.pieces);
    part.forecast.seconds /= job->parts;
    part.forecast.work = job->forecast.work > 0 ? job->forecast.work / job->parts : -1;
    return part;
}

int vf_batch_split(struct vf_batch_jobs *jobs, double seconds)
{
    size_t wholes = jobs->count, count = jobs->count;
    for (size_t i = 0; i < wholes; i++) {
        jobs->items[i].parts = count_parts(&jobs->items[i].forecast, seconds);
        count += jobs->items[i].parts;
    }
    struct vf_batch_job *items = realloc(jobs->items, (count + 1) * sizeof(*items));
    if (!items)
        return -ENOMEM;
    jobs->items = items;
    for (size_t i = 0; i < wholes; i++) {
        struct vf_batch_job *job = &items[i];
        for (unsigned part = 1; part <= job->parts; part++) {
            items[jobs->count] = make_part(job, part);
            items[jobs->count++].whole = i;
        }
        job->parts_left = job->parts;
        if (job->parts && job->forecast.work > 0)
            job->forecast.work *= JOINING;
    }
    return VF_OK;
}

/* Leaves the jobs for which kept[i] is set. */
static void keep(struct vf_batch_jobs *jobs, const bool *kept)
{
    size_t count = 0;
    for (size_t i = 0; i < jobs->count; i++) {
        struct vf_batch_job *job = &jobs->items[i];
        if (!kept[i]) {
            vf_batch_job_finish(job);
            continue;
        }
        bool has_whole = job->whole != VF_BATCH_NO_JOB && kept[job->whole];
        size_t whole = 0;
        for (size_t j = 0; has_whole && j < job->whole; j++)
            whole += kept[j];
        job->whole = has_whole ? whole : VF_BATCH_NO_JOB;
        jobs->items[count++] = *job;
    }
    jobs->count = count;
}

int vf_batch_take_shard(struct vf_batch_jobs *jobs, const struct vf_batch_shard *shard)
{
    bool *ours = calloc(jobs->count + 1, sizeof(*ours));
    int err = ours ? vf_batch_deal(jobs, shard, ours) : -ENOMEM;
    if (!err)
        keep(jobs, ours);
    free(ours);
    return err;
}

char *vf_batch_job_key(const struct vf_batch_job *job)
{
    char part[32];
    snprintf(part, sizeof(part), "%u/%u", job->shard.number, job->shard.count);
    return vf_batch_manifest_key(job->input->path, job->shard.count ? part : NULL);
}

static const json_t *find_record(const struct vf_batch_manifest *manifest,
                                 const struct vf_batch_job *job)
{
    char *key = vf_batch_job_key(job);
    const json_t *record = key ? json_object_get(manifest->records, key) : NULL;
    free(key);
    return record;
}

/* Settles whether a part is there. */
static int judge_part(struct vf_batch_job *part, const json_t *record)
{
    const char *state = json_string_value(json_object_get(record, "state"));
    const char *reason = json_string_value(json_object_get(record, "reason"));
    bool has_failed = vf_batch_state_find(state) == VF_BATCH_FAILED;
    part->is_kept = true;
    part->state = VF_BATCH_DONE;
    if (vf_batch_pieces_are_made(part->forecast.pieces, &part->shard))
        return VF_OK;
    part->state = has_failed ? VF_BATCH_FAILED : VF_BATCH_SKIPPED;
    part->status = VF_EXIT_FAILED;
    part->reason = strdup(has_failed && reason ? reason : "it is not complete");
    return part->reason ? VF_OK : -ENOMEM;
}

int vf_batch_join_only(struct vf_batch_jobs *jobs, const struct vf_batch_manifest *manifest)
{
    bool *kept = calloc(jobs->count + 1, sizeof(*kept));
    int err = kept ? VF_OK : -ENOMEM;
    for (size_t i = 0; i < jobs->count && !err; i++) {
        struct vf_batch_job *job = &jobs->items[i];
        kept[i] = job->parts || job->shard.count;
        if (job->shard.count && !job->is_kept)
            err = judge_part(job, find_record(manifest, job));
    }
    if (!err)
        keep(jobs, kept);
    free(kept);
    return err;
}

/* Returns whether the input of a part was made as a whole, and is still there. */
static bool is_whole_done(const struct vf_batch_job *part, const json_t *record)
{
    struct vf_batch_job whole = {.input = part->input};
    bool is_done = false;
    memcpy(whole.forecast.mark, part->forecast.mark, sizeof(whole.forecast.mark));
    memcpy(whole.sha256, part->sha256, sizeof(whole.sha256));
    if (record && vf_batch_job_resume(&whole, record, true) == VF_OK)
        is_done = whole.state == VF_BATCH_DONE;
    vf_batch_job_finish(&whole);
    return is_done;
}

int vf_batch_resume_all(struct vf_batch_jobs *jobs, const struct vf_batch_manifest *manifest,
                        bool retries_failed)
{
    int err = VF_OK;
    for (size_t i = 0; i < jobs->count && !err; i++) {
        struct vf_batch_job *job = &jobs->items[i];
        const json_t *record = find_record(manifest, job);
        const json_t *whole =
            job->shard.count ? vf_batch_manifest_find(manifest, job->input->path) : NULL;
        if (is_whole_done(job, whole)) {
            job->state = VF_BATCH_DONE;
            job->is_kept = job->was_started = true;
        } else if (record) {
            err = vf_batch_job_resume(job, record, retries_failed);
        }
    }
    return err;
}
