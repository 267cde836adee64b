/* SPDX-License-Identifier: MIT */
#include "tests/stress/chance.h"

#define GOLDEN 0x9e3779b97f4a7c15u

uint64_t chance_mix(uint64_t a, uint64_t b)
{
    uint64_t mixed = a * GOLDEN + b + GOLDEN;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
}

uint64_t chance_next(struct chance *chance)
{
    chance->state += GOLDEN;
    return chance_mix(chance->state, 0);
}

unsigned chance_below(struct chance *chance, unsigned end)
{
    return (unsigned)(chance_next(chance) % end);
}

unsigned chance_between(struct chance *chance, unsigned first, unsigned last)
{
    return first + chance_below(chance, last - first + 1);
}

bool chance_is(struct chance *chance, unsigned percent)
{
    return chance_below(chance, 100) < percent;
}
