/* SPDX-License-Identifier: MIT */
#include "engine/media/write/encode/library_log.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavutil/dict.h>
#include <libavutil/opt.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/log.h"

/* Libraries that write by themselves, and not by libav. */
static const struct {
    const char *encoder;
    const char *option, *key;      /* the key of a dictionary that says how much, or */
    const char *variable;          /* the environment variable that does */
    const char *errors, *warnings; /* their words for these */
} libraries[] = {
    {"libx265", "x265-params", "log-level", NULL, "error", "warning"},
    {"libsvtav1", NULL, NULL, "SVT_LOG", "1", "2"},
};

static int set_key(AVCodecContext *context, const char *option, const char *key, const char *level)
{
    AVDictionary *parameters = NULL;
    if (av_opt_get_dict_val(context->priv_data, option, 0, &parameters) < 0)
        return VF_OK;
    bool is_set = av_dict_get(parameters, key, NULL, 0) != NULL;
    bool has_failed =
        !is_set && (av_dict_set(&parameters, key, level, 0) < 0 ||
                    av_opt_set_dict_val(context->priv_data, option, parameters, 0) < 0);
    av_dict_free(&parameters);
    return has_failed ? -ENOMEM : VF_OK;
}

int vf_library_log_limit(AVCodecContext *context)
{
    enum vf_log_level level = vf_log_get_level();
    for (size_t i = 0; i < VF_COUNT(libraries) && level < VF_LOG_DEBUG; i++) {
        const char *said = level < VF_LOG_INFO ? libraries[i].errors : libraries[i].warnings;
        if (strcmp(context->codec->name, libraries[i].encoder) != 0)
            continue;
        if (libraries[i].option)
            return set_key(context, libraries[i].option, libraries[i].key, said);
        return setenv(libraries[i].variable, said, 0) == 0 ? VF_OK : -ENOMEM;
    }
    return VF_OK;
}
