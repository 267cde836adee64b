/* SPDX-License-Identifier: MIT */
/* guest.h - a program of others that this process starts, and that does not outlive it.
 *
 * It is started by exec, never as a mere copy of this process, so whatever libraries this one has
 * used, with their threads and locks, means nothing to it. It gets the descriptors that it is
 * named and no others. It dies with the thread that has started it. What it starts itself belongs,
 * like it, to the process group of this process, which vf_guest_start() makes when there is none:
 * whoever waits for this process kills what is left of the group (process/worker.h), so nothing
 * stays, however this process has ended. Nor does a Ctrl-C at a terminal reach that group.
 */
#ifndef VF_ENGINE_BASE_GUEST_H
#define VF_ENGINE_BASE_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/base/result.h"

/* A descriptor of this process, and its number in the program. */
struct vf_guest_descriptor {
    int own, given;
};

struct vf_guest_settings {
    const char *const *words;     /* of the command, ended by NULL; without a slash the first is
                                     looked up in PATH */
    const char *const *variables; /* "NAME=VALUE", put into its environment, ended by NULL; NULL:
                                     there are none */
    const struct vf_guest_descriptor *descriptors; /* of 0, 1 and 2, those that are not among them
                                                      are /dev/null */
    size_t descriptor_count;
};

struct vf_guest {
    pid_t pid; /* 0: there is none, or it has been collected */
    int pidfd; /* readable once it has ended; -1: there is none, and vf_guest_collect() tells */
};

/* Starts a program. Borrows `settings` for the call only. Returns VF_OK once it runs, or a negative
 * errno, -ENOENT and -EACCES among them, without having logged it. Not from several threads at a
 * time. */
VF_MUST_CHECK int vf_guest_start(struct vf_guest *guest, const struct vf_guest_settings *settings);

/* Returns whether it has ended, in *wait_status how, as waitpid(2) has it. Never waits. True only
 * once. */
bool vf_guest_collect(struct vf_guest *guest, int *wait_status);

/* Waits until it has ended, for `patience_ns` at most, and kills it then. Returns how it ended. Does
 * nothing and returns 0 when there is none. */
int vf_guest_await(struct vf_guest *guest, int64_t patience_ns);

#define VF_GUEST_END_SIZE 64

/* Says what a program did: "exited with status 3", "was killed by SIGSEGV". */
void vf_guest_print_end(char text[VF_GUEST_END_SIZE], int wait_status);

#endif
