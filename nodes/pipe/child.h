/* SPDX-License-Identifier: MIT */
/* child.h - a program whose standard input and output are pipes of ours.
 *
 * Both ends here are non-blocking: who has both to do does what can be done, and then waits for either
 * by one descriptor. What it says on standard error becomes lines of the log.
 */
#ifndef VF_NODES_PIPE_CHILD_H
#define VF_NODES_PIPE_CHILD_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/guest.h"
#include "engine/base/guest_lines.h"
#include "engine/base/result.h"

struct vf_pipe_child {
    struct vf_guest guest;
    struct vf_guest_lines *lines;
    int in, out; /* its standard input, and output; -1: closed, or none of ours */
    int watch; /* can be read when `in` can be written, while that is watched, or what is read can */
    int heard; /* what stands for `out` in there; -1: nothing does */
    bool is_in_watched;
};

#define VF_PIPE_CHILD_NONE \
    ((struct vf_pipe_child){.guest = {.pidfd = -1}, .in = -1, .out = -1, .watch = -1, .heard = -1})

/* Starts the program. What is not ours of its standard input is empty, and of its output becomes lines
 * of the log. Logs why it cannot be started. */
VF_MUST_CHECK int vf_pipe_child_start(struct vf_pipe_child *child, const char *const *words,
                                      bool is_written, bool is_read);

/* Has `watch` tell when `fd` can be read: `out`, or what reads that. -1: nothing any more. */
VF_MUST_CHECK int vf_pipe_child_hear(struct vf_pipe_child *child, int fd);

/* Has it tell, or not any more, when `in` can be written. */
VF_MUST_CHECK int vf_pipe_child_watch_in(struct vf_pipe_child *child, bool is_watched);

/* Returns whether it has not read yet what was written to its standard input. */
bool vf_pipe_child_has_unread(const struct vf_pipe_child *child);

/* Closes its standard input. */
void vf_pipe_child_close_in(struct vf_pipe_child *child);

/* Ends it, whatever it does: closes its pipes, waits for a moment, asks it to end (SIGTERM), waits,
 * and kills it. With `is_hasty` it is asked at once. Frees all there is. */
void vf_pipe_child_end(struct vf_pipe_child *child, bool is_hasty);

#endif
