/* SPDX-License-Identifier: MIT */
/* child.h - a question that is answered in a process of its own: what crashes there, or hangs, takes
 * nothing along.
 */
#ifndef VF_CMD_CHILD_H
#define VF_CMD_CHILD_H

#include <jansson.h>
#include <sys/types.h>

#include "engine/base/result.h"

struct vf_child {
    pid_t pid;
    int fd;
};

/* Answers in the child: gives *answer, any JSON, to the caller; NULL stands for null. Returns a
 * negative errno after it has logged why it cannot. */
typedef int vf_child_answer(const void *question, json_t **answer);

/* Starts a child, which is killed after so many seconds; 0: never. */
VF_MUST_CHECK int vf_child_start(struct vf_child *child, vf_child_answer *answer,
                                 const void *question, unsigned limit_seconds);

/* Waits for its answer, the caller's. Where there is none, *answer is NULL and *signal is what has
 * killed it, SIGALRM for the limit; 0: it has failed. Returns -ENOMEM when out of memory. */
VF_MUST_CHECK int vf_child_finish(const struct vf_child *child, json_t **answer, int *signal);

#endif
