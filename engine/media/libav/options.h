/* SPDX-License-Identifier: MIT */
/* options.h - kinds of option values that libav knows how to read. */
#ifndef VF_ENGINE_MEDIA_LIBAV_OPTIONS_H
#define VF_ENGINE_MEDIA_LIBAV_OPTIONS_H

#include "engine/message/message.h"
#include "engine/node/option/option.h"

struct vf_frame_size {
    int width, height;
};

/* "1280x720", "hd720"; where the fallback is "", that is no size: 0x0 */
extern const struct vf_option_kind vf_kind_frame_size;
/* "30000/1001", "ntsc", "25"; where the fallback is "", that is no rate: 0/1 */
extern const struct vf_option_kind vf_kind_frame_rate;
extern const struct vf_option_kind vf_kind_bit_rate;     /* int64_t: "2M", "800k" */
extern const struct vf_option_kind vf_kind_pixel_format; /* char *: "yuv420p"; "" for none */

#define VF_FRAME_SIZE(type, field) \
    VF_OF_KIND(frame_size, VF_FIELD(type, field, struct vf_frame_size))
#define VF_FRAME_RATE(type, field) VF_OF_KIND(frame_rate, VF_FIELD(type, field, struct vf_rational))
#define VF_BIT_RATE(type, field) VF_OF_KIND(bit_rate, VF_FIELD(type, field, int64_t))
#define VF_PIXEL_FORMAT(type, field) VF_OF_KIND(pixel_format, VF_FIELD(type, field, char *))

#endif
