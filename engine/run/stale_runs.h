/* SPDX-License-Identifier: MIT */
/* stale_runs.h - how the folder of a run tells that the run lives, and what is done with it after.
 *
 * A supervisor that is killed removes nothing. But it held a lock (flock) on a file in its folder,
 * and the kernel lets go of that with the last process that has it open. So whoever gets the lock
 * of another run's folder knows that the run is over. Nothing is ever waited for.
 */
#ifndef VF_ENGINE_RUN_STALE_RUNS_H
#define VF_ENGINE_RUN_STALE_RUNS_H

#include "engine/base/result.h"

/* Makes the lock of a fresh folder and takes it. Gives the descriptor to the caller: closing it in
 * all processes lets go. Where the file system has no locks, it becomes -1, and a warning says what
 * follows. Returns -EAGAIN or -ENOENT when somebody removes the folder, as one
 * without a lock. */
VF_MUST_CHECK int vf_run_lock_take(int folder, int *lock);

/* Removes a run's folder and all that is in it, the lock last. Never follows links. Returns VF_OK
 * also when it was gone. */
VF_MUST_CHECK int vf_run_folder_remove(int parent, const char *name);

/* Removes from `parent` what runs have left that are over: folders of this user, named as runs
 * name them, whose lock nobody has. */
void vf_stale_runs_remove(int parent);

#endif
