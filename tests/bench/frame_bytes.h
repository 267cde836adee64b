/* SPDX-License-Identifier: MIT */
/* frame_bytes.h - what all programs of the benchmark write into a frame, and how they read it.
 *
 * Every byte of frame number n, counted from 1, is the low byte of n. Reading looks at every byte
 * once, so no program gets away with touching less than another.
 */
#ifndef VF_TESTS_BENCH_FRAME_BYTES_H
#define VF_TESTS_BENCH_FRAME_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A frame of 1920x1080 in yuv420p. */
#define VF_BENCH_WIDTH 1920
#define VF_BENCH_HEIGHT 1080
#define VF_BENCH_FRAME_BYTES ((size_t)VF_BENCH_WIDTH * VF_BENCH_HEIGHT * 3 / 2)

static inline void vf_frame_bytes_write(uint8_t *bytes, size_t size, uint64_t number)
{
    memset(bytes, (int)(number & 0xff), size);
}

/* Returns whether the bytes are those of frame `number`. What is left over behind the last eight
 * bytes is not looked at. */
static inline bool vf_frame_bytes_read(const uint8_t *bytes, size_t size, uint64_t number)
{
    uint64_t expected = (number & 0xff) * 0x0101010101010101u, sum = 0;
    size_t words = size / sizeof(sum);
    for (size_t i = 0; i < words; i++) {
        uint64_t word;
        memcpy(&word, bytes + i * sizeof(word), sizeof(word));
        sum += word;
    }
    return sum == expected * words;
}

#endif
