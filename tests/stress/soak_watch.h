/* SPDX-License-Identifier: MIT */
/* soak_watch.h - looks again and again at what all processes of a run use.
 *
 * It stops looking as soon as one of them has ended: what follows says nothing of how the run went.
 */
#ifndef VF_TESTS_STRESS_SOAK_WATCH_H
#define VF_TESTS_STRESS_SOAK_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "engine/base/result.h"
#include "tests/stress/usage.h"

#define SOAK_MAX_PROCESSES 16
#define SOAK_LEAST_ROUNDS 20 /* so that a tenth has more than one */

/* Starts as {0}. */
struct soak_watch {
    pid_t processes[SOAK_MAX_PROCESSES]; /* the supervisor, then its workers */
    size_t process_count;                /* 0: not all are there yet */
    struct usage *usages;                /* round by round, each of all processes */
    size_t round_count, round_capacity;
    bool is_over;
};

/* Looks once, if `supervisor` has all its `workers`. */
VF_MUST_CHECK int soak_watch_look(struct soak_watch *watch, pid_t supervisor, size_t workers);
void soak_watch_finish(struct soak_watch *watch);

/* Returns what one process used in a tenth of the rounds, from 0 to 9: its memory on average,
 * and the most descriptors and mappings. There have to be SOAK_LEAST_ROUNDS. The last round is left
 * out, since the run may have been about to end. */
struct usage soak_watch_tenth(const struct soak_watch *watch, size_t process, unsigned tenth);

#endif
