/* SPDX-License-Identifier: MIT */
#include "engine/media/codec/encoder_options.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/media/libav/option_names.h"

bool vf_encoder_has_option(const AVCodec *encoder, const char *name)
{
    return vf_option_names_find(encoder->priv_class, name, AV_OPT_FLAG_ENCODING_PARAM) ||
           vf_option_names_find(avcodec_get_class(), name, AV_OPT_FLAG_ENCODING_PARAM);
}

int vf_encoder_check_pixel_format(const AVCodec *encoder, const char *name, char *problem,
                                  size_t problem_size)
{
    const enum AVPixelFormat *formats = encoder->pix_fmts;
    if (!name[0] || !formats)
        return VF_OK;
    struct vf_text_nearest nearest = {.wanted = name};
    bool is_software = false;
    for (; *formats != AV_PIX_FMT_NONE; formats++) {
        const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(*formats);
        if (format->flags & AV_PIX_FMT_FLAG_HWACCEL)
            continue;
        is_software = true;
        if (strcmp(format->name, name) == 0)
            return VF_OK;
        vf_text_nearest_consider(&nearest, format->name);
    }
    if (!is_software)
        return VF_OK; /* what the hardware takes is known once it is open */
    snprintf(problem, problem_size, "%s does not take the pixel format %s; it takes %s",
             encoder->name, name,
             nearest.name ? nearest.name : av_get_pix_fmt_name(encoder->pix_fmts[0]));
    return -EINVAL;
}
