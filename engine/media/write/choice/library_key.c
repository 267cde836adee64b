/* SPDX-License-Identifier: MIT */
#include "engine/media/write/choice/library_key.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavutil/dict.h>
#include <libavutil/opt.h>
#include <stdbool.h>

int vf_library_set_key(AVCodecContext *context, const char *option, const char *key,
                       const char *value)
{
    AVDictionary *parameters = NULL;
    if (av_opt_get_dict_val(context->priv_data, option, 0, &parameters) < 0)
        return VF_OK;
    bool is_set = av_dict_get(parameters, key, NULL, 0) != NULL;
    bool has_failed =
        !is_set && (av_dict_set(&parameters, key, value, 0) < 0 ||
                    av_opt_set_dict_val(context->priv_data, option, parameters, 0) < 0);
    av_dict_free(&parameters);
    return has_failed ? -ENOMEM : VF_OK;
}
