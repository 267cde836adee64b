/* SPDX-License-Identifier: MIT */
#include "engine/base/descriptors.h"

#include <stdlib.h>
#include <unistd.h>

static int compare(const void *one, const void *other)
{
    int a = *(const int *)one, b = *(const int *)other;
    return (a > b) - (a < b);
}

static void close_run(int first, int last)
{
    if (first != last && close_range((unsigned)first, (unsigned)last, 0) == 0)
        return;
    for (int fd = first; fd <= last; fd++) /* before Linux 5.9, or it is only one */
        close(fd);
}

void vf_descriptors_close(int *fds, size_t count)
{
    size_t i = 0;
    if (count)
        qsort(fds, count, sizeof(*fds), compare);
    while (i < count && fds[i] < 0)
        i++;
    while (i < count) {
        size_t first = i;
        while (i + 1 < count && fds[i + 1] <= fds[i] + 1)
            i++;
        close_run(fds[first], fds[i++]);
    }
}
