/* SPDX-License-Identifier: MIT */
/* directory.h - the private folder in which one run has its sockets.
 *
 * It is made fresh, readable by its owner alone, as $XDG_RUNTIME_DIR/vflow/RUN: ZeroMQ would
 * silently take over a socket file that is already there. Where that cannot be, because the
 * variable names the folder of somebody else for example, it is /tmp/vflow-UID/RUN, and where
 * somebody else has that name, /tmp/vflow-UID-RANDOM/RUN.
 *
 * A supervisor that is killed removes nothing. But it held a lock (flock) on a file in its folder,
 * and the kernel lets go of that with the last process that has it open. So whoever makes a folder
 * removes those whose lock it gets: their runs are over. Nothing is ever waited for.
 */
#ifndef VF_ENGINE_RUN_DIRECTORY_H
#define VF_ENGINE_RUN_DIRECTORY_H

#include "engine/base/result.h"

/* Starts as {0}. */
struct vf_run_directory {
    char *path;
    int lock; /* the folder is in use until every process has closed it; -1: it has none */
};

/* Makes the folder. Logs why it could not, and when it is not where it should be. */
VF_MUST_CHECK int vf_run_directory_create(struct vf_run_directory *directory);

/* Removes the folder with the sockets in it. Does nothing when there is none. */
void vf_run_directory_remove(struct vf_run_directory *directory);

#endif
