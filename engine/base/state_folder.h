/* SPDX-License-Identifier: MIT */
/* state_folder.h - where vflow keeps what a user may want to see after a run: $XDG_STATE_HOME/vflow,
 * or ~/.local/state/vflow (specifications.freedesktop.org/basedir-spec).
 */
#ifndef VF_ENGINE_BASE_STATE_FOLDER_H
#define VF_ENGINE_BASE_STATE_FOLDER_H

#include <stddef.h>

#include "engine/base/result.h"

/* Makes the folder `name` in it, which its owner alone may read, and returns its path, the caller's.
 * NULL: there is no home, or it cannot be written. Logs nothing. */
char *vf_state_folder_make(const char *name);

/* Removes regular files of a folder, the oldest first, until there are `count` of them. */
void vf_state_folder_thin(const char *folder, size_t count);

#endif
