/* SPDX-License-Identifier: MIT */
/* directory.h - the private folder of one run: its sockets, and what others have to know of it
 * (card.h).
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

#include <stdbool.h>

#include "engine/base/result.h"

/* Starts as {0}. */
struct vf_run_directory {
    char *path;
    int lock;         /* the folder is in use until every process has closed it; -1: it has none */
    bool is_optional; /* the run can do without: what goes wrong is shown by --verbose only */
    const char *lack; /* why it is not there, for people; NULL: it is, or nobody has asked for it */
};

/* Makes the folder. Logs why it could not, and when it is not where it should be. */
VF_MUST_CHECK int vf_run_directory_create(struct vf_run_directory *directory);

/* The same for a run that can do without. */
VF_MUST_CHECK int vf_run_directory_try(struct vf_run_directory *directory);

/* Removes the folder with the sockets in it. Does nothing when there is none. */
void vf_run_directory_remove(struct vf_run_directory *directory);

#define VF_RUN_CARD_FILE "run.json" /* in the folder of a run that others can find: card.h */

/* Is given the path of a folder, which is lent. */
typedef void vf_run_directory_visit(void *context, const char *path);

/* Calls `visit` for the folder of each run of this user that is not over and has a card, wherever
 * the folder is. */
void vf_run_directory_visit_all(vf_run_directory_visit *visit, void *context);

#endif
