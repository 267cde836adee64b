/* SPDX-License-Identifier: MIT */
#include "engine/wire/squeeze/squeeze.h"

#include <errno.h>
#include <lz4.h>

#define MOST_OF_ONE 255 /* bytes that one byte of LZ4 can stand for */

int vf_wire_squeeze_prepare(void)
{
    return VF_OK;
}

int vf_wire_squeeze(const struct vf_payload *payload, struct vf_payload **squeezed)
{
    *squeezed = NULL;
    if (payload->size < 2 || payload->size > LZ4_MAX_INPUT_SIZE)
        return VF_DROPPED;
    int room = (int)payload->size - 1;
    int err = vf_payload_create(squeezed, (size_t)room);
    if (err)
        return err;
    int size = LZ4_compress_default((const char *)payload->data, (char *)(*squeezed)->data,
                                    (int)payload->size, room);
    if (size <= 0) {
        vf_payload_drop(squeezed);
        return VF_DROPPED;
    }
    (*squeezed)->size = (size_t)size;
    return VF_OK;
}

int vf_wire_unsqueeze(const struct vf_payload *squeezed, uint64_t size, struct vf_payload **payload)
{
    *payload = NULL;
    if (size == 0 || size > LZ4_MAX_INPUT_SIZE || squeezed->size > LZ4_MAX_INPUT_SIZE ||
        size / MOST_OF_ONE > squeezed->size)
        return -EBADMSG;
    int err = vf_payload_create(payload, (size_t)size);
    if (err)
        return err;
    int made = LZ4_decompress_safe((const char *)squeezed->data, (char *)(*payload)->data,
                                   (int)squeezed->size, (int)size);
    if (made >= 0 && (uint64_t)made == size)
        return VF_OK;
    vf_payload_drop(payload);
    return -EBADMSG;
}
