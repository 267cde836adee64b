/* SPDX-License-Identifier: MIT */
/* record.h - what nodes of a random flow leave in files of the run. */
#ifndef VF_TESTS_STRESS_RECORD_H
#define VF_TESTS_STRESS_RECORD_H

#include <stdint.h>

#include "tests/stress/sketch.h"

#define RECORD_END UINT32_MAX

/* What a consumer has seen on one input; those of one joined set stand together. */
struct record {
    uint32_t input;  /* RECORD_END: the end, and nothing behind it */
    uint32_t stream; /* of the origin; of the end: its reason */
    uint64_t number, value;
    int64_t time_ms;
};

/* What a source has made, written at its end. */
struct record_made {
    uint64_t counts[SKETCH_PORTS];
};

#endif
