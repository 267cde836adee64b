/* SPDX-License-Identifier: MIT */
/* object.h - a look at a shared object that is to be loaded as a plugin, before any of it runs. By
 * libelf, which is in a module of the program's that nothing else loads. */
#ifndef VF_CMD_PLUGIN_OBJECT_H
#define VF_CMD_PLUGIN_OBJECT_H

#include <stddef.h>

#include "engine/base/result.h"

/* Looks whether the file is a shared object for this machine, whole, with nodes for this version of
 * the interface, and without what plugins may not use. Returns -EINVAL with one line in `problem`, or
 * -ELIBACC when the module cannot be loaded, with the cause in `problem`. */
VF_MUST_CHECK int vf_plugin_object_check(const char *path, char *problem, size_t problem_size);

#endif
