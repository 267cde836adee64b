/* SPDX-License-Identifier: MIT */
#include "engine/task/refusal.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/log.h"

static bool is_refusal(int err, const char *text)
{
    static const char *const words[] = {"Permission denied", "PermissionError",
                                        "Operation not permitted"};
    bool is_refused = err == -EACCES || err == -EPERM;
    for (size_t i = 0; i < VF_COUNT(words) && err < 0 && text; i++)
        is_refused |= strstr(text, words[i]) != NULL;
    return is_refused;
}

void vf_refusal_explain(const char *task, int err, const char *complaint, const char *details)
{
    if (is_refusal(err, complaint) || is_refusal(err, details))
        vf_log(VF_LOG_WARNING,
               "its sandbox may be why: vflow explain shows what %s may reach; paths: [FILE or "
               "FOLDER] or network: true at the node lets it reach more, sandbox: off all",
               task);
}
