/* SPDX-License-Identifier: MIT */
#include "cmd/batch/order.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROCESS_BYTES (16ULL << 20) /* of a task, beside frames: what codecs have for themselves */

/* A job or an input among others. */
struct place {
    size_t number;
    double work;
    int64_t size;
    const char *path;
};

static int compare(const void *one, const void *other)
{
    const struct place *first = one, *second = other;
    if ((first->work < 0) != (second->work < 0))
        return first->work < 0 ? -1 : 1;
    if (first->work >= 0 && first->work != second->work)
        return first->work > second->work ? -1 : 1;
    if (first->size != second->size)
        return first->size > second->size ? -1 : 1;
    int paths = strcmp(first->path, second->path);
    if (paths)
        return paths;
    return first->number < second->number ? -1 : first->number > second->number;
}

int vf_batch_order(const struct vf_batch_jobs *jobs, size_t *order)
{
    struct place *places = calloc(jobs->count + 1, sizeof(*places));
    if (!places)
        return -ENOMEM;
    for (size_t i = 0; i < jobs->count; i++)
        places[i] = (struct place){i, jobs->items[i].forecast.work, jobs->items[i].input->size,
                                   jobs->items[i].input->path};
    qsort(places, jobs->count, sizeof(*places), compare);
    for (size_t i = 0; i < jobs->count; i++)
        order[i] = places[i].number;
    free(places);
    return VF_OK;
}

uint64_t vf_batch_memory(const struct vf_batch_forecast *forecast)
{
    return forecast->memory + forecast->tasks * PROCESS_BYTES;
}

bool vf_batch_has_room(const struct vf_batch_room *room, unsigned running, uint64_t used,
                       const struct vf_batch_forecast *next)
{
    if (!running)
        return true;
    return running < room->jobs && !next->is_alone &&
           (!room->memory || used + vf_batch_memory(next) <= room->memory);
}

bool vf_batch_shard_read(const char *text, struct vf_batch_shard *shard)
{
    char rest;
    return text[0] >= '0' && text[0] <= '9' &&
           sscanf(text, "%9u/%9u%c", &shard->number, &shard->count, &rest) == 2 &&
           shard->number >= 1 && shard->number <= shard->count;
}

/* Returns how much a job is among others: a part of its file. */
static int64_t size_of(const struct vf_batch_job *job)
{
    int64_t size = job->input->size;
    return job->shard.count && size > 0 ? size / job->shard.count : size;
}

/* Deals out the jobs. ours[i] says whether job i belongs to the shard. */
static void deal(const struct place *places, size_t count, const struct vf_batch_shard *shard,
                 uint64_t *loads, bool *ours)
{
    for (size_t i = 0; i < count; i++) {
        unsigned least = 0;
        for (unsigned s = 1; s < shard->count; s++)
            least = loads[s] < loads[least] ? s : least;
        loads[least] += places[i].size > 0 ? (uint64_t)places[i].size + 1 : 1;
        ours[places[i].number] = least + 1 == shard->number;
    }
}

int vf_batch_deal(const struct vf_batch_jobs *jobs, const struct vf_batch_shard *shard, bool *ours)
{
    struct place *places = calloc(jobs->count + 1, sizeof(*places));
    uint64_t *loads = calloc(shard->count, sizeof(*loads));
    int err = places && loads ? VF_OK : -ENOMEM;
    size_t count = 0;
    for (size_t i = 0; i < jobs->count && !err; i++) {
        const struct vf_batch_job *job = &jobs->items[i];
        ours[i] = false;
        if (!job->parts)
            places[count++] = (struct place){i, 0, size_of(job), job->input->path};
    }
    if (!err) {
        qsort(places, count, sizeof(*places), compare);
        deal(places, count, shard, loads, ours);
    }
    free(places);
    free(loads);
    return err;
}
