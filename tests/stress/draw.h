/* SPDX-License-Identifier: MIT */
/* draw.h - draws a random flow. */
#ifndef VF_TESTS_STRESS_DRAW_H
#define VF_TESTS_STRESS_DRAW_H

#include "tests/stress/sketch.h"

/* What is known of the messages on their way out of a port. */
struct draw_stream {
    unsigned source, port; /* whose numbers they carry */
    unsigned splitter;     /* output that may make several of one origin; 0: none, else from 1 */
    bool is_blurred;       /* of those of one origin, some were left out, or have come later */
    bool is_late;          /* they come after others that were answered later */
    bool is_scrambled;     /* they come in any order */
    bool is_variable;      /* in realtime, their values depend on what was dropped */
    bool is_early;         /* when tasks are halted, it may go on with less than it waited for */
    unsigned most;         /* messages */
};

/* Draws the flow of a seed, or a hasty one (sketch.h): the same each time. It never waits for
 * itself: inputs that are joined by order or by time come from sources that have nothing else to do
 * with each other, for a source that is filtered in one branch and not in another would fill the
 * queues of the other forever. */
void draw_sketch(struct sketch *sketch, uint64_t seed, bool must_be_hasty);

/* Puts some neighbours into group number `group`, from 1, and makes their replicas as many. Returns
 * false when there are none. Whether they can be one is for vflow to say. */
bool draw_group(struct sketch *sketch, unsigned group);

/* Tells what leaves `port` of a node. */
struct draw_stream draw_follow(const struct sketch *sketch, unsigned node, unsigned port);

#endif
