/* SPDX-License-Identifier: MIT */
/* pipe_loader - what programs that read and write pipes need, as the program has it: in a module. */
#include <stdbool.h>
#include <string.h>

#include "cmd/program/loader.h"
#include "engine/base/log.h"
#include "nodes/pipe/pipe.h"

const struct vf_pipe_work *vf_pipe_work(void)
{
    const struct vf_pipe_work *(*give)(void);
    static bool is_said; /* a flow asks several times */
    const char *problem;
    void *address = vf_loader_find("container", __func__, &problem);
    memcpy(&give, &address, sizeof(give)); /* C does not convert an object's address */
    if (!address && !is_said)
        vf_log(VF_LOG_ERROR, "the module container, for pipes, cannot be loaded: %s", problem);
    is_said = !address;
    return address ? give() : NULL;
}
