/* SPDX-License-Identifier: MIT */
/* counted.h - the small works whose instructions are counted (instructions.py).
 *
 * All are done in one thread, on messages that are there already, so nothing ever sleeps, and no
 * two runs differ. Each is begun, done a few times so that all memory has been touched, and then
 * measured.
 */
#ifndef VF_TESTS_INSTRUCTIONS_COUNTED_H
#define VF_TESTS_INSTRUCTIONS_COUNTED_H

#include <stdio.h>
#include <stdlib.h>

/* Ends the program with a line that says where. */
#define MUST(claim)                                                               \
    do {                                                                          \
        if (!(claim)) {                                                           \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #claim); \
            exit(1);                                                              \
        }                                                                         \
    } while (0)

struct counted {
    void (*begin)(void);
    void (*step)(void); /* does it one time */
    void (*end)(void);
};

/* A number from one task to another; to sixteen; to two that pass it on to a fourth, which joins
 * what they send. */
extern const struct counted counted_edge, counted_fan_out, counted_join;

/* A frame of 640x360 through the nodes resize, to 320x180, and draw_text; the same frame by
 * libswscale alone, for its part in the first. */
extern const struct counted counted_resize, counted_scale, counted_text;

/* A flow of 64 tasks, from its text to its plan. */
extern const struct counted counted_load;

#endif
