/* SPDX-License-Identifier: MIT */
/* media_loader - what commands ask the modules about media, as the program has it. Modules that called
 * these functions themselves would get them from here: they do not. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include "cmd/program/loader.h"
#include "engine/media/read/describe.h"
#include "engine/media/text/font_examination.h"
#include "engine/media/write/capabilities.h"
#include "nodes/vision/model/explanation.h"
#include "nodes/vision/opencv/examination.h"

static const struct vf_module container = {"container", NULL, VF_LOG_ERROR};
static const struct vf_module draw = {"draw", NULL, VF_LOG_ERROR};
static const struct vf_module cascade = {"cascade", NULL, VF_LOG_ERROR};
static const struct vf_module model = {"model", NULL, VF_LOG_ERROR};

int vf_media_describe(const struct vf_media_question *question, json_t **facts)
{
    int (*describe)(const struct vf_media_question *, json_t **);
    *facts = NULL;
    return vf_loader_find_function(&container, __func__, &describe) ? describe(question, facts)
                                                                    : -ELIBACC;
}

int vf_media_capabilities(json_t **found)
{
    int (*ask)(json_t **);
    *found = NULL;
    return vf_loader_find_function(&container, __func__, &ask) ? ask(found) : -ELIBACC;
}

/* To load them all only for this would take longer than many a run. */
int vf_media_libraries(json_t **libraries)
{
    int (*list)(json_t **);
    *libraries = NULL;
    if (!vf_loader_has(&container)) {
        *libraries = json_array();
        return *libraries ? VF_OK : -ENOMEM;
    }
    return vf_loader_find_function(&container, __func__, &list) ? list(libraries) : -ELIBACC;
}

int vf_font_examine(char *problem, size_t problem_size)
{
    int (*examine)(char *, size_t);
    snprintf(problem, problem_size, "the module draw cannot be loaded");
    return vf_loader_find_function(&draw, __func__, &examine) ? examine(problem, problem_size)
                                                              : -ELIBACC;
}

int vf_cascades_examine(char *text, size_t size)
{
    int (*examine)(char *, size_t);
    snprintf(text, size, "the module cascade cannot be loaded");
    return vf_loader_find_function(&cascade, __func__, &examine) ? examine(text, size) : -ELIBACC;
}

int vf_model_explain(const struct vf_node *node, const void *options, bool has_gpu,
                     struct vf_text *text)
{
    int (*explain)(const struct vf_node *, const void *, bool, struct vf_text *);
    return vf_loader_find_function(&model, __func__, &explain)
               ? explain(node, options, has_gpu, text)
               : -ELIBACC;
}
