/* SPDX-License-Identifier: MIT */
/* run_directory.h - the private folder in which one run has its sockets.
 *
 * It is made fresh, readable by its owner alone, as $XDG_RUNTIME_DIR/vflow/RUN or
 * /tmp/vflow-UID/RUN: ZeroMQ would silently take over a socket file that is already there.
 */
#ifndef VF_ENGINE_PROCESS_RUN_DIRECTORY_H
#define VF_ENGINE_PROCESS_RUN_DIRECTORY_H

#include "engine/base/result.h"

/* Makes the folder and gives its path to the caller, who frees it. Logs why it could not. */
VF_MUST_CHECK int vf_run_directory_create(char **path);

/* Removes the folder and the sockets in it, and frees the path. Accepts NULL in *path. */
void vf_run_directory_remove(char **path);

#endif
