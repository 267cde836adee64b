/* SPDX-License-Identifier: MIT */
/* squeeze_loader - what makes payloads smaller for a wire, as the program has it: each way in a module,
 * for a run with an edge that asks for it. Workers find it loaded, and search no more files. */
#include <stdbool.h>
#include <stddef.h>

#include "cmd/program/loader.h"
#include "engine/wire/squeeze/squeeze.h"

/* Returns what `symbol` in `module` returns. */
static const struct vf_squeeze_way *load(const struct vf_module *module, const char *symbol)
{
    const struct vf_squeeze_way *(*find)(void);
    return vf_loader_find_function(module, symbol, &find) ? find() : NULL;
}

const struct vf_squeeze_way *vf_squeeze_lz4(void)
{
    static const struct vf_module module = {"lz4", "wire: lz4", VF_LOG_ERROR};
    static const struct vf_squeeze_way *found;
    if (!found)
        found = load(&module, __func__);
    return found;
}

const struct vf_squeeze_way *vf_squeeze_h264(void)
{
    static const struct vf_module module = {"h264", "wire: h264", VF_LOG_ERROR};
    static const struct vf_squeeze_way *found;
    if (!found)
        found = load(&module, __func__);
    return found;
}
