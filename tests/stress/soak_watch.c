/* SPDX-License-Identifier: MIT */
#include "tests/stress/soak_watch.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#define FIRST_CAPACITY 1024

static int find_processes(struct soak_watch *watch, pid_t supervisor, size_t workers)
{
    assert(workers < SOAK_MAX_PROCESSES); /* the flow is ours */
    int found = usage_find_children(watch->processes + 1, SOAK_MAX_PROCESSES - 1, supervisor);
    if (found < 0)
        return found;
    watch->processes[0] = supervisor;
    watch->process_count = (size_t)found == workers ? workers + 1 : 0;
    return VF_OK;
}

static int make_room(struct soak_watch *watch)
{
    if (watch->round_count < watch->round_capacity)
        return VF_OK;
    size_t capacity = watch->round_capacity ? watch->round_capacity * 2 : FIRST_CAPACITY;
    struct usage *usages =
        reallocarray(watch->usages, capacity * watch->process_count, sizeof(*usages));
    if (!usages)
        return -ENOMEM;
    watch->usages = usages;
    watch->round_capacity = capacity;
    return VF_OK;
}

int soak_watch_look(struct soak_watch *watch, pid_t supervisor, size_t workers)
{
    int err = VF_OK;
    if (!watch->process_count)
        err = find_processes(watch, supervisor, workers);
    if (err || watch->is_over || !watch->process_count)
        return err;
    err = make_room(watch);
    size_t count = watch->process_count;
    struct usage *round = err ? NULL : watch->usages + watch->round_count * count;
    for (size_t i = 0; !err && i < count; i++)
        err = usage_read(&round[i], watch->processes[i]);
    if (!err)
        watch->round_count++;
    watch->is_over = err == -ESRCH;
    return watch->is_over ? VF_OK : err;
}

void soak_watch_finish(struct soak_watch *watch)
{
    free(watch->usages);
    *watch = (struct soak_watch){0};
}

struct usage soak_watch_tenth(const struct soak_watch *watch, size_t process, unsigned tenth)
{
    assert(watch->round_count >= SOAK_LEAST_ROUNDS && process < watch->process_count);
    size_t rounds = watch->round_count - 1;
    size_t first = rounds * tenth / 10, end = rounds * (tenth + 1) / 10;
    struct usage used = {0};
    for (size_t i = first; i < end; i++) {
        const struct usage *usage = &watch->usages[i * watch->process_count + process];
        used.memory_kb += usage->memory_kb;
        if (usage->descriptors > used.descriptors)
            used.descriptors = usage->descriptors;
        if (usage->mappings > used.mappings)
            used.mappings = usage->mappings;
    }
    used.memory_kb /= end - first;
    return used;
}
