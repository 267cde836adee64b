/* SPDX-License-Identifier: MIT */
/* histogram.h - how long things took, counted by length: four classes for each doubling, from a
 * microsecond to hours. One writer, any readers, also in other processes.
 *
 *     vf_histogram_add(&page->work, duration_ns);                  what a task does each time
 *     vf_histogram_read(&page->work, now);                         whoever looks
 *     vf_histogram_percentile(now, before, 0.95)                   of what came in between
 */
#ifndef VF_ENGINE_BASE_HISTOGRAM_H
#define VF_ENGINE_BASE_HISTOGRAM_H

#include <stdatomic.h>
#include <stdint.h>

#define VF_HISTOGRAM_CLASSES 140 /* the last one is for all that is longer */

struct vf_histogram {
    _Atomic uint64_t counts[VF_HISTOGRAM_CLASSES];
    _Atomic uint64_t sum_ns; /* of all durations; below zero counts as zero */
};

/* Returns the class of a duration. */
unsigned vf_histogram_class(int64_t duration_ns);

/* Returns the duration in nanoseconds that stands for a class: its middle. */
double vf_histogram_middle(unsigned number);

/* Counts a duration. For the one writer: it costs two loads and two stores. */
static inline void vf_histogram_add(struct vf_histogram *histogram, int64_t duration_ns)
{
    _Atomic uint64_t *count = &histogram->counts[vf_histogram_class(duration_ns)];
    uint64_t sum_ns = atomic_load_explicit(&histogram->sum_ns, memory_order_relaxed);
    atomic_store_explicit(count, atomic_load_explicit(count, memory_order_relaxed) + 1,
                          memory_order_relaxed);
    if (duration_ns > 0)
        atomic_store_explicit(&histogram->sum_ns, sum_ns + (uint64_t)duration_ns,
                              memory_order_relaxed);
}

/* Copies the counts. */
void vf_histogram_read(const struct vf_histogram *histogram, uint64_t counts[VF_HISTOGRAM_CLASSES]);

/* Returns the duration in nanoseconds that a part of what was counted, 0 to 1, does not exceed; with
 * `before`, of what was counted since then. Negative: nothing was. */
double vf_histogram_percentile(const uint64_t counts[VF_HISTOGRAM_CLASSES], const uint64_t *before,
                               double part);

#endif
