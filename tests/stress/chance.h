/* SPDX-License-Identifier: MIT */
/* chance.h - numbers that look random and are the same again for the same seed. */
#ifndef VF_TESTS_STRESS_CHANCE_H
#define VF_TESTS_STRESS_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

struct chance {
    uint64_t state;
};

/* Makes one number of two, without telling either (SplitMix64, Steele et al., 2014). */
uint64_t chance_mix(uint64_t a, uint64_t b);

/* The next number: any, from 0 to before `end`, from `first` to `last`. */
uint64_t chance_next(struct chance *chance);
unsigned chance_below(struct chance *chance, unsigned end);
unsigned chance_between(struct chance *chance, unsigned first, unsigned last);

/* Is true in `percent` of 100 cases. */
bool chance_is(struct chance *chance, unsigned percent);

#endif
