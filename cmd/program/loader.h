/* SPDX-License-Identifier: MIT */
/* loader.h - the parts of the program that are loaded when they are needed.
 *
 * A module is a shared object beside the program, or in lib/vflow where it is installed. It calls
 * the program's functions, and brings large libraries along. It stays loaded: workers are forked,
 * and so find it where it is.
 */
#ifndef VF_CMD_PROGRAM_LOADER_H
#define VF_CMD_PROGRAM_LOADER_H

#include <stdbool.h>

#include "engine/base/log.h"

/* A module, and how it is told when it cannot be loaded. */
struct vf_module {
    const char *name;
    const char *purpose;    /* "receipts"; NULL: nothing is said of it */
    enum vf_log_level told; /* VF_LOG_WARNING where all goes on without it */
};

/* Points `place`, which is a pointer to a function of that type, to `symbol` in a module, which is loaded
 * if need be. Returns whether it is there; logs why not. */
bool vf_loader_find_function(const struct vf_module *module, const char *symbol, void *place);

/* Returns whether a module has been loaded. */
bool vf_loader_has(const struct vf_module *module);

/* Returns where `symbol` is in `module`, which is loaded if need be; "core": the program itself.
 * NULL when that fails, with the cause in *problem until the next call. */
void *vf_loader_find(const char *module, const char *symbol, const char **problem);

#endif
