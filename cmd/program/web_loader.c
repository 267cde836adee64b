/* SPDX-License-Identifier: MIT */
/* web_loader - the server of a run, as the program has it: in a module, which only the process of the
 * server loads. */
#include <string.h>

#include "cmd/program/loader.h"
#include "engine/base/log.h"
#include "engine/web/web.h"

enum vf_exit_status vf_web_serve(const struct vf_web_spec *spec)
{
    enum vf_exit_status (*serve)(const struct vf_web_spec *);
    const char *problem;
    void *address = vf_loader_find("web", __func__, &problem);
    memcpy(&serve, &address, sizeof(serve)); /* C does not convert an object's address */
    if (address)
        return serve(spec);
    vf_log(VF_LOG_ERROR, "the module web, for HTTP, cannot be loaded: %s", problem);
    return VF_EXIT_FAILED;
}
