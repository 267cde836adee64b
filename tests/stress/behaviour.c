/* SPDX-License-Identifier: MIT */
#include "tests/stress/behaviour.h"

#include <string.h>

#include "tests/stress/chance.h"

/* So that no two decisions about one message depend on each other. */
enum decision {
    DECIDE_VALUE = 1,
    DECIDE_TIME,
    DECIDE_SIDE,
    DECIDE_COUNT,
    DECIDE_PASS,
    DECIDE_DELAY,
    DECIDE_SIZE,
};

static uint64_t decide(enum decision decision, uint64_t value)
{
    return chance_mix((uint64_t)decision << 32, value);
}

uint64_t behaviour_source_value(const struct sketch_habits *habits, unsigned port, uint64_t index)
{
    uint64_t own = chance_mix((uint64_t)habits->seed, port);
    return decide(DECIDE_VALUE, chance_mix(own, index));
}

int64_t behaviour_source_time_ms(const struct sketch_habits *habits, uint64_t index)
{
    uint64_t wobble = decide(DECIDE_TIME, chance_mix((uint64_t)habits->seed, index));
    return (int64_t)(index * 20 + wobble % 20);
}

bool behaviour_source_emits(const struct sketch_habits *habits, unsigned port, uint64_t index)
{
    return port == 0 || decide(DECIDE_SIDE, behaviour_source_value(habits, 0, index)) % 3 > 0;
}

uint64_t behaviour_fold(const struct sketch_habits *habits, const uint64_t *values, unsigned count)
{
    uint64_t folded = (uint64_t)habits->seed;
    for (unsigned i = 0; i < count; i++)
        folded = chance_mix(folded, values[i]);
    return folded;
}

unsigned behaviour_answers(enum sketch_type type, const struct sketch_habits *habits,
                           uint64_t folded, unsigned port)
{
    uint64_t drawn = decide(DECIDE_COUNT, chance_mix(folded, port));
    if (type == SKETCH_SPLIT)
        return (unsigned)(drawn % ((uint64_t)habits->most + 1));
    return drawn % 1000 < (uint64_t)habits->keep;
}

uint64_t behaviour_answer(uint64_t folded, unsigned port, unsigned part)
{
    return decide(DECIDE_VALUE, chance_mix(folded, (uint64_t)port << 32 | part));
}

int behaviour_passes(const struct sketch_habits *habits, uint64_t folded, unsigned port,
                     unsigned count)
{
    uint64_t drawn = decide(DECIDE_PASS, chance_mix(folded, port));
    if (drawn % 1000 >= (uint64_t)habits->passes)
        return -1;
    return (int)(drawn / 1000 % count);
}

int64_t behaviour_delay_ns(const struct sketch_habits *habits, uint64_t folded)
{
    uint64_t drawn = decide(DECIDE_DELAY, folded);
    return habits->delay_ns ? (int64_t)(drawn % (uint64_t)habits->delay_ns) : 0;
}

size_t behaviour_size(const struct sketch_habits *habits, uint64_t value)
{
    uint64_t most = (uint64_t)habits->size;
    return sizeof(value) + (most ? decide(DECIDE_SIZE, value) % most : 0);
}

static uint8_t byte_at(uint64_t value, size_t place)
{
    return (uint8_t)((value >> (place % sizeof(value) * 8)) ^ (place / sizeof(value)));
}

void behaviour_write(uint8_t *bytes, size_t size, uint64_t value)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = byte_at(value, i);
}

bool behaviour_read(const uint8_t *bytes, size_t size, uint64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < sizeof(*value) && i < size; i++)
        *value |= (uint64_t)bytes[i] << (i * 8);
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != byte_at(*value, i))
            return false;
    }
    return size >= sizeof(*value);
}
