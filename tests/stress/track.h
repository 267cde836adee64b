/* SPDX-License-Identifier: MIT */
/* track.h - a sequence of sets of records, and how one is related to another. */
#ifndef VF_TESTS_STRESS_TRACK_H
#define VF_TESTS_STRESS_TRACK_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/text.h"
#include "tests/stress/record.h"
#include "tests/stress/sketch.h"

struct track {
    unsigned first, width; /* inputs of the consumer: the first, and how many make up a set */
    struct record *items;  /* `count` sets of `width` */
    size_t count;
};

/* What one has of the other. */
enum track_relation {
    TRACK_EQUAL,
    TRACK_BEGINNING, /* the first sets */
    TRACK_PART,      /* some sets, in order */
    TRACK_UNRELATED,
};

/* Says in `complaints` where `seen`, by consumer `name`, is not related to `expected` like that. */
void track_compare(const struct track *expected, const struct track *seen,
                   enum track_relation relation, const char *name, struct vf_text *complaints);

/* Says what cannot be, whatever was expected: origins that go back, sets that do not belong
 * together. */
void track_check_sound(const struct track *seen, bool is_scrambled, const struct sketch_node *node,
                       const char *name, struct vf_text *complaints);

/* Brings the sets into an order of their own. */
void track_sort(struct track *track);

#endif
