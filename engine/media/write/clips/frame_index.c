/* SPDX-License-Identifier: MIT */
#include "engine/media/write/clips/frame_index.h"

#include <errno.h>
#include <stdlib.h>

#include "engine/base/clock.h"

/* Times that were rounded to the ticks of different time bases may differ by so much. */
#define ROUNDING_NS (VF_NS_PER_MS / 2)

int vf_frame_index_add(struct vf_frame_index *index, int64_t time_ns)
{
    if (index->count == index->room) {
        size_t room = index->room ? 2 * index->room : 1024;
        int64_t *times_ns = realloc(index->times_ns, room * sizeof(*times_ns));
        if (!times_ns)
            return -ENOMEM;
        index->times_ns = times_ns;
        index->room = room;
    }
    index->times_ns[index->count++] = time_ns;
    return VF_OK;
}

static int compare(const void *one, const void *other)
{
    const int64_t *a = one, *b = other;
    return *a < *b ? -1 : *a > *b;
}

void vf_frame_index_sort(struct vf_frame_index *index)
{
    if (index->count)
        qsort(index->times_ns, index->count, sizeof(*index->times_ns), compare);
}

static int64_t distance(int64_t one, int64_t other)
{
    return one > other ? one - other : other - one;
}

/* Returns how many pictures are earlier than that. */
static size_t count_before(const struct vf_frame_index *index, int64_t time_ns)
{
    size_t first = 0, end = index->count;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (index->times_ns[middle] < time_ns)
            first = middle + 1;
        else
            end = middle;
    }
    return first;
}

bool vf_frame_index_find(const struct vf_frame_index *index, int64_t time_ns, uint64_t *number,
                         int64_t *in_file_ns)
{
    size_t place = count_before(index, time_ns);
    if (place == index->count || (place > 0 && distance(index->times_ns[place - 1], time_ns) <
                                                   distance(index->times_ns[place], time_ns)))
        place--;
    if (!index->count || distance(index->times_ns[place], time_ns) > ROUNDING_NS)
        return false;
    *number = place + 1;
    *in_file_ns = index->times_ns[place] - index->times_ns[0];
    return true;
}

int64_t vf_frame_index_last_ns(const struct vf_frame_index *index)
{
    return index->count ? index->times_ns[index->count - 1] : INT64_MIN;
}

void vf_frame_index_clear(struct vf_frame_index *index)
{
    index->count = 0;
}

void vf_frame_index_finish(struct vf_frame_index *index)
{
    free(index->times_ns);
    *index = (struct vf_frame_index){0};
}
