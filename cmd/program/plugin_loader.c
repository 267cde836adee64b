/* SPDX-License-Identifier: MIT */
/* plugin_loader - what looks at plugins, as the program has it: in a module, which nothing else
 * loads. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/plugin/object.h"
#include "cmd/program/loader.h"

int vf_plugin_object_check(const char *path, char *problem, size_t problem_size)
{
    int (*check)(const char *, char *, size_t);
    const char *cause = "";
    void *address = vf_loader_find("plugin", __func__, &cause);
    memcpy(&check, &address, sizeof(check));
    if (address)
        return check(path, problem, problem_size);
    snprintf(problem, problem_size, "the module plugin, which looks at it, cannot be loaded: %s",
             cause);
    return -ELIBACC;
}
