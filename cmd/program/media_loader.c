/* SPDX-License-Identifier: MIT */
/* media_loader - what looks into media, as the program has it: in a module. */
#include <errno.h>
#include <string.h>

#include "cmd/program/loader.h"
#include "engine/base/log.h"
#include "engine/media/read/describe.h"

int vf_media_describe(const struct vf_media_question *question, json_t **facts)
{
    int (*describe)(const struct vf_media_question *, json_t **);
    const char *problem;
    void *address = vf_loader_find("container", __func__, &problem);
    memcpy(&describe, &address, sizeof(describe)); /* C does not convert an object's address */
    *facts = NULL;
    if (!address)
        vf_log(VF_LOG_ERROR, "the module container cannot be loaded: %s", problem);
    return address ? describe(question, facts) : -ELIBACC;
}
