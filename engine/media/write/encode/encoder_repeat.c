/* SPDX-License-Identifier: MIT */
#include "engine/media/write/encode/encoder_repeat.h"

#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <malloc.h>
#include <string.h>

#include "engine/media/write/choice/options.h"

void vf_encoder_repeat(AVCodecContext *context, const struct vf_output_settings *settings)
{
    bool is_x264 = strncmp(context->codec->name, "libx264", strlen("libx264")) == 0;
    if (is_x264 && !vf_output_has_option(settings, "x264opts"))
        (void)av_opt_set(context, "x264opts", "sync-lookahead=0", AV_OPT_SEARCH_CHILDREN);
#ifdef M_PERTURB
    (void)mallopt(M_PERTURB, 0xff); /* malloc() gives zeros, as fresh memory is */
#endif
}
