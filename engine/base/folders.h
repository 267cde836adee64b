/* SPDX-License-Identifier: MIT */
/* folders.h - the folders that a file is to be in, and that may be missing. */
#ifndef VF_ENGINE_BASE_FOLDERS_H
#define VF_ENGINE_BASE_FOLDERS_H

#include "engine/base/result.h"

/* Makes the folders that the path of a file names and that are missing. Returns a negative errno,
 * after saying which one could not be made. */
VF_MUST_CHECK int vf_folders_make(const char *path);

/* The same for a folder itself; says nothing where it cannot be made. */
VF_MUST_CHECK int vf_folders_try(const char *folder);

#endif
