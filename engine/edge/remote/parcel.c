/* SPDX-License-Identifier: MIT */
#include "engine/edge/remote/parcel.h"

#include <errno.h>

#include "engine/wire/squeeze/squeeze.h"

struct vf_payload *vf_parcel_pack(const struct vf_edge_terms *terms, struct vf_envelope *envelope,
                                  struct vf_payload *payload)
{
    struct vf_payload *squeezed;
    envelope->arena = VF_ARENA_PART;
    if (!terms->is_squeezed || vf_wire_squeeze(payload, &squeezed) != VF_OK)
        return vf_payload_hold(payload);
    envelope->arena = VF_ARENA_LZ4;
    return squeezed;
}

int vf_parcel_open(const struct vf_edge_terms *terms, struct vf_envelope *envelope, size_t size,
                   struct vf_payload **part)
{
    struct vf_payload *payload;
    if (!terms->is_squeezed || !*part || size < offsetof(struct vf_envelope, inline_bytes) ||
        envelope->arena != VF_ARENA_LZ4)
        return VF_OK;
    int err = vf_wire_unsqueeze(*part, envelope->description.payload_size, &payload);
    if (err)
        return err == -ENOMEM ? err : VF_OK;
    vf_payload_drop(part);
    *part = payload;
    envelope->arena = VF_ARENA_PART;
    return VF_OK;
}
