/* SPDX-License-Identifier: MIT */
#include "nodes/vision/opencv/examination.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nodes/vision/opencv/cascade_file.h"
#include "nodes/vision/opencv/library.h"

int vf_cascades_examine(char *text, size_t size)
{
    const struct vf_opencv_problem problem = {text, size};
    const struct vf_opencv *opencv;
    char *path;
    snprintf(text, size, "out of memory");
    int err = vf_opencv_load(&opencv, &problem);
    if (err)
        return err;
    err = vf_cascade_file_find("frontalface", &path, &problem);
    if (err)
        return err;
    char *slash = strrchr(path, '/');
    if (slash)
        *slash = '\0';
    snprintf(text, size, "OpenCV %s, and its files in %s", opencv->release, path);
    free(path);
    return VF_OK;
}
