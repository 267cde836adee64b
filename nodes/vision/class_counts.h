/* SPDX-License-Identifier: MIT */
/* class_counts.h - two numbers for each class of objects, such as how many came in and went out. */
#ifndef VF_NODES_VISION_CLASS_COUNTS_H
#define VF_NODES_VISION_CLASS_COUNTS_H

#include <jansson.h>
#include <stddef.h>

#include "engine/base/result.h"

struct vf_class_count {
    double class;
    json_int_t numbers[2];
};

/* Starts as {0}. */
struct vf_class_counts {
    struct vf_class_count *items; /* in the order in which the classes came */
    size_t count;
};

/* Adds to number `which`, 0 or 1, of a class; one that is NAN is not known, and not counted. */
VF_MUST_CHECK int vf_class_counts_add(struct vf_class_counts *counts, double class, unsigned which,
                                      int difference);

/* Makes {"2": {"in": 3, "out": 1}} of them, which is the caller's. */
json_t *vf_class_counts_describe(const struct vf_class_counts *counts, const char *const names[2]);
void vf_class_counts_finish(struct vf_class_counts *counts);

#endif
