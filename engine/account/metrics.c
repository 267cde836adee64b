/* SPDX-License-Identifier: MIT */
#include "engine/account/metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/display.h"

static const char *type_name(enum vf_figure_kind kind)
{
    static const char *const names[] = {[VF_FIGURE_COUNTER] = "counter",
                                        [VF_FIGURE_GAUGE] = "gauge",
                                        [VF_FIGURE_HISTOGRAM] = "histogram"};
    return names[kind];
}

static void begin(void *context, const struct vf_figure *figure)
{
    vf_text_print(context, "# HELP %s %s\n# TYPE %s %s\n", figure->prometheus, figure->help,
                  figure->prometheus, type_name(figure->kind));
}

/* Prometheus refuses what is no UTF-8, and reads three characters by a backslash. */
static void print_value(struct vf_text *out, const char *value)
{
    char *shown = vf_display_utf8(value);
    out->failed = out->failed || !shown;
    for (const char *at = shown; at && *at; at++) {
        if (*at == '\n')
            vf_text_append(out, "\\n", 2);
        else if (*at == '\\' || *at == '"')
            vf_text_print(out, "\\%c", *at);
        else
            vf_text_append(out, at, 1);
    }
    free(shown);
}

static void print_labels(struct vf_text *out, const struct vf_figure_point *point, const char *le)
{
    const char *before = "{";
    for (size_t i = 0; i < point->label_count; i++) {
        vf_text_print(out, "%s%s=\"", before, point->labels[i].name);
        print_value(out, point->labels[i].value);
        vf_text_append(out, "\"", 1);
        before = ",";
    }
    if (le)
        vf_text_print(out, "%sle=\"%s\"", before, le);
    if (point->label_count || le)
        vf_text_append(out, "}", 1);
}

static void print_histogram(struct vf_text *out, const char *name,
                            const struct vf_figure_point *point)
{
    uint64_t count = 0;
    for (size_t i = 0; i <= VF_FIGURE_BOUNDS; i++) {
        struct vf_text le = {0};
        if (i < VF_FIGURE_BOUNDS)
            vf_text_print_real(&le, vf_figures_bound(i));
        else
            vf_text_print(&le, "+Inf");
        count += point->buckets[i];
        vf_text_print(out, "%s_bucket", name);
        print_labels(out, point, le.bytes ? le.bytes : "");
        vf_text_print(out, " %" PRIu64 "\n", count);
        out->failed = out->failed || le.failed;
        vf_text_finish(&le);
    }
    vf_text_print(out, "%s_sum", name);
    print_labels(out, point, NULL);
    vf_text_append(out, " ", 1);
    vf_text_print_real(out, point->real);
    vf_text_print(out, "\n%s_count", name);
    print_labels(out, point, NULL);
    vf_text_print(out, " %" PRIu64 "\n", count);
}

static void add(void *context, const struct vf_figure *figure, const struct vf_figure_point *point)
{
    struct vf_text *out = context;
    if (figure->kind == VF_FIGURE_HISTOGRAM) {
        print_histogram(out, figure->prometheus, point);
        return;
    }
    vf_text_append(out, figure->prometheus, strlen(figure->prometheus));
    print_labels(out, point, NULL);
    vf_text_append(out, " ", 1);
    if (figure->is_real)
        vf_text_print_real(out, point->real);
    else
        vf_text_print(out, "%" PRIu64, point->whole);
    vf_text_append(out, "\n", 1);
}

int vf_metrics_print(struct vf_text *out, const struct vf_figures *figures)
{
    const struct vf_figures_reader reader = {.begin = begin, .add = add, .context = out};
    vf_figures_read(figures, &reader);
    return out->failed ? -ENOMEM : VF_OK;
}
