/* SPDX-License-Identifier: MIT */
/* own_program.h - this program again, as a child: vflow run by those commands that run many.
 *
 * The child has a process group of its own, so that a Ctrl-C at the terminal is its parent's to pass
 * on, and is asked to stop in order when its parent dies.
 */
#ifndef VF_ENGINE_PROCESS_OWN_PROGRAM_H
#define VF_ENGINE_PROCESS_OWN_PROGRAM_H

#include <sys/types.h>

#include "engine/base/result.h"

struct vf_signals;

#define VF_OWN_PROGRAM_EXTRA 3 /* the number of the fourth descriptor in the child */

struct vf_own_program {
    const char *const *words;   /* of the command line; ends with NULL */
    const char *folder;         /* to work in; NULL: that of this process */
    int output, errors, extra;  /* descriptors for 1, 2 and 3; -1: the null device, and none for 3.
                                   Standard input is the null device */
    struct vf_signals *signals; /* that this process has taken; NULL: none */
};

/* Starts it. Borrows `program` for the call only. Returns a negative errno when there is no process
 * for it; a child that cannot become the program exits with 127. Call it with one thread. */
VF_MUST_CHECK int vf_own_program_start(const struct vf_own_program *program, pid_t *pid);

#endif
