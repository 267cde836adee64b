/* SPDX-License-Identifier: MIT */
/* h264 - pictures as H.264. What travels is the size of what H.264 has made of the picture, 8 bytes, then
 * that, then the extras of the message as they are. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/media/intra/decoder.h"
#include "engine/media/intra/encoder.h"
#include "engine/media/intra/form.h"
#include "engine/message/message_codec.h"
#include "engine/wire/squeeze/squeeze.h"

#define HEAD sizeof(uint64_t)

struct vf_squeeze_kept {
    struct vf_intra_encoder *encoder;
    struct vf_intra_decoder *decoder;
};

static int provide(struct vf_squeeze_kept **kept)
{
    if (!*kept)
        *kept = calloc(1, sizeof(**kept));
    return *kept ? VF_OK : -ENOMEM;
}

/* Whether that is a picture that goes this way; asked of what a stranger says, too. */
static bool is_fit(const struct vf_description *description)
{
    return description->kind == VF_MESSAGE_DATA && !vf_description_check(description) &&
           vf_intra_form_of(description);
}

static int squeeze(struct vf_squeeze_kept **kept, const struct vf_description *description,
                   struct vf_payload *payload, struct vf_payload **squeezed)
{
    struct vf_intra_units units;
    *squeezed = NULL;
    if (!is_fit(description) || description->payload_size != payload->size)
        return VF_DROPPED;
    int err = provide(kept);
    if (!err)
        err = vf_intra_encode(&(*kept)->encoder, description, payload, &units);
    if (err)
        return err;
    uint64_t units_size = units.size;
    size_t extras_size = (size_t)description->extras_size;
    if (HEAD + units.size + extras_size >= payload->size)
        return VF_DROPPED;
    err = vf_payload_create(squeezed, HEAD + units.size + extras_size);
    if (err)
        return err;
    uint8_t *place = (*squeezed)->data;
    memcpy(place, &units_size, HEAD);
    memcpy(place + HEAD, units.bytes, units.size);
    memcpy(place + HEAD + units.size, payload->data + description->extras_offset, extras_size);
    return VF_OK;
}

/* Finds the parts of what travels. Returns whether it is of just these. */
static bool divide(const struct vf_description *description, const struct vf_payload *squeezed,
                   struct vf_intra_units *units)
{
    uint64_t units_size;
    if (squeezed->size < HEAD)
        return false;
    memcpy(&units_size, squeezed->data, HEAD);
    uint64_t rest = squeezed->size - HEAD;
    if (units_size > rest || rest - units_size != description->extras_size)
        return false;
    *units = (struct vf_intra_units){squeezed->data + HEAD, (size_t)units_size};
    return true;
}

static int unsqueeze(struct vf_squeeze_kept **kept, const struct vf_description *description,
                     const struct vf_payload *squeezed, struct vf_payload **payload)
{
    struct vf_intra_units units;
    *payload = NULL;
    if (!is_fit(description) || !divide(description, squeezed, &units))
        return -EBADMSG;
    int err = provide(kept);
    if (!err)
        err = vf_payload_create(payload, (size_t)description->payload_size);
    if (err)
        return err;
    memset((*payload)->data, 0, (*payload)->size);
    err = vf_intra_decode(&(*kept)->decoder, description, &units, (*payload)->data);
    if (err)
        vf_payload_drop(payload);
    else if (description->extras_size)
        memcpy((*payload)->data + description->extras_offset, units.bytes + units.size,
               (size_t)description->extras_size);
    return err;
}

static void forget(struct vf_squeeze_kept **kept)
{
    if (*kept) {
        vf_intra_encoder_destroy(&(*kept)->encoder);
        vf_intra_decoder_destroy(&(*kept)->decoder);
    }
    free(*kept);
    *kept = NULL;
}

const struct vf_squeeze_way *vf_squeeze_h264(void)
{
    static const struct vf_squeeze_way way = {vf_intra_is_possible, squeeze, unsqueeze, forget};
    return &way;
}
