/* SPDX-License-Identifier: MIT */
#include "engine/run/descriptor_limit.h"

void vf_descriptor_limit_raise(struct vf_descriptor_limit *limit)
{
    if (getrlimit(RLIMIT_NOFILE, &limit->old) != 0)
        return;
    struct rlimit raised = {.rlim_cur = limit->old.rlim_max, .rlim_max = limit->old.rlim_max};
    limit->is_raised = setrlimit(RLIMIT_NOFILE, &raised) == 0;
}

void vf_descriptor_limit_restore(struct vf_descriptor_limit *limit, size_t least)
{
    struct rlimit restored = limit->old;
    if (!limit->is_raised)
        return;
    if (restored.rlim_cur < least)
        restored.rlim_cur = least < restored.rlim_max ? least : restored.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &restored);
    limit->is_raised = false;
}
