/* SPDX-License-Identifier: MIT */
#include "nodes/vision/shapes.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FARTHEST 1e6 /* pixels */

const struct vf_shape_kind vf_shape_lines = {
    .option = "lines",
    .article_name = "a line",
    .least = 2,
    .most = 2,
    .example = "[[x, y], [x, y]], its two ends",
};
const struct vf_shape_kind vf_shape_zones = {
    .option = "zones",
    .article_name = "a zone",
    .least = 3,
    .example = "[[x, y], [x, y], [x, y], ...], its corners in order",
};

/* What is read, and where what is wrong is told. */
struct reading {
    const struct vf_shape_kind *kind;
    char *problem;
    size_t size;
};

static int refuse(const struct reading *reading, const char *name, const char *what)
{
    const struct vf_shape_kind *kind = reading->kind;
    snprintf(reading->problem, reading->size, "%s.%s: %s; %s is %s", kind->option, name, what,
             kind->article_name, kind->example);
    return -EINVAL;
}

static int read_point(const struct reading *reading, const char *name, const json_t *point,
                      double place[2])
{
    if (!json_is_array(point) || json_array_size(point) != 2)
        return refuse(reading, name, "a point has two numbers, x and y");
    for (size_t i = 0; i < 2; i++) {
        const json_t *number = json_array_get(point, i);
        if (!json_is_number(number))
            return refuse(reading, name, "a point has something that is no number");
        place[i] = json_number_value(number);
        if (fabs(place[i]) > FARTHEST)
            return refuse(reading, name, "a point is farther away than any picture is large");
    }
    return VF_OK;
}

static int check_count(const struct reading *reading, const char *name, size_t count)
{
    const struct vf_shape_kind *kind = reading->kind;
    char what[64];
    if (count >= kind->least && (!kind->most || count <= kind->most))
        return VF_OK;
    if (kind->most == kind->least)
        snprintf(what, sizeof(what), "it has %zu points, not %zu", count, kind->least);
    else
        snprintf(what, sizeof(what), "it has %zu points, and needs %zu", count, kind->least);
    return refuse(reading, name, what);
}

static bool has_length(const struct vf_shape *shape)
{
    for (size_t i = 1; i < shape->count; i++) {
        if (shape->points[i][0] != shape->points[0][0] ||
            shape->points[i][1] != shape->points[0][1])
            return true;
    }
    return false;
}

static int read_shape(const struct reading *reading, struct vf_shape *shape, const char *name,
                      const json_t *points)
{
    if (!json_is_array(points))
        return refuse(reading, name, "it is no list of points");
    int err = check_count(reading, name, json_array_size(points));
    if (err)
        return err;
    shape->name = strdup(name);
    shape->points = calloc(json_array_size(points), sizeof(*shape->points));
    if (!shape->name || !shape->points)
        return -ENOMEM;
    for (; shape->count < json_array_size(points) && !err; shape->count++)
        err = read_point(reading, name, json_array_get(points, shape->count),
                         shape->points[shape->count]);
    if (!err && !has_length(shape))
        err = refuse(reading, name, "all of its points are one");
    return err;
}

/* A variable of the flow gives a list as text. */
static int read_given(const struct reading *reading, struct vf_shape *shape, const char *name,
                      json_t *given)
{
    json_t *parsed = json_is_string(given) ? json_loads(json_string_value(given), 0, NULL) : NULL;
    int err = read_shape(reading, shape, name, parsed ? parsed : given);
    json_decref(parsed);
    return err;
}

static int read_all(const struct reading *reading, struct vf_shape_list *shapes, json_t *object)
{
    const struct vf_shape_kind *kind = reading->kind;
    const char *name;
    json_t *points;
    if (!json_object_size(object)) {
        snprintf(reading->problem, reading->size, "%s: there is none; write {name: %s}",
                 kind->option, kind->example);
        return -EINVAL;
    }
    shapes->items = calloc(json_object_size(object), sizeof(*shapes->items));
    if (!shapes->items)
        return -ENOMEM;
    int err = VF_OK;
    json_object_foreach(object, name, points)
    {
        if (!err)
            err = read_given(reading, &shapes->items[shapes->count++], name, points);
    }
    return err;
}

int vf_shapes_parse(struct vf_shape_list *shapes, const char *text,
                    const struct vf_shape_kind *kind, char *problem, size_t problem_size)
{
    const struct reading reading = {kind, problem, problem_size};
    json_t *object = json_loads(text, 0, NULL);
    if (!object)
        return -ENOMEM; /* the option has been parsed before */
    int err = read_all(&reading, shapes, object);
    json_decref(object);
    if (err)
        vf_shapes_finish(shapes);
    return err;
}

void vf_shapes_finish(struct vf_shape_list *shapes)
{
    for (size_t i = 0; i < shapes->count; i++) {
        free(shapes->items[i].name);
        free(shapes->items[i].points);
    }
    free(shapes->items);
    *shapes = (struct vf_shape_list){0};
}

static double distance_to_edge(const double from[2], const double to[2], const double point[2])
{
    double along[2] = {to[0] - from[0], to[1] - from[1]};
    double away[2] = {point[0] - from[0], point[1] - from[1]};
    double length = along[0] * along[0] + along[1] * along[1];
    double share = length > 0 ? (along[0] * away[0] + along[1] * away[1]) / length : 0;
    share = fmin(fmax(share, 0), 1);
    return hypot(away[0] - share * along[0], away[1] - share * along[1]);
}

/* Whether a ray to the right passes the edge. */
static bool is_passed(const double from[2], const double to[2], const double point[2])
{
    if ((from[1] > point[1]) == (to[1] > point[1]))
        return false;
    return point[0] < from[0] + (to[0] - from[0]) * (point[1] - from[1]) / (to[1] - from[1]);
}

double vf_shape_depth(const struct vf_shape *area, const double point[2])
{
    double nearest = INFINITY;
    bool is_inside = false;
    for (size_t i = 0; i < area->count; i++) {
        const double *from = area->points[i], *to = area->points[(i + 1) % area->count];
        nearest = fmin(nearest, distance_to_edge(from, to, point));
        is_inside ^= is_passed(from, to, point);
    }
    return is_inside ? nearest : -nearest;
}
