/* SPDX-License-Identifier: MIT */
/* otlp_loader - what is sent to a collector, as the program has it: in a module, for --otlp. */
#include <errno.h>

#include "cmd/program/loader.h"
#include "engine/otlp/otlp.h"

static const struct vf_module module = {"otlp", "--otlp", VF_LOG_WARNING};

int vf_otlp_create(struct vf_otlp **otlp, const struct vf_otlp_settings *settings,
                   const struct vf_figures *figures, int64_t since_ns)
{
    int (*create)(struct vf_otlp **, const struct vf_otlp_settings *, const struct vf_figures *,
                  int64_t);
    *otlp = NULL;
    return vf_loader_find_function(&module, __func__, &create)
               ? create(otlp, settings, figures, since_ns)
               : -ELIBACC;
}

void vf_otlp_destroy(struct vf_otlp **otlp)
{
    void (*destroy)(struct vf_otlp **);
    if (vf_loader_find_function(&module, __func__, &destroy))
        destroy(otlp);
}

void vf_otlp_run(struct vf_otlp *otlp, int stop_fd)
{
    void (*run)(struct vf_otlp *, int);
    if (vf_loader_find_function(&module, __func__, &run))
        run(otlp, stop_fd);
}
