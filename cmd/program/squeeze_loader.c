/* SPDX-License-Identifier: MIT */
/* squeeze_loader - what makes payloads smaller for a wire, as the program has it: in a module, for
 * a run with an edge that asks for it. Workers find it loaded, and search no more files. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "cmd/program/loader.h"
#include "engine/base/log.h"
#include "engine/wire/squeeze/squeeze.h"

static struct {
    int (*squeeze)(const struct vf_payload *, struct vf_payload **);
    int (*unsqueeze)(const struct vf_payload *, uint64_t, struct vf_payload **);
} found;

/* A function's address comes as that of an object, which C does not convert. */
static bool find_function(const char *name, void *place)
{
    const char *problem;
    void *address = vf_loader_find("lz4", name, &problem);
    memcpy(place, &address, sizeof(address));
    if (!address)
        vf_log(VF_LOG_ERROR, "the module lz4, for wire: lz4, cannot be loaded: %s", problem);
    return address != NULL;
}

int vf_wire_squeeze_prepare(void)
{
    bool is_found = find_function("vf_wire_squeeze", &found.squeeze) &&
                    find_function("vf_wire_unsqueeze", &found.unsqueeze);
    return is_found ? VF_OK : -ELIBACC;
}

int vf_wire_squeeze(const struct vf_payload *payload, struct vf_payload **squeezed)
{
    *squeezed = NULL;
    return found.squeeze ? found.squeeze(payload, squeezed) : -ELIBACC;
}

int vf_wire_unsqueeze(const struct vf_payload *squeezed, uint64_t size, struct vf_payload **payload)
{
    *payload = NULL;
    return found.unsqueeze ? found.unsqueeze(squeezed, size, payload) : -ELIBACC;
}
