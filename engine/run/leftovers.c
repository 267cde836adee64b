/* SPDX-License-Identifier: MIT */
#include "engine/run/leftovers.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/base/descriptors.h"

#define RANGES_A_TASK 2 /* its page and its arena */
#define FDS_A_TASK 5    /* these, its doorbell, its tap, its journal */

/* Has room for one more, and at once for as many as are expected. Returns false when there is no memory. */
static bool make_room(void **items, size_t size, size_t count, size_t *room, size_t expected)
{
    if (count < *room)
        return true;
    size_t wanted = *room ? 2 * *room : expected + 1;
    void *grown = reallocarray(*items, wanted, size);
    if (!grown)
        return false;
    *items = grown;
    *room = wanted;
    return true;
}

void vf_leftovers_add(struct vf_leftovers *leftovers, int *fd)
{
    void *fds = leftovers->fds;
    if (*fd < 0)
        return;
    if (make_room(&fds, sizeof(*leftovers->fds), leftovers->fd_count, &leftovers->fd_room,
                  FDS_A_TASK * leftovers->tasks)) {
        leftovers->fds = fds;
        leftovers->fds[leftovers->fd_count++] = *fd;
    } else {
        close(*fd);
    }
    *fd = -1;
}

void vf_leftovers_add_mapping(struct vf_leftovers *leftovers, struct vf_shared_memory *memory)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), begin = (uintptr_t)memory->bytes;
    void *ranges = leftovers->ranges;
    if (!memory->bytes)
        return;
    if (make_room(&ranges, sizeof(*leftovers->ranges), leftovers->range_count,
                  &leftovers->range_room, RANGES_A_TASK * leftovers->tasks)) {
        leftovers->ranges = ranges;
        leftovers->ranges[leftovers->range_count++] = (struct vf_leftover_range){
            .begin = begin, .end = begin + ((memory->size + page - 1) & ~(page - 1))};
    } else {
        munmap(memory->bytes, memory->size);
    }
    memory->bytes = NULL;
}

static int compare(const void *one, const void *other)
{
    const struct vf_leftover_range *a = one, *b = other;
    return (a->begin > b->begin) - (a->begin < b->begin);
}

void vf_leftovers_drop(struct vf_leftovers *leftovers)
{
    struct vf_leftover_range *ranges = leftovers->ranges;
    if (leftovers->range_count)
        qsort(ranges, leftovers->range_count, sizeof(*ranges), compare);
    for (size_t i = 0; i < leftovers->range_count;) {
        uintptr_t begin = ranges[i].begin, end = ranges[i].end;
        for (i++; i < leftovers->range_count && ranges[i].begin == end; i++)
            end = ranges[i].end;
        munmap((void *)begin, end - begin); /* NOLINT(performance-no-int-to-ptr): it was one */
    }
    vf_descriptors_close(leftovers->fds, leftovers->fd_count);
    free(leftovers->ranges);
    free(leftovers->fds);
    *leftovers = (struct vf_leftovers){.tasks = leftovers->tasks};
}
