/* SPDX-License-Identifier: MIT */
#include "engine/base/temporary_folder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/base/text.h"

static int make(char *template, char **path)
{
    if (!mkdtemp(template))
        return -errno;
    *path = realpath(template, NULL);
    if (*path)
        return VF_OK;
    int err = -errno;
    (void)rmdir(template);
    return err;
}

int vf_temporary_folder_create(char **path, const char *name)
{
    const char *wanted = getenv("TMPDIR");
    const char *place = wanted && *wanted ? wanted : "/tmp";
    *path = NULL;
    char *template = vf_text_format("%s/%s-XXXXXX", place, name);
    int err = template ? make(template, path) : -ENOMEM;
    free(template);
    if (err)
        vf_log(VF_LOG_ERROR, "no temporary folder can be made in %s: %s; name another in TMPDIR",
               place, strerror(-err));
    return err;
}
