/* SPDX-License-Identifier: MIT */
/* program.h - where the program is, and so what was built or installed with it. */
#ifndef VF_ENGINE_BASE_PROGRAM_H
#define VF_ENGINE_BASE_PROGRAM_H

#include <stddef.h>

/* Finds the folder that the program is in, without a slash at its end; "" when it is not known. */
void vf_program_folder(char *folder, size_t size);

/* Returns the first of `count` paths that is there, each as seen from the folder of the program, such
 * as "../lib/vflow"; or, when none is, the last. In fresh memory, the caller's; NULL: out of memory. */
char *vf_program_find(const char *const *paths, size_t count);

#endif
