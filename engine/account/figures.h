/* SPDX-License-Identifier: MIT */
/* figures.h - the figures of a run for programs that gather them: the one list of what there is, for
 * whatever it is written in (metrics.h, engine/otlp).
 *
 * All are read off the pages of the tasks, and count from the start of the run. Tasks of other hosts
 * are left out: each host tells of its own.
 */
#ifndef VF_ENGINE_ACCOUNT_FIGURES_H
#define VF_ENGINE_ACCOUNT_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/flow/plan/plan.h"
#include "engine/run/memory.h"

#define VF_FIGURE_LABELS 8
#define VF_FIGURE_BOUNDS 23 /* of histograms: from 16 microseconds to 69 seconds, doubling */

enum vf_figure_kind {
    VF_FIGURE_COUNTER,
    VF_FIGURE_GAUGE,
    VF_FIGURE_HISTOGRAM, /* of durations in seconds */
};

struct vf_figure {
    const char *prometheus; /* its name, by the conventions of Prometheus */
    const char *otel;       /* and by those of OpenTelemetry; NULL: there it is told otherwise */
    const char *unit;       /* by UCUM: "s", "By", "{frame}"; "1": a ratio, or none */
    const char *help;       /* a sentence */
    enum vf_figure_kind kind;
    bool is_real; /* a point has `real`, and not `whole` */
};

struct vf_figure_label {
    const char *name, *value; /* as the flow has it: any bytes */
};

struct vf_figure_point {
    struct vf_figure_label labels[VF_FIGURE_LABELS];
    size_t label_count;
    uint64_t whole;
    double real;                            /* of a histogram: the sum */
    uint64_t buckets[VF_FIGURE_BOUNDS + 1]; /* how many there are up to each bound, above the one
                                               before; the last: above all */
};

/* Where figures come from. */
struct vf_figures {
    const struct vf_plan *plan;
    const struct vf_run_memory *memory;
    const char *name;      /* of the run; NULL: it has none */
    pid_t pid;             /* of its supervisor */
    int64_t since_1970_ns; /* when it began, by the clock on the wall */
};

/* Who gets them: first a figure, then each of its points, which are lent for the call. A figure may
 * have none. */
struct vf_figures_reader {
    void (*begin)(void *context, const struct vf_figure *figure);
    void (*add)(void *context, const struct vf_figure *figure, const struct vf_figure_point *point);
    void *context;
};

void vf_figures_read(const struct vf_figures *figures, const struct vf_figures_reader *reader);

/* Returns bound number `number` of histograms, in seconds. */
double vf_figures_bound(size_t number);

/* Returns "starting", "running" or "stopping", or "ended" once all tasks have. */
const char *vf_figures_state(const struct vf_figures *figures);

#endif
