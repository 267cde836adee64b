/* SPDX-License-Identifier: MIT */
/* hardware_decoding.h - lets a device decode, where there is one that can.
 *
 * What it has decoded is copied down into the task's arena: the rest of a flow sees pictures in
 * memory. Which device decodes, or why none does, is logged once.
 */
#ifndef VF_ENGINE_MEDIA_READ_DECODE_HARDWARE_DECODING_H
#define VF_ENGINE_MEDIA_READ_DECODE_HARDWARE_DECODING_H

#include <stdbool.h>

#include "engine/base/result.h"
#include "engine/media/read/open/settings.h"

struct AVCodec;
struct AVCodecContext;
struct AVFrame;
struct vf_node_run;

/* Starts as {.wish = ...}. */
struct vf_hardware_decoding {
    enum vf_hardware wish;
    /* Private: */
    int format;         /* AVPixelFormat of frames on the device; -1: none decodes */
    const char *device; /* libav's name of its type */
    bool is_told;       /* that it really decodes */
    bool has_failed;    /* it was required, and cannot decode this stream */
};

/* Opens the first device that can decode for `context`, which is not open yet. When there is none,
 * says why; that is -ENODEV where one is required, else VF_OK. */
VF_MUST_CHECK int vf_hardware_open(struct vf_hardware_decoding *hardware,
                                   struct AVCodecContext *context, const struct AVCodec *codec);

/* Chooses the format to decode to: get_format() of a codec context. `offered` ends with -1. */
int vf_hardware_choose_format(struct vf_hardware_decoding *hardware, const int *offered);

/* Returns whether a frame lies on a device. */
bool vf_hardware_has(const struct vf_hardware_decoding *hardware, const struct AVFrame *frame);

/* Makes a copy in the task's arena of a frame that lies on a device. Returns as
 * vf_node_allocate(). */
VF_MUST_CHECK int vf_hardware_download(struct vf_hardware_decoding *hardware,
                                       struct vf_node_run *run, const struct AVFrame *frame,
                                       struct AVFrame **downloaded);

#endif
