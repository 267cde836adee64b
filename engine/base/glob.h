/* SPDX-License-Identifier: MIT */
/* glob.h - paths that are a glob(7), below a folder that is none.
 *
 * What names a folder that is there is taken as it is spelled, whatever letters are in it:
 * "a[1]/x*.png" is a pattern in the folder "a[1]".
 */
#ifndef VF_ENGINE_BASE_GLOB_H
#define VF_ENGINE_BASE_GLOB_H

#include <stddef.h>

/* Returns how much of a path is the longest such folder, up to and with its slash; 0: none. */
size_t vf_glob_folder(const char *path);

/* Returns the path as glob(3) is to have it, in fresh memory; NULL: out of memory. */
char *vf_glob_make(const char *path);

#endif
