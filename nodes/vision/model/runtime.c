/* SPDX-License-Identifier: MIT */
#include "nodes/vision/model/runtime.h"

#include <dlfcn.h>
#include <errno.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/text.h"
#include "engine/node/reach.h"
#include "nodes/vision/model/onnx_api.h"

/* Where packages and people put it; "~" is the home folder, "$" the Python environment in use. */
static const char *const places[] = {
    "/usr/local/lib/libonnxruntime.so*",
    "/opt/onnxruntime*/lib/libonnxruntime.so*",
    "$/lib/python3*/site-packages/onnxruntime/capi/libonnxruntime.so*",
    "~/.local/lib/python3*/site-packages/onnxruntime/capi/libonnxruntime.so*",
    "/usr/local/lib/python3*/*-packages/onnxruntime/capi/libonnxruntime.so*",
    "/usr/lib/python3*/*-packages/onnxruntime/capi/libonnxruntime.so*",
};

/* A library on trial. */
struct trial {
    struct vf_runtime *runtime;
    const char *path;
    bool is_there; /* some file was, which cannot be used */
    const struct vf_model_problem *problem;
};

static int refuse(struct trial *trial, const char *why)
{
    trial->is_there = true;
    snprintf(trial->problem->text, trial->problem->size, "runtime: %s cannot be used: %s",
             trial->path, why);
    return -ELIBACC;
}

static int take(struct trial *trial, void *library)
{
    const struct vf_ort_base *(*base)(void) = NULL;
    void *address = dlsym(library, "OrtGetApiBase");
    if (!address)
        return refuse(trial, "it is not ONNX Runtime, for it has no OrtGetApiBase");
    memcpy(&base, &address, sizeof(base)); /* C does not convert the address of an object */
    const char *release = base()->release();
    const struct vf_ort *api = base()->table(VF_ORT_VERSION);
    if (!api) {
        char why[128];
        snprintf(why, sizeof(why), "it is release %s; 1.%d or a later one is needed", release,
                 VF_ORT_VERSION);
        return refuse(trial, why);
    }
    *trial->runtime = (struct vf_runtime){.api = api, .release = release};
    return VF_OK;
}

/* Loads one file, or what the loader finds by that name. */
static int try_one(struct trial *trial, const char *path)
{
    trial->path = path;
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library) {
        int err = take(trial, library);
        if (err)
            dlclose(library);
        return err;
    }
    const char *why = dlerror();
    if (strstr(why, "No such file"))
        return -ENOENT;
    const char *colon = strstr(why, ": ");
    return refuse(trial, colon ? colon + 2 : why);
}

/* Returns a pattern as it is for this user; NULL: it means nothing here. */
static char *resolve(const char *pattern)
{
    const char *folder = *pattern == '~'   ? getenv("HOME")
                         : *pattern == '$' ? getenv("VIRTUAL_ENV")
                                           : NULL;
    if (!folder && *pattern != '/')
        return NULL;
    return vf_text_format("%s%s", folder ? folder : "", pattern + (folder != NULL));
}

static int try_pattern(struct trial *trial, const char *pattern)
{
    char *whole = resolve(pattern);
    glob_t found = {0};
    int err = -ENOENT;
    if (whole && glob(whole, 0, NULL, &found) == 0) {
        for (size_t i = found.gl_pathc; i > 0 && err; i--) /* the latest release first */
            err = try_one(trial, found.gl_pathv[i - 1]);
    }
    globfree(&found);
    free(whole);
    return err;
}

static int search(struct trial *trial)
{
    static const char *const names[] = {"libonnxruntime.so.1", "libonnxruntime.so"};
    int err = -ENOENT;
    for (size_t i = 0; i < VF_COUNT(names) && err; i++)
        err = try_one(trial, names[i]);
    for (size_t i = 0; i < VF_COUNT(places) && err; i++)
        err = try_pattern(trial, places[i]);
    if (err && !trial->is_there)
        snprintf(
            trial->problem->text, trial->problem->size,
            "runtime: ONNX Runtime, which runs models, is not installed; install it, as by pip "
            "install onnxruntime, or name its libonnxruntime.so here or in VFLOW_ONNXRUNTIME");
    return err ? -ELIBACC : VF_OK;
}

int vf_runtime_load(struct vf_runtime *runtime, const char *path,
                    const struct vf_model_problem *problem)
{
    struct trial trial = {.runtime = runtime, .problem = problem};
    const char *named = getenv("VFLOW_ONNXRUNTIME");
    if (!*path && named && *named)
        path = named;
    if (!*path)
        return search(&trial);
    int err = try_one(&trial, path);
    if (err == -ENOENT)
        err = refuse(&trial, "there is no such file");
    return err;
}

/* The library has others beside it, which it loads when they are wanted. */
static void add_pattern(const char *pattern, const struct vf_reach *reach)
{
    char *whole = resolve(pattern);
    glob_t found = {0};
    bool is_there = whole && glob(whole, 0, NULL, &found) == 0;
    for (size_t i = 0; i < found.gl_pathc; i++)
        vf_reach_add_folder_of(reach, VF_REACH_LOAD, found.gl_pathv[i]);
    if (is_there) { /* the folder that is searched */
        whole[strcspn(whole, "*")] = '\0';
        vf_reach_add_folder_of(reach, VF_REACH_LOAD, whole);
    }
    globfree(&found);
    free(whole);
}

void vf_runtime_reach(const char *path, const struct vf_reach *reach)
{
    const char *named = getenv("VFLOW_ONNXRUNTIME");
    if (!*path && named && *named)
        path = named;
    if (strchr(path, '/'))
        vf_reach_add_folder_of(reach, VF_REACH_LOAD, path);
    for (size_t i = 0; i < VF_COUNT(places) && !*path; i++)
        add_pattern(places[i], reach);
}
