/* SPDX-License-Identifier: MIT */
#include "nodes/vision/ground.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNKNOWNS 8
#define LEAST_TURN 1e-3 /* sine of the angle at a corner */

static int read_point(double point[2], const char *text)
{
    struct vf_option_texts numbers = {0};
    int err = vf_option_list_split(&numbers, text);
    if (!err && numbers.count != 2)
        err = -EINVAL;
    for (size_t i = 0; i < 2 && !err; i++) {
        char *end;
        point[i] = strtod(numbers.items[i], &end);
        if (end == numbers.items[i] || *end || !isfinite(point[i]))
            err = -EINVAL;
    }
    vf_option_texts_finish(&numbers);
    return err;
}

/* How far the way turns at corner `i`: the sine of the angle. */
static double turn(const double points[VF_GROUND_POINTS][2], size_t i)
{
    const double *at = points[(i + 1) % VF_GROUND_POINTS];
    const double *before = points[i], *after = points[(i + 2) % VF_GROUND_POINTS];
    double in[2] = {at[0] - before[0], at[1] - before[1]};
    double out[2] = {after[0] - at[0], after[1] - at[1]};
    double lengths = hypot(in[0], in[1]) * hypot(out[0], out[1]);
    return lengths > 0 ? (in[0] * out[1] - in[1] * out[0]) / lengths : 0;
}

/* Whether these are the corners of an area without a dent, one after the other. */
static bool is_round(const double points[VF_GROUND_POINTS][2])
{
    int sum = 0;
    for (size_t i = 0; i < VF_GROUND_POINTS; i++) {
        double sine = turn(points, i);
        if (fabs(sine) < LEAST_TURN)
            return false;
        sum += sine > 0 ? 1 : -1;
    }
    return abs(sum) == VF_GROUND_POINTS;
}

int vf_ground_points(double points[VF_GROUND_POINTS][2], const struct vf_option_texts *texts,
                     const char *name, char *problem, size_t problem_size)
{
    if (texts->count != VF_GROUND_POINTS) {
        snprintf(problem, problem_size,
                 "%s: it has %zu points, not 4; write [[x, y], [x, y], "
                 "[x, y], [x, y]]",
                 name, texts->count);
        return -EINVAL;
    }
    for (size_t i = 0; i < VF_GROUND_POINTS; i++) {
        int err = read_point(points[i], texts->items[i]);
        if (err == -EINVAL)
            snprintf(problem, problem_size, "%s: \"%s\" is no point; a point is [x, y]", name,
                     texts->items[i]);
        if (err)
            return err;
    }
    if (is_round((const double(*)[2])points))
        return VF_OK;
    snprintf(problem, problem_size,
             "%s: these are not the four corners of an area in order; "
             "begin at one, and go round",
             name);
    return -EINVAL;
}

/* Brings the row with the largest number in column `column` to its place. */
static void exchange(double rows[UNKNOWNS][UNKNOWNS + 1], size_t column)
{
    size_t best = column;
    for (size_t i = column + 1; i < UNKNOWNS; i++) {
        if (fabs(rows[i][column]) > fabs(rows[best][column]))
            best = i;
    }
    for (size_t i = 0; i <= UNKNOWNS && best != column; i++) {
        double kept = rows[column][i];
        rows[column][i] = rows[best][i];
        rows[best][i] = kept;
    }
}

/* Solves as many equations (Gauss, Jordan): the last column becomes the unknowns. */
static int solve(double rows[UNKNOWNS][UNKNOWNS + 1])
{
    for (size_t column = 0; column < UNKNOWNS; column++) {
        exchange(rows, column);
        double pivot = rows[column][column];
        if (fabs(pivot) < 1e-12)
            return -EINVAL;
        for (size_t i = 0; i <= UNKNOWNS; i++)
            rows[column][i] /= pivot;
        for (size_t row = 0; row < UNKNOWNS; row++) {
            double factor = row != column ? rows[row][column] : 0;
            for (size_t i = 0; i <= UNKNOWNS; i++)
                rows[row][i] -= factor * rows[column][i];
        }
    }
    return VF_OK;
}

