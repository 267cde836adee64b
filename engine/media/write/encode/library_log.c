/* SPDX-License-Identifier: MIT */
#include "engine/media/write/encode/library_log.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/log.h"
#include "engine/media/write/choice/library_key.h"

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

int vf_library_log_limit(AVCodecContext *context)
{
    enum vf_log_level level = vf_log_get_level();
    for (size_t i = 0; i < VF_COUNT(libraries) && level < VF_LOG_DEBUG; i++) {
        const char *said = level < VF_LOG_INFO ? libraries[i].errors : libraries[i].warnings;
        if (strcmp(context->codec->name, libraries[i].encoder) != 0)
            continue;
        if (libraries[i].option)
            return vf_library_set_key(context, libraries[i].option, libraries[i].key, said);
        return setenv(libraries[i].variable, said, 0) == 0 ? VF_OK : -ENOMEM;
    }
    return VF_OK;
}
