/* SPDX-License-Identifier: MIT */
#include "engine/base/histogram.h"

#include <math.h>

#define SHIFT 10    /* 1024 ns are the first class, and all that is shorter */
#define PARTS_LOG 2 /* four parts of each doubling */
#define PARTS (1U << PARTS_LOG)

unsigned vf_histogram_class(int64_t duration_ns)
{
    uint64_t units = duration_ns > 0 ? (uint64_t)duration_ns >> SHIFT : 0;
    if (units < PARTS)
        return (unsigned)units;
    unsigned doublings = 63 - (unsigned)__builtin_clzll(units) - PARTS_LOG;
    unsigned part = (unsigned)(units >> doublings) & (PARTS - 1);
    unsigned number = (doublings + 1) * PARTS + part;
    return number < VF_HISTOGRAM_CLASSES ? number : VF_HISTOGRAM_CLASSES - 1;
}

double vf_histogram_middle(unsigned number)
{
    double unit = (double)(1ULL << SHIFT);
    if (number < PARTS)
        return unit * (number + 0.5);
    unsigned doublings = number / PARTS - 1, part = number % PARTS;
    return unit * ldexp(PARTS + part + 0.5, (int)doublings);
}

void vf_histogram_read(const struct vf_histogram *histogram, uint64_t counts[VF_HISTOGRAM_CLASSES])
{
    for (unsigned i = 0; i < VF_HISTOGRAM_CLASSES; i++)
        counts[i] = atomic_load_explicit(&histogram->counts[i], memory_order_relaxed);
}

/* How often a class was counted since `before`, which whoever writes may have set back. */
static uint64_t count_of(const uint64_t *counts, const uint64_t *before, unsigned number)
{
    uint64_t old = before ? before[number] : 0;
    return counts[number] > old ? counts[number] - old : 0;
}

double vf_histogram_percentile(const uint64_t counts[VF_HISTOGRAM_CLASSES], const uint64_t *before,
                               double part)
{
    double all = 0, sum = 0;
    for (unsigned i = 0; i < VF_HISTOGRAM_CLASSES; i++)
        all += (double)count_of(counts, before, i);
    for (unsigned i = 0; i < VF_HISTOGRAM_CLASSES; i++) {
        sum += (double)count_of(counts, before, i);
        if (sum > 0 && sum >= all * part)
            return vf_histogram_middle(i);
    }
    return -1;
}
