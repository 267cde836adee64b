/* SPDX-License-Identifier: MIT */
/* temporary_folder.h - a folder of one's own in TMPDIR, or in /tmp where that is not set. */
#ifndef VF_ENGINE_BASE_TEMPORARY_FOLDER_H
#define VF_ENGINE_BASE_TEMPORARY_FOLDER_H

#include "engine/base/result.h"

/* Makes a folder that only its user can enter; its name begins with `name`. *path becomes its
 * absolute path, to be freed; remove the folder with vf_remove_tree(). Logs a failure, and leaves
 * NULL then: -ENOMEM, or what mkdtemp(3) and realpath(3) say. */
VF_MUST_CHECK int vf_temporary_folder_create(char **path, const char *name);

#endif
