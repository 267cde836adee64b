/* SPDX-License-Identifier: MIT */
#include "engine/edge/remote/parcel.h"

#include <errno.h>

#include "engine/base/array.h"

/* What may travel on edges of each form, in the order in which it is tried. */
static const struct form {
    enum vf_edge_form form;
    uint32_t mark; /* in place of an arena */
    const struct vf_squeeze_way *(*way)(void);
} forms[] = {
    {VF_EDGE_H264, VF_ARENA_H264, vf_squeeze_h264},
    {VF_EDGE_H264, VF_ARENA_LZ4, vf_squeeze_lz4},
    {VF_EDGE_LZ4, VF_ARENA_LZ4, vf_squeeze_lz4},
};

/* What is kept is of the form that the edge asks for. */
static bool keeps(const struct form *form)
{
    return form->mark == VF_ARENA_H264;
}

static bool squeeze(const struct form *form, struct vf_squeeze_kept **kept,
                    const struct vf_envelope *envelope, struct vf_payload *payload,
                    struct vf_payload **squeezed)
{
    const struct vf_squeeze_way *way = form->way();
    struct vf_squeeze_kept *none = NULL;
    return way && way->squeeze(keeps(form) ? kept : &none, &envelope->description, payload,
                               squeezed) == VF_OK;
}

struct vf_payload *vf_parcel_pack(const struct vf_edge_terms *terms, struct vf_squeeze_kept **kept,
                                  struct vf_envelope *envelope, struct vf_payload *payload)
{
    struct vf_payload *squeezed;
    for (size_t i = 0; i < VF_COUNT(forms); i++) {
        if (forms[i].form != terms->form || !squeeze(&forms[i], kept, envelope, payload, &squeezed))
            continue;
        envelope->arena = forms[i].mark;
        return squeezed;
    }
    envelope->arena = VF_ARENA_PART;
    return vf_payload_hold(payload);
}

static const struct form *find_form(const struct vf_edge_terms *terms, uint32_t mark)
{
    for (size_t i = 0; i < VF_COUNT(forms); i++) {
        if (forms[i].form == terms->form && forms[i].mark == mark)
            return &forms[i];
    }
    return NULL;
}

int vf_parcel_open(const struct vf_edge_terms *terms, struct vf_squeeze_kept **kept,
                   struct vf_envelope *envelope, size_t size, struct vf_payload **part)
{
    struct vf_squeeze_kept *none = NULL;
    struct vf_payload *payload;
    if (!*part || size < offsetof(struct vf_envelope, inline_bytes))
        return VF_OK;
    const struct form *form = find_form(terms, envelope->arena);
    const struct vf_squeeze_way *way = form ? form->way() : NULL;
    if (!way)
        return VF_OK;
    int err = way->unsqueeze(keeps(form) ? kept : &none, &envelope->description, *part, &payload);
    if (err)
        return err == -ENOMEM ? err : VF_OK;
    vf_payload_drop(part);
    *part = payload;
    envelope->arena = VF_ARENA_PART;
    return VF_OK;
}

void vf_parcel_forget(const struct vf_edge_terms *terms, struct vf_squeeze_kept **kept)
{
    const struct form *form = *kept ? find_form(terms, VF_ARENA_H264) : NULL;
    const struct vf_squeeze_way *way = form ? form->way() : NULL;
    if (way)
        way->forget(kept);
}
