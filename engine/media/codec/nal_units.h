/* SPDX-License-Identifier: MIT */
/* nal_units.h - the units that packets of H.264 and HEVC are made of.
 *
 * In MP4 and Matroska each stands after its length, in streams after a start code. Packets are what
 * others have sent: what is said of a size is held against the bytes that there are.
 */
#ifndef VF_ENGINE_MEDIA_CODEC_NAL_UNITS_H
#define VF_ENGINE_MEDIA_CODEC_NAL_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct AVCodecParameters;

/* How the units of a stream lie. */
struct vf_nal_form {
    bool is_hevc;
    unsigned length_size; /* bytes of a length; 0: they have start codes */
};

struct vf_nal {
    const uint8_t *bytes; /* from the header on */
    size_t size;
};

enum vf_nal_kind {
    VF_NAL_OTHER,
    VF_NAL_SLICE,       /* of a picture that needs others, or may be needed by those before it */
    VF_NAL_IDR,         /* of one that starts a sequence */
    VF_NAL_RANDOM,      /* HEVC: of another one that can be begun with */
    VF_NAL_VIDEO_SET,   /* HEVC's VPS */
    VF_NAL_STREAM_SET,  /* SPS */
    VF_NAL_PICTURE_SET, /* PPS */
    VF_NAL_MESSAGE,     /* SEI */
};

/* Returns whether a codec has such units, and how they lie. */
bool vf_nal_form_of(const struct AVCodecParameters *parameters, struct vf_nal_form *form);

/* Lends the unit at *place, which starts as 0, and moves on. Returns whether there was one. */
bool vf_nal_next(const struct vf_nal_form *form, const uint8_t *bytes, size_t size, size_t *place,
                 struct vf_nal *nal);

enum vf_nal_kind vf_nal_kind(const struct vf_nal_form *form, const struct vf_nal *nal);

/* Returns what the first picture in a packet is. */
enum vf_nal_kind vf_nal_picture(const struct vf_nal_form *form, const uint8_t *bytes, size_t size);

#endif
