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

/* Deals out the inputs. is_ours[i] says whether input i belongs to the shard. */
static void deal(const struct place *places, size_t count, const struct vf_batch_shard *shard,
                 uint64_t *loads, bool *is_ours)
{
    for (size_t i = 0; i < count; i++) {
        unsigned least = 0;
        for (unsigned s = 1; s < shard->count; s++)
            least = loads[s] < loads[least] ? s : least;
        loads[least] += places[i].size > 0 ? (uint64_t)places[i].size + 1 : 1;
        is_ours[places[i].number] = least + 1 == shard->number;
    }
}

int vf_batch_take_shard(struct vf_batch_inputs *inputs, const struct vf_batch_shard *shard)
{
    struct place *places = calloc(inputs->count + 1, sizeof(*places));
    uint64_t *loads = calloc(shard->count, sizeof(*loads));
    bool *is_ours = calloc(inputs->count + 1, sizeof(*is_ours));
    int err = places && loads && is_ours ? VF_OK : -ENOMEM;
    size_t kept = 0;
    for (size_t i = 0; i < inputs->count && !err; i++)
        places[i] = (struct place){i, 0, inputs->items[i].size, inputs->items[i].path};
    if (!err) {
        qsort(places, inputs->count, sizeof(*places), compare);
        deal(places, inputs->count, shard, loads, is_ours);
    }
    for (size_t i = 0; i < inputs->count && !err; i++) {
        if (is_ours[i])
            inputs->items[kept++] = inputs->items[i];
        else
            vf_batch_input_finish(&inputs->items[i]);
    }
    if (!err)
        inputs->count = kept;
    free(places);
    free(loads);
    free(is_ours);
    return err;
}
