/* SPDX-License-Identifier: MIT */
/* squeeze_loader - what makes payloads smaller for a wire, as the program has it: in a module, for
 * a run with an edge that asks for it. Workers find it loaded, and search no more files. */
#include <errno.h>
#include <stdbool.h>

#include "cmd/program/loader.h"
#include "engine/wire/squeeze/squeeze.h"

static struct {
    int (*squeeze)(const struct vf_payload *, struct vf_payload **);
    int (*unsqueeze)(const struct vf_payload *, uint64_t, struct vf_payload **);
} found;

static const struct vf_module module = {"lz4", "wire: lz4", VF_LOG_ERROR};

int vf_wire_squeeze_prepare(void)
{
    bool is_found = vf_loader_find_function(&module, "vf_wire_squeeze", &found.squeeze) &&
                    vf_loader_find_function(&module, "vf_wire_unsqueeze", &found.unsqueeze);
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
