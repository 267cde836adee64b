/* SPDX-License-Identifier: MIT */
#include "nodes/vision/opencv/library.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/program.h"

/* In a build tree, or installed. */
static const char *const places[] = {"modules/opencv.so", "../lib/vflow/opencv.so"};

/* Says why it is not to be had: vflow was built without it, or it cannot be loaded. */
static int refuse(const char *path, const char *why, const struct vf_opencv_problem *problem)
{
    if (access(path, F_OK) != 0)
        snprintf(
            problem->text, problem->size,
            "this vflow was built without OpenCV, which finds by cascades: install it with its "
            "headers (Debian: libopencv-objdetect-dev) and a compiler for C++, and build vflow "
            "again");
    else
        snprintf(
            problem->text, problem->size,
            "OpenCV, which finds by cascades, cannot be loaded; install the one that vflow was "
            "built with (Debian: libopencv-objdetect): %s",
            why);
    return -ELIBACC;
}

static const struct vf_opencv *take(void *library)
{
    const struct vf_opencv *(*face)(void) = NULL;
    void *address = dlsym(library, VF_OPENCV_FACE);
    memcpy(&face, &address, sizeof(face)); /* C does not convert the address of an object */
    return face ? face() : NULL;
}

int vf_opencv_load(const struct vf_opencv **opencv, const struct vf_opencv_problem *problem)
{
    static const struct vf_opencv *loaded;
    *opencv = loaded;
    if (loaded)
        return VF_OK;
    char *path = vf_program_find(places, VF_COUNT(places));
    if (!path)
        return -ENOMEM;
    void *library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
    const char *why = library ? NULL : dlerror();
    loaded = library ? take(library) : NULL;
    int err = loaded ? VF_OK : refuse(path, why ? why : "it is not vflow's opencv.so", problem);
    free(path);
    *opencv = loaded;
    return err;
}

void vf_opencv_reach(const struct vf_reach *reach)
{
    char *path = vf_program_find(places, VF_COUNT(places));
    if (path)
        vf_reach_add(reach, VF_REACH_LOAD, path);
    free(path);
}