/* The same points, moved and scaled so that their numbers are near to 1. */
struct levelled {
    double points[VF_GROUND_POINTS][2], centre[2], scale;
};

static struct levelled level(const double points[VF_GROUND_POINTS][2])
{
    struct levelled levelled = {.scale = 0};
    for (size_t i = 0; i < VF_GROUND_POINTS; i++) {
        levelled.centre[0] += points[i][0] / VF_GROUND_POINTS;
        levelled.centre[1] += points[i][1] / VF_GROUND_POINTS;
    }
    for (size_t i = 0; i < VF_GROUND_POINTS; i++)
        levelled.scale = fmax(levelled.scale, hypot(points[i][0] - levelled.centre[0],
                                                    points[i][1] - levelled.centre[1]));
    levelled.scale = levelled.scale > 0 ? levelled.scale : 1;
    for (size_t i = 0; i < VF_GROUND_POINTS; i++) {
        for (size_t j = 0; j < 2; j++)
            levelled.points[i][j] = (points[i][j] - levelled.centre[j]) / levelled.scale;
    }
    return levelled;
}

static void multiply(double product[3][3], const double a[3][3], const double b[3][3])
{
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < 3; j++)
            product[i][j] = a[i][0] * b[0][j] + a[i][1] * b[1][j] + a[i][2] * b[2][j];
    }
}

/* Undoes on both sides that the points were moved and scaled. */
static void unlevel(struct vf_ground *ground, const struct levelled *from,
                    const struct levelled *to)
{
    const double before[3][3] = {{1 / from->scale, 0, -from->centre[0] / from->scale},
                                 {0, 1 / from->scale, -from->centre[1] / from->scale},
                                 {0, 0, 1}};
    const double after[3][3] = {
        {to->scale, 0, to->centre[0]}, {0, to->scale, to->centre[1]}, {0, 0, 1}};
    double half[3][3];
    multiply(half, (const double(*)[3])ground->matrix, before);
    multiply(ground->matrix, after, (const double(*)[3])half);
}

int vf_ground_find(struct vf_ground *ground, const double from[VF_GROUND_POINTS][2],
                   const double to[VF_GROUND_POINTS][2])
{
    const struct levelled source = level(from), target = level(to);
    double rows[UNKNOWNS][UNKNOWNS + 1];
    for (size_t i = 0; i < VF_GROUND_POINTS; i++) {
        double x = source.points[i][0], y = source.points[i][1];
        for (size_t j = 0; j < 2; j++) {
            double wanted = target.points[i][j];
            const double row[UNKNOWNS + 1] = {j ? 0 : x,   j ? 0 : y,   j ? 0 : 1,
                                              j ? x : 0,   j ? y : 0,   j ? 1 : 0,
                                              -x * wanted, -y * wanted, wanted};
            memcpy(rows[2 * i + j], row, sizeof(row));
        }
    }
    int err = solve(rows);
    if (err)
        return err;
    for (size_t i = 0; i < UNKNOWNS; i++)
        ground->matrix[i / 3][i % 3] = rows[i][UNKNOWNS];
    ground->matrix[2][2] = 1;
    unlevel(ground, &source, &target);
    return VF_OK;
}

bool vf_ground_place(const struct vf_ground *ground, const double point[2], double place[2])
{
    double mapped[3];
    for (size_t i = 0; i < 3; i++)
        mapped[i] = ground->matrix[i][0] * point[0] + ground->matrix[i][1] * point[1] +
                    ground->matrix[i][2];
    if (mapped[2] <= 1e-9)
        return false;
    place[0] = mapped[0] / mapped[2];
    place[1] = mapped[1] / mapped[2];
    return true;
}
