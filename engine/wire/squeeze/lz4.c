/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <lz4.h>

#include "engine/wire/squeeze/squeeze.h"

#define MOST_OF_ONE 255 /* bytes that one byte of LZ4 can stand for */

static bool is_possible(void)
{
    return true;
}

static int squeeze(struct vf_squeeze_kept **kept, const struct vf_description *description,
                   struct vf_payload *payload, struct vf_payload **squeezed)
{
    (void)kept;
    (void)description;
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

static int unsqueeze(struct vf_squeeze_kept **kept, const struct vf_description *description,
                     const struct vf_payload *squeezed, struct vf_payload **payload)
{
    uint64_t size = description->payload_size;
    (void)kept;
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

static void forget(struct vf_squeeze_kept **kept)
{
    *kept = NULL;
}

const struct vf_squeeze_way *vf_squeeze_lz4(void)
{
    static const struct vf_squeeze_way way = {is_possible, squeeze, unsqueeze, forget};
    return &way;
}
