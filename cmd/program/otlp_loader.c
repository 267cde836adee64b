/* SPDX-License-Identifier: MIT */
/* otlp_loader - what is sent to a collector, as the program has it: in a module, for --otlp. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "cmd/program/loader.h"
#include "engine/base/log.h"
#include "engine/otlp/otlp.h"

/* A function's address comes as that of an object, which C does not convert. */
static bool find_function(const char *name, void *place)
{
    const char *problem;
    void *address = vf_loader_find("otlp", name, &problem);
    memcpy(place, &address, sizeof(address));
    if (!address)
        vf_log(VF_LOG_WARNING, "the module otlp, for --otlp, cannot be loaded: %s", problem);
    return address != NULL;
}

int vf_otlp_create(struct vf_otlp **otlp, const struct vf_otlp_settings *settings,
                   const struct vf_figures *figures)
{
    int (*create)(struct vf_otlp **, const struct vf_otlp_settings *, const struct vf_figures *);
    *otlp = NULL;
    return find_function(__func__, &create) ? create(otlp, settings, figures) : -ELIBACC;
}

void vf_otlp_destroy(struct vf_otlp **otlp)
{
    void (*destroy)(struct vf_otlp **);
    if (find_function(__func__, &destroy))
        destroy(otlp);
}

void vf_otlp_run(struct vf_otlp *otlp, int stop_fd)
{
    void (*run)(struct vf_otlp *, int);
    if (find_function(__func__, &run))
        run(otlp, stop_fd);
}
