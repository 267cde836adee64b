/* SPDX-License-Identifier: MIT */
#include "engine/otlp/measures.h"

#include "engine/otlp/resource.h"

#define CUMULATIVE 2 /* AGGREGATION_TEMPORALITY_CUMULATIVE */
#define KEY_SIZE 64

/* Metrics in the making. */
struct draft {
    json_t *metrics, *points; /* points: of the figure in work */
    json_t *begun, *now;      /* moments, as OTLP has them */
    bool failed;
};

static void append(struct draft *draft, json_t *array, json_t *value)
{
    if (!array || !value || json_array_append_new(array, value) != 0)
        draft->failed = true;
}

static json_t *make_attributes(struct draft *draft, const struct vf_figure_point *point)
{
    json_t *attributes = json_array();
    for (size_t i = 0; i < point->label_count; i++) {
        char key[KEY_SIZE];
        snprintf(key, sizeof(key), "vflow.%s", point->labels[i].name);
        append(draft, attributes, vf_otlp_text(key, point->labels[i].value));
    }
    return attributes;
}

static void add_buckets(struct draft *draft, json_t *object, const struct vf_figure_point *point)
{
    json_t *counts = json_array(), *bounds = json_array();
    uint64_t count = 0;
    for (size_t i = 0; i <= VF_FIGURE_BOUNDS; i++) {
        count += point->buckets[i];
        append(draft, counts, vf_otlp_long(point->buckets[i]));
        if (i < VF_FIGURE_BOUNDS)
            append(draft, bounds, json_real(vf_figures_bound(i)));
    }
    if (json_object_set_new(object, "count", vf_otlp_long(count)) != 0 ||
        json_object_set_new(object, "sum", json_real(point->real)) != 0 ||
        json_object_set_new(object, "bucketCounts", counts) != 0 ||
        json_object_set_new(object, "explicitBounds", bounds) != 0)
        draft->failed = true;
}

static void add(void *context, const struct vf_figure *figure, const struct vf_figure_point *point)
{
    struct draft *draft = context;
    if (!figure->otel)
        return;
    json_t *object = json_pack("{so sO sO}", "attributes", make_attributes(draft, point),
                               "startTimeUnixNano", draft->begun, "timeUnixNano", draft->now);
    if (object && figure->kind == VF_FIGURE_HISTOGRAM)
        add_buckets(draft, object, point);
    else if (object && figure->is_real)
        draft->failed |= json_object_set_new(object, "asDouble", json_real(point->real)) != 0;
    else if (object)
        draft->failed |= json_object_set_new(object, "asInt", vf_otlp_long(point->whole)) != 0;
    append(draft, draft->points, object);
}

/* Takes the points. */
static json_t *make_data(const struct vf_figure *figure, json_t *points)
{
    if (figure->kind == VF_FIGURE_COUNTER)
        return json_pack("{s{sb si so}}", "sum", "isMonotonic", 1, "aggregationTemporality",
                         CUMULATIVE, "dataPoints", points);
    if (figure->kind == VF_FIGURE_HISTOGRAM)
        return json_pack("{s{si so}}", "histogram", "aggregationTemporality", CUMULATIVE,
                         "dataPoints", points);
    return json_pack("{s{so}}", "gauge", "dataPoints", points);
}

static void finish_figure(struct draft *draft, const struct vf_figure *figure)
{
    json_t *points = draft->points;
    draft->points = NULL;
    if (!figure || !json_array_size(points)) {
        json_decref(points);
        return;
    }
    json_t *metric = make_data(figure, points);
    json_t *names = json_pack("{ss ss ss}", "name", figure->otel, "description", figure->help,
                              "unit", figure->unit);
    if (!metric || !names || json_object_update(metric, names) != 0)
        draft->failed = true;
    json_decref(names);
    append(draft, draft->metrics, metric);
}

/* Of the reader: which figure is in work. */
struct reading {
    struct draft draft;
    const struct vf_figure *figure;
};

static void begin_figure(void *context, const struct vf_figure *figure)
{
    struct reading *reading = context;
    finish_figure(&reading->draft, reading->figure);
    reading->figure = figure;
    reading->draft.points = json_array();
}

json_t *vf_otlp_measures(const struct vf_figures *figures, int64_t now_1970_ns)
{
    struct reading reading = {.draft = {.metrics = json_array(),
                                        .begun = vf_otlp_long((uint64_t)figures->since_1970_ns),
                                        .now = vf_otlp_long((uint64_t)now_1970_ns)}};
    const struct vf_figures_reader reader = {
        .begin = begin_figure, .add = add, .context = &reading};
    struct draft *draft = &reading.draft;
    draft->failed = !draft->metrics || !draft->begun || !draft->now;
    if (!draft->failed)
        vf_figures_read(figures, &reader);
    finish_figure(draft, reading.figure);
    json_decref(draft->begun);
    json_decref(draft->now);
    if (draft->failed) {
        json_decref(draft->metrics);
        return NULL;
    }
    return draft->metrics;
}
