/* SPDX-License-Identifier: MIT */
/* input.h - the bytes that a fuzz target is given, read one after the other. */
#ifndef VF_TESTS_FUZZ_INPUT_H
#define VF_TESTS_FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>

struct input {
    const uint8_t *bytes;
    size_t size;
};

/* Returns the next byte; 0 when there is none any more. */
static inline unsigned next(struct input *input)
{
    if (!input->size)
        return 0;
    input->size--;
    return *input->bytes++;
}

#endif
