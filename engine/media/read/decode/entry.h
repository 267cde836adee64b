/* SPDX-License-Identifier: MIT */
/* entry.h - what a compressed picture is to those that follow it, found in its first bytes. */
#ifndef VF_ENGINE_MEDIA_READ_DECODE_ENTRY_H
#define VF_ENGINE_MEDIA_READ_DECODE_ENTRY_H

#include <stdbool.h>

struct AVCodecParameters;
struct AVPacket;

enum vf_entry {
    VF_ENTRY_NONE,   /* it needs pictures before it */
    VF_ENTRY_OPEN,   /* it needs none, but pictures that are decoded after it and shown before it
                      do */
    VF_ENTRY_CLOSED, /* neither it nor any that follows needs one before it */
};

struct vf_coded_picture {
    enum vf_entry entry;
    bool is_referenced; /* others may need it */
    bool is_shown;      /* it is a picture that comes out of the decoder */
    bool has_header;    /* it brings all that pictures from here on need to know of the stream */
    bool is_layered;    /* of a layer that others do without: which need it is not known */
    bool is_strange;    /* nothing is known of it */
};

/* Returns whether anything can be found out about pictures of a stream. */
bool vf_entry_is_known(const struct AVCodecParameters *parameters);

/* Returns what a packet of such a stream is. */
struct vf_coded_picture vf_entry_of(const struct AVCodecParameters *parameters,
                                    const struct AVPacket *packet);

#endif
