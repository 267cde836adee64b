/* SPDX-License-Identifier: MIT */
/* media_loader - what commands ask the modules about media, as the program has it. Modules that called
 * these functions themselves would get them from here: they do not. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cmd/program/loader.h"
#include "engine/base/log.h"
#include "engine/media/read/describe.h"
#include "engine/media/text/font_examination.h"
#include "engine/media/write/capabilities.h"
#include "nodes/vision/model/explanation.h"
#include "nodes/vision/opencv/examination.h"

/* A function's address comes as that of an object, which C does not convert. */
static bool find_function(const char *module, const char *name, void *place)
{
    const char *problem;
    void *address = vf_loader_find(module, name, &problem);
    memcpy(place, &address, sizeof(address));
    if (!address)
        vf_log(VF_LOG_ERROR, "the module %s cannot be loaded: %s", module, problem);
    return address != NULL;
}

int vf_media_describe(const struct vf_media_question *question, json_t **facts)
{
    int (*describe)(const struct vf_media_question *, json_t **);
    *facts = NULL;
    return find_function("container", __func__, &describe) ? describe(question, facts) : -ELIBACC;
}

int vf_media_capabilities(json_t **found)
{
    int (*ask)(json_t **);
    *found = NULL;
    return find_function("container", __func__, &ask) ? ask(found) : -ELIBACC;
}

int vf_media_libraries(json_t **libraries)
{
    int (*list)(json_t **);
    *libraries = NULL;
    return find_function("container", __func__, &list) ? list(libraries) : -ELIBACC;
}

int vf_font_examine(char *problem, size_t problem_size)
{
    int (*examine)(char *, size_t);
    snprintf(problem, problem_size, "the module draw cannot be loaded");
    return find_function("draw", __func__, &examine) ? examine(problem, problem_size) : -ELIBACC;
}

int vf_cascades_examine(char *text, size_t size)
{
    int (*examine)(char *, size_t);
    snprintf(text, size, "the module cascade cannot be loaded");
    return find_function("cascade", __func__, &examine) ? examine(text, size) : -ELIBACC;
}

int vf_model_explain(const struct vf_node *node, const void *options, bool has_gpu,
                     struct vf_text *text)
{
    int (*explain)(const struct vf_node *, const void *, bool, struct vf_text *);
    return find_function("model", __func__, &explain) ? explain(node, options, has_gpu, text)
                                                      : -ELIBACC;
}
