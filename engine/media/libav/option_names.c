/* SPDX-License-Identifier: MIT */
#include "engine/media/libav/option_names.h"

#include <errno.h>
#include <libavutil/opt.h>
#include <stdio.h>

const AVOption *vf_option_names_find(const AVClass *class, const char *name, int flags)
{
    return class ? av_opt_find(&class, name, NULL, flags, AV_OPT_SEARCH_FAKE_OBJ) : NULL;
}

void vf_option_names_consider(struct vf_text_nearest *nearest, const AVClass *class, int flags)
{
    for (const AVOption *option = NULL; class && (option = av_opt_next(&class, option));) {
        if ((option->flags & flags) == flags && option->type != AV_OPT_TYPE_CONST)
            vf_text_nearest_consider(nearest, option->name);
    }
}

int vf_option_names_refuse(const AVClass *class, const char *kind, const char *owner,
                           const char *name, char *problem, size_t problem_size)
{
    struct vf_text_nearest nearest = {.wanted = name};
    vf_option_names_consider(&nearest, class, 0);
    snprintf(problem, problem_size, "%s has no option \"%s\"%s", owner, name,
             vf_text_suggest_or(&nearest, "`ffmpeg -h %s=%s` lists what it has", kind, owner));
    return -EINVAL;
}
